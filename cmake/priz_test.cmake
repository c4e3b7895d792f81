# Helpers for the folders of tests/, each an area with its own CMakeLists.txt and its name as ctest label.
#
# priz_gtest(AREA [STATIC] SOURCES file... [LIBRARIES library...])
#   one GoogleTest program AREA_test against the public interface (priz::core, shared); it may run programs of the
#   build, whose paths it has as the macros PRIZ_TOOL_PATH (cli/priz), PRIZ_EXAMPLES_DIR, PRIZ_PYTHON_PATH and
#   PRIZ_TEST_DIR (the area's source folder).
#
# priz_script_test(AREA NAME COMMAND command... [TIMEOUT seconds])
#   one command that passes by exiting 0 and is skipped by exiting 77. It finds the same paths in its environment.

set(PRIZ_TOOL_PATH ${PROJECT_BINARY_DIR}/cli/priz)
set(PRIZ_EXAMPLES_DIR ${PROJECT_BINARY_DIR}/examples)

function(priz_gtest AREA)
    cmake_parse_arguments(PARSE_ARGV 1 TEST "STATIC" "" "SOURCES;LIBRARIES")
    add_executable(${AREA}_test ${TEST_SOURCES})
    if(NOT AREA STREQUAL "law")  # thousands of runs
        priz_unoptimized_with_sanitizer(${AREA}_test)
    endif()
    # With STATIC, LIBRARIES are priz's static ones, and what they stand on: the library is there once.
    if(NOT TEST_STATIC)
        list(APPEND TEST_LIBRARIES priz::core)
    endif()
    target_link_libraries(${AREA}_test PRIVATE GTest::gmock_main ${TEST_LIBRARIES})
    target_compile_definitions(${AREA}_test PRIVATE
        PRIZ_TOOL_PATH="${PRIZ_TOOL_PATH}"
        PRIZ_EXAMPLES_DIR="${PRIZ_EXAMPLES_DIR}"
        PRIZ_PYTHON_PATH="${PRIZ_PYTHON}"
        PRIZ_TEST_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
    gtest_discover_tests(${AREA}_test DISCOVERY_MODE PRE_TEST TEST_PREFIX ${AREA}.
        PROPERTIES LABELS ${AREA} TIMEOUT 120)
endfunction()

function(priz_script_test AREA NAME)
    cmake_parse_arguments(PARSE_ARGV 2 TEST "" "TIMEOUT" "COMMAND")
    if(NOT TEST_TIMEOUT)
        set(TEST_TIMEOUT 120)
    endif()
    add_test(NAME ${AREA}.${NAME} COMMAND ${TEST_COMMAND} COMMAND_EXPAND_LISTS)
    set_tests_properties(${AREA}.${NAME} PROPERTIES
        LABELS ${AREA}
        TIMEOUT ${TEST_TIMEOUT}
        SKIP_RETURN_CODE 77
        ENVIRONMENT "PRIZ_TOOL_PATH=${PRIZ_TOOL_PATH};PRIZ_EXAMPLES_DIR=${PRIZ_EXAMPLES_DIR};PRIZ_PYTHON_PATH=${PRIZ_PYTHON};PRIZ_TEST_DIR=${CMAKE_CURRENT_SOURCE_DIR};PYTHONDONTWRITEBYTECODE=1")
endfunction()
