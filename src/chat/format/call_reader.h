// Reads tool calls of one spelling, from what begins them to what ends them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chat/format/format.h"
#include "chat/format/json_scanner.h"
#include "chat/format/literal.h"
#include "chat/format/object_reader.h"
#include "chat/format/parameter_reader.h"

namespace hearth {

// Who is told of calls as they come.
class CallSink {
 public:
  virtual void begin_call(const std::string& name, const std::string& id) = 0;
  virtual void add_arguments(std::string_view json) = 0;
  virtual void end_call(const std::string& id, bool malformed) = 0;

 protected:
  ~CallSink() = default;
};

class CallReader {
 public:
  // `tools`: known functions, or null. `first`: the number of the first call.
  CallReader(const CallSyntax& syntax, const ChatJson& tools, size_t first, CallSink& sink);

  enum class Step : uint8_t {
    more,
    last,    // the calls end with this byte
    past,    // they ended before; give leftover() and this byte to whoever reads on
    failed,  // this is no call: leftover() was nothing but text, and this byte stands behind it
  };
  Step push(char c);
  // There is no more. Leaves what was no call in leftover().
  void finish();

  std::string take_leftover() { return std::move(raw_); }

 private:
  enum class Kind : uint8_t { literal, object, name, id, index, arguments, parameters };
  struct Part {
    Kind kind;
    Literal literal{};
    bool loose = false;
  };

  void compile();
  void begin_call();
  bool announce();  // false: that is no function's name
  void next_part();
  Step end_call();
  Step push_part(char c);
  Step push_literal(Part& part, char c);
  Step push_object(char c);
  Step push_word(Kind kind, char c);
  Step push_arguments(char c);
  Step push_parameters(char c);
  Step push_between(char c);
  Step fail();
  Step again(std::string bytes, char c);
  std::string made_id() const;
  const ChatJson* schema() const;
  void give(std::string& json);

  const CallSyntax& syntax_;
  const ChatJson& tools_;
  CallSink& sink_;
  size_t index_;

  std::vector<Part> parts_;  // of one call
  std::string behind_;       // the literal behind the arguments
  Literal section_;          // before the first part of the first call
  Literal between_, section_end_;
  bool in_section_ = false;  // the calls have an end of their own

  size_t part_ = 0;
  bool opening_ = true;   // section_ is being read
  bool waiting_ = false;  // between calls
  bool alive_[2] = {};    // of between_ and section_end_
  bool announced_ = false, closed_ = false;
  std::string raw_;  // bytes that no event has told of
  std::string name_, id_, json_;
  size_t skipped_ = 0;  // bytes before a loose literal
  std::optional<ObjectReader> object_;
  std::optional<JsonScanner> scanner_;
  std::optional<ParameterReader> parameters_;
};

}  // namespace hearth
