# architectures/*.arch, embedded: one generated source that lists each file's name and text.
file(GLOB HEARTH_ARCH_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/architectures/*.arch)
set(HEARTH_ARCH_SOURCE ${CMAKE_BINARY_DIR}/generated/architectures.cc)
add_custom_command(
  OUTPUT ${HEARTH_ARCH_SOURCE}
  COMMAND ${CMAKE_COMMAND} -DOUT=${HEARTH_ARCH_SOURCE} -DDIR=${CMAKE_SOURCE_DIR}/architectures
          -P ${CMAKE_SOURCE_DIR}/cmake/embed_architectures.cmake
  DEPENDS ${HEARTH_ARCH_FILES} ${CMAKE_SOURCE_DIR}/cmake/embed_architectures.cmake
  COMMENT "Embedding architectures")
