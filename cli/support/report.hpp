// cli/support/report.hpp: what the tool says, in its two languages.
//
// For people: what peers send goes to standard output, what the tool has to say about it to
// standard error. For programs, with --json: everything goes to standard output, one JSON object a
// line, its kind in the field `event`.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "escape.hpp"
#include "sink.hpp"

namespace priz::cli {

using json = nlohmann::ordered_json;

// The options that every verb has.
enum class colour { automatic, always, never };
struct manners {
    bool as_json = false;
    bool quiet = false;
    colour when = colour::automatic;
};

enum class tint { none, good, warning, bad, dim, bold };

class report {
public:
    report(std::string verb, const manners& how);

    bool as_json() const noexcept { return how_.as_json; }
    const std::string& verb() const noexcept { return verb_; }
    sink& out() noexcept { return out_; }

    // An event: `fields` behind its name for programs, `text` on standard error for people.
    void event(std::string_view name, json fields, std::string_view text);
    // The event `warning`: it is not as it should be, and the verb goes on.
    void warning(std::string_view message);
    // An event of which people see `text` on standard output: the result that was asked for.
    void result(std::string_view name, json fields, std::string_view text);
    // What a peer sent, for people: raw into a pipe or a file, escaped on a terminal.
    void remote(std::string_view data);
    void remote(std::string_view data, escaper& stream);
    // `priz VERB: message` on standard error, and an event for programs.
    void problem(std::string_view message, int code);

    // Text in a colour, where standard output (or standard error) takes colours.
    std::string painted(tint how, std::string_view text) const;
    std::string painted_notice(tint how, std::string_view text) const;

private:
    bool colours(int fd) const noexcept;

    std::string verb_;
    manners how_;
    sink out_;
    bool out_is_terminal_;
};

// Bytes as JSON: {"text": …} when they are UTF-8, otherwise {"base64": …}.
void put_bytes(json& fields, std::string_view data);
std::string base64(std::string_view data);

}  // namespace priz::cli
