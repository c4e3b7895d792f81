#include "priz/http/files.hpp"

#include <optional>
#include <utility>

#include "core/sys.hpp"
#include "http/server/byte_parts.hpp"
#include "http/server/served_folder.hpp"
#include "priz/http/date.hpp"
#include "priz/http/entity_tag.hpp"
#include "priz/http/range.hpp"

namespace priz::http {

using detail::opened_file;

namespace {

// A validator that changes with every change that the file system knows of.
std::string tag_of(const opened_file& file, std::string_view coding) {
    std::string tag;
    for (const std::uint64_t part : {static_cast<std::uint64_t>(file.changed_s),
                                     static_cast<std::uint64_t>(file.changed_ns), file.size}) {
        if (!tag.empty()) tag += '-';
        char digits[16];
        std::size_t from = sizeof digits;
        std::uint64_t left = part;
        do digits[--from] = "0123456789abcdef"[left % 16];
        while ((left /= 16) != 0);
        tag.append(digits + from, sizeof digits - from);
    }
    if (!coding.empty()) tag += '-' + std::string(coding);
    return tag;
}

// A list may come in several fields (RFC 9110, 5.3).
std::optional<std::string> list_of(const request& r, std::string_view name) {
    std::optional<std::string> all;
    for (const field_view field : r.fields()) {
        if (!same_name(field.name, name)) continue;
        if (all) *all += ", ";
        all.emplace(all.value_or("") + std::string(field.value));
    }
    return all;
}

struct validators {
    std::string tag;
    std::int64_t changed_s;
    entity_tag current() const noexcept { return {tag, false}; }
};

// Whether the file has changed since the date that the field has; a date that is none is passed
// over (RFC 9110, 13.1.3 and 13.1.4).
std::optional<bool> changed_since(const request& r, std::string_view name, const validators& file) {
    const auto text = r.field(name);
    if (!text) return std::nullopt;
    const auto since = try_parse_date(*text);
    if (!since) return std::nullopt;
    return file.changed_s > *since;
}

// The conditions in the order of RFC 9110, 13.2.2: 0, or the status that ends it.
int failed_condition(const request& r, const validators& file) {
    if (const auto list = list_of(r, "If-Match")) {
        if (!if_match(*list, file.current())) return 412;
    } else if (changed_since(r, "If-Unmodified-Since", file) == true) {
        return 412;
    }
    if (const auto list = list_of(r, "If-None-Match")) {
        if (if_none_match(*list, file.current())) return 304;
    } else if (changed_since(r, "If-Modified-Since", file) == false) {
        return 304;
    }
    return 0;
}

// Whether the range is of the file as it is now (RFC 9110, 13.1.5).
bool is_for_this(const request& r, const validators& file) {
    const auto condition = r.field("If-Range");
    if (!condition) return true;
    if (const auto tag = try_parse_entity_tag(*condition))
        return strong_equal(*tag, file.current());
    const auto date = try_parse_date(*condition);
    return date && *date == file.changed_s;
}

reply with_validators(reply made, const validators& file, const files_options& options,
                      bool has_variants) {
    made.with("ETag", '"' + file.tag + '"');
    made.with("Last-Modified", date_text(file.changed_s).text());
    if (!options.cache_control.empty()) made.with("Cache-Control", options.cache_control);
    if (has_variants) made.with("Vary", "Accept-Encoding");
    return made;
}

// What a file's content is called.
struct naming {
    std::string_view type;
    std::string_view coding;  // empty: none
};

// The parts that are asked for, or the whole. A file with a coding is not sent in several: whether
// their common head or their own would have to say it, clients read differently.
reply part_of(const request& r, opened_file file, const validators& its, const naming& what) {
    std::uint64_t first = 0;
    std::uint64_t size = file.size;
    const auto range = r.field("Range");
    std::optional<std::string> content_range;
    if (range && r.method() == "GET" && is_for_this(r, its)) {
        const auto ranges = try_parse_range(*range, file.size);
        if (ranges && ranges->empty()) {
            http::content_range none;
            none.size = file.size;
            return reply(416).with("Content-Range", none.str());
        }
        if (ranges && ranges->size() > 1 && what.coding.empty() &&
            detail::are_worth_it(*ranges, file.size)) {
            if (file.kept != nullptr) file.file = unique_fd(sys::dup(file.kept->get()));
            if (!file.file) return 503;
            reply made = detail::parts_of_file(std::move(file.file), file.size, *ranges, what.type);
            return std::move(made.with("Accept-Ranges", "bytes"));
        }
        if (ranges && ranges->size() == 1) {
            first = ranges->front().first;
            size = ranges->front().size();
            http::content_range some;
            some.range = ranges->front();
            some.size = file.size;
            content_range = some.str();
        }
    }
    const int status = content_range ? 206 : 200;
    reply made;
    if (file.kept != nullptr) {
        std::string content;
        const auto count = static_cast<std::size_t>(size);
        // It has become shorter just now.
        if (!detail::read_part(file.kept->get(), content, first, count)) return 503;
        made = reply(status, std::move(content));
    } else {
        made = reply::file(std::move(file.file), first, size, status);
    }
    made.with("Accept-Ranges", "bytes");
    if (content_range) made.with("Content-Range", *content_range);
    made.type(what.type);
    if (!what.coding.empty()) made.with("Content-Encoding", what.coding);
    return made;
}

}  // namespace

files::files(const std::string& folder, files_options options)
    : folder_(std::make_shared<detail::served_folder>(folder, std::move(options))) {}
files::files(const files&) = default;
files& files::operator=(const files&) = default;
files::~files() = default;

reply files::operator()(request& r) const {
    if (r.method() != "GET" && r.method() != "HEAD") return reply(405).with("Allow", "GET, HEAD");
    const files_options& options = folder_->options();
    std::string path(r.last_parameter().value_or(r.path().substr(1)));
    opened_file file = folder_->open(path);
    if (file.status == 308) {
        // Relative to the last segment: the folder's name as it was asked for, and a solidus.
        std::string_view target = r.target().substr(0, r.target().find('?'));
        std::string there(target.substr(target.rfind('/') + 1));
        there += '/';
        if (!r.query_string().empty()) there += '?' + std::string(r.query_string());
        return reply(308).with("Location", "./" + there);
    }
    if (file.status != 200) return file.status;
    if (path.empty() || path.ends_with('/')) path += options.index;
    std::string_view coding;
    if (options.precompressed) {
        const std::string accepted = list_of(r, "Accept-Encoding").value_or("");
        for (const auto& [name, ending] : {std::pair("br", ".br"), std::pair("gzip", ".gz")}) {
            if (!detail::accepts_coding(accepted, name)) continue;
            opened_file other = folder_->open(path + ending);
            if (other.status != 200 || other.changed_s < file.changed_s) continue;
            file = std::move(other);
            coding = name;
            break;
        }
    }
    const validators its{tag_of(file, coding), file.changed_s};
    const int failed = failed_condition(r, its);
    const naming what{detail::type_of_name(path), coding};
    reply made = failed != 0 ? reply(failed) : part_of(r, std::move(file), its, what);
    return with_validators(std::move(made), its, options, options.precompressed);
}

}  // namespace priz::http
