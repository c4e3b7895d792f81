#include "help.hpp"

#include <fmt/format.h>

#include <sstream>

namespace priz::cli {

namespace {

constexpr std::size_t left_column = 26;
constexpr std::size_t text_width = 54;

std::string indented(const std::string& text, const char* with) {
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);)
        out += line.empty() ? "\n" : with + line + "\n";
    return out;
}

// A name on the left, a text on the right that is broken between words.
std::string row(const std::string& left, const std::string& right) {
    std::string out = "  " + left;
    std::size_t column = out.size();
    if (column + 2 > left_column) out += "\n", column = 0;
    out += std::string(left_column - column, ' ');
    std::size_t used = 0;
    std::istringstream words(right);
    for (std::string word; words >> word; used += word.size() + 1) {
        if (used > 0 && used + word.size() > text_width) {
            out += "\n" + std::string(left_column, ' ');
            used = 0;
        } else if (used > 0) {
            out += ' ';
        }
        out += word;
    }
    return out + "\n";
}

std::string flag_text(const CLI::Option& option) {
    std::string names;
    for (const auto& name : option.get_snames()) names += "-" + name + ", ";
    for (const auto& name : option.get_lnames()) names += "--" + name + ", ";
    names.resize(names.size() - 2);
    // CLI11 writes the checks of an option behind its type's name, after a colon.
    const auto type = option.get_type_name();
    return option.get_expected_min() > 0 ? names + " " + type.substr(0, type.find(':')) : names;
}

std::string argument_text(const CLI::Option& option) {
    const auto name = option.get_name(true) + (option.get_expected_max() > 1 ? "..." : "");
    return option.get_required() ? name : "[" + name + "]";
}

std::string usage(const CLI::App& app, const std::string& name) {
    std::string out = "Usage: " + name + (app.get_parent() == nullptr ? "" : " [OPTION]...");
    for (const auto* option : arguments_of(app)) out += " " + argument_text(*option);
    if (!app.get_subcommands({}).empty()) out += " VERB ...";
    return out + "\n\n" + app.get_description() + "\n";
}

std::string rows(const CLI::App& app) {
    std::string out;
    const auto arguments = arguments_of(app);
    if (!arguments.empty()) out += "\nArguments:\n";
    for (const auto* option : arguments)
        out += row(option->get_name(true), option->get_description());
    const auto verbs =
        app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); });
    if (!verbs.empty()) out += "\nVerbs:\n";
    for (const auto* verb : verbs) out += row(verb->get_name(), verb->get_description());
    out += "\nOptions:\n";
    for (const auto* option : flags_of(app))
        out += row(flag_text(*option), option->get_description());
    return out;
}

std::vector<const CLI::Option*> options_of(const CLI::App& app, bool positional) {
    return app.get_options([positional](const CLI::Option* option) {
        return option->get_positional() == positional && !option->get_group().empty();
    });
}

}  // namespace

std::string examples_of(const CLI::App& app) {
    const auto footer = app.get_footer();
    return footer.substr(0, footer.find('\0'));
}

std::string notes_of(const CLI::App& app) {
    const auto footer = app.get_footer();
    const auto at = footer.find('\0');
    return at == std::string::npos ? "" : footer.substr(at + 1);
}

std::vector<const CLI::Option*> flags_of(const CLI::App& app) { return options_of(app, false); }

std::vector<const CLI::Option*> arguments_of(const CLI::App& app) { return options_of(app, true); }

std::string help_formatter::make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const {
    const auto name = app->get_parent() == nullptr
                          ? app->get_name()
                          : app->get_parent()->get_name() + " " + app->get_name();
    const auto notes = notes_of(*app);
    return "Examples:\n" + indented(examples_of(*app), "  ") + "\n" + usage(*app, name) +
           rows(*app) + (notes.empty() ? "" : "\n" + notes);
}

}  // namespace priz::cli
