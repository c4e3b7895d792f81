#include "completion_scripts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "help.hpp"

namespace priz::cli {

namespace {

using words = std::vector<std::string>;

std::string joined(const words& all, const char* with = " ") {
    return fmt::format("{}", fmt::join(all, with));
}

words names_of(const CLI::Option& option) {
    words names;
    for (const auto& name : option.get_snames()) names.push_back("-" + name);
    for (const auto& name : option.get_lnames()) names.push_back("--" + name);
    return names;
}

bool takes_value(const CLI::Option& option) { return option.get_expected_min() > 0; }

// The values to choose from, where there is a list of them: CLI11 shows it as
// `WHEN:{auto,always,never}`.
words choices_of(const CLI::Option& option) {
    const auto type = option.get_type_name();
    const auto begin = type.find('{');
    const auto end = type.find('}');
    words choices;
    if (begin == type.npos || end == type.npos) return choices;
    for (auto at = begin + 1; at < end;) {
        const auto comma = std::min(type.find(',', at), end);
        choices.push_back(type.substr(at, comma - at));
        at = comma + 1;
    }
    return choices;
}

std::vector<const CLI::App*> all_verbs(const CLI::App& root) { return root.get_subcommands({}); }

words verb_names(const CLI::App& root) {
    words names;
    for (const auto* verb : all_verbs(root)) names.push_back(verb->get_name());
    return names;
}

words all_flags(const CLI::App& app) {
    words flags;
    for (const auto* option : flags_of(app))
        for (const auto& name : names_of(*option)) flags.push_back(name);
    return flags;
}

// What may stand without a dash: a choice, or a socket's path.
words argument_choices(const CLI::App& app) {
    words all;
    for (const auto* option : arguments_of(app))
        for (const auto& choice : choices_of(*option)) all.push_back(choice);
    return all;
}

// Within single quotes of a shell.
std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string bash_values(const CLI::App& app) {
    std::string out;
    for (const auto* option : flags_of(app)) {
        if (!takes_value(*option)) continue;
        out += fmt::format(
            "        {}:{}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n",
            app.get_name(), joined(names_of(*option), fmt::format("|{}:", app.get_name()).c_str()),
            joined(choices_of(*option)));
    }
    return out;
}

// In zsh's _arguments a colon and brackets mean something.
std::string zsh_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string zsh_option(const CLI::Option& option, const std::string& name) {
    std::string spec = fmt::format("{}[{}]", name, zsh_text(option.get_description()));
    if (takes_value(option)) spec += fmt::format(":value:({})", joined(choices_of(option)));
    return "                " + in_quotes(spec);
}

std::string zsh_verb(const CLI::App& verb) {
    words specs;
    for (const auto* option : flags_of(verb))
        for (const auto& name : names_of(*option)) specs.push_back(zsh_option(*option, name));
    for (const auto* option : arguments_of(verb))
        specs.push_back("                " +
                        in_quotes(fmt::format("*:{}:({})", option->get_name(true),
                                              joined(choices_of(*option)))));
    return fmt::format("        {})\n            _arguments -s \\\n{} ;;\n", verb.get_name(),
                       joined(specs, " \\\n"));
}

std::string fish_option(const CLI::App& verb, const CLI::Option& option) {
    std::string out =
        fmt::format("complete -c priz -f -n '__fish_seen_subcommand_from {}'", verb.get_name());
    for (const auto& name : option.get_snames()) out += " -s " + name;
    for (const auto& name : option.get_lnames()) out += " -l " + name;
    if (takes_value(option)) out += " -x -a " + in_quotes(joined(choices_of(option)));
    return out + " -d " + in_quotes(option.get_description()) + "\n";
}

}  // namespace

std::string bash_completion(const CLI::App& root) {
    std::string values;
    std::string flags;
    for (const auto* verb : all_verbs(root)) {
        values += bash_values(*verb);
        flags += fmt::format("        {}) words='{}' ;;\n", verb->get_name(),
                             joined(all_flags(*verb)) + " " + joined(argument_choices(*verb)));
    }
    return fmt::format(
        "# bash completion for priz: source it, or put it into /etc/bash_completion.d\n"
        "_priz() {{\n"
        "    local word=${{COMP_WORDS[COMP_CWORD]}} verb=${{COMP_WORDS[1]}} words\n"
        "    COMPREPLY=()\n"
        "    if ((COMP_CWORD == 1)); then\n"
        "        COMPREPLY=($(compgen -W '{} {}' -- \"$word\"))\n"
        "        return\n"
        "    fi\n"
        "    case $verb:${{COMP_WORDS[COMP_CWORD - 1]}} in\n{}    esac\n"
        "    case $verb in\n{}    esac\n"
        "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
        "}}\n"
        "complete -F _priz priz\n",
        joined(verb_names(root)), joined(all_flags(root)), values, flags);
}

std::string zsh_completion(const CLI::App& root) {
    std::string verbs;
    std::string cases;
    for (const auto* verb : all_verbs(root)) {
        verbs += fmt::format("        {}\n",
                             in_quotes(verb->get_name() + ":" + zsh_text(verb->get_description())));
        cases += zsh_verb(*verb);
    }
    return fmt::format(
        "#compdef priz\n"
        "_priz() {{\n"
        "    local -a verbs\n"
        "    verbs=(\n{}    )\n"
        "    if ((CURRENT == 2)); then\n"
        "        _describe 'verb' verbs\n"
        "        _values 'option' {}\n"
        "        return\n"
        "    fi\n"
        "    local verb=$words[2]\n"
        "    shift words\n"
        "    ((CURRENT--))\n"
        "    case $verb in\n{}    esac\n"
        "}}\n"
        "if [[ $funcstack[1] == _priz ]]; then _priz \"$@\"; else compdef _priz priz; fi\n",
        verbs, joined(all_flags(root)), cases);
}

std::string fish_completion(const CLI::App& root) {
    std::string out =
        "# fish completion for priz: put it into ~/.config/fish/completions/priz.fish\n";
    for (const auto* option : flags_of(root))
        for (const auto& name : option->get_lnames())
            out += fmt::format("complete -c priz -f -n __fish_use_subcommand -l {} -d {}\n", name,
                               in_quotes(option->get_description()));
    for (const auto* verb : all_verbs(root)) {
        out += fmt::format("complete -c priz -f -n __fish_use_subcommand -a {} -d {}\n",
                           verb->get_name(), in_quotes(verb->get_description()));
        for (const auto* option : flags_of(*verb)) out += fish_option(*verb, *option);
        const auto choices = argument_choices(*verb);
        if (!choices.empty())
            out += fmt::format("complete -c priz -f -n '__fish_seen_subcommand_from {}' -a '{}'\n",
                               verb->get_name(), joined(choices));
    }
    return out;
}

}  // namespace priz::cli
