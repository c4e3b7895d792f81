#include "system_file.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

#include "text.hpp"

namespace priz::cli {

std::optional<std::string> read_system_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) return std::nullopt;
    const std::string all(std::istreambuf_iterator<char>(file), {});
    return std::string(stripped(all));
}

std::vector<long long> numbers_in(const std::string& path) {
    std::istringstream text(read_system_file(path).value_or(""));
    std::vector<long long> numbers;
    for (long long number = 0; text >> number;) numbers.push_back(number);
    return numbers;
}

std::vector<std::string> settings_in(const std::string& path, const std::string& key) {
    std::istringstream lines(read_system_file(path).value_or(""));
    std::vector<std::string> settings;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string word;
        if (!(words >> word) || word != key) continue;
        std::string rest;
        std::getline(words, rest);
        settings.emplace_back(stripped(rest));
    }
    return settings;
}

}  // namespace priz::cli
