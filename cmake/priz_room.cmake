# priz_room(NAME [DEPENDS room...] [PRIVATE library...] [PKGCONFIG module...])
#
# A room is a folder of src/, a namespace, a library and a test label. From
#
#   include/priz/NAME/**.hpp      the public headers (the core room's stand in include/priz itself)
#   include/priz/NAME.hpp         all of them in one, where there is such a header
#   src/NAME/**.cpp               the sources
#   src/NAME/**_test.cpp          the unit tests, beside what they test
#
# the call makes
#
#   priz::NAME, priz::NAME_static   the shared and the static library, from one compilation
#   NAME_test                       the unit tests: one GoogleTest program, linked with the static library, so that
#                                   the tests reach what the shared library hides; each test carries the label NAME
#   a check, part of the build, that each public header compiles by itself
#
# DEPENDS names the rooms below this one; PRIVATE names libraries that no public header shows, PKGCONFIG what pkg-config
# calls them.

set(PRIZ_ABI ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
if(PROJECT_VERSION_MAJOR GREATER 0)
    set(PRIZ_ABI ${PROJECT_VERSION_MAJOR})
endif()

function(priz_room NAME)
    cmake_parse_arguments(PARSE_ARGV 1 ROOM "" "" "DEPENDS;PRIVATE;PKGCONFIG")
    set(src ${PROJECT_SOURCE_DIR}/src)
    set(include ${PROJECT_SOURCE_DIR}/include)
    if(NAME STREQUAL "core")
        file(GLOB headers CONFIGURE_DEPENDS ${include}/priz/*.hpp)
        # A room's own name is the header of all of it.
        file(GLOB rooms RELATIVE ${src} ${src}/*)
        list(TRANSFORM rooms REPLACE "(.+)" "${include}/priz/\\1.hpp")
        list(REMOVE_ITEM headers ${rooms})
    else()
        file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${include}/priz/${NAME}/*.hpp)
        if(EXISTS ${include}/priz/${NAME}.hpp)
            list(APPEND headers ${include}/priz/${NAME}.hpp)
        endif()
    endif()
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${src}/${NAME}/*.cpp)
    set(tests ${sources})
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
    list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")

    set(objects priz_${NAME}_objects)
    add_library(${objects} OBJECT ${sources})
    target_include_directories(${objects} PUBLIC ${include} PRIVATE ${src})
    target_link_libraries(${objects} PRIVATE ${ROOM_PRIVATE})
    # Two stores of eight bytes are cheaper than the shuffles that make one of sixteen of them.
    target_compile_options(${objects} PRIVATE -fno-tree-slp-vectorize)
    # Nobody puts a function of their own in the place of one of the library's: its calls of itself are direct.
    target_compile_options(${objects} PRIVATE -fno-semantic-interposition)

    foreach(kind IN ITEMS SHARED STATIC)
        set(suffix "")
        if(kind STREQUAL "STATIC")
            set(suffix _static)
        endif()
        set(library priz_${NAME}${suffix})
        set(below ${ROOM_DEPENDS})
        list(TRANSFORM below REPLACE "(.+)" "priz::\\1${suffix}")
        add_library(${library} ${kind} $<TARGET_OBJECTS:${objects}>)
        add_library(priz::${NAME}${suffix} ALIAS ${library})
        target_link_libraries(${library} PUBLIC ${below} PRIVATE ${ROOM_PRIVATE})
        target_include_directories(${library} INTERFACE
            $<BUILD_INTERFACE:${include}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
        target_compile_features(${library} INTERFACE cxx_std_23)
        set_target_properties(${library} PROPERTIES
            LINKER_LANGUAGE CXX
            OUTPUT_NAME priz-${NAME}
            EXPORT_NAME ${NAME}${suffix}
            VERSION ${PROJECT_VERSION}
            SOVERSION ${PRIZ_ABI}
            INSTALL_RPATH $ORIGIN)
    endforeach()
    target_link_options(priz_${NAME} PRIVATE -Wl,-Bsymbolic-functions)
    list(TRANSFORM ROOM_DEPENDS REPLACE "(.+)" "priz::\\1" OUTPUT_VARIABLE below)
    target_link_libraries(${objects} PRIVATE ${below})

    # A header set belongs to the shared library alone: it is installed once and checked once.
    target_sources(priz_${NAME} PUBLIC FILE_SET HEADERS BASE_DIRS ${include} FILES ${headers})
    set_property(GLOBAL APPEND PROPERTY PRIZ_ROOMS ${NAME})
    set_property(GLOBAL PROPERTY PRIZ_${NAME}_DEPENDS ${ROOM_DEPENDS})
    set_property(GLOBAL PROPERTY PRIZ_${NAME}_PKGCONFIG ${ROOM_PKGCONFIG})

    if(PRIZ_TESTS)
        priz_check_headers(${NAME} ${headers})
        if(tests)
            add_executable(${NAME}_test ${tests})
            target_include_directories(${NAME}_test PRIVATE ${src})
            priz_unoptimized_with_sanitizer(${NAME}_test)
            target_link_libraries(${NAME}_test PRIVATE priz::${NAME}_static ${ROOM_PRIVATE} GTest::gmock_main)
            gtest_discover_tests(${NAME}_test DISCOVERY_MODE PRE_TEST TEST_PREFIX ${NAME}.
                PROPERTIES LABELS ${NAME} TIMEOUT 120)
        endif()
    endif()
endfunction()

# Compiles each header as a program of its own would see it: alone, first, and twice.
function(priz_check_headers NAME)
    if(PRIZ_SANITIZER)
        return()
    endif()
    set(units "")
    foreach(header IN LISTS ARGN)
        cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/include OUTPUT_VARIABLE path)
        string(REPLACE "/" "_" stem ${path})
        set(unit ${PROJECT_BINARY_DIR}/header_check/${stem}.cpp)
        file(CONFIGURE OUTPUT ${unit} CONTENT "#include <${path}>\n#include <${path}>\n")
        list(APPEND units ${unit})
    endforeach()
    if(units)
        add_library(${NAME}_header_check OBJECT ${units})
        target_link_libraries(${NAME}_header_check PRIVATE priz::${NAME})
        target_compile_options(${NAME}_header_check PRIVATE -O0 -g0)
    endif()
endfunction()
