// resolve_dns.hpp: a question to name servers.
#pragma once

#include <ares.h>

#include <memory>
#include <string>

#include "core/resolve_channel.hpp"
#include "core/resolve_lookup.hpp"

namespace priz::detail {

// Asked when it is made, answered in steps; its end gives up what is not answered.
class dns_query {
public:
    // A name's addresses: at most 64 of each family. Search domains are those of resolv.conf(5).
    dns_query(const std::string& name, int family, const lookup& how);

    // An address's names.
    dns_query(const address& where, const lookup& how);

    bool is_done() const noexcept { return answer_.done; }

    // As lookup_steps has them.
    std::span<const watched_fd> watches() noexcept { return channel_.watches(); }
    deadline next() const noexcept { return channel_.next(); }
    void advance(std::span<const watched_fd> ready) noexcept { channel_.advance(ready); }

    // Once, when it is done.
    record_result take();

private:
    struct free_addrinfo {
        void operator()(::ares_addrinfo* all) const noexcept { ::ares_freeaddrinfo(all); }
    };

    // What the callbacks leave behind.
    struct answer {
        bool done = false;
        std::error_code cause = {};
        std::unique_ptr<::ares_addrinfo, free_addrinfo> addresses = nullptr;
        host_record names = {};
    };

    static void take_addresses(void* arg, int status, int, ::ares_addrinfo* found);
    static void take_names(void* arg, int status, int, ::hostent* found);

    bool open(const lookup& how);
    host_record record_of_addresses() const;

    std::string name_ = {};  // one of both is asked about
    address where_ = {};
    int family_;
    answer answer_ = {};
    dns_channel channel_ = {};  // the last: its end calls back
};

// Waits for the answer, by the terms of `how`; what ended the waiting where there is none.
std::error_code wait_for(dns_query& query, const lookup& how) noexcept;

}  // namespace priz::detail
