// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// Which fields of options do nothing in which mode: one table for a verb, read by the library, by
/// the command (as flags) and by every other front.
///
/// Sentences of this module name the fields of options in backquotes, and their values as in
/// `method=heat`.
namespace attnwalk::workflow {

/// A field that does something in one mode only.
struct FieldRule {
  const char* field; ///< its name in the options
  bool set;          ///< whether it differs from its default
  bool here;         ///< whether these options are in the mode
  std::string mode;  ///< "`qk=FILE`"
};
using FieldRules = std::vector<FieldRule>;

/// "`layer` belongs to `qk=FILE`".
[[nodiscard]] std::string belongs(const FieldRule& rule);

/// Refuses the first field that is set where it would be ignored.
/// @throws Error{domain} with the sentence of `belongs`
void require_applicable(const FieldRules& rules);

} // namespace attnwalk::workflow
