# Finds c-ares and offers c-ares::cares. Debian 12 ships the library without a CMake package of its own.

find_path(CARES_INCLUDE_DIR ares.h)
find_library(CARES_LIBRARY cares)
mark_as_advanced(CARES_INCLUDE_DIR CARES_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(c-ares REQUIRED_VARS CARES_LIBRARY CARES_INCLUDE_DIR)

if(c-ares_FOUND AND NOT TARGET c-ares::cares)
    add_library(c-ares::cares UNKNOWN IMPORTED)
    set_target_properties(c-ares::cares PROPERTIES
        IMPORTED_LOCATION ${CARES_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${CARES_INCLUDE_DIR})
endif()
