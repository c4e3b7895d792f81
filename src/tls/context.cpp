#include "priz/tls/context.hpp"

#include <new>
#include <utility>

#include "tls/causes.hpp"
#include "tls/context_state.hpp"

namespace priz::tls {

using detail::context_state;

namespace {

// The outcome of `make`, which may run out of memory.
template <class Make>
auto guarded(const char* operation, Make&& make) noexcept -> decltype(make()) try {
    return make();
} catch (const std::bad_alloc&) {
    return detail::no_memory(operation);
}

}  // namespace

context::context() : state_(value_or_throw(context_state::make(false, "tls::context"))) {}

result<context> context::try_client() noexcept {
    return guarded("tls::context", []() -> result<context> {
        auto made = context_state::make(false, "tls::context");
        if (!made) return std::unexpected(made.error());
        return context(*std::move(made));
    });
}

result<context> context::try_server(const std::string& certificate_file,
                                    const std::string& key_file,
                                    const std::string& password) noexcept {
    constexpr const char* op = "tls::context";
    return guarded(op, [&]() -> result<context> {
        auto made = context_state::make(true, op);
        if (!made) return std::unexpected(made.error());
        const auto loaded = (*made)->add_identity({certificate_file, key_file, password}, op);
        if (!loaded) return std::unexpected(loaded.error());
        return context(*std::move(made));
    });
}

context context::server(const std::string& certificate_file, const std::string& key_file,
                        const std::string& password) {
    return value_or_throw(try_server(certificate_file, key_file, password));
}

result<void> context::try_load_cert_chain(const std::string& certificate_file,
                                          const std::string& key_file,
                                          const std::string& password) noexcept {
    constexpr const char* op = "load_cert_chain";
    return guarded(op, [&] {
        return state_->add_identity({certificate_file, key_file, password}, op);
    });
}

void context::load_cert_chain(const std::string& certificate_file, const std::string& key_file,
                              const std::string& password) {
    value_or_throw(try_load_cert_chain(certificate_file, key_file, password));
}

result<void> context::try_reload() noexcept {
    return guarded("reload", [&] { return state_->reload("reload"); });
}

void context::reload() { value_or_throw(try_reload()); }

result<void> context::try_load_verify_locations(const std::string& file,
                                                const std::string& folder) noexcept {
    constexpr const char* op = "load_verify_locations";
    return guarded(op, [&] { return state_->load_verify_locations(file, folder, op); });
}

void context::load_verify_locations(const std::string& file, const std::string& folder) {
    value_or_throw(try_load_verify_locations(file, folder));
}

result<void> context::try_load_default_certs() noexcept {
    constexpr const char* op = "load_default_certs";
    return guarded(op, [&] { return state_->load_default_certs(op); });
}

void context::load_default_certs() { value_or_throw(try_load_default_certs()); }

result<void> context::try_set_client_certificate(client_certificate wanted) noexcept {
    constexpr const char* op = "set_client_certificate";
    return guarded(op, [&] { return state_->set_client_certificate(wanted, op); });
}

void context::set_client_certificate(client_certificate wanted) {
    value_or_throw(try_set_client_certificate(wanted));
}

result<void> context::try_set_alpn_protocols(std::span<const std::string_view> protocols) noexcept {
    constexpr const char* op = "set_alpn_protocols";
    return guarded(op, [&] { return state_->set_alpn(protocols, op); });
}

bool context::has_alpn_protocols() const noexcept { return !state_->alpn().empty(); }

void context::set_alpn_protocols(std::span<const std::string_view> protocols) {
    value_or_throw(try_set_alpn_protocols(protocols));
}

result<void> context::try_set_minimum_version(protocol oldest) noexcept {
    constexpr const char* op = "set_minimum_version";
    return guarded(op, [&] { return state_->set_minimum_version(oldest, op); });
}

void context::set_minimum_version(protocol oldest) {
    value_or_throw(try_set_minimum_version(oldest));
}

result<void> context::try_set_keylog_file(const std::string& path) noexcept {
    constexpr const char* op = "set_keylog_file";
    return guarded(op, [&] { return state_->set_keylog_file(path, op); });
}

void context::set_keylog_file(const std::string& path) {
    value_or_throw(try_set_keylog_file(path));
}

result<void> context::try_dangerous_accept_any_certificate() noexcept {
    constexpr const char* op = "dangerous_accept_any_certificate";
    return guarded(op, [&] { return state_->accept_any_certificate(op); });
}

void context::dangerous_accept_any_certificate() {
    value_or_throw(try_dangerous_accept_any_certificate());
}

result<void> context::try_dangerous_accept_any_host_name() noexcept {
    constexpr const char* op = "dangerous_accept_any_host_name";
    return guarded(op, [&] { return state_->accept_any_host_name(op); });
}

void context::dangerous_accept_any_host_name() {
    value_or_throw(try_dangerous_accept_any_host_name());
}

bool context::is_server() const noexcept { return state_->is_server; }

}  // namespace priz::tls
