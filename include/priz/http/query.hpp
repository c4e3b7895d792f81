// priz/http/query.hpp: percent codes, and the pairs of queries and forms.
//
//     http::urlencode({{"q", "tea & milk"}, {"page", "2"}})   "q=tea+%26+milk&page=2"
//     http::parse_qsl("q=tea+%26+milk&page=2")                the pairs again
//
// Texts are bytes; names and values of a web form are UTF-8. Decoding is strict: a percent sign
// without two hexadecimal digits is an error, where Python leaves it as it is.
//
// Functions of their arguments. Python: urllib.parse
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz::http {

// %XX for every byte but letters, digits, "-._~" and those of `safe` (RFC 3986, 2.1).
// Python: urllib.parse.quote(), whose `safe` is "/" unless told otherwise
PRIZ_API std::string quote(std::string_view text, std::string_view safe = {});
// The same with "+" for a space, as forms have it. Python: urllib.parse.quote_plus()
PRIZ_API std::string quote_plus(std::string_view text);

// The bytes that percent codes stand for.
//
// Errors: defect::bad_percent_code, with its place.
// Python: urllib.parse.unquote_to_bytes()
PRIZ_API bytes unquote(std::string_view text);
PRIZ_API result<bytes> try_unquote(std::string_view text);
// The same with a space for "+". Python: urllib.parse.unquote_plus()
PRIZ_API bytes unquote_plus(std::string_view text);
PRIZ_API result<bytes> try_unquote_plus(std::string_view text);

using pairs = std::vector<std::pair<std::string, std::string>>;

// application/x-www-form-urlencoded (WHATWG URL, 5.2). Python: urllib.parse.urlencode()
PRIZ_API std::string urlencode(const pairs& all);

// The pairs of a query or a form, in order, empty values among them; a part without "=" is a name
// with an empty value, and an empty part is none. At most `count_max` pairs.
//
// Errors: defect::bad_percent_code; defect::too_many_fields.
// Python: urllib.parse.parse_qsl(keep_blank_values=True, max_num_fields=…)
PRIZ_API pairs parse_qsl(std::string_view text, std::size_t count_max = 1000);
PRIZ_API result<pairs> try_parse_qsl(std::string_view text, std::size_t count_max = 1000);

}  // namespace priz::http
