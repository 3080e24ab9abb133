#include "model/checkpoint/convert.h"

#include "formats/gguf_writer.h"
#include "graph/library.h"
#include "graph/print.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/type_rule.h"
#include "model/gguf_tokenizer.h"

namespace hearth {

namespace {

// As many tokens as the model can be given.
size_t embeddings_of(const Checkpoint& checkpoint) {
  for (const Checkpoint::Tensor& tensor : checkpoint.tensors()) {
    if (tensor.name == "token_embd.weight") return tensor.shape.front();
  }
  return 0;
}

}  // namespace

Status convert_checkpoint(const std::filesystem::path& folder, const std::filesystem::path& output,
                          const ConvertOptions& options, const Progress& progress) {
  if (!is_checkpoint(folder))
    return fail("{}: is no folder; the folder of a checkpoint is converted", folder.string());
  TRY(auto checkpoint, Checkpoint::open(folder, options.arch_file));
  TRY(NamedRule types, type_rule(options.type, *checkpoint));

  GgufContents contents;
  for (const auto& [key, value] : checkpoint->metadata().entries()) TRY_STATUS(contents.set(key, value));
  TRY_STATUS(contents.set("general.file_type", GgufValue(types.file_type)));
  TRY_STATUS(set_tokenizer_keys(folder, embeddings_of(*checkpoint), contents));
  // A definition of the user's own goes with the model, which could not be read without it.
  if (options.arch_file) {
    std::string text = arch::print(arch::flatten(checkpoint->architecture()));
    TRY_STATUS(contents.set("hearth.architecture", GgufValue(std::string_view(text))));
  }
  uint64_t total = 0, done = 0;
  for (const Checkpoint::Tensor& tensor : checkpoint->tensors()) {
    Type type = types.rule(tensor);
    TRY_STATUS(contents.add_tensor(tensor.name, type, tensor.shape));
    TRY(TensorSize size, tensor_size(type, tensor.shape));
    total += size.bytes;
  }
  TRY(GgufWriter writer, GgufWriter::create(output, contents));
  ThreadPool threads(options.threads);
  for (const Checkpoint::Tensor& tensor : checkpoint->tensors()) {
    Status status = checkpoint->write(tensor, types.rule(tensor), threads,
                                      [&](std::span<const std::byte> piece) -> Status {
                                        TRY_STATUS(writer.write(tensor.name, piece));
                                        done += piece.size();
                                        if (!report(progress, tensor.name, done, total))
                                          return fail("interrupted; nothing was written");
                                        return {};
                                      });
    if (!status.ok()) return within(folder.string(), std::move(status).error());
  }
  return writer.commit();
}

}  // namespace hearth
