// priz/iostream.hpp: a std::iostream on a socket, for code that is written against streams.
//
//     priz::iostream stream(s.makefile("rw"));
//     stream << "HELP" << std::endl;
//     std::getline(stream, answer);
//
// Owns its file and with it a share of the connection. A stream has no place for an error: a verb
// that fails sets badbit, and why() tells the cause; after clear() the stream goes on where it was,
// since the file has lost nothing. Input and output are tied: a read first flushes what was
// written, as with std::cin and std::cout. Seeking fails. One thread at a time. In a header of its
// own because the standard library's streams weigh more than the rest of priz. Elsewhere: the
// file's own verbs (file.hpp).
#pragma once

#include <istream>
#include <optional>
#include <streambuf>

#include "priz/file.hpp"

namespace priz {

// The buffer alone, for a std::istream or std::ostream of one's own.
class PRIZ_API file_streambuf : public std::streambuf {
public:
    explicit file_streambuf(file on) noexcept : file_(std::move(on)) {}

    // Empty while nothing has failed.
    const std::optional<failure>& why() const noexcept { return why_; }

    // Flushes and closes the file.
    result<void> try_close() noexcept;

protected:
    int_type underflow() override;
    int_type overflow(int_type byte) override;
    std::streamsize xsputn(const char* source, std::streamsize size) override;
    int sync() override;

private:
    template <class T>
    T keep(result<T>&& outcome);

    file file_;
    std::optional<failure> why_;
    char input_[1024];
};

class PRIZ_API iostream : public std::iostream {
public:
    explicit iostream(file on);
    ~iostream() override;

    // Why badbit is set; empty while nothing has failed.
    const std::optional<priz::failure>& why() const noexcept { return buffer_.why(); }

    // Flushes and closes; sets failbit when that fails, as std::fstream does.
    void close();

private:
    file_streambuf buffer_;
};

}  // namespace priz
