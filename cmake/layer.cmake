# A layer is a folder of src/: a library of its sources, one test program of its *_test.cc, and a fuzzer for
# each *_fuzz.cc. Files are found by their names, so that adding one is adding a file.

set(HEARTH_LAYERS "")

# What most files include is read once for all targets of a group, whose options are the same; the first of them must
# define no macro that others do not. The preset `dev` does without, and so finds the include that a file forgot.
function(hearth_common_headers target group)
  get_property(owner GLOBAL PROPERTY HEARTH_HEADERS_OF_${group})
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE <algorithm> <charconv> <cmath> <filesystem> <functional> <map> <memory>
      <optional> <set> <span> <string> <string_view> <vector> <fmt/format.h> <nlohmann/json.hpp> ${ARGN})
    set_property(GLOBAL PROPERTY HEARTH_HEADERS_OF_${group} ${target})
  endif()
endfunction()

# How a layer is compiled. COMPUTES is optimised as far as the build type asks. READS (models, prompts) and TALKS (to
# people and programs) wait for the others: for them little optimisation, which a third of their compilation would go
# to, and for the last under sanitizers none.
function(hearth_compile target work fuzzed)
  if(work STREQUAL TALKS AND HEARTH_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
    hearth_common_headers(${target} unoptimised)
  elseif(NOT work STREQUAL COMPUTES)
    target_compile_options(${target} PRIVATE -O1)
    hearth_common_headers(${target} waiting)
  elseif(HEARTH_SANITIZE AND NOT fuzzed)
    # Kernels: to look at each step of each pointer, whose every use the address sanitizer checks, takes a compiler
    # three times as long.
    target_compile_options(${target} PRIVATE -fno-sanitize=pointer-overflow)
  endif()
  if(HEARTH_FUZZ AND (fuzzed OR NOT work STREQUAL COMPUTES))
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)  # fuzzers are led by what they reach
  endif()
endfunction()

function(hearth_layer name work)
  cmake_parse_arguments(ARG "" "" "USES;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|/main/main)\\.cc$")

  set(uses ${ARG_USES})
  list(TRANSFORM uses PREPEND hearth_)
  if(sources)
    add_library(hearth_${name} STATIC ${sources})
    set(visibility PUBLIC)
    hearth_compile(hearth_${name} ${work} "${fuzzers}")
  else()
    add_library(hearth_${name} INTERFACE)
    set(visibility INTERFACE)
  endif()
  target_include_directories(hearth_${name} ${visibility} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(hearth_${name} ${visibility} ${uses} ${ARG_LIBS})

  set_property(GLOBAL APPEND PROPERTY HEARTH_LAYERS ${name})
  set_property(GLOBAL PROPERTY HEARTH_TESTS_${name} "${tests}")
  set_property(GLOBAL PROPERTY HEARTH_WORK_${name} ${work})

  if(HEARTH_FUZZ)
    foreach(fuzzer ${fuzzers})
      get_filename_component(target ${fuzzer} NAME_WE)
      add_executable(${target} ${fuzzer})
      target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
      target_link_libraries(${target} PRIVATE hearth_${name})
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    endforeach()
  endif()
endfunction()

function(hearth_test_program name layer work)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE hearth_${layer} GTest::gtest_main GTest::gmock)
  # Tests are compiled more often than they run: no optimisation, but under sanitizers, where some would run for minutes
  # without, unless they only talk. Their own pointers need no watching, and those of kernels that they instantiate see
  # above.
  set(level -O0)
  if(HEARTH_SANITIZE)
    target_compile_options(${name} PRIVATE -fno-sanitize=pointer-overflow)
    if(NOT work STREQUAL TALKS)
      set(level -O1)
    endif()
  endif()
  target_compile_options(${name} PRIVATE ${level})
  hearth_common_headers(${name} tests${level} <gmock/gmock.h> <gtest/gtest.h>)
  target_compile_definitions(${name} PRIVATE HEARTH_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             HEARTH_PROGRAM="${CMAKE_BINARY_DIR}/hearth")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()

function(hearth_tests)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  get_property(layers GLOBAL PROPERTY HEARTH_LAYERS)
  foreach(layer ${layers})
    get_property(tests GLOBAL PROPERTY HEARTH_TESTS_${layer})
    if(tests)
      get_property(work GLOBAL PROPERTY HEARTH_WORK_${layer})
      hearth_test_program(${layer}_test ${layer} ${work} ${tests})
    endif()
  endforeach()
  # Whole-program tests: what a user types, what comes back.
  file(GLOB program_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*.cc)
  if(program_tests)
    hearth_test_program(program_test cli TALKS ${program_tests})
    add_dependencies(program_test hearth)
  endif()
  # The library as others see it: its header and its .so, nothing below them.
  hearth_test_program(library_test library TALKS ${CMAKE_SOURCE_DIR}/src/library/library_test.cc)
  target_link_libraries(library_test PRIVATE fmt::fmt nlohmann_json::nlohmann_json)
  target_compile_definitions(library_test PRIVATE HEARTH_EXAMPLE="${CMAKE_BINARY_DIR}/examples/chat")
  add_dependencies(library_test hearth_example)
endfunction()

function(hearth_benchmarks)
  find_package(benchmark REQUIRED)
  file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*_bench.cc)
  foreach(bench ${benches})
    get_filename_component(target ${bench} NAME_WE)
    add_executable(${target} ${bench})
    target_link_libraries(${target} PRIVATE hearth_cli benchmark::benchmark_main)
    target_compile_definitions(${target} PRIVATE HEARTH_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  endforeach()
endfunction()
