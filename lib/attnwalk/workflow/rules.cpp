// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/rules.hpp"

#include "attnwalk/core/error.hpp"

namespace attnwalk::workflow {

std::string belongs(const FieldRule& rule) {
  return message("`", rule.field, "` belongs to ", rule.mode);
}

void require_applicable(const FieldRules& rules) {
  for (const FieldRule& rule : rules)
    require(rule.here || !rule.set, Code::domain, belongs(rule));
}

} // namespace attnwalk::workflow
