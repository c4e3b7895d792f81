#include "command_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "help.hpp"
#include "nearest.hpp"
#include "support/descriptor.hpp"
#include "support/exit_code.hpp"
#include "verb.hpp"

namespace priz::cli {

namespace {

constexpr const char* root_examples =
    "priz listen --echo :8080           # serve on localhost, port 8080\n"
    "priz connect :8080                 # talk to it\n"
    "priz lookup example.org https      # what a name stands for\n"
    "priz tour                          # see it all work, between real processes\n";

constexpr const char* root_notes =
    "`priz VERB --help` shows a verb's own examples and options; priz(1) has the whole story.\n";

void describe(CLI::App& root, invocation& chosen) {
    root.name("priz");
    root.formatter(std::make_shared<help_formatter>());
    root.footer(std::string(root_examples) + '\0' + root_notes);
    root.set_version_flag("-V,--version", "priz " PRIZ_VERSION, "Print the version and exit");
    root.set_help_flag("-h,--help", "Print this help and exit");
    root.require_subcommand(1);
    for (const auto add : {add_listen, add_connect, add_bench, add_lookup, add_sim, add_tour,
                           add_doctor, add_completion})
        add(root, chosen);
}

std::vector<std::string> verbs_of(const CLI::App& root) {
    std::vector<std::string> names;
    for (const auto* verb : root.get_subcommands({})) names.push_back(verb->get_name());
    return names;
}

bool is_verb(const CLI::App& root, const std::string& word) {
    const auto known = verbs_of(root);
    return std::ranges::find(known, word) != known.end();
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

void complain(const std::string& who, const std::string& what, const std::string& help) {
    write_all(STDERR_FILENO, fmt::format("{}: {}\n{}\n", who, what, help));
}

// A first word that is no verb.
int unknown_verb(const CLI::App& root, const std::string& typed) {
    const auto meant = nearest(typed, verbs_of(root));
    complain("priz",
             fmt::format("there is no verb '{}'{}", typed,
                         meant.empty() ? "" : "; did you mean '" + meant + "'?"),
             fmt::format("the verbs are: {}\nsee `priz --help`", fmt::join(verbs_of(root), ", ")));
    return static_cast<int>(exit_code::usage);
}

std::vector<std::string> long_options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* option : flags_of(app))
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

// What CLI11 says, in the words of our help.
std::string explained(const CLI::App& root, const CLI::App& at, const CLI::ParseError& error) {
    const bool no_verb = &at == &root && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    const auto rest = root.remaining(true);
    const auto option = std::ranges::find_if(rest, [](const auto& one) { return one[0] == '-'; });
    if ((is_extra || no_verb) && option != rest.end()) {
        const auto meant = nearest(*option, long_options_of(at));
        return fmt::format("there is no option '{}'{}", *option,
                           meant.empty() ? "" : "; did you mean '" + meant + "'?");
    }
    return no_verb ? "a verb is missing" : error.what();
}

int usage_error(const CLI::App& root, const CLI::ParseError& error) {
    const auto parsed = root.get_subcommands();
    const auto& at = parsed.empty() ? root : *parsed.front();
    const auto who = parsed.empty() ? "priz" : "priz " + at.get_name();
    complain(who, explained(root, at, error),
             fmt::format("for example:  {}\nsee `{} --help`", first_line(examples_of(at)), who));
    return static_cast<int>(exit_code::usage);
}

int print(const std::string& text) {
    return static_cast<int>(write_all(STDOUT_FILENO, text) ? exit_code::write_error
                                                           : exit_code::ok);
}

int run(const invocation& chosen) {
    report out(chosen.verb, chosen.how);
    try {
        return chosen.run(out);
    } catch (const stop_here& why) {
        const auto code = static_cast<int>(why.code());
        out.problem(why.what(), code);
        return code;
    } catch (const std::exception& why) {
        out.problem(why.what(), 1);
        return static_cast<int>(exit_code::failed);
    }
}

bool is_a_word(const char* argument) { return argument[0] != '-' && argument[0] != '\0'; }

}  // namespace

int run_command_line(int argc, char** argv) {
    fill_standard_descriptors();
    // A reader that went away is an error of the write that meets it, and then an exit code.
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App root("Sockets at the prompt: serve, connect, look up.");
    invocation chosen;
    describe(root, chosen);
    if (argc > 1 && is_a_word(argv[1]) && !is_verb(root, argv[1]))
        return unknown_verb(root, argv[1]);
    try {
        root.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        const auto parsed = root.get_subcommands();
        return print((parsed.empty() ? root : *parsed.front()).help());
    } catch (const CLI::CallForVersion&) {
        return print("priz " PRIZ_VERSION "\n");
    } catch (const CLI::ParseError& error) {
        return usage_error(root, error);
    }
    return run(chosen);
}

}  // namespace priz::cli
