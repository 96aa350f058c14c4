// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace attnwalk {
inline namespace core {

/// What went wrong. The first three are the caller's mistake, found before any work; the others are
/// the world's.
enum class Code {
  shape,     ///< sizes that do not fit each other
  domain,    ///< a value outside its bounds
  index,     ///< a row, column, layer or head that does not exist
  io,        ///< a file that cannot be read or written, or lies about itself
  memory,    ///< a result that would not fit; the message predicts the bytes
  cancelled, ///< a Monitor asked to stop
  graphblas, ///< GraphBLAS refused; the message carries its own text
};

/// The name of a code as it is spelled above.
[[nodiscard]] std::string_view to_string(Code code);

/// A place in the source: std::source_location as far as it is needed here. clang 14 cannot compile
/// the one of g++ 12's library.
struct Location {
  const char* file = "";
  const char* function = "";
  int line = 0;

  /// The place of the call whose default argument this is.
  [[nodiscard]] static constexpr Location current(const char* file = __builtin_FILE(),
                                                  const char* function = __builtin_FUNCTION(),
                                                  int line = __builtin_LINE()) {
    return {file, function, line};
  }
};

/// The one exception of the library: a sentence with the offending value and the bound.
class Error : public std::runtime_error {
public:
  Error(Code code, const std::string& sentence, Location where = Location::current())
      : std::runtime_error(sentence), code_(code), where_(where) {}

  [[nodiscard]] Code code() const noexcept { return code_; }
  [[nodiscard]] const Location& where() const noexcept { return where_; }

  /// Whether the caller's input was at fault (CLI exit 2, Python ValueError) and not the world.
  [[nodiscard]] bool callers_mistake() const noexcept {
    return code_ == Code::shape || code_ == Code::domain || code_ == Code::index;
  }

private:
  Code code_;
  Location where_;
};

/// Joins the parts of a sentence; numbers are written with up to 10 significant digits.
template <class... Parts>
[[nodiscard]] std::string message(const Parts&... parts) {
  std::ostringstream out;
  out.precision(10);
  (out << ... << parts);
  return out.str();
}

/// A code and the place that named it: what lets `require` know its caller without a macro.
struct Failure {
  Failure(Code kind, Location at = Location::current()) : code(kind), where(at) {}
  Code code;
  Location where;
};

/// Throws Error{code} with the joined parts if `ok` is false; the sentence is built only then.
template <class... Parts>
void require(bool ok, Failure failure, const Parts&... parts) {
  if (!ok) [[unlikely]]
    throw Error(failure.code, message(parts...), failure.where);
}

} // namespace core
} // namespace attnwalk
