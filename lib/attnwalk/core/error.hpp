// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <initializer_list>
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

/// A part of a sentence: text, a character or a number. Sentences are joined in one place instead of
/// in each of the hundreds of calls.
class MessagePart {
public:
  MessagePart(std::string_view text) : text_(text) {}
  MessagePart(const std::string& text) : text_(text) {}
  MessagePart(const char* text) : text_(text) {}
  MessagePart(char letter) : kind_(Kind::letter), letter_(letter) {}
  MessagePart(double number) : kind_(Kind::real), real_(number) {}
  template <std::signed_integral T>
  MessagePart(T number) : kind_(Kind::integer), integer_(number) {}
  template <std::unsigned_integral T>
  MessagePart(T number) : kind_(Kind::natural), natural_(number) {}

  /// Appends it to a sentence; a real number with up to 10 significant digits.
  void append_to(std::string& sentence) const;

private:
  enum class Kind { text, letter, real, integer, natural };
  Kind kind_ = Kind::text;
  union {
    std::string_view text_ = {};
    char letter_;
    double real_;
    long long integer_;
    unsigned long long natural_;
  };
};

/// Joins the parts of a sentence.
[[nodiscard]] std::string message(std::initializer_list<MessagePart> parts);
template <class... Parts>
[[nodiscard]] std::string message(const Parts&... parts) {
  return message({MessagePart(parts)...});
}

/// A code and the place that named it: what lets `require` know its caller without a macro.
struct Failure {
  Failure(Code kind, Location at = Location::current()) : code(kind), where(at) {}
  Code code;
  Location where;
};

/// Throws Error{code} with the joined parts.
[[noreturn]] void fail(const Failure& failure, std::initializer_list<MessagePart> parts);

/// Throws Error{code} with the joined parts if `ok` is false; the sentence is built only then.
template <class... Parts>
void require(bool ok, Failure failure, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail(failure, {MessagePart(parts)...});
}

} // namespace core
} // namespace attnwalk
