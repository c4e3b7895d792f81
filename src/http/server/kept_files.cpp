#include "http/server/kept_files.hpp"

#include <algorithm>
#include <utility>

namespace priz::http::detail {

namespace {

bool is_same_time(const ::timespec& a, const ::timespec& b) noexcept {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool is_same(const struct ::stat& a, const struct ::stat& b) noexcept {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
           a.st_mode == b.st_mode && is_same_time(a.st_mtim, b.st_mtim) &&
           is_same_time(a.st_ctim, b.st_ctim);
}

}  // namespace

std::shared_ptr<const unique_fd> kept_files::find(const std::string& path,
                                                  const struct ::stat& now) {
    const std::lock_guard guard(at_it_);
    const auto at = entries_.find(path);
    if (at == entries_.end()) return nullptr;
    if (!is_same(at->second.its, now)) {
        entries_.erase(at);
        return nullptr;
    }
    at->second.asked = ++clock_;
    return at->second.file;
}

std::shared_ptr<const unique_fd> kept_files::keep(const std::string& path, const struct ::stat& its,
                                                  unique_fd file) {
    auto kept = std::make_shared<const unique_fd>(std::move(file));
    const std::lock_guard guard(at_it_);
    if (entries_.size() >= count_max && !entries_.contains(path))
        entries_.erase(std::ranges::min_element(
            entries_, {}, [](const auto& each) { return each.second.asked; }));
    entries_.insert_or_assign(path, entry{kept, its, ++clock_});
    return kept;
}

}  // namespace priz::http::detail
