// priz/selectable.hpp: what can be waited for, and lists of it.
//
// select(), poll_object, epoll and the selectors take sockets, files, unique_fd, any other object
// with a `fileno()`, pointers to such objects (plain or smart), and bare descriptors, and mix them
// freely. A selectable refers to the object, which has to stay where it is as long as the
// selectable is used; its descriptor is asked for once, when the selectable is made. Values; any
// thread may use them. Python: "file descriptor, or any object with a fileno() method"
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "priz/export.hpp"

namespace priz {

class selectable;

namespace detail {

template <class T>
concept has_fileno = !std::same_as<std::remove_cv_t<T>, selectable> && requires(T & object) {
    { object.fileno() } -> std::convertible_to<int>;
};

template <class P>
concept points_to_fileno = requires(const P& pointer) {
    static_cast<bool>(pointer);
    requires has_fileno<std::remove_reference_t<decltype(*pointer)>>;
};

}  // namespace detail

class selectable {
public:
    constexpr selectable(int fd) noexcept : fd_(fd) {}

    // A temporary does not convert: what is waited for has to outlive the wait.
    template <detail::has_fileno T>
    selectable(T& object) noexcept
        : fd_(object.fileno()),
          is_const_(std::is_const_v<T>),
          object_(&object),
          type_(&typeid(T)) {}

    template <detail::points_to_fileno P>
    selectable(const P& pointer) noexcept : selectable(-1) {
        if (pointer) *this = selectable(*pointer);
    }

    int fileno() const noexcept { return fd_; }

    // The object behind it as the type it was given as; null when it is of another type or was a
    // bare descriptor.
    template <class T>
    T* as() const noexcept {
        if (type_ == nullptr || *type_ != typeid(T)) return nullptr;
        if (is_const_ && !std::is_const_v<T>) return nullptr;
        return static_cast<T*>(const_cast<void*>(object_));
    }

    // Null for a bare descriptor.
    const void* object() const noexcept { return object_; }

    // Equal when the descriptor is the same.
    friend bool operator==(const selectable& a, const selectable& b) noexcept {
        return a.fd_ == b.fd_;
    }

private:
    int fd_;
    bool is_const_ = false;
    const void* object_ = nullptr;
    const std::type_info* type_ = nullptr;
};

namespace detail {

template <class R>
concept selectable_range = requires(R& range) {
    selectable(*std::begin(range));
    std::end(range);
};

}  // namespace detail

// A list of them: `{server, client, 0}`, or made from any range of them, as a
// std::vector<priz::socket>.
class selectables {
public:
    selectables() noexcept = default;
    selectables(std::initializer_list<selectable> items) : items_(items) {}

    template <detail::selectable_range R>
    requires(!std::same_as<std::remove_cv_t<R>, selectables>) selectables(R& range) {
        for (auto&& item : range) items_.push_back(selectable(item));
    }

    std::size_t size() const noexcept { return items_.size(); }
    bool empty() const noexcept { return items_.empty(); }
    auto begin() const noexcept { return items_.begin(); }
    auto end() const noexcept { return items_.end(); }
    const selectable& operator[](std::size_t index) const noexcept { return items_[index]; }

    bool contains(const selectable& wanted) const noexcept {
        for (const selectable& item : items_)
            if (item == wanted) return true;
        return false;
    }

    void push_back(const selectable& item) { items_.push_back(item); }

private:
    std::vector<selectable> items_;
};

// What poll_object and epoll report: a descriptor and its POLL… or EPOLL… bits.
struct fd_event {
    int fd;
    std::uint32_t events;

    friend bool operator==(const fd_event&, const fd_event&) noexcept = default;
};

}  // namespace priz
