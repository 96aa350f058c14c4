// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/grammar/grammar.hpp"
#include "attnwalk/workflow/input.hpp"

#include <optional>
#include <string>

/// Specs with one number left open, as "dilated:w=?,stride=4".
namespace attnwalk::workflow {

struct OpenSpec {
  std::string before; ///< the text up to the question mark
  std::string after;
  std::string key;                        ///< of the open value: "w"
  const grammar::KeyRule* rule = nullptr; ///< never null

  [[nodiscard]] std::string with(const std::string& value) const { return before + value + after; }
};

/// None for a text without a question mark, and for files.
/// @throws Error{domain} if a question mark does not stand for the number of one key
[[nodiscard]] std::optional<OpenSpec> open_spec(const std::string& text);

/// A value for the open number.
struct Found {
  std::string key;
  std::string value;
  Index entries = 0; ///< of the pattern with it
};

/// The value whose pattern has as near as possible to `per_row` entries a row, the fewer of two equally
/// near: bisection over exact counts of built patterns, from the smallest value up, whether entries grow
/// or fall with it. Where they do neither throughout, the best value met.
///
/// @param how  .queries, .keys and .seed of the pattern
/// @throws Error{domain} if per_row is not in (0, keys], or no value fits; Error as `grammar::build`
/// @cost   about 2 log2(value) builds, none of more than twice the wanted entries where these at most
///         double with the value; 40 builds for a real number
[[nodiscard]] Found with_entries(const OpenSpec& spec, double per_row, const InputOptions& how);

} // namespace attnwalk::workflow
