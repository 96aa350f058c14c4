// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/evaluate.hpp"

#include "attnwalk/core/memory.hpp"
#include "attnwalk/pattern/algebra.hpp"

#include <algorithm>

namespace attnwalk::grammar {
namespace {

using pattern::Pattern;

/// One generator. Refuses before it starts if the predicted arrays would not fit.
Pattern generated(const Term& term, const Scope& scope) {
  const auto n = static_cast<double>(scope.size.n);
  const auto m = static_cast<double>(scope.size.m);
  // A misfit may predict more than fits in the grid; the generator's sentence says what is wrong.
  const double entries = std::min(term.rule->entries(term, n, m), n * m);
  require_memory(message(to_string(term), " with n = ", scope.size.n), 8 * (n + 1 + entries));
  return term.rule->make(term, scope);
}

} // namespace

Key Scope::key(const Term& term) const {
  return {term.seed(how.seed), stream_of(term.name(), term.ordinal)};
}

Pattern evaluate(const std::vector<Term>& terms, const Scope& scope) {
  std::optional<Pattern> all;
  for (const Term& term : terms) {
    poll(scope.how.monitor, "building " + std::string(term.name()));
    Pattern part = located(scope.text, term.at, [&] {
      return term.rule->filter != nullptr ? term.rule->filter(evaluate(term.inner, scope))
                                          : generated(term, scope);
    });
    if (!all) {
      all.emplace(std::move(part));
      continue;
    }
    const double entries =
        static_cast<double>(all->entries()) + static_cast<double>(part.entries());
    require_memory("the union up to " + to_string(term),
                   8 * (entries + static_cast<double>(scope.size.n)));
    all = *all | part;
  }
  return *all; // the grammar has no empty union
}

} // namespace attnwalk::grammar
