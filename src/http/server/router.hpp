// router.hpp: which handler answers a request.
//
// A pattern is a path, in which a segment may be {name}, for any one segment, and the last one
// {name...}, for all that is left. Paths are divided first and decoded then, segment by segment, so
// that a solidus sent as %2F is part of a parameter and divides nothing. Patterns without
// parameters are found by one look into a table; of the others, the one whose first differing
// segment says more and that has the method wins, whichever was registered first.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "priz/error.hpp"
#include "priz/http/handler.hpp"

namespace priz::http::detail {

class router {
public:
    // Errors: value_error for a pattern that is none, or that has this method already.
    void add(std::string_view method, std::string_view pattern, std::unique_ptr<any_handler> does);

    struct found {
        any_handler* handler = nullptr;
        int status = 0;        // where there is no handler: 204 to OPTIONS, 400, 404, 405
        std::string allow;     // with 204 and 405
        const char* why = "";  // with 400
    };
    // Fills in the request's path, query and parameters.
    found find(request& r) const;

private:
    struct segment {
        enum class kind { literal, parameter, rest };
        kind what;
        std::string text;  // or the parameter's name
    };
    struct resource {
        std::string pattern;
        std::vector<segment> segments;
        std::map<std::string, std::unique_ptr<any_handler>, std::less<>> methods;
    };
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };

    static std::vector<segment> parse(std::string_view pattern);
    static bool says_more(const resource& a, const resource& b) noexcept;
    static bool matches(const resource& place, std::string_view path,
                        std::vector<std::pair<std::string_view, std::string>>& parameters);
    found choose(request& r, std::string_view raw_path) const;
    static any_handler* handler_of_method(const resource& place, std::string_view method,
                                          std::set<std::string>& allowed);
    static void note_methods(const resource& place, std::set<std::string>& all);
    static std::string joined(const std::set<std::string>& all);
    std::string all_methods() const;

    std::unordered_map<std::string, std::unique_ptr<resource>, text_hash, std::equal_to<>> fixed_;
    std::vector<std::unique_ptr<resource>> open_;  // who says more comes first
};

}  // namespace priz::http::detail
