# Installation: headers, both libraries of each room, the CMake package, pkg-config files, the tool. The installed
# tree may be moved: nothing in it names the prefix.

include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/priz)
get_property(rooms GLOBAL PROPERTY PRIZ_ROOMS)

foreach(room IN LISTS rooms)
    install(TARGETS priz_${room} EXPORT priz-${room}-targets FILE_SET HEADERS)
    install(TARGETS priz_${room}_static EXPORT priz-${room}_static-targets)
    foreach(kind IN ITEMS ${room} ${room}_static)
        install(EXPORT priz-${kind}-targets NAMESPACE priz:: DESTINATION ${package})
    endforeach()
endforeach()

set(needs "")
foreach(room IN LISTS rooms)
    get_property(below GLOBAL PROPERTY PRIZ_${room}_DEPENDS)
    string(APPEND needs "set(priz_${room}_needs ${below})\n")
endforeach()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/priz-config.cmake.in priz-config.cmake
    INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(priz-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/priz-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/priz-config-version.cmake
    ${PROJECT_SOURCE_DIR}/cmake/Findc-ares.cmake
    DESTINATION ${package})

# pkg-config finds the prefix from where its file lies.
cmake_path(SET pc_folder ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${pc_folder} OUTPUT_VARIABLE PRIZ_PC_PREFIX)
foreach(room IN LISTS rooms)
    get_property(requires GLOBAL PROPERTY PRIZ_${room}_DEPENDS)
    list(TRANSFORM requires REPLACE "(.+)" "priz-\\1 = ${PROJECT_VERSION}")
    list(JOIN requires ", " requires)
    get_property(requires_private GLOBAL PROPERTY PRIZ_${room}_PKGCONFIG)
    list(JOIN requires_private ", " requires_private)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/priz-room.pc.in priz-${room}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/priz-${room}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

if(TARGET priz)
    cmake_path(SET bin_folder ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR})
    cmake_path(SET lib_folder ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR})
    cmake_path(RELATIVE_PATH lib_folder BASE_DIRECTORY ${bin_folder} OUTPUT_VARIABLE bin_to_lib)
    set_target_properties(priz PROPERTIES INSTALL_RPATH $ORIGIN/${bin_to_lib})
    install(TARGETS priz)
    file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/*.1)
    install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
