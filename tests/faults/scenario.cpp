#include "scenario.hpp"

#include <algorithm>
#include <cerrno>

#include "core/open_descriptors.hpp"

namespace faults {

namespace {

bool waits_for_readiness(const std::string& call) {
    return call == "ppoll" || call == "pselect" || call == "epoll_wait" || call == "epoll_pwait2";
}

bool moves_data(const std::string& call) {
    static const std::set<std::string> movers{"recv",    "send",     "recvfrom", "sendto",
                                              "read",    "pread",    "sendfile", "recvmsg",
                                              "sendmsg", "recvmmsg", "sendmmsg"};
    return movers.contains(call);
}

// The faults that can strike a call.
std::vector<fault> faults_of(const scenario& what, const std::string& call, std::size_t at) {
    std::vector<fault> all{{kind::fail, EIO, at}, {kind::fail, ENOMEM, at}};
    if (moves_data(call) || waits_for_readiness(call) || call.starts_with("accept") ||
        call == "connect" || call == "close" || call == "open" || call == "syscall")
        all.push_back({kind::interrupt, 0, at});
    if (moves_data(call) && what.may_be_short) all.push_back({kind::shorten, 0, at});
    if (moves_data(call) && what.waits && call != "read" && call != "pread")
        all.push_back({kind::fail, EAGAIN, at});
    if (call == "ppoll") all.push_back({kind::spurious, 0, at});
    return all;
}

bool must_succeed(const fault& one) { return one.what != kind::fail || one.error == EAGAIN; }

void strike(const scenario& what, const std::string& call, const fault& one) {
    SCOPED_TRACE(call + ": " + name_of(one));
    const std::size_t before = priz::test::open_descriptors();
    stage now(one, what.lacking);
    const outcome came = what.run(now);
    EXPECT_EQ(priz::test::open_descriptors(), before) << "descriptors leaked or closed twice";
    EXPECT_TRUE(now.struck()) << "the call was not made this time";
    if (must_succeed(one)) {
        EXPECT_FALSE(came) << came->message();
    } else if (came) {
        EXPECT_EQ(came->code(), std::error_code(one.error, std::system_category()))
            << came->message();
        EXPECT_STRNE(came->operation(), "");
    } else {
        EXPECT_TRUE(what.optional_calls.contains(call)) << "the failure went unseen";
    }
}

}  // namespace

void strike_everywhere(const scenario& what) {
    stage undisturbed(fault{}, what.lacking);
    const outcome came = what.run(undisturbed);
    ASSERT_FALSE(came) << came->message();
    ASSERT_FALSE(undisturbed.calls().empty());
    for (std::size_t at = 0; at < undisturbed.calls().size(); ++at) {
        const std::string& call = undisturbed.calls()[at];
        if (call == what.lacking) continue;
        for (const fault& one : faults_of(what, call, at)) strike(what, call, one);
    }
}

std::vector<std::string> calls_of(const scenario& what) {
    stage undisturbed(fault{}, what.lacking);
    const outcome came = what.run(undisturbed);
    EXPECT_FALSE(came) << what.name << ": " << came->message();
    return undisturbed.calls();
}

}  // namespace faults
