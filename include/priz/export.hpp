// priz/export.hpp: marks what the shared libraries show; everything else in them is hidden.
#pragma once

#define PRIZ_API __attribute__((visibility("default")))
