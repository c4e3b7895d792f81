// priz/http.hpp: HTTP: messages without I/O, URLs, the values of fields, and the server.
#pragma once

#include "priz/http/body_decoder.hpp"
#include "priz/http/date.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/entity_tag.hpp"
#include "priz/http/files.hpp"
#include "priz/http/head_parser.hpp"
#include "priz/http/head_writer.hpp"
#include "priz/http/headers.hpp"
#include "priz/http/media_type.hpp"
#include "priz/http/query.hpp"
#include "priz/http/range.hpp"
#include "priz/http/server.hpp"
#include "priz/http/status.hpp"
#include "priz/http/url.hpp"
