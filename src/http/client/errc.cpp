#include "priz/http/errc.hpp"

namespace priz::http {

namespace {

class exchange_category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "priz.http"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::bad_status:
                return "the server answers with an error";
            case errc::too_many_redirects:
                return "too many redirections";
            case errc::refused_redirect:
                return "a redirection to where it must not lead";
            case errc::not_repeatable:
                return "the content has to be sent again, and cannot";
            case errc::proxy_refused:
                return "the proxy makes no connection";
            case errc::unsupported_proxy:
                return "no proxy that is known here";
            case errc::unexpected_answer:
                return "an answer that nobody asked for";
            case errc::wrong_range:
                return "another part than the one that was asked for";
        }
        return "unknown";
    }
    std::error_condition default_error_condition(int value) const noexcept override {
        const auto cause = static_cast<errc>(value);
        if (cause == errc::not_repeatable || cause == errc::unsupported_proxy)
            return {value, *this};
        return std::make_error_condition(std::errc::protocol_error);
    }
};

}  // namespace

const std::error_category& exchange_category() noexcept {
    static const exchange_category_type the_category;
    return the_category;
}

std::error_code make_error_code(errc cause) noexcept {
    return {static_cast<int>(cause), exchange_category()};
}

}  // namespace priz::http
