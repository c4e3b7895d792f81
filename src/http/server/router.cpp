#include "http/server/router.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "priz/http/query.hpp"

namespace priz::http {

detail::any_handler::~any_handler() = default;

namespace detail {

namespace {

[[noreturn]] void refuse_pattern(std::string_view pattern, const char* why) {
    failure wrong(priz::errc::value_error, "route");
    wrong.with_subject(std::string(pattern)).with_hint(why).raise();
}

// Takes the first segment off a path, with the solidus before it.
std::string_view take_segment(std::string_view& path) noexcept {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

// The path of a target in whichever form; empty for those that name no resource.
std::string_view path_of(std::string_view target) noexcept {
    if (target.starts_with('/')) return target;
    const std::size_t scheme = target.find("://");
    if (scheme == target.npos) return {};
    target.remove_prefix(scheme + 3);
    const std::size_t at = target.find_first_of("/?");
    if (at == target.npos) return "/";
    return target.substr(at);
}

}  // namespace

std::vector<router::segment> router::parse(std::string_view pattern) {
    if (!pattern.starts_with('/')) refuse_pattern(pattern, "a pattern begins with a solidus");
    std::vector<segment> segments;
    std::set<std::string_view> names;
    for (std::string_view left = pattern; !left.empty();) {
        const std::string_view text = take_segment(left);
        if (text.find_first_of("{}") == text.npos) {
            segments.push_back({segment::kind::literal, std::string(text)});
            continue;
        }
        if (!text.starts_with('{') || text.find('}') != text.size() - 1 || text.rfind('{') != 0)
            refuse_pattern(pattern, "a parameter is a whole segment, as in /users/{name}");
        std::string_view name = text.substr(1, text.size() - 2);
        const bool is_rest = name.ends_with("...");
        if (is_rest) name.remove_suffix(3);
        if (is_rest && !left.empty()) refuse_pattern(pattern, "what is left stands at the end");
        if (name.empty()) refuse_pattern(pattern, "a parameter has a name");
        if (!names.insert(name).second)
            refuse_pattern(pattern, "two parameters have the same name");
        segments.push_back(
            {is_rest ? segment::kind::rest : segment::kind::parameter, std::string(name)});
    }
    return segments;
}

bool router::says_more(const resource& a, const resource& b) noexcept {
    const std::size_t both = std::min(a.segments.size(), b.segments.size());
    for (std::size_t i = 0; i < both; ++i)
        if (a.segments[i].what != b.segments[i].what)
            return a.segments[i].what < b.segments[i].what;
    return a.segments.size() > b.segments.size();
}

void router::add(std::string_view method, std::string_view pattern,
                 std::unique_ptr<any_handler> does) {
    auto made = std::make_unique<resource>();
    made->pattern = pattern;
    made->segments = parse(pattern);
    const bool is_fixed =
        std::all_of(made->segments.begin(), made->segments.end(),
                    [](const segment& s) { return s.what == segment::kind::literal; });
    resource* place = nullptr;
    if (is_fixed) {
        place = fixed_.try_emplace(made->pattern, std::move(made)).first->second.get();
    } else {
        const auto same = std::find_if(open_.begin(), open_.end(), [&](const auto& known) {
            return known->pattern == pattern;
        });
        if (same != open_.end()) {
            place = same->get();
        } else {
            const auto behind = std::find_if(open_.begin(), open_.end(), [&](const auto& known) {
                return says_more(*made, *known);
            });
            place = open_.insert(behind, std::move(made))->get();
        }
    }
    if (!place->methods.try_emplace(std::string(method), std::move(does)).second)
        refuse_pattern(pattern, "this path has a handler for this method already");
}

bool router::matches(const resource& place, std::string_view path,
                     std::vector<std::pair<std::string_view, std::string>>& parameters) {
    parameters.clear();
    for (const segment& expected : place.segments) {
        if (path.empty()) return false;
        if (expected.what == segment::kind::rest) {
            parameters.emplace_back(expected.text, try_unquote(path.substr(1)).value());
            return true;
        }
        const std::string text = try_unquote(take_segment(path)).value();
        if (expected.what == segment::kind::parameter) {
            if (text.empty()) return false;
            parameters.emplace_back(expected.text, text);
        } else if (text != expected.text) {
            return false;
        }
    }
    return path.empty();
}

router::found router::find(request& r) const {
    std::string_view raw_path = path_of(r.facts_.target);
    if (raw_path.empty()) {
        if (r.method() == "OPTIONS") return {nullptr, 204, all_methods(), ""};
        return {nullptr, r.method() == "CONNECT" ? 405 : 400, all_methods(),
                "the target has no path"};
    }
    const std::size_t mark = raw_path.find('?');
    if (mark != raw_path.npos) {
        r.query_ = raw_path.substr(mark + 1);
        raw_path = raw_path.substr(0, mark);
        if (raw_path.empty()) raw_path = "/";
    }
    r.path_ = raw_path;
    if (raw_path.find('%') != raw_path.npos) {
        auto decoded = try_unquote(raw_path);
        if (!decoded) return {nullptr, 400, {}, "the path has a percent sign that begins no code"};
        r.decoded_ = *std::move(decoded);
        r.path_ = r.decoded_;
        if (r.path_.find('\0') != r.path_.npos)
            return {nullptr, 400, {}, "the path has a NUL in it"};
    }
    return choose(r, raw_path);
}

// Of the patterns that match, the one that says most and has the method.
router::found router::choose(request& r, std::string_view raw_path) const {
    std::set<std::string> allowed;
    const auto solidi = [](std::string_view text) {
        return std::count(text.begin(), text.end(), '/');
    };
    // A fixed path with a solidus that was sent as a code is another one.
    if (raw_path.size() == r.path_.size() || solidi(raw_path) == solidi(r.path_))
        if (const auto at = fixed_.find(r.path_); at != fixed_.end())
            if (any_handler* const does = handler_of_method(*at->second, r.method(), allowed))
                return {does, 0, {}, ""};
    for (const auto& each : open_)
        if (matches(*each, raw_path, r.parameters_))
            if (any_handler* const does = handler_of_method(*each, r.method(), allowed))
                return {does, 0, {}, ""};
    r.parameters_.clear();
    if (allowed.empty()) return {nullptr, 404, {}, ""};
    return {nullptr, r.method() == "OPTIONS" ? 204 : 405, joined(allowed), ""};
}

// Null: it has none; `allowed` has those that it has.
any_handler* router::handler_of_method(const resource& place, std::string_view method,
                                       std::set<std::string>& allowed) {
    auto at = place.methods.find(method);
    if (at == place.methods.end() && method == "HEAD") at = place.methods.find("GET");
    if (at == place.methods.end()) at = place.methods.find("");
    if (at != place.methods.end()) return at->second.get();
    note_methods(place, allowed);
    return nullptr;
}

void router::note_methods(const resource& place, std::set<std::string>& all) {
    all.insert("OPTIONS");
    for (const auto& each : place.methods) {
        if (!each.first.empty()) all.insert(each.first);
        if (each.first == "GET") all.insert("HEAD");
    }
}

std::string router::joined(const std::set<std::string>& all) {
    std::string text;
    for (const auto& each : all) text += (text.empty() ? "" : ", ") + each;
    return text;
}

std::string router::all_methods() const {
    std::set<std::string> all{"OPTIONS"};
    for (const auto& each : fixed_) note_methods(*each.second, all);
    for (const auto& each : open_) note_methods(*each, all);
    return joined(all);
}

}  // namespace detail

}  // namespace priz::http
