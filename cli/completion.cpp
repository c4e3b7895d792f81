// priz completion: teaches a shell the verbs and options.
#include <memory>

#include "completion_scripts.hpp"
#include "verb.hpp"

namespace priz::cli {

namespace {

constexpr verb_text completion_text{
    .name = "completion",
    .summary = "Print a script that completes priz's verbs and options in a shell.",
    .examples =
        "source <(priz completion bash)\n"
        "priz completion zsh > ~/.zfunc/_priz\n"
        "priz completion fish > ~/.config/fish/completions/priz.fish\n",
    .timeout_meaning = "As everywhere; printing takes no time",
};

std::string script_for(const std::string& shell, const CLI::App& root) {
    if (shell == "bash") return bash_completion(root);
    return shell == "zsh" ? zsh_completion(root) : fish_completion(root);
}

}  // namespace

void add_completion(CLI::App& root, invocation& chosen) {
    auto* verb = add_verb(root, chosen, completion_text);
    auto shell = std::make_shared<std::string>();
    verb->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    verb->callback([shell, &root, &chosen] {
        chosen.run = [shell, &root](report& out) {
            const auto script = script_for(*shell, root);
            out.result("completion", {{"shell", *shell}, {"script", script}},
                       std::string_view(script).substr(0, script.size() - 1));
            return 0;
        };
    });
}

}  // namespace priz::cli
