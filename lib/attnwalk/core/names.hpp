// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/error.hpp"

#include <string>
#include <string_view>

/// The spellings of an enumeration, written once beside it and found by its argument:
///
///     enum class Cost { hop, weight };
///     constexpr auto names_of(Cost) {
///       return std::to_array<Name<Cost>>({{Cost::hop, "hop"}, {Cost::weight, "weight"}});
///     }
///
/// `name_of`, `parse_name`, the options of the command and the results in JSON all read that table.
namespace attnwalk {
inline namespace core {

/// An enumerator and how it is spelled.
template <class Enum>
struct Name {
  Enum value;
  std::string_view text;
};

/// How `value` is spelled; empty if the table lacks it.
template <class Enum>
[[nodiscard]] constexpr std::string_view name_of(Enum value) {
  for (const auto& name : names_of(value))
    if (name.value == value)
      return name.text;
  return {};
}

/// Every spelling, with commas between them.
template <class Enum>
[[nodiscard]] std::string listed_names() {
  std::string list;
  for (const auto& name : names_of(Enum{}))
    list += (list.empty() ? "" : ", ") + std::string(name.text);
  return list;
}

/// The enumerator that is spelled `text`.
/// @param what  the option or field that the text is for, to begin the sentence of a refusal
/// @throws Error{domain} for a text that is not in the table; the sentence lists the table
template <class Enum>
[[nodiscard]] Enum parse_name(std::string_view what, std::string_view text) {
  for (const auto& name : names_of(Enum{}))
    if (name.text == text)
      return name.value;
  throw Error(Code::domain, message(what, " = ", text.empty() ? "\"\"" : text, " must be one of ",
                                    listed_names<Enum>()));
}

} // namespace core
} // namespace attnwalk
