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
    // A line for a terminal's standard error, in the place of the one before, and cut to its width:
    // of two lines only the last would be replaced. An empty one takes it away, which is done
    // before anything else is said. Only where has_live_line().
    void live_line(std::string_view text);
    bool has_live_line() const noexcept;
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

// The beginning of a text that does not reach the last of so many columns, where terminals differ
// in what they do; a character takes one.
std::string_view cut_to(std::string_view text, std::size_t columns) noexcept;

// Bytes as JSON: {"text": …} when they are UTF-8, otherwise {"base64": …}.
void put_bytes(json& fields, std::string_view data);
std::string base64(std::string_view data);

}  // namespace priz::cli
