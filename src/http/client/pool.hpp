// pool.hpp: connections, each for one identity, that are used again.
//
// A connection is given to requests of the very identity that it was made for, and of no other:
// whom it goes to, through which proxy, with whose credentials, trusting whom. It comes back by its
// lease, and stays only if its exchange ended as it should. Nothing runs in the background: what
// has been idle for too long is closed when the pool is next used.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/client/connection.hpp"
#include "priz/deadline.hpp"
#include "priz/duration.hpp"
#include "priz/http/proxy.hpp"
#include "priz/io/event.hpp"
#include "priz/io/task.hpp"

namespace priz::http::detail {

// What two requests have to have in common to share a connection.
struct identity {
    std::string scheme = {};
    std::string host = {};
    std::uint16_t port = 0;
    std::string unix_path = {};
    std::optional<http::proxy> proxy = std::nullopt;
    std::string credentials = {};  // that the requests carry
    // The settings of TLS: whom they trust, and which certificate they show.
    std::shared_ptr<const void> tls = nullptr;

    friend auto operator<=>(const identity&, const identity&) = default;
};

struct pool_limits {
    std::size_t connections_max = 16;  // of one identity
    std::size_t idle_max = 100;        // of all
    duration idle_time = 60;
};

class pool : public std::enable_shared_from_this<pool> {
    struct entry {
        std::shared_ptr<client_connection> what;
        deadline expires;  // while it carries nothing
    };
    struct group {
        std::vector<entry> entries;
        std::size_t opening = 0;
        bool is_shared = false;  // its last connection took several exchanges
        std::size_t users = 0;   // leases, and those who wait for one
        io::event changed;
    };
    using groups = std::map<identity, group>;

public:
    explicit pool(const pool_limits& most) : limits_(most) {}

    // A connection for one exchange, or the right to open one. Gives both back at its end.
    class lease {
    public:
        lease() noexcept = default;
        lease(lease&& other) noexcept
            : of_(std::move(other.of_)),
              group_(other.group_),
              what_(std::move(other.what_)),
              is_opening_(std::exchange(other.is_opening_, false)) {}
        lease& operator=(lease&& other) noexcept {
            lease before(std::move(*this));
            of_ = std::move(other.of_);
            group_ = other.group_;
            what_ = std::move(other.what_);
            is_opening_ = std::exchange(other.is_opening_, false);
            return *this;
        }
        ~lease() {
            if (of_ != nullptr) of_->take_back(*this);
        }

        // Null: the holder opens one.
        client_connection* get() const noexcept { return what_.get(); }
        void opened(std::shared_ptr<client_connection> made);

    private:
        friend class pool;
        lease(std::shared_ptr<pool> of, groups::iterator whose)
            : of_(std::move(of)), group_(whose) {
            ++group_->second.users;
        }

        std::shared_ptr<pool> of_;
        groups::iterator group_;
        std::shared_ptr<client_connection> what_;
        bool is_opening_ = false;
    };

    // Waits while there are as many connections of that identity as there may be. `fresh`: none
    // that was used before.
    //
    // Cancellation: safe.
    io::task<lease> acquire(identity who, bool fresh);

    // Closes what is idle.
    void clear() noexcept;
    std::size_t idle() const noexcept;
    std::size_t size() const noexcept;

private:
    void take_back(lease& given) noexcept;
    void drop_expired() noexcept;
    void drop(group& from, const client_connection* what) noexcept;
    bool drop_one_idle(group& from) noexcept;
    void tell(group& of) noexcept;

    pool_limits limits_;
    groups groups_;
};

}  // namespace priz::http::detail
