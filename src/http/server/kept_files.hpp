// kept_files.hpp: small files that are asked for often, kept open.
//
// To open a file and to close it costs more than to read it. A file is kept under the path that it
// was asked for by, and is taken again only while the path still names that very file, unchanged:
// the same inode with the same size and times, as the kernel says at each request. So what is
// replaced, changed, or moved out of the folder is seen at once, and content is always read anew.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "priz/unique_fd.hpp"

namespace priz::http::detail {

class kept_files {
public:
    // A file up to this size is kept; and so many of them.
    static constexpr std::uint64_t size_max = std::uint64_t{16} * 1024;
    static constexpr std::size_t count_max = 64;

    // The file of that path, where it is kept and is what `now` says; null otherwise.
    std::shared_ptr<const unique_fd> find(const std::string& path, const struct ::stat& now);
    // Keeps it, perhaps in the place of the one that was not asked for the longest.
    std::shared_ptr<const unique_fd> keep(const std::string& path, const struct ::stat& its,
                                          unique_fd file);

private:
    struct entry {
        std::shared_ptr<const unique_fd> file;
        struct ::stat its;
        std::uint64_t asked = 0;
    };

    std::mutex at_it_;  // a server may run in several threads
    std::unordered_map<std::string, entry> entries_;
    std::uint64_t clock_ = 0;
};

}  // namespace priz::http::detail
