#include "priz/iostream.hpp"

namespace priz {

// A failure is kept, and thrown: the standard's stream functions catch it and set badbit.
template <class T>
T file_streambuf::keep(result<T>&& outcome) {
    if (!outcome) {
        why_ = outcome.error();
        outcome.error().raise();
    }
    return *std::move(outcome);
}

file_streambuf::int_type file_streambuf::underflow() {
    if (file_.writable() && sync() != 0) why_->raise();
    const std::size_t count = keep(file_.try_readinto1(bytes_span(input_)));
    setg(input_, input_, input_ + count);
    return count == 0 ? traits_type::eof() : traits_type::to_int_type(input_[0]);
}

file_streambuf::int_type file_streambuf::overflow(int_type byte) {
    if (traits_type::eq_int_type(byte, traits_type::eof())) return traits_type::not_eof(byte);
    const char one = traits_type::to_char_type(byte);
    keep(file_.try_write(bytes_view(&one, 1)));
    return byte;
}

std::streamsize file_streambuf::xsputn(const char* source, std::streamsize size) {
    const bytes_view all(source, static_cast<std::size_t>(size));
    std::size_t done = 0;
    while (done < all.size()) done += keep(file_.try_write(all.subview(done)));
    return size;
}

int file_streambuf::sync() {
    const auto flushed = file_.try_flush();
    if (flushed) return 0;
    why_ = flushed.error();
    return -1;
}

result<void> file_streambuf::try_close() noexcept {
    setg(nullptr, nullptr, nullptr);
    auto outcome = file_.try_close();
    if (!outcome) why_ = outcome.error();
    return outcome;
}

iostream::iostream(file on) : std::iostream(nullptr), buffer_(std::move(on)) { init(&buffer_); }

iostream::~iostream() = default;

void iostream::close() {
    if (!buffer_.try_close()) setstate(std::ios_base::failbit);
}

}  // namespace priz
