// priz/selectors.hpp: waiting for many descriptors, each with the program's own data beside it.
// What a program with several connections and no threads is built around.
//
//     priz::default_selector selector;
//     selector.register_(server, priz::EVENT_READ, &on_connection);
//     for (auto& [key, events] : selector.select(5)) …
//
// default_selector is epoll_selector, as Linux always has epoll; poll_selector and select_selector
// do the same by poll(2) and select(). One thread at a time. `register` is a C++ keyword:
// register_. DevpollSelector and KqueueSelector are absent because Linux has neither /dev/poll nor
// kqueue. Elsewhere: select(), poll_object and epoll by themselves (select.hpp). Python: the module
// selectors
#pragma once

#include <any>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "priz/duration.hpp"
#include "priz/epoll.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/poll.hpp"
#include "priz/selectable.hpp"

namespace priz {

class blocking_hook;

inline constexpr unsigned EVENT_READ =
    1;  // something to read, or the end of the stream, or an error
inline constexpr unsigned EVENT_WRITE = 2;  // room to write, or an error

// What was registered. Python: selectors.SelectorKey
struct selector_key {
    selectable fileobj;
    int fd;
    unsigned events;
    std::any data;

    // The object that was registered: `key.object<priz::socket>()`; null when it is of another
    // type.
    template <class T>
    T* object() const noexcept {
        return fileobj.as<T>();
    }

    // The data: `key.data_as<connection*>()`. Errors: std::bad_any_cast when it is of another type.
    template <class T>
    const T& data_as() const {
        return std::any_cast<const T&>(data);
    }
};

// One that is ready: its key, as it was when select() returned, and which of the events it was
// registered for have come. A copy, so that a handler may unregister or modify any key while the
// others still wait for their turn.
struct selector_event {
    selector_key key;
    unsigned events;
};

// What all selectors do. A key that a verb returns by reference or pointer is good until it is
// unregistered or modified. Every verb but close() and get_map() fails with value_error after
// close().
class PRIZ_API selector {
public:
    selector(const selector&) = delete;
    selector& operator=(const selector&) = delete;
    virtual ~selector();

    // Errors: value_error for events that are not EVENT_READ, EVENT_WRITE or both, and for a closed
    // socket; key_error when the descriptor is registered already; what the kernel says (a regular
    // file cannot be waited for by epoll: permission_denied). A failure leaves nothing registered.
    const selector_key& register_(const selectable& fileobj, unsigned events, std::any data = {});
    result<const selector_key*> try_register_(const selectable& fileobj, unsigned events,
                                              std::any data = {}) noexcept;

    // Returns what was registered. An object that was closed meanwhile (its descriptor is -1) is
    // found by its identity. Errors: key_error; value_error for a closed object that was never
    // registered.
    selector_key unregister(const selectable& fileobj);
    result<selector_key> try_unregister(const selectable& fileobj) noexcept;

    // Changes events and data, both. Errors: key_error; value_error for events; when the kernel
    // refuses, the key is unregistered.
    const selector_key& modify(const selectable& fileobj, unsigned events, std::any data = {});
    result<const selector_key*> try_modify(const selectable& fileobj, unsigned events,
                                           std::any data = {}) noexcept;

    // Those that are ready, none when the time was over first. Without a timeout it waits as long
    // as it takes; with zero or a negative one it does not wait at all (unlike epoll and
    // poll_object, where a negative one waits for ever; so it is in Python).
    std::vector<selector_event> select(std::optional<duration> timeout = std::nullopt,
                                       blocking_hook* hook = nullptr);
    result<std::vector<selector_event>> try_select(std::optional<duration> timeout = std::nullopt,
                                                   blocking_hook* hook = nullptr) noexcept;

    // Errors: key_error when it is not registered.
    const selector_key& get_key(const selectable& fileobj) const;
    result<const selector_key*> try_get_key(const selectable& fileobj) const noexcept;

    // All that is registered, by descriptor; empty after close().
    const std::map<int, selector_key>& get_map() const noexcept { return keys_; }

    // Forgets everything. What was registered stays open. A second close does nothing.
    void close();
    result<void> try_close() noexcept;

protected:
    selector() noexcept = default;
    selector(selector&& other) noexcept
        : keys_(std::move(other.keys_)), closed_(std::exchange(other.closed_, true)) {}

private:
    // What a selector of its own kind does with one descriptor, and how it waits. `events` are
    // EVENT_… bits. `wait` never sees a negative timeout.
    virtual result<void> add(int fd, unsigned events) noexcept = 0;
    virtual result<void> change(int fd, unsigned events) noexcept = 0;
    virtual void remove(int fd) noexcept = 0;
    virtual result<std::vector<fd_event>> wait(std::optional<duration> timeout,
                                               blocking_hook* hook) noexcept = 0;
    virtual result<void> shut() noexcept = 0;

    result<int> fd_of(const selectable& fileobj, const char* operation) const noexcept;
    result<std::map<int, selector_key>::iterator> find(const selectable& fileobj,
                                                       const char* operation) noexcept;

    std::map<int, selector_key> keys_;
    bool closed_ = false;
};

// On epoll. Python: selectors.EpollSelector
class PRIZ_API epoll_selector final : public selector {
public:
    // Errors: EMFILE, ENFILE, ENOMEM.
    epoll_selector() = default;
    static result<epoll_selector> try_make() noexcept;
    epoll_selector(epoll_selector&&) noexcept = default;
    ~epoll_selector() override;

    // Readable when something registered is ready; -1 after close().
    int fileno() const noexcept { return epoll_.fileno(); }

private:
    explicit epoll_selector(epoll&& poller) noexcept : epoll_(std::move(poller)) {}
    result<void> add(int fd, unsigned events) noexcept override;
    result<void> change(int fd, unsigned events) noexcept override;
    void remove(int fd) noexcept override;
    result<std::vector<fd_event>> wait(std::optional<duration> timeout,
                                       blocking_hook* hook) noexcept override;
    result<void> shut() noexcept override;

    epoll epoll_;
};

// On poll(2). Python: selectors.PollSelector
class PRIZ_API poll_selector final : public selector {
public:
    poll_selector() noexcept = default;
    poll_selector(poll_selector&&) noexcept = default;
    ~poll_selector() override;

private:
    result<void> add(int fd, unsigned events) noexcept override;
    result<void> change(int fd, unsigned events) noexcept override;
    void remove(int fd) noexcept override;
    result<std::vector<fd_event>> wait(std::optional<duration> timeout,
                                       blocking_hook* hook) noexcept override;
    result<void> shut() noexcept override;

    poll_object poll_;
};

// On select(). Python: selectors.SelectSelector
class PRIZ_API select_selector final : public selector {
public:
    select_selector() noexcept = default;
    select_selector(select_selector&&) noexcept = default;
    ~select_selector() override;

private:
    result<void> add(int fd, unsigned events) noexcept override;
    result<void> change(int fd, unsigned events) noexcept override;
    void remove(int fd) noexcept override;
    result<std::vector<fd_event>> wait(std::optional<duration> timeout,
                                       blocking_hook* hook) noexcept override;
    result<void> shut() noexcept override;
};

using default_selector = epoll_selector;

}  // namespace priz
