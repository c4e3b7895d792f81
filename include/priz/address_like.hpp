// priz/address_like.hpp: what a verb takes where Python takes an address.
//
// `s.connect(a)` with an address, `s.connect({"example.org", 80})` with a host and a port,
// `s.connect("/run/x.sock")` with one text: this type is how one parameter accepts them all. Made
// by conversion in the call; refers to its arguments and is not kept.
#pragma once

#include <string>
#include <string_view>

#include "priz/address.hpp"
#include "priz/host.hpp"

namespace priz {

class address_like {
public:
    enum class form { address, host_port, text };

    address_like(const address& exact) noexcept : form_(form::address), address_(&exact) {}
    address_like(const host_port& pair) noexcept
        : form_(form::host_port), host_(pair.host), service_(pair.service) {}
    address_like(const host& name, const service& port) noexcept
        : form_(form::host_port), host_(name), service_(port) {}

    // An AF_UNIX socket reads a path, in the abstract namespace after a leading NUL; other families
    // read `host:port`.
    address_like(std::string_view text) noexcept : form_(form::text), text_(text) {}
    address_like(const char* text) noexcept : address_like(std::string_view(text)) {}
    address_like(const std::string& text) noexcept : address_like(std::string_view(text)) {}

    form what() const noexcept { return form_; }
    const address& exact() const noexcept { return *address_; }
    const priz::host& host_part() const noexcept { return host_; }
    const priz::service& service_part() const noexcept { return service_; }
    std::string_view text() const noexcept { return text_; }

private:
    form form_;
    const address* address_ = nullptr;
    host host_ = nullptr;
    service service_ = nullptr;
    std::string_view text_;
};

}  // namespace priz
