#include "priz/io/resolve.hpp"

#include "io/kept_arguments.hpp"
#include "io/look_up.hpp"
#include "io/told.hpp"

namespace priz::io {

namespace {

constexpr const char* op = "getaddrinfo";

using found = result<std::vector<address_info>>;

struct terms {
    int family;
    int type;
    int proto;
    int flags;
    const resolver* through;
};

task<found> find(detail::kept_host_port asked, terms narrowed) {
    try {
        detail::question q(asked.name.get(), asked.port.get());
        q.family = narrowed.family;
        q.type = narrowed.type;
        q.proto = narrowed.proto;
        q.flags = narrowed.flags;
        co_return co_await detail::look_up(q, narrowed.through, op);
    } catch (...) {
        co_return std::unexpected(detail::failure_told(op));
    }
}

task<std::vector<address_info>> find_or_throw(task<found> tried) {
    found answer = co_await std::move(tried);
    co_return value_or_throw(std::move(answer));
}

}  // namespace

task<found> try_getaddrinfo(const host& name, const service& service, int family, int type,
                            int proto, int flags, const resolver* through) {
    return find({name, service}, {family, type, proto, flags, through});
}

task<std::vector<address_info>> getaddrinfo(const host& name, const service& service, int family,
                                            int type, int proto, int flags,
                                            const resolver* through) {
    return find_or_throw(try_getaddrinfo(name, service, family, type, proto, flags, through));
}

}  // namespace priz::io
