# Writes ${OUT}: the table that graph/library.h declares, from the files of ${DIR}. Texts go in byte by byte, as
# escapes, so that nothing in them can mean something to CMake or to the compiler.
file(GLOB files ${DIR}/*.arch)
list(SORT files)
set(text "#include \"graph/library.h\"\n\nnamespace hearth {\n\nconst ArchFile kArchFiles[] = {\n")
foreach(file ${files})
  get_filename_component(name ${file} NAME_WLE)
  file(READ ${file} content HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" content "${content}")
  # A literal for each line of the text, since compilers bound the length of a source line.
  string(REPLACE "\\x0a" "\\x0a\"\n     \"" content "${content}")
  string(APPEND text "    {\"${name}\",\n     \"${content}\"},\n")
endforeach()
string(APPEND text "};\n\nconst size_t kArchFileCount = sizeof(kArchFiles) / sizeof(kArchFiles[0]);\n\n}  // namespace hearth\n")
file(WRITE ${OUT} "${text}")
