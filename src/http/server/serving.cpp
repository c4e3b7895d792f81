#include "http/server/serving.hpp"

#include "http/authority.hpp"

namespace priz::http::detail {

bool may_have_content(int status) noexcept {
    return status >= 200 && status != 204 && status != 205 && status != 304;
}

reply reply_without_handler(const router::found& found) {
    if (found.status == 400) return {400, found.why};
    reply made(found.status);
    if (!found.allow.empty()) made.with("Allow", found.allow);
    return made;
}

reply reply_of_error(server_state& of, const request& r) {
    try {
        throw;
    } catch (const status_error& told) {
        if (told.status() >= 400 && told.status() <= 599) return {told.status(), told.what()};
    } catch (const cancelled&) {
        throw;
    } catch (...) {
    }
    of.failed.fetch_add(1, std::memory_order_relaxed);
    if (of.options.observer != nullptr) of.options.observer->failed(r, std::current_exception());
    return 500;
}

bool host_rule::looks_at(std::string_view host) {
    const auto read = read_authority(host);
    host = read ? read->host : std::string_view();
    if (host.empty() && options_.hosts.empty()) return true;
    if (!options_.hosts.empty()) {
        for (const std::string& known : options_.hosts)
            if (known == "*" || same_name(known, host)) return true;
        return false;
    }
    if (!is_loopback_) {
        const auto ours = connection_.try_getsockname();
        is_loopback_ = ours && ours->is_loopback();
    }
    if (!*is_loopback_) return true;
    constexpr std::string_view name = "localhost";
    if (host.size() > name.size() && host[host.size() - name.size() - 1] == '.')
        host.remove_prefix(host.size() - name.size());
    const bool is_number =
        host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos;
    return same_name(host, name) || host == "[::1]" || is_number;
}

}  // namespace priz::http::detail
