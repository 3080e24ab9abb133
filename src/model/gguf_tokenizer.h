// The tokenizer of a checkpoint as the metadata of a GGUF file.
#pragma once

#include <cstddef>
#include <filesystem>

#include "base/result.h"
#include "formats/gguf_writer.h"

namespace hearth {

// Sets the keys `tokenizer.ggml.*` that say the same, so that other programs can read them. Where these keys
// cannot say all of it, which is tried out on a text, the file's own `tokenizer.json` goes into
// `tokenizer.huggingface.json` besides, and is what read_tokenizer() believes. A folder without a tokenizer sets
// the model to "none". A model often has more rows than there are tokens; other programs count its rows by the
// tokens, so that up to `rows` there are unused ones.
Status set_tokenizer_keys(const std::filesystem::path& folder, size_t rows, GgufContents& contents);

// How a text with a bit of everything is cut tells pre-tokenizers apart: the name of the first row of the
// table that cuts like this one and whose whole words are looked up or not as said; nothing where none does.
class PreTokenizer;
std::optional<std::string_view> name_pre_tokenizer(const PreTokenizer& words, bool whole_words);

}  // namespace hearth
