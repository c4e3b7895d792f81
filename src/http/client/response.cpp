#include "priz/http/response.hpp"

#include "http/client/told.hpp"
#include "priz/http/errc.hpp"
#include "priz/http/status.hpp"

namespace priz::http {

void response::raise_for_status() const {
    if (status < 400) return;
    std::string told = std::to_string(status);
    if (const auto phrase = reason_phrase(status); !phrase.empty()) told.append(" ").append(phrase);
    failure why(errc::bad_status, "raise_for_status");
    why.with_subject(detail::shown(url.str())).with_hint(std::move(told)).raise();
}

}  // namespace priz::http
