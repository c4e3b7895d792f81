# The reference, by Doxygen from the comments of the public headers: the target docs. A warning fails it.

find_program(DOXYGEN doxygen)
find_program(PRIZ_DOXYGEN_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(DOXYGEN)
    configure_file(${PROJECT_SOURCE_DIR}/docs/Doxyfile.in ${PROJECT_BINARY_DIR}/Doxyfile @ONLY)
    add_custom_target(docs
        COMMAND ${DOXYGEN} ${PROJECT_BINARY_DIR}/Doxyfile
        COMMAND ${CMAKE_COMMAND} -E echo "The reference: ${PROJECT_BINARY_DIR}/reference/html/index.html"
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
        VERBATIM)
endif()
