// The models that this machine has by name: content once, under its hash, and for each model a folder of links to
// what it consists of, with a manifest that says what it is.
//
//   blobs/sha256-HEX          what was fetched and checked
//   models/NAME/manifest.json  written last: without it there is no model
//   models/NAME/files/...      links to blobs, or to where another program keeps the same
//   downloads/                 what is on its way
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/digest.h"

namespace hearth {

struct StoredFile {
  std::string path;  // within the model's folder
  uint64_t size = 0;
  std::string sha256;
  std::string at;  // where another program keeps it; empty: it is one of our blobs
};

struct StoredModel {
  std::string name, source, revision;
  std::vector<StoredFile> files;
  std::string model;      // the one to open; "." where the folder is the model
  std::string projector;  // empty: none
  std::string system, parameters;
  int64_t pulled = 0, used = 0;  // seconds since 1970

  uint64_t bytes() const;
};

class ModelStore {
 public:
  explicit ModelStore(std::filesystem::path root);

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path blob(const std::string& sha256) const;
  // Where a file of this identity waits until it is whole.
  std::filesystem::path part(const std::string& identity) const;
  // What a model is opened by.
  std::filesystem::path path_of(const StoredModel& model) const;
  std::filesystem::path path_of(const StoredModel& model, const std::string& file) const;
  // Whether all its files are still where they should be.
  bool is_whole(const StoredModel& model) const;

  Status make_folders() const;
  // A whole, checked file becomes a blob.
  Status adopt(const std::filesystem::path& part, const Digest& sha256) const;
  Status install(const StoredModel& model) const;
  // And the blobs that no other model has. Gives the bytes that this made free.
  Result<uint64_t> remove(const StoredModel& model) const;

  // In the order of their names. One whose manifest cannot be read is left out, and told.
  Result<std::vector<StoredModel>> list() const;
  Result<std::optional<StoredModel>> find(const std::string& name) const;
  void note_use(const StoredModel& model) const;
  // Names of other models that have a file of this one, in the same place.
  static std::vector<std::string> shared_with(const StoredModel& model, const std::vector<StoredModel>& all);

 private:
  std::filesystem::path folder_of(const std::string& name) const;
  Result<StoredModel> read(const std::filesystem::path& folder) const;

  std::filesystem::path root_;
};

}  // namespace hearth
