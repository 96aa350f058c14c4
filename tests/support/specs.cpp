// SPDX-License-Identifier: Apache-2.0
#include "support/specs.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/grammar/grammar.hpp"

#include "catch.hpp"

namespace attnwalk::support {

const std::vector<std::string>& specs() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> list{"random:d=5", "random:d=4,model=permutations"};
    for (const grammar::TermRule& rule : grammar::term_rules())
      list.emplace_back(rule.example);
    return list;
  }();
  return all;
}

std::optional<pattern::Pattern> built(const std::string& spec, Index n) {
  try {
    return grammar::build(spec, {.queries = n, .seed = 5}).pattern;
  } catch (const Error& misfit) {
    REQUIRE(misfit.callers_mistake());
    return std::nullopt;
  }
}

} // namespace attnwalk::support
