#include "verb.hpp"

#include <charconv>

#include "support/duration_text.hpp"

namespace priz::cli {

namespace {

colour colour_of(const std::string& text) {
    if (text == "always") return colour::always;
    return text == "never" ? colour::never : colour::automatic;
}

// CLI11's own check names the whole range of its numbers.
std::string one_or_more(const std::string& typed) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
    const bool is_whole = error == std::errc() && end == typed.data() + typed.size();
    return is_whole && number > 0 ? "" : "'" + typed + "' is no number of 1 or more";
}

}  // namespace

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::optional<duration>& target,
                          const std::string& meaning) {
    const auto take = [&target, name](const std::string& text) {
        target = parse_duration(text);
        if (!target)
            throw CLI::ValidationError(name, "'" + text + "' is no time; write 5, 2.5s or 250ms");
    };
    return app.add_option_function<std::string>(name, take, meaning)->type_name("TIME");
}

CLI::Option* add_number(CLI::App& app, const std::string& name, std::size_t& target,
                        const std::string& meaning) {
    return app.add_option(name, target, meaning)->type_name("N")->check(one_or_more);
}

CLI::App* add_verb(CLI::App& root, invocation& chosen, const verb_text& text) {
    auto* verb = root.add_subcommand(text.name, text.summary);
    verb->footer(std::string(text.examples) + '\0' + text.notes);
    verb->add_flag("--json", chosen.how.as_json, "One event a line, as a JSON object");
    add_duration(*verb, "--timeout", chosen.timeout, text.timeout_meaning);
    const auto take_colour = [&chosen](const std::string& when) {
        chosen.how.when = colour_of(when);
    };
    verb->add_option_function<std::string>(
            "--color", take_colour,
            "Colours: auto (on a terminal, unless NO_COLOR is set), always or never")
        ->type_name("WHEN")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    verb->add_flag("-q,--quiet", chosen.how.quiet, "Say nothing on standard error but errors");
    verb->parse_complete_callback([&chosen, name = text.name] { chosen.verb = name; });
    return verb;
}

}  // namespace priz::cli
