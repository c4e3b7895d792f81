// priz/http/files.hpp: the files below a folder, as a server's handler.
//
//     web.get("/{path...}", http::files("public"));
//     web.get("/download/{name...}", http::files("/srv/iso", {.index = ""}));
//
// What the route's last parameter says is a path below the folder; a route without parameters is
// asked for the request's path. The kernel resolves it and never leaves the folder, whatever is in
// the path and wherever symbolic links point (openat2(2), RESOLVE_BENEATH). Regular files alone are
// served, and none whose name, or whose folder's, begins with a dot. A folder is its index file; of
// a folder without one nothing is told but 404.
//
// Ranges, conditions (If-None-Match, If-Modified-Since, If-Match, If-Unmodified-Since, If-Range)
// and HEAD are as RFC 9110 has them. Several ranges at once come as multipart/byteranges, up to 16
// of them and up to the size of the file in all; where more is asked for, it is the whole file.
// Where the client accepts it, and there is a file of the same name with .br or .gz behind
// it, that one is sent. The kernel sends the file where the connection lets it (sendfile(2)).
// Opening a file is done at once: a disk that is slow holds the loop up.
//
// Elsewhere: routes (server.hpp). Python: aiohttp.web.static, http.server.SimpleHTTPRequestHandler
#pragma once

#include <memory>
#include <string>

#include "priz/export.hpp"
#include "priz/http/reply.hpp"
#include "priz/http/request.hpp"

namespace priz::http {

struct files_options {
    // What a folder is served as; empty: nothing.
    std::string index = "index.html";
    // Whether a.html.br and a.html.gz stand for a.html.
    bool precompressed = true;
    // The field Cache-Control; empty: none.
    std::string cache_control = {};
};

namespace detail {
class served_folder;
}

class PRIZ_API files {
public:
    // Opens the folder, which is served wherever it is moved to. Errors: file_not_found and the
    // like; ENOTDIR.
    explicit files(const std::string& folder, files_options options = {});
    files(const files&);
    files& operator=(const files&);
    ~files();

    // Errors: none; 404 for what is not there or not to be read, 405 for other methods than GET and
    // HEAD, 503 when descriptors have run out.
    reply operator()(request& r) const;

private:
    std::shared_ptr<const detail::served_folder> folder_;
};

}  // namespace priz::http
