// Errors are values. A function that can fail for a reason outside this program returns Result<T>; the caller
// hands the error on with TRY, or adds where it happened. Nothing in the library throws, prints or aborts.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace hearth {

// One line for a person: what was wrong, where, what was expected, what to do. No pointers, no trailing
// newline.
struct Error {
  std::string message;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  void value() const {}
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

template <class... Args>
Error fail(fmt::format_string<Args...> format, Args&&... args) {
  return Error{fmt::format(format, std::forward<Args>(args)...)};
}

// Says where an error happened: "FILE: what was wrong". Once: what failed may have named its file, or one in that
// folder, itself.
inline Error within(std::string_view where, Error error) {
  std::string_view said = error.message;
  bool named = !where.empty() && said.starts_with(where) && said.size() > where.size() &&
               (said[where.size()] == ':' || said[where.size()] == '/');
  return named ? error : Error{fmt::format("{}: {}", where, said)};
}

}  // namespace hearth

#define HEARTH_CONCAT_(a, b) a##b
#define HEARTH_CONCAT(a, b) HEARTH_CONCAT_(a, b)

// TRY(auto x, f()): x is f()'s value, or the error returns. TRY_STATUS(f()): the same without a value.
#define TRY(declaration, expression) TRY_(HEARTH_CONCAT(try_result_, __COUNTER__), declaration, expression)
#define TRY_(result, declaration, expression)         \
  auto result = (expression);                         \
  if (!result.ok()) return std::move(result).error(); \
  declaration = std::move(result).value()
#define TRY_STATUS(expression)                                                                  \
  do {                                                                                          \
    if (auto try_status = (expression); !try_status.ok()) return std::move(try_status).error(); \
  } while (false)
