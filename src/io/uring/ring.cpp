#include "io/uring/ring.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/sys.hpp"
#include "io/uring/prep.hpp"
#include "io/uring/probe.hpp"
#include "io/uring/sys_uring.hpp"

namespace priz::io::uring {

namespace {

// Every ring here has these, from Linux 5.18 on.
constexpr unsigned demanded_flags =
    IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL;
constexpr unsigned demanded_features = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP |
                                       IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP |
                                       IORING_FEAT_LINKED_FILE;

// What makes rings fast, as far as a kernel takes it: from Linux 6.6, 6.1, 5.19, 5.18 on.
constexpr std::array<unsigned, 4> steps{
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | abi::setup_no_sqarray,
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
    IORING_SETUP_COOP_TASKRUN,
    0,
};

// How often a full submission queue is tried again while the kernel is short of memory.
constexpr int attempts_max = 64;

// The ring's descriptor, or -errno. `granted` tells what the kernel has made of it.
int set_up(const wishes& wished, ::io_uring_params& granted) noexcept {
    int answer = -EINVAL;
    for (const unsigned step : steps) {
        if ((step & wished.setup_flags) != step) continue;
        granted = {};
        granted.flags = demanded_flags | step;
        granted.cq_entries = std::max(wished.cq_entries, wished.sq_entries);
        answer = sys::io_uring_setup(wished.sq_entries, &granted);
        if (answer != -EINVAL) break;
    }
    return answer;
}

std::int64_t now_ns() noexcept {
    ::timespec now{};
    // It fails for unknown clocks alone.
    static_cast<void>(sys::clock_gettime(CLOCK_MONOTONIC, &now));
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

::__kernel_timespec kernel_time(std::int64_t ns) noexcept {
    return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
}

// Where `fd` stands among the thread's registered rings, or -errno.
int register_ring(int fd) noexcept {
    ::io_uring_rsrc_update place{.offset = ~0U, .resv = 0, .data = static_cast<std::uint32_t>(fd)};
    const int answer = sys::io_uring_register(fd, IORING_REGISTER_RING_FDS, &place, 1);
    return answer == 1 ? static_cast<int>(place.offset) : std::min(answer, -1);
}

void unregister_ring(int fd, int place) noexcept {
    const ::io_uring_rsrc_update at{
        .offset = static_cast<std::uint32_t>(place), .resv = 0, .data = 0};
    // It was registered; where it is not, nothing holds the ring.
    static_cast<void>(sys::io_uring_register(fd, IORING_UNREGISTER_RING_FDS, &at, 1));
}

}  // namespace

result<ring> ring::make(const wishes& wished) {
    ::io_uring_params granted{};
    const int fd = set_up(wished, granted);
    if (fd == -EINVAL) return std::unexpected(too_old(EINVAL));
    if (fd < 0) return std::unexpected(refusal(-fd));
    ring made(unique_fd(fd), granted);
    if ((granted.features & demanded_features) != demanded_features)
        return std::unexpected(too_old(EOPNOTSUPP));
    if (!made.map(granted))
        return std::unexpected(
            failure({errno, std::system_category()}, "mmap").with_subject("of a ring"));
    result<abilities> found = find_abilities(made);
    if (!found) return std::unexpected(std::move(found).error());
    made.can_ = *found;
    made.choose_enter_flags(wished.enter_flags);
    return made;
}

ring::ring(unique_fd fd, const ::io_uring_params& granted) noexcept
    : enter_fd_(fd.get()),
      enter_flags_(IORING_ENTER_GETEVENTS),
      timed_flags_(IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG),
      setup_flags_(granted.flags),
      features_(granted.features),
      fd_(std::move(fd)) {}

ring::~ring() {
    if (fd_ && registered_ >= 0) unregister_ring(fd_.get(), registered_);
}

// False, with errno, where there is no memory.
bool ring::map(const ::io_uring_params& granted) noexcept {
    const auto& sq = granted.sq_off;
    const auto& cq = granted.cq_off;
    const bool has_array = (granted.flags & abi::setup_no_sqarray) == 0;
    const std::size_t cq_end = cq.cqes + granted.cq_entries * sizeof(::io_uring_cqe);
    const std::size_t sq_end = has_array ? sq.array + granted.sq_entries * sizeof(unsigned) : 0;
    queues_ = mapping::of_ring(fd_.get(), std::max(cq_end, sq_end), IORING_OFF_SQ_RING);
    if (!queues_) return false;
    sqes_ =
        mapping::of_ring(fd_.get(), granted.sq_entries * sizeof(::io_uring_sqe), IORING_OFF_SQES);
    if (!sqes_) return false;

    sq_.sqes = sqes_.at<::io_uring_sqe>(0);
    sq_.kernel_head = queues_.at<unsigned>(sq.head);
    sq_.kernel_tail = queues_.at<unsigned>(sq.tail);
    sq_.kernel_flags = queues_.at<unsigned>(sq.flags);
    sq_.entries = granted.sq_entries;
    sq_.mask = granted.sq_entries - 1;
    cq_.cqes = queues_.at<::io_uring_cqe>(cq.cqes);
    cq_.kernel_head = queues_.at<unsigned>(cq.head);
    cq_.kernel_tail = queues_.at<unsigned>(cq.tail);
    cq_.mask = granted.cq_entries - 1;
    // Older kernels read the requests in an order that stands here. Ours is that of their places.
    for (unsigned at = 0; has_array && at < granted.sq_entries; ++at)
        queues_.at<unsigned>(sq.array)[at] = at;
    return true;
}

void ring::choose_enter_flags(unsigned wished) noexcept {
    can_.abs_timer = can_.abs_timer && (wished & abi::enter_abs_timer) != 0;
    can_.no_iowait = can_.no_iowait && (wished & abi::enter_no_iowait) != 0;
    if (can_.no_iowait) enter_flags_ |= abi::enter_no_iowait;
    if ((wished & IORING_ENTER_REGISTERED_RING) != 0) {
        registered_ = register_ring(fd_.get());
        if (registered_ >= 0) {
            enter_fd_ = registered_;
            enter_flags_ |= IORING_ENTER_REGISTERED_RING;
        }
    }
    timed_flags_ = enter_flags_ | IORING_ENTER_EXT_ARG;
    if (can_.abs_timer) timed_flags_ |= abi::enter_abs_timer;
}

int ring::enter(unsigned min_complete, std::int64_t deadline_ns) noexcept {
    if (min_complete == 0 || deadline_ns == never)
        return call(min_complete, enter_flags_, nullptr, 0);
    deadline_ns = std::max(deadline_ns, std::int64_t{0});
    if (!can_.abs_timer) deadline_ns = std::max(deadline_ns - now_ns(), std::int64_t{0});
    const ::__kernel_timespec until = kernel_time(deadline_ns);
    const abi::getevents_arg argument{
        .sigmask = 0, .sigmask_sz = 0, .min_wait_usec = 0, .ts = prep::address_of(&until)};
    return call(min_complete, timed_flags_, &argument, sizeof argument);
}

inline int ring::call(unsigned min_complete, unsigned flags, const void* argument,
                      std::size_t size) noexcept {
    const int result =
        sys::io_uring_enter(enter_fd_, publish(), min_complete, flags, argument, size);
    return result >= 0 ? 0 : explain(result);
}

// What a failing io_uring_enter means for the caller of enter().
int ring::explain(int result) noexcept {
    if (broken_ != 0) return broken_;
    switch (result) {
        case -EBUSY:
            // There are more completions than the queue has room for: those that fill it are ready.
            return 0;
        case -EAGAIN:
            // No memory for the requests, which stay where they are. What completes frees some;
            // what this second call answers, the next turn hears again.
            static_cast<void>(sys::io_uring_enter(enter_fd_, 0, 0, enter_flags_, nullptr, 0));
            return 0;
        default:
            return result;
    }
}

// Submits from within next_sqe(), so without IORING_ENTER_GETEVENTS: completions would come while
// the caller may be busy with others.
void ring::make_room() noexcept {
    const unsigned flags = enter_flags_ & IORING_ENTER_REGISTERED_RING;
    int result = broken_;
    for (int attempt = 0; broken_ == 0 && attempt < attempts_max; ++attempt) {
        result = sys::io_uring_enter(enter_fd_, publish(), 0, flags, nullptr, 0);
        if (to_submit() < sq_.entries) return;
        if (result < 0 && explain(result) != 0 && result != -EINTR) break;
    }
    // Without a descriptor nothing of what is overwritten from here on reaches the kernel.
    broken_ = result < 0 ? result : -EAGAIN;
    enter_fd_ = -1;
    enter_flags_ &= ~unsigned{IORING_ENTER_REGISTERED_RING};
    timed_flags_ &= ~unsigned{IORING_ENTER_REGISTERED_RING};
}

void ring::take_overflow() noexcept {
    // What it answers, the next enter() hears again.
    static_cast<void>(sys::io_uring_enter(enter_fd_, 0, 0, enter_flags_, nullptr, 0));
}

int send_message(int fd, std::int32_t result, std::uint64_t user_data) noexcept {
    ::io_uring_sqe sqe{};
    prep::msg_ring(sqe, fd, result, user_data, 0);
    sqe.flags = 0;
    return sys::io_uring_register(-1, abi::register_send_msg_ring, &sqe, 1);
}

}  // namespace priz::io::uring
