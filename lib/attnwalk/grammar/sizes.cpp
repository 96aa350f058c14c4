// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/evaluate.hpp"

#include <functional>
#include <optional>

namespace attnwalk::grammar {
namespace {

[[noreturn]] void refuse(const Spec& spec, const Term& term, const std::string& sentence) {
  throw Error(Code::domain, pointing_at(sentence, *spec.text, term.at));
}

void visit(const std::vector<Term>& terms, const std::function<void(const Term&)>& each) {
  for (const Term& term : terms) {
    each(term);
    visit(term.inner, each);
  }
}

std::string written(Sizes size) {
  return size.n == size.m ? message("n = ", size.n)
                          : message("n = ", size.n, "x", size.m, " (queries x keys)");
}

/// Refuses the terms and filters that are square by definition.
void require_square_terms(const Spec& spec) {
  visit(spec.terms, [&](const Term& term) {
    if (term.rule->rectangular)
      return;
    std::string others;
    for (const TermRule& rule : term_rules())
      if (rule.rectangular)
        others += (others.empty() ? "" : ", ") + std::string(rule.name);
    refuse(spec, term,
           std::string(term.name()) +
               " is square: rectangular sizes, N queries and M keys, go with " + others);
  });
}

Sizes given_sizes(const BuildOptions& how) {
  const Sizes given{*how.queries, how.keys.value_or(*how.queries)};
  // Beyond 2^53 doubles, and with them the predictions of memory, stop counting in ones.
  for (const Index size : {given.n, given.m})
    require(size >= 0 && size <= 9007199254740992, Code::domain, "n = ", size,
            " must be from 0 to 2^53");
  return given;
}

} // namespace

Sizes agreed_sizes(const std::vector<Spec>& layers, const BuildOptions& how, Models& models) {
  require(how.queries || !how.keys, Code::domain, "keys = ", how.keys.value_or(0),
          " are given without the number of queries");
  std::optional<Sizes> agreed;
  std::string fixed_by;
  if (how.queries)
    agreed = given_sizes(how);
  for (const Spec& spec : layers) {
    visit(spec.terms, [&](const Term& term) {
      if (term.rule->fixed == nullptr)
        return;
      const std::optional<Sizes> fixed =
          located(*spec.text, term.at, [&] { return term.rule->fixed(term, models); });
      if (!fixed)
        return;
      if (agreed && (agreed->n != fixed->n || agreed->m != fixed->m))
        refuse(spec, term,
               to_string(term) + " has " + written(*fixed) + ", but " +
                   (fixed_by.empty() ? "the size given is " : fixed_by + " has ") +
                   written(*agreed));
      if (!agreed)
        fixed_by = to_string(term);
      agreed = fixed;
    });
  }
  if (!agreed)
    refuse(layers.front(), layers.front().terms.front(),
           "the number of tokens n is needed: no term of this spec fixes it");
  if (agreed->n != agreed->m)
    for (const Spec& spec : layers)
      require_square_terms(spec);
  return *agreed;
}

} // namespace attnwalk::grammar
