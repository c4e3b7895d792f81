# priz_fuzz(NAME)
#
# fuzz/NAME_fuzz.cpp defines LLVMFuzzerTestOneInput. With PRIZ_FUZZER it becomes a libFuzzer program; in every other
# build a program that replays fuzz/corpus/NAME, run by ctest under the label fuzz, so that a finding once fixed
# stays fixed.

function(priz_fuzz NAME)
    add_executable(${NAME}_fuzz ${NAME}_fuzz.cpp)
    target_include_directories(${NAME}_fuzz PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${NAME}_fuzz PRIVATE priz::core_static)
    if(PRIZ_FUZZER)
        target_link_options(${NAME}_fuzz PRIVATE -fsanitize=fuzzer)
    else()
        target_sources(${NAME}_fuzz PRIVATE replay.cpp)
        add_test(NAME fuzz.${NAME} COMMAND ${NAME}_fuzz ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${NAME})
        set_tests_properties(fuzz.${NAME} PROPERTIES LABELS fuzz TIMEOUT 120)
    endif()
endfunction()
