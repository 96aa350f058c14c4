// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/evaluate.hpp"

#include "attnwalk/core/memory.hpp"
#include "attnwalk/pattern/algebra.hpp"

namespace attnwalk::grammar {
namespace {

using pattern::Pattern;

Pattern filtered(const Term& term, const Scope& scope) {
  const Pattern inner = evaluate(term.inner, scope);
  if (term.name() == "causal")
    return pattern::causal(inner);
  if (term.name() == "symmetric")
    return pattern::symmetrize(inner);
  if (term.name() == "loops")
    return pattern::with_loops(inner);
  return pattern::without_loops(inner);
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
      return term.rule->filter ? filtered(term, scope) : generate(term, scope);
    });
    if (!all) {
      all.emplace(std::move(part));
      continue;
    }
    const double entries =
        static_cast<double>(all->entries()) + static_cast<double>(part.entries());
    require_memory("the union up to " + to_string(term),
                   8 * (entries + static_cast<double>(scope.size.n)));
    all = pattern::unite(*all, part);
  }
  return *all; // the grammar has no empty union
}

} // namespace attnwalk::grammar
