// Numbers and tables as a person reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

std::string grouped(uint64_t number);                // 32,000
std::string human_bytes(uint64_t bytes);             // 4.08 GB; a GB is 10^9 bytes
std::string human_count(uint64_t number);            // 7.24 B
std::string percent(uint64_t part, uint64_t whole);  // 62.3 %

// Rows of cells in columns two blanks apart. `alignment` has one character for each column: '<' or '>'.
class Table {
 public:
  explicit Table(std::string_view alignment) : alignment_(alignment) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string text(std::string_view indent = "  ") const;

 private:
  std::string alignment_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hearth
