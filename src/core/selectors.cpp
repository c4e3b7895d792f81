#include "priz/selectors.hpp"

#include <algorithm>
#include <new>

#include "core/wait_ready.hpp"

namespace priz {

using detail::system_code;

namespace {

failure refusal(std::error_code cause, const char* operation, int fd, const char* why) noexcept {
    failure refused(cause, operation);
    if (fd >= 0) refused.with_subject("fd " + std::to_string(fd));
    refused.with_hint(why);
    return refused;
}

result<void> check_events(const char* operation, unsigned events) noexcept {
    if (events != 0 && (events & ~(EVENT_READ | EVENT_WRITE)) == 0) return {};
    return std::unexpected(refusal(errc::value_error, operation, -1,
                                   "events have to be EVENT_READ, EVENT_WRITE or both"));
}

failure no_memory(const char* operation) noexcept { return {system_code(ENOMEM), operation}; }

}  // namespace

selector::~selector() = default;

result<int> selector::fd_of(const selectable& fileobj, const char* operation) const noexcept {
    if (closed_)
        return std::unexpected(refusal(errc::value_error, operation, -1, "the selector is closed"));
    const int fd = fileobj.fileno();
    if (fd < 0 && fileobj.object() != nullptr) {
        const auto same = std::ranges::find_if(keys_, [&](const auto& entry) {
            return entry.second.fileobj.object() == fileobj.object();
        });
        if (same != keys_.end()) return same->first;
    }
    return detail::open_fd(operation, fd);
}

result<std::map<int, selector_key>::iterator> selector::find(const selectable& fileobj,
                                                             const char* operation) noexcept {
    const auto fd = fd_of(fileobj, operation);
    if (!fd) return std::unexpected(fd.error());
    const auto place = keys_.find(*fd);
    if (place == keys_.end())
        return std::unexpected(refusal(errc::key_error, operation, *fd, "it is not registered"));
    return place;
}

result<const selector_key*> selector::try_register_(const selectable& fileobj, unsigned events,
                                                    std::any data) noexcept try {
    if (const auto valid = check_events("register", events); !valid)
        return std::unexpected(valid.error());
    const auto fd = fd_of(fileobj, "register");
    if (!fd) return std::unexpected(fd.error());
    const auto [place, is_new] =
        keys_.try_emplace(*fd, selector_key{fileobj, *fd, events, std::move(data)});
    if (!is_new)
        return std::unexpected(refusal(errc::key_error, "register", *fd,
                                       "it is registered already; modify() changes it"));
    if (const auto added = add(*fd, events); !added) {
        keys_.erase(place);
        return std::unexpected(added.error());
    }
    return &place->second;
} catch (const std::bad_alloc&) {
    return std::unexpected(no_memory("register"));
}

result<selector_key> selector::try_unregister(const selectable& fileobj) noexcept {
    const auto place = find(fileobj, "unregister");
    if (!place) return std::unexpected(place.error());
    selector_key key = std::move((*place)->second);
    keys_.erase(*place);
    remove(key.fd);
    return key;
}

result<const selector_key*> selector::try_modify(const selectable& fileobj, unsigned events,
                                                 std::any data) noexcept {
    if (const auto valid = check_events("modify", events); !valid)
        return std::unexpected(valid.error());
    const auto place = find(fileobj, "modify");
    if (!place) return std::unexpected(place.error());
    selector_key& key = (*place)->second;
    if (events != key.events) {
        if (const auto changed = change(key.fd, events); !changed) {
            remove(key.fd);
            keys_.erase(*place);
            return std::unexpected(changed.error());
        }
    }
    key.events = events;
    key.data = std::move(data);
    return &key;
}

// A copy of the program's data may throw anything; what came is then reported again at the next
// call.
result<std::vector<selector_event>> selector::try_select(std::optional<duration> timeout,
                                                         blocking_hook* hook) noexcept try {
    if (closed_)
        return std::unexpected(refusal(errc::value_error, "select", -1, "the selector is closed"));
    if (timeout && timeout->is_valid() && timeout->nanoseconds() < 0) timeout = duration();
    const auto found = wait(timeout, hook);
    if (!found) return std::unexpected(found.error());
    std::vector<selector_event> ready;
    ready.reserve(found->size());
    for (const fd_event& one : *found) {
        const auto place = keys_.find(one.fd);
        if (place == keys_.end()) continue;
        const unsigned events = one.events & place->second.events;
        if (events != 0) ready.push_back({place->second, events});
    }
    return ready;
} catch (...) {
    return std::unexpected(no_memory("select"));
}

result<const selector_key*> selector::try_get_key(const selectable& fileobj) const noexcept {
    const auto fd = fd_of(fileobj, "get_key");
    if (!fd) return std::unexpected(fd.error());
    const auto place = keys_.find(*fd);
    if (place != keys_.end()) return &place->second;
    return std::unexpected(refusal(errc::key_error, "get_key", *fd, "it is not registered"));
}

result<void> selector::try_close() noexcept {
    if (std::exchange(closed_, true)) return {};
    keys_.clear();
    return shut();
}

const selector_key& selector::register_(const selectable& fileobj, unsigned events, std::any data) {
    return *value_or_throw(try_register_(fileobj, events, std::move(data)));
}

selector_key selector::unregister(const selectable& fileobj) {
    return value_or_throw(try_unregister(fileobj));
}

const selector_key& selector::modify(const selectable& fileobj, unsigned events, std::any data) {
    return *value_or_throw(try_modify(fileobj, events, std::move(data)));
}

std::vector<selector_event> selector::select(std::optional<duration> timeout, blocking_hook* hook) {
    return value_or_throw(try_select(timeout, hook));
}

const selector_key& selector::get_key(const selectable& fileobj) const {
    return *value_or_throw(try_get_key(fileobj));
}

void selector::close() { value_or_throw(try_close()); }

}  // namespace priz
