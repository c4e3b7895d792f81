#include "priz/error.hpp"

#include <netdb.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <vector>

#include "core/worded.hpp"
#include "priz/address.hpp"
#include "priz/attempt.hpp"

namespace priz {

// What a failure knows beyond its cause; shared by its copies and copied before it is changed.
struct failure::context {
    std::atomic<int> owners{1};
    std::optional<address> local;
    std::optional<address> remote;
    const char* transport = "";
    std::string subject;
    std::string hint;
    std::size_t transferred = 0;
    std::vector<attempt> attempts;

    context() = default;
    context(const context& other)
        : local(other.local),
          remote(other.remote),
          transport(other.transport),
          subject(other.subject),
          hint(other.hint),
          transferred(other.transferred),
          attempts(other.attempts) {}
    context& operator=(const context&) = delete;
};

namespace {

const char* own_text(errc cause) noexcept {
    switch (cause) {
        case errc::timed_out:
            return "timed out";
        case errc::end_of_stream:
            return "the stream ended too early";
        case errc::value_error:
            return "invalid value";
        case errc::overflow_error:
            return "number out of range";
        case errc::type_error:
            return "address of another family";
        case errc::path_too_long:
            return "AF_UNIX path too long";
        case errc::stopped:
            return "stopped by a signal";
        case errc::key_error:
            return "no such key, or one too many";
        case errc::cancelled:
            return "cancelled";
    }
    return "unknown error";
}

std::errc nearest_condition(errc cause) noexcept {
    switch (cause) {
        case errc::timed_out:
            return std::errc::timed_out;
        case errc::overflow_error:
            return std::errc::result_out_of_range;
        case errc::path_too_long:
            return std::errc::filename_too_long;
        case errc::stopped:
            return std::errc::interrupted;
        case errc::end_of_stream:
            return std::errc::no_message_available;
        case errc::cancelled:
            return std::errc::operation_canceled;
        case errc::value_error:
        case errc::type_error:
        case errc::key_error:
            break;
    }
    return std::errc::invalid_argument;
}

class own_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "priz"; }
    std::string message(int value) const override { return own_text(static_cast<errc>(value)); }
    std::error_condition default_error_condition(int value) const noexcept override {
        return nearest_condition(static_cast<errc>(value));
    }
};

class resolver_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "gai"; }
    std::string message(int value) const override { return ::gai_strerror(value); }
};

class host_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "herror"; }
    std::string message(int value) const override { return ::hstrerror(value); }
};

// The system's sentence, begun in lower case as it stands inside ours: "connection refused", but
// "RPC …".
std::string cause_text(std::error_code cause) {
    std::string text;
    const char* described = nullptr;
    if (cause.category() == std::system_category()) described = ::strerrordesc_np(cause.value());
    text = described != nullptr ? described : cause.message();
    const bool acronym = text.size() > 1 && text[1] >= 'A' && text[1] <= 'Z';
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z' && !acronym)
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

bool says_something(const address* a) {
    return a != nullptr && !a->empty() && !a->is_unix_unnamed();
}

std::string where_text(const address* local, const address* remote) {
    std::string text;
    if (says_something(local)) text = local->str();
    if (says_something(remote)) text += (text.empty() ? "-> " : " -> ") + remote->str();
    return text;
}

void append_attempts(std::string& text, std::span<const attempt> attempts) {
    // A single attempt failed of what the sentence says already.
    if (attempts.size() == 1) return;
    for (const attempt& one : attempts) {
        text += "; ";
        text += one.to.str() + ": " + cause_text(one.cause);
        text += " after " + std::to_string(one.elapsed.nanoseconds() / 1'000'000) + " ms";
    }
}

// What outlives every destructor that could still report a failure.
template <class Value>
union immortal {
    Value value;
    constexpr immortal() : value() {}
    ~immortal() {}
};

constinit const immortal<own_category> own_instance;
constinit const immortal<resolver_category> resolver_instance;
constinit const immortal<host_category> host_instance;
const immortal<std::string> no_text;

}  // namespace

const std::error_category& category() noexcept { return own_instance.value; }

const std::error_category& gai_category() noexcept { return resolver_instance.value; }

const std::error_category& herror_category() noexcept { return host_instance.value; }

std::error_code make_error_code(errc cause) noexcept {
    return {static_cast<int>(cause), category()};
}

failure::failure(const failure& other) noexcept
    : cause_(other.cause_), operation_(other.operation_), context_(other.context_) {
    if (context_ != nullptr) context_->owners.fetch_add(1, std::memory_order_relaxed);
}

void failure::release() noexcept {
    if (context_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete context_;
    context_ = nullptr;
}

const address* failure::local() const noexcept {
    return context_ != nullptr && context_->local ? &*context_->local : nullptr;
}

const address* failure::remote() const noexcept {
    return context_ != nullptr && context_->remote ? &*context_->remote : nullptr;
}

const std::string& failure::hint() const noexcept {
    return context_ != nullptr ? context_->hint : no_text.value;
}

std::size_t failure::transferred() const noexcept {
    return context_ != nullptr ? context_->transferred : 0;
}

std::span<const attempt> failure::attempts() const noexcept {
    if (context_ == nullptr) return {};
    return context_->attempts;
}

std::string failure::message() const {
    std::string text = operation_;
    if (context_ != nullptr) {
        const std::string where =
            context_->subject.empty() ? where_text(local(), remote()) : context_->subject;
        // Some addresses begin with their transport already: "unix:/run/x".
        if (*context_->transport != '\0' &&
            !where.starts_with(std::string(context_->transport) + ":"))
            text += std::string(" ") + context_->transport;
        if (!where.empty()) text += " " + where;
    }
    text += ": " + cause_text(cause_);
    if (context_ == nullptr) return text;
    if (!context_->hint.empty()) text += ": " + context_->hint;
    append_attempts(text, context_->attempts);
    return text;
}

bool failure::would_block() const noexcept {
    if (cause_.category() != std::system_category()) return false;
    return cause_.value() == EAGAIN || cause_.value() == EINPROGRESS || cause_.value() == EALREADY;
}

// A context that is this failure's alone, made or copied as needed; null when memory has run out.
failure::context* failure::own_context() noexcept try {
    if (context_ == nullptr) {
        context_ = new context;
    } else if (context_->owners.load(std::memory_order_acquire) > 1) {
        auto* copy = new context(*context_);
        release();
        context_ = copy;
    }
    return context_;
} catch (const std::bad_alloc&) {
    return nullptr;
}

failure& failure::with(const address* local, const address* remote) noexcept {
    if (context* own = own_context()) {
        if (local != nullptr) own->local = *local;
        if (remote != nullptr) own->remote = *remote;
    }
    return *this;
}

failure& failure::with_transport(const char* name) noexcept {
    if (context* own = own_context()) own->transport = name;
    return *this;
}

failure& failure::with_subject(std::string text) noexcept {
    if (context* own = own_context()) own->subject = std::move(text);
    return *this;
}

failure& failure::with_hint(std::string text) noexcept {
    if (context* own = own_context()) own->hint = std::move(text);
    return *this;
}

failure& failure::with_subject(const char* text) noexcept {
    return detail::worded(*this, [&](failure& why) { why.with_subject(std::string(text)); });
}

failure& failure::with_hint(const char* text) noexcept {
    return detail::worded(*this, [&](failure& why) { why.with_hint(std::string(text)); });
}

failure& failure::with_transferred(std::size_t count) noexcept {
    if (context* own = own_context()) own->transferred = count;
    return *this;
}

failure& failure::with_attempts(std::span<const attempt> all) noexcept {
    if (context* own = own_context()) {
        try {
            own->attempts.assign(all.begin(), all.end());
        } catch (const std::bad_alloc&) {
            own->attempts.clear();
        }
    }
    return *this;
}

error::error(const failure& why) : std::system_error(why.code()), why_(why), text_(why.message()) {}

namespace {

[[noreturn]] void raise_own(const failure& why) {
    switch (static_cast<errc>(why.code().value())) {
        case errc::timed_out:
            throw timeout(why);
        case errc::end_of_stream:
            throw end_of_stream(why);
        case errc::overflow_error:
            throw overflow_error(why);
        case errc::type_error:
            throw type_error(why);
        case errc::stopped:
            throw interrupted(why);
        case errc::key_error:
            throw key_error(why);
        case errc::cancelled:
            throw cancelled(why);
        case errc::value_error:
        case errc::path_too_long:
            break;
    }
    throw value_error(why);
}

// errno to class, as CPython maps OSError to its subclasses, and the classes that are priz's own.
[[noreturn]] void raise_system(const failure& why) {
    switch (why.code().value()) {
        case EAGAIN:
        case EALREADY:
        case EINPROGRESS:
            throw blocking_io_error(why);
        case EPIPE:
        case ESHUTDOWN:
            throw broken_pipe(why);
        case ECONNABORTED:
            throw connection_aborted(why);
        case ECONNREFUSED:
            throw connection_refused(why);
        case ECONNRESET:
            throw connection_reset(why);
        case EEXIST:
            throw file_exists(why);
        case ENOENT:
            throw file_not_found(why);
        case EINTR:
            throw interrupted(why);
        case EACCES:
        case EPERM:
            throw permission_denied(why);
        case ETIMEDOUT:
            throw timeout(why);
        case EADDRINUSE:
            throw address_in_use(why);
        case EAFNOSUPPORT:
        case EPFNOSUPPORT:
        case ESOCKTNOSUPPORT:
        case EPROTONOSUPPORT:
        case EOPNOTSUPP:
            throw unsupported(why);
        default:
            throw error(why);
    }
}

}  // namespace

void failure::raise() const {
    if (cause_.category() == category()) raise_own(*this);
    if (cause_.category() == gai_category()) throw gaierror(*this);
    if (cause_.category() == herror_category()) throw herror(*this);
    if (cause_.category() == std::system_category()) raise_system(*this);
    throw error(*this);
}

}  // namespace priz
