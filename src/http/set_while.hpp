// set_while.hpp: a flag that is set as long as this lives.
#pragma once

namespace priz::http::detail {

class set_while {
public:
    explicit set_while(bool& flag) noexcept : flag_(flag) { flag_ = true; }
    set_while(const set_while&) = delete;
    set_while& operator=(const set_while&) = delete;
    ~set_while() { flag_ = false; }

private:
    bool& flag_;
};

}  // namespace priz::http::detail
