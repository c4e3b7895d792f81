// served_folder.hpp: a folder that is served; what is asked for, found below it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/server/kept_files.hpp"
#include "priz/http/files.hpp"
#include "priz/unique_fd.hpp"

namespace priz::http::detail {

// A regular file, open, or why there is none.
struct opened_file {
    unique_fd file;
    std::shared_ptr<const unique_fd> kept;  // in its place, of a small one
    int status = 200;  // 404, 503; 308: a folder, of which the path has no solidus at its end
    std::uint64_t size = 0;
    std::int64_t changed_s = 0;
    std::int64_t changed_ns = 0;  // within the second
};

class served_folder {
public:
    served_folder(const std::string& folder, files_options given);

    // `path` is decoded and has no solidus before it.
    opened_file open(const std::string& path) const;
    const files_options& options() const noexcept { return options_; }

private:
    unique_fd folder_;
    files_options options_;
    mutable kept_files kept_;
};

// Reads `size` bytes from `at` on, in the place of what `into` has. False: the file is shorter, or
// cannot be read.
bool read_part(int file, std::string& into, std::uint64_t at, std::size_t size);

// By the name's ending; application/octet-stream for those that are not known.
std::string_view type_of_name(std::string_view name) noexcept;

// Whether an Accept-Encoding field takes that coding: it is named, or else * is, and not with q=0
// (RFC 9110, 12.5.3).
bool accepts_coding(std::string_view field, std::string_view coding) noexcept;

}  // namespace priz::http::detail
