# Options, the compiler's settings and the third parties, for every folder alike.

include(GNUInstallDirs)

option(PRIZ_TOOL "Build the priz command" ${PROJECT_IS_TOP_LEVEL})
option(PRIZ_PYTHON_MODULE "Build the Python module" ${PROJECT_IS_TOP_LEVEL})
option(PRIZ_EXAMPLES "Build the programs of examples/" ${PROJECT_IS_TOP_LEVEL})
option(PRIZ_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(PRIZ_BENCH "Build the benchmarks" OFF)
option(PRIZ_ECHO "Build the echo server on priz, and the load on it" ${PRIZ_BENCH})
option(PRIZ_FUZZER "Link the fuzz targets with libFuzzer instead of the corpus replayer" OFF)
set(PRIZ_SANITIZER "" CACHE STRING "Empty, address (with undefined) or thread")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(PROJECT_IS_TOP_LEVEL)
    find_program(CCACHE ccache)
    if(CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
        set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
    endif()

    # Clang reports a deprecated call inside libstdc++ 12's own std::stable_sort; GCC reports those that are ours.
    add_compile_options($<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)

    # The presets make these errors. They are the project's own and not pressed upon a project that embeds priz.
    add_compile_options(
        -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
        -Wold-style-cast -Wcast-qual -Wextra-semi -Wundef -Wvla -Wformat=2
        $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond>
        $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op>
        $<$<CXX_COMPILER_ID:GNU>:-Wredundant-tags>
        $<$<CXX_COMPILER_ID:Clang>:-Wunreachable-code>
        $<$<CXX_COMPILER_ID:Clang>:-Wimplicit-fallthrough>)
endif()

# An address is 136 bytes. GCC tuned for any x86 clears and copies so many by `rep stos` and `rep movs`, which take longer
# to start than the rest of a verb takes; moves of 16 bytes do not.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    add_compile_options(
        -mmemcpy-strategy=unrolled_loop:256:noalign,libcall:-1:noalign
        -mmemset-strategy=unrolled_loop:256:noalign,libcall:-1:noalign)
endif()

if(PRIZ_SANITIZER STREQUAL "address")
    # To look at an object's kind takes UBSan a pipe: a program that has run out of descriptors, as tests have to, would be
    # told that the object is of none. AddressSanitizer finds an object that is there no more.
    set(PRIZ_SANITIZER_FLAGS -fsanitize=address,undefined -fno-sanitize=vptr)
elseif(PRIZ_SANITIZER STREQUAL "thread")
    set(PRIZ_SANITIZER_FLAGS -fsanitize=thread)
elseif(PRIZ_SANITIZER)
    message(FATAL_ERROR "PRIZ_SANITIZER is '${PRIZ_SANITIZER}'; it may be empty, address or thread")
endif()
if(PRIZ_SANITIZER)
    # Several sources in one compilation: headers are read once for eight of them, which halves the time. One source's names
    # shadow another's there; that each source is whole and shadows nothing by itself, the other builds show.
    set(CMAKE_UNITY_BUILD ON)
    set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
    add_compile_options(-Wno-shadow)
    add_compile_options(${PRIZ_SANITIZER_FLAGS} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(${PRIZ_SANITIZER_FLAGS})
endif()

# For what uses the libraries and is not measured: to optimize what a sanitizer has put into it takes longer than to run it
# as it is.
function(priz_unoptimized_with_sanitizer)
    if(PRIZ_SANITIZER)
        foreach(target IN LISTS ARGN)
            target_compile_options(${target} PRIVATE -O0)
        endforeach()
    endif()
endfunction()

if(PRIZ_FUZZER)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_package(c-ares REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(PkgConfig REQUIRED)
set(PRIZ_HTTP_MODULES libnghttp2 libbrotlienc libbrotlidec libpsl libzstd zlib)
pkg_check_modules(PRIZ_HTTP REQUIRED QUIET ${PRIZ_HTTP_MODULES})
if(PRIZ_TOOL)
    find_package(fmt REQUIRED)
    find_package(CLI11 REQUIRED)
    find_package(nlohmann_json REQUIRED)
endif()
if(PRIZ_TESTS)
    find_package(GTest REQUIRED)
    include(GoogleTest)
    enable_testing()
endif()
if(PRIZ_BENCH)
    find_package(benchmark REQUIRED)
endif()

# Tests and checks run Debian's Python, whatever else stands first on PATH.
if(PRIZ_TESTS)
    find_program(PRIZ_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
endif()
