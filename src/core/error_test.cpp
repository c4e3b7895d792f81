#include "priz/error.hpp"

#include <gtest/gtest.h>
#include <netdb.h>

#include <cerrno>
#include <vector>

#include "priz/address.hpp"
#include "priz/attempt.hpp"

namespace priz {
namespace {

std::error_code system(int cause) { return {cause, std::system_category()}; }

template <class Class>
bool raises(std::error_code cause) {
    try {
        failure(cause, "recv").raise();
    } catch (const error& caught) {
        return typeid(caught) == typeid(Class);
    }
}

TEST(error, each_cause_throws_the_class_that_python_has_for_it) {
    EXPECT_TRUE(raises<blocking_io_error>(system(EAGAIN)));
    EXPECT_TRUE(raises<blocking_io_error>(system(EINPROGRESS)));
    EXPECT_TRUE(raises<blocking_io_error>(system(EALREADY)));
    EXPECT_TRUE(raises<broken_pipe>(system(EPIPE)));
    EXPECT_TRUE(raises<broken_pipe>(system(ESHUTDOWN)));
    EXPECT_TRUE(raises<connection_aborted>(system(ECONNABORTED)));
    EXPECT_TRUE(raises<connection_refused>(system(ECONNREFUSED)));
    EXPECT_TRUE(raises<connection_reset>(system(ECONNRESET)));
    EXPECT_TRUE(raises<file_exists>(system(EEXIST)));
    EXPECT_TRUE(raises<file_not_found>(system(ENOENT)));
    EXPECT_TRUE(raises<interrupted>(system(EINTR)));
    EXPECT_TRUE(raises<permission_denied>(system(EACCES)));
    EXPECT_TRUE(raises<permission_denied>(system(EPERM)));
    EXPECT_TRUE(raises<timeout>(system(ETIMEDOUT)));
    EXPECT_TRUE(raises<error>(system(EBADF)));
}

TEST(error, what_is_not_errno_has_classes_of_its_own) {
    EXPECT_TRUE(raises<timeout>(errc::timed_out));
    EXPECT_TRUE(raises<end_of_stream>(errc::end_of_stream));
    EXPECT_TRUE(raises<value_error>(errc::value_error));
    EXPECT_TRUE(raises<overflow_error>(errc::overflow_error));
    EXPECT_TRUE(raises<type_error>(errc::type_error));
    EXPECT_TRUE(raises<unsupported>(system(EAFNOSUPPORT)));
    EXPECT_TRUE(raises<address_in_use>(system(EADDRINUSE)));
    EXPECT_TRUE(raises<gaierror>({EAI_NONAME, gai_category()}));
    EXPECT_TRUE(raises<herror>({HOST_NOT_FOUND, herror_category()}));
}

TEST(error, every_class_is_a_system_error_with_the_code) {
    try {
        failure(system(ECONNREFUSED), "connect").raise();
    } catch (const std::system_error& caught) {
        EXPECT_EQ(caught.code(), std::errc::connection_refused);
        return;
    }
    FAIL() << "nothing was thrown";
}

TEST(error, a_timeout_of_ours_and_of_the_kernel_are_both_timed_out) {
    EXPECT_EQ(make_error_code(errc::timed_out), std::errc::timed_out);
    EXPECT_NE(make_error_code(errc::timed_out), system(ETIMEDOUT));
}

TEST(error, the_sentence_names_operation_addresses_and_cause) {
    const address local = address::ipv6("::1", 40122);
    const address remote = address::ipv6("::1", 80);
    failure why(system(ECONNREFUSED), "connect");
    why.with_transport("tcp").with(&local, &remote);
    EXPECT_EQ(why.message(), "connect tcp [::1]:40122 -> [::1]:80: connection refused");
    try {
        why.raise();
    } catch (const error& caught) {
        EXPECT_EQ(caught.what(), why.message());
        EXPECT_EQ(*caught.remote(), remote);
    }
}

TEST(error, an_address_that_is_not_known_is_left_out) {
    const address remote = address::ipv4("192.0.2.1", 80);
    failure why(system(EPIPE), "send");
    why.with_transport("tcp").with(nullptr, &remote);
    EXPECT_EQ(why.message(), "send tcp -> 192.0.2.1:80: broken pipe");
    EXPECT_EQ(failure(system(EBADF), "recv").message(), "recv: bad file descriptor");
}

TEST(error, a_transport_that_the_address_begins_with_is_said_once) {
    const address local = address::unix_path("/run/x");
    failure why(system(EACCES), "bind");
    why.with_transport("unix").with(&local, nullptr);
    EXPECT_EQ(why.message(), "bind unix:/run/x: permission denied");
}

TEST(error, the_list_of_attempts_follows_with_cause_and_time) {
    const std::vector<attempt> all{
        {address::ipv6("::1", 80), system(ECONNREFUSED), duration(0.0015)},
        {address::ipv4("127.0.0.1", 80), errc::timed_out, duration(2)}};
    failure why(errc::timed_out, "create_connection");
    why.with_subject("localhost:80").with_attempts(all);
    EXPECT_EQ(why.message(),
              "create_connection localhost:80: timed out; [::1]:80: connection refused after 1 ms; "
              "127.0.0.1:80: timed out after 2000 ms");
    EXPECT_EQ(why.attempts().size(), 2U);
}

TEST(error, a_copy_keeps_what_the_original_later_loses) {
    failure first(system(EPIPE), "sendall");
    first.with_transferred(7);
    failure second = first;
    second.with_transferred(8);
    EXPECT_EQ(first.transferred(), 7U);
    EXPECT_EQ(second.transferred(), 8U);
    first = second;
    EXPECT_EQ(first.transferred(), 8U);
}

TEST(error, would_block_is_told_apart) {
    EXPECT_TRUE(failure(system(EAGAIN), "recv").would_block());
    EXPECT_TRUE(failure(system(EINPROGRESS), "connect").would_block());
    EXPECT_FALSE(failure(system(EPIPE), "send").would_block());
    EXPECT_FALSE(failure(errc::timed_out, "recv").would_block());
}

TEST(error, a_failure_may_be_told_as_another_operations) {
    const failure why = failure(errc::timed_out, "getaddrinfo").with_subject("example.org");
    const failure told = why.with_operation("connect");
    EXPECT_EQ(told.message(), "connect example.org: timed out");
    EXPECT_EQ(why.message(), "getaddrinfo example.org: timed out");
}

}  // namespace
}  // namespace priz
