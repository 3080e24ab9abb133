// What the tests of the language share.
#pragma once

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "graph/expand.h"
#include "graph/expressions.h"
#include "graph/library.h"
#include "graph/parse.h"

namespace hearth::arch {

// The first line of a message: what a person reads before the text itself is shown.
inline std::string headline(const std::string& message) { return message.substr(0, message.find('\n')); }

inline Loader loader_of(std::map<std::string, std::string, std::less<>> texts) {
  return [texts = std::move(texts)](std::string_view name) -> Result<std::string> {
    auto at = texts.find(name);
    if (at == texts.end()) return fail("there is no `{}`", name);
    return at->second;
  };
}

// A folder of .arch files to read besides the embedded ones; empty if there is none.
inline std::filesystem::path arch_folder() {
  const char* conformance = std::getenv("HEARTH_CONFORMANCE");
  if (!conformance) return {};
  auto folder = std::filesystem::path(conformance).parent_path() / "design" / "arch";
  return std::filesystem::is_directory(folder) ? folder : std::filesystem::path();
}

inline Loader folder_loader(const std::filesystem::path& folder) {
  return [folder](std::string_view name) { return read_file(folder / (std::string(name) + ".arch")); };
}

inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().extension() == ".arch") names.push_back(file.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

// Everything an Architecture says, but not where it says it, as text that can be compared. Weights are in the
// order of their names: their own order has no meaning.
class Dump {
 public:
  std::string operator()(const Architecture& a) {
    text_.clear();
    add("arch", a.name.text, a.header.description);
    words("hf", a.header.hf);
    words("strip", a.header.strip);
    add("gguf", a.header.gguf.name.text, expr(a.header.gguf.when));
    for (const Entry& e : a.entries)
      add("entry", e.name.text, e.whole, e.constant, e.gguf, e.hf_path, expr(e.hf), expr(e.value));
    for (const Require& r : a.requires_) add("require", expr(r.condition));
    words("ignore", a.ignores);
    for (const Stack& s : a.stacks) add("stack", s.name, s.gguf_prefix, s.hf_prefix);
    std::map<std::string, std::string> weights;
    for (const Weight& w : a.weights) weights[fmt::format("{} {} {}", w.layers, w.stack, w.name)] = weight(w);
    for (const auto& [key, value] : weights) text_ += key + "\n" + value;
    std::map<std::string, int> ignored;
    for (const IgnoredTensor& i : a.ignored_tensors)
      ++ignored[fmt::format("{} {} {}", i.name.text, i.layers, i.prefix)];
    for (const auto& [key, count] : ignored) add("ignored", key, count);
    for (const Graph& g : a.graphs) {
      add("graph", g.name.text);
      block(g.body);
    }
    for (const Definition& d : a.definitions) {
      for (const Case& c : d.cases) {
        add("def", d.name.text, expr(c.when));
        words("params", c.params);
        block(c.body);
      }
    }
    return text_;
  }

 private:
  template <class... Parts>
  void add(const Parts&... parts) {
    ((text_ += fmt::format("{}|", parts)), ...);
    text_ += '\n';
  }
  void words(const char* what, const std::vector<Word>& all) {
    std::vector<std::string> texts;
    for (const Word& word : all) texts.push_back(word.text);
    add(what, fmt::to_string(fmt::join(texts, " ")));
  }
  // In brackets throughout, so that precedence cannot hide.
  static std::string expr(const ExprPtr& e) {
    if (!e) return "null";
    std::string text = fmt::format("({} {} {} {}", static_cast<int>(e->kind), static_cast<int>(e->op),
                                   e->number, e->kind == ExprKind::number ? "" : e->text);
    for (const ExprPtr& operand : e->operands) text += " " + expr(operand);
    for (const Word& word : e->keywords) text += " " + word.text + "=";
    return text + ")";
  }
  static std::string parts(const std::vector<SlicePart>& all) {
    std::string text;
    for (const SlicePart& p : all)
      text += fmt::format("[{} {} {} {}]", p.range, expr(p.first), expr(p.last), expr(p.step));
    return text;
  }
  static std::string weight(const Weight& w) {
    std::string text;
    for (const Declaration& d : w.declarations) {
      text += fmt::format("  {} {} {} {} {} {}", d.gguf_prefix, d.hf_prefix, expr(d.when), d.row.alias.text,
                          static_cast<int>(d.row.bias), d.row.optional);
      for (const ExprPtr& dim : d.row.shape) text += " " + expr(dim);
      for (const Origin& o : d.row.origins) {
        text += fmt::format(" <{} {} {}", static_cast<int>(o.kind), expr(o.computed), o.weight);
        for (const TensorName& n : o.names) text += " " + n.name.text + parts(n.parts);
        for (const Transform& t : o.transforms) {
          text += fmt::format(" |{} {} {}", static_cast<int>(t.kind), t.name, parts(t.parts));
          for (const ExprPtr& operand : t.operands) text += " " + expr(operand);
        }
        text += ">";
      }
      text += "\n";
    }
    return text;
  }
  void block(const std::vector<Statement>& statements) {
    for (const Statement& s : statements) {
      words("names", s.names);
      std::vector<std::string> values;
      for (const ExprPtr& value : s.values) values.push_back(expr(value));
      add(static_cast<int>(s.kind), fmt::to_string(fmt::join(values, " ")), s.stack, expr(s.first),
          expr(s.last));
      block(s.body);
      add("end");
    }
  }

  std::string text_;
};

}  // namespace hearth::arch
