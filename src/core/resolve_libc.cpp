// getaddrinfo_a(3) is the C library's only look-up that can be left: glibc runs it on a thread of
// its own. A look-up that has not begun is cancelled; one that has begun goes on and writes its
// result into the request when it is done, whoever still wants it. Such a request is given up to
// it: it is never freed, because nothing says when that thread is done with it.
#include "core/resolve_libc.hpp"

#include "core/around_call.hpp"

#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>

#include "core/reentrant.hpp"
#include "priz/blocking_hook.hpp"

namespace priz::detail {

namespace {

struct free_results {
    void operator()(::addrinfo* all) const noexcept { ::freeaddrinfo(all); }
};
using results = std::unique_ptr<::addrinfo, free_results>;

std::error_code cause_of(int verdict) noexcept {
    if (verdict == EAI_SYSTEM) return {errno, std::system_category()};
    return gai_code(verdict);
}

address_info converted(const ::addrinfo& from) {
    return {.family = from.ai_family,
            .type = from.ai_socktype,
            .proto = from.ai_protocol,
            .canonname = from.ai_canonname != nullptr ? from.ai_canonname : "",
            .address = address::from_sockaddr(from.ai_addr, from.ai_addrlen)};
}

libc_answer answer_of(int verdict, ::addrinfo* first) {
    if (verdict != 0) return std::unexpected(cause_of(verdict));
    const results held(first);
    std::vector<address_info> answer;
    for (const ::addrinfo* at = first; at != nullptr; at = at->ai_next)
        answer.push_back(converted(*at));
    return answer;
}

::addrinfo hints_of(const libc_question& question) noexcept {
    ::addrinfo hints{};
    hints.ai_family = question.family;
    hints.ai_socktype = question.type;
    hints.ai_protocol = question.proto;
    hints.ai_flags = question.flags;
    return hints;
}

// A question and its answer, where they stay put for glibc's thread.
class request {
public:
    explicit request(const libc_question& question)
        : name_(question.name), has_service_(question.service != nullptr) {
        if (has_service_) service_ = question.service;
        hints_ = hints_of(question);
        control_.ar_name = name_.c_str();
        control_.ar_service = has_service_ ? service_.c_str() : nullptr;
        control_.ar_request = &hints_;
    }

    ::gaicb& control() noexcept { return control_; }

private:
    std::string name_;
    bool has_service_;
    std::string service_ = {};
    ::addrinfo hints_{};
    ::gaicb control_{};
};

std::error_code wait_once(const ::gaicb& pending, const lookup& how) noexcept {
    const auto left = how.until.remaining();
    const std::int64_t ns = left.value_or(duration()).nanoseconds();
    const ::timespec limit{ns / 1'000'000'000, ns % 1'000'000'000};
    const std::array<const ::gaicb*, 1> all{&pending};
    int verdict = 0;
    {
        const around_call hooked(how.hook);
        verdict = ::gai_suspend(all.data(), 1, left ? &limit : nullptr);
    }
    if (verdict == EAI_INTR && how.hook != nullptr) return how.hook->interrupted();
    return {};
}

std::error_code wait_for(::gaicb& pending, const lookup& how) noexcept {
    while (::gai_error(&pending) == EAI_INPROGRESS) {
        if (how.until.has_passed()) return errc::timed_out;
        if (const std::error_code stop = wait_once(pending, how)) return stop;
    }
    return {};
}

// The family's address bytes, as gethostbyaddr_r(3) wants them.
struct address_bytes {
    ::in6_addr v6{};
    ::in_addr v4{};
    bool is_v6;

    explicit address_bytes(const address& where) noexcept : is_v6(where.family() == AF_INET6) {
        if (is_v6)
            v6 = reinterpret_cast<const ::sockaddr_in6*>(where.data())->sin6_addr;
        else
            v4.s_addr = htonl(where.ipv4_number());
    }
    const void* data() const noexcept { return is_v6 ? static_cast<const void*>(&v6) : &v4; }
    ::socklen_t size() const noexcept { return is_v6 ? sizeof v6 : sizeof v4; }
};

std::error_code gai_from_herror(int cause) noexcept {
    switch (cause) {
        case TRY_AGAIN:
            return gai_code(EAI_AGAIN);
        case NO_RECOVERY:
            return gai_code(EAI_FAIL);
        case NO_DATA:
            return gai_code(EAI_NODATA);
        case NETDB_INTERNAL:
            return {errno, std::system_category()};
        default:
            return gai_code(EAI_NONAME);
    }
}

address address_from(int family, const char* bytes) {
    if (family == AF_INET6) {
        const auto* first = reinterpret_cast<const std::byte*>(bytes);
        return address::ipv6(std::span<const std::byte, 16>(first, 16), 0);
    }
    std::uint32_t number = 0;
    std::memcpy(&number, bytes, sizeof number);
    return address::ipv4(ntohl(number), 0);
}

host_record converted(const ::hostent& from) {
    host_record record{from.h_name, {}, {}};
    for (char** alias = from.h_aliases; *alias != nullptr; ++alias)
        record.aliases.emplace_back(*alias);
    for (char** bytes = from.h_addr_list; *bytes != nullptr; ++bytes)
        record.addresses.push_back(address_from(from.h_addrtype, *bytes));
    return record;
}

template <class Look>
record_result record_by(const lookup& how, Look&& look) {
    int cause = 0;
    const around_call hooked(how.hook);
    auto found = reentrant<::hostent>(
        [&](::hostent* entry, char* texts, std::size_t size, ::hostent** result) {
            return look(entry, texts, size, result, &cause);
        },
        [](const ::hostent& entry) { return converted(entry); });
    if (found) return *std::move(found);
    return std::unexpected(gai_from_herror(cause));
}

}  // namespace

libc_answer ask_libc(const libc_question& question) {
    const ::addrinfo hints = hints_of(question);
    ::addrinfo* first = nullptr;
    const int verdict = ::getaddrinfo(question.name, question.service, &hints, &first);
    return answer_of(verdict, first);
}

libc_answer ask_libc_until(const libc_question& question, const lookup& how) {
    if (how.until.is_never() && how.hook == nullptr) return ask_libc(question);
    auto one = std::make_unique<request>(question);
    ::gaicb* const control = &one->control();
    std::array<::gaicb*, 1> all{control};
    if (const int verdict = ::getaddrinfo_a(GAI_NOWAIT, all.data(), 1, nullptr))
        return std::unexpected(cause_of(verdict));
    if (const std::error_code stop = wait_for(*control, how)) {
        const int cancelled = ::gai_cancel(control);
        if (cancelled == EAI_ALLDONE) ::freeaddrinfo(control->ar_result);
        if (cancelled == EAI_NOTCANCELED) static_cast<void>(one.release());
        return std::unexpected(stop);
    }
    return answer_of(::gai_error(control), control->ar_result);
}

record_result libc_record(const std::string& name, const lookup& how) {
    return record_by(
        how, [&](auto... out) { return ::gethostbyname2_r(name.c_str(), AF_INET, out...); });
}

record_result libc_record(const address& where, const lookup& how) {
    const address_bytes bytes(where);
    return record_by(how, [&](auto... out) {
        return ::gethostbyaddr_r(bytes.data(), bytes.size(), where.family(), out...);
    });
}

std::expected<name_info, std::error_code> libc_names(const address& where, int flags) {
    std::array<char, NI_MAXHOST> name{};
    std::array<char, NI_MAXSERV> port{};
    const int verdict = ::getnameinfo(where.data(), where.size(), name.data(), name.size(),
                                      port.data(), port.size(), flags);
    if (verdict != 0) return std::unexpected(cause_of(verdict));
    return name_info{name.data(), port.data()};
}

}  // namespace priz::detail
