// SPDX-License-Identifier: Apache-2.0
// Private: writes results through their descriptions (core/fields.hpp) as JSON.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>

namespace attnwalk::report {

/// The syntax of JSON: nesting, commas, line breaks, numbers and escapes.
class JsonText {
public:
  explicit JsonText(int indent) : indent_(indent) {}

  void begin(char bracket);
  void end(char bracket);
  void key(std::string_view name);
  /// Before an element of an array.
  void element();
  /// null, true, false, digits.
  void word(std::string_view text) { out_ += text; }
  /// The shortest decimal that reads back as x; null for what is no number.
  void real(double x);
  /// Bytes that are no UTF-8 (a file name may be anything) become U+FFFD.
  void text(std::string_view text);

  [[nodiscard]] const std::string& str() const { return out_; }

private:
  void line();

  int indent_;
  int depth_ = 0;
  bool first_ = true; ///< whether the innermost bracket is still empty
  std::string out_;
};

/// The visitor: absent values, numbers that are not finite and empty texts are null.
class JsonWriter {
public:
  JsonWriter(int indent, bool bulk) : text_(indent), bulk_(bulk) {}

  template <class T>
  void operator()(std::string_view name, const T& x) {
    text_.key(name);
    value(x);
  }
  template <class T>
  void bulk(std::string_view name, const T& x) {
    if (bulk_)
      (*this)(name, x);
  }

  template <class T>
  void value(const T& x) {
    if constexpr (std::same_as<T, bool>)
      text_.word(x ? "true" : "false");
    else if constexpr (std::is_enum_v<T>)
      text_.text(to_string(x));
    else if constexpr (std::integral<T>)
      text_.word(std::to_string(x));
    else if constexpr (std::floating_point<T>)
      text_.real(x);
    else if constexpr (std::convertible_to<const T&, std::string_view>)
      words(x);
    else if constexpr (std::is_pointer_v<T> || requires { x.has_value(); })
      x ? value(*x) : text_.word("null");
    else if constexpr (std::ranges::range<const T>)
      list(x);
    else
      object(x);
  }

  [[nodiscard]] const std::string& str() const { return text_.str(); }

private:
  void words(std::string_view text) { text.empty() ? text_.word("null") : text_.text(text); }

  template <class T>
  void list(const T& items) {
    text_.begin('[');
    for (const auto& item : items) {
      text_.element();
      value(item);
    }
    text_.end(']');
  }

  template <class T>
  void object(const T& x) {
    text_.begin('{');
    fields(x, *this);
    text_.end('}');
  }

  JsonText text_;
  bool bulk_;
};

} // namespace attnwalk::report
