// kept_arguments.hpp: names and places as a task keeps them that begins when its caller's texts may
// be gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "priz/address.hpp"
#include "priz/address_like.hpp"
#include "priz/host.hpp"

namespace priz::io::detail {

// A host or a service.
template <class Name>
class kept {
public:
    kept(const Name& given) : form_(given.what()), text_(given.text()), number_(given.number()) {}

    // Refers to this.
    Name get() const noexcept {
        switch (form_) {
            case Name::form::text:
                return Name(text_);
            case Name::form::number:
                return Name(number_);
            case Name::form::none:
                break;
        }
        return Name(nullptr);
    }

private:
    typename Name::form form_;
    std::string text_;
    std::int64_t number_;
};

struct kept_host_port {
    kept_host_port(const host& h, const service& s) : name(h), port(s) {}

    kept<host> name;
    kept<service> port;
};

// Whatever a place was told as.
class kept_place {
public:
    kept_place(const address_like& given)
        : form_(given.what()), pair_(given.host_part(), given.service_part()), text_(given.text()) {
        if (form_ == address_like::form::address) exact_ = given.exact();
    }

    // Refers to this.
    address_like get() const noexcept {
        switch (form_) {
            case address_like::form::address:
                return exact_;
            case address_like::form::text:
                return text_;
            case address_like::form::host_port:
                break;
        }
        return {pair_.name.get(), pair_.port.get()};
    }

private:
    address_like::form form_;
    address exact_;
    kept_host_port pair_;
    std::string text_;
};

}  // namespace priz::io::detail
