#include "http/server/served_folder.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/open_beneath.hpp"
#include "core/sys.hpp"
#include "priz/error.hpp"
#include "priz/http/field.hpp"

namespace priz::http::detail {

namespace {

// No part is empty, a dot and more, or has a NUL: the kernel would end the path there.
bool is_servable(std::string_view path) noexcept {
    if (path.find('\0') != path.npos) return false;
    while (!path.empty()) {
        const std::size_t end = path.find('/');
        const std::string_view part = path.substr(0, end);
        if (part.empty() || part.starts_with('.')) return false;
        if (end == path.npos) break;
        path.remove_prefix(end + 1);
    }
    return true;
}

int status_of(int error) noexcept {
    return error == EMFILE || error == ENFILE || error == ENOMEM ? 503 : 404;
}

std::string_view without_spaces(std::string_view text) noexcept {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

bool is_zero(std::string_view parameters) noexcept {
    std::size_t at = parameters.find("q=0");
    if (at == parameters.npos) at = parameters.find("Q=0");
    return at != parameters.npos &&
           parameters.find_first_of("123456789", at + 3) == parameters.npos;
}

}  // namespace

served_folder::served_folder(const std::string& folder, files_options given)
    : folder_(sys::open(folder.c_str(), O_PATH | O_DIRECTORY)), options_(std::move(given)) {
    if (folder_) return;
    failure why(std::error_code(errno, std::system_category()), "files");
    why.with_subject(folder).raise();
}

opened_file served_folder::open(const std::string& path) const {
    opened_file made;
    std::string name = path;
    if (name.empty() || name.ends_with('/')) name += options_.index;
    if (name.empty() || name.ends_with('/') || !is_servable(name)) {
        made.status = 404;
        return made;
    }
    struct ::stat status {};
    const auto describe = [&] {
        made.size = static_cast<std::uint64_t>(status.st_size);
        made.changed_s = status.st_mtim.tv_sec;
        made.changed_ns = status.st_mtim.tv_nsec;
    };
    if (priz::detail::look_at(folder_.get(), name.c_str(), status)) {
        made.kept = kept_.find(name, status);
        if (made.kept != nullptr) {
            describe();
            return made;
        }
    }
    auto opened = priz::detail::open_beneath(folder_.get(), name.c_str());
    if (!opened) {
        made.status = status_of(opened.error().code().value());
        return made;
    }
    made.file = *std::move(opened);
    if (sys::fstat(made.file.get(), &status) != 0 ||
        !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
        made.status = 404;
    } else if (S_ISDIR(status.st_mode)) {
        made.status = options_.index.empty() ? 404 : 308;
    } else {
        describe();
        if (made.size <= kept_files::size_max)
            made.kept = kept_.keep(name, status, std::move(made.file));
    }
    return made;
}

bool read_part(int file, std::string& into, std::uint64_t at, std::size_t size) {
    into.resize(size);
    std::size_t have = 0;
    while (have < size) {
        const ::ssize_t count =
            sys::pread(file, into.data() + have, size - have, static_cast<::off_t>(at + have));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        have += static_cast<std::size_t>(count);
    }
    return true;
}

std::string_view type_of_name(std::string_view name) noexcept {
    static constexpr std::pair<std::string_view, std::string_view> known[] = {
        {"html", "text/html; charset=utf-8"},
        {"htm", "text/html; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"js", "text/javascript; charset=utf-8"},
        {"mjs", "text/javascript; charset=utf-8"},
        {"json", "application/json"},
        {"map", "application/json"},
        {"txt", "text/plain; charset=utf-8"},
        {"md", "text/markdown; charset=utf-8"},
        {"csv", "text/csv; charset=utf-8"},
        {"xml", "application/xml"},
        {"svg", "image/svg+xml"},
        {"png", "image/png"},
        {"jpg", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"gif", "image/gif"},
        {"webp", "image/webp"},
        {"avif", "image/avif"},
        {"ico", "image/vnd.microsoft.icon"},
        {"mp3", "audio/mpeg"},
        {"ogg", "audio/ogg"},
        {"wav", "audio/wav"},
        {"mp4", "video/mp4"},
        {"webm", "video/webm"},
        {"woff", "font/woff"},
        {"woff2", "font/woff2"},
        {"ttf", "font/ttf"},
        {"otf", "font/otf"},
        {"wasm", "application/wasm"},
        {"pdf", "application/pdf"},
        {"zip", "application/zip"},
        {"gz", "application/gzip"},
        {"tar", "application/x-tar"},
    };
    const std::size_t solidus = name.rfind('/');
    if (solidus != name.npos) name.remove_prefix(solidus + 1);
    const std::size_t dot = name.rfind('.');
    if (dot != name.npos)
        for (const auto& [ending, type] : known)
            if (same_name(name.substr(dot + 1), ending)) return type;
    return "application/octet-stream";
}

bool accepts_coding(std::string_view field, std::string_view coding) noexcept {
    bool accepts_others = false;
    while (!field.empty()) {
        const std::size_t comma = field.find(',');
        const std::string_view one = field.substr(0, comma);
        const std::size_t semicolon = one.find(';');
        const std::string_view name = without_spaces(one.substr(0, semicolon));
        const bool accepted = semicolon == one.npos || !is_zero(one.substr(semicolon));
        if (same_name(name, coding)) return accepted;
        if (name == "*") accepts_others = accepted;
        if (comma == field.npos) break;
        field.remove_prefix(comma + 1);
    }
    return accepts_others;
}

}  // namespace priz::http::detail
