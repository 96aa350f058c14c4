// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/algebraic.hpp"
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

/// The sizes that a term has whatever -n says; stored models are read here.
std::optional<Sizes> fixed_sizes(const Spec& spec, const Term& term, Models& models) {
  if (term.name() == "lps") {
    const Index n = located(*spec.text, term.at, [&] {
      return pattern::lps_size(term.integer("p"), term.integer("q"));
    });
    return Sizes{n, n};
  }
  if (term.name() == "torus") {
    const Index a = term.integer("a");
    const Index b = term.integer("b");
    // Both are below 2^53, so their product is compared as a double.
    if (static_cast<double>(a) * static_cast<double>(b) > 9007199254740992.0)
      refuse(spec, term, message("a b = ", a, " x ", b, " tokens are more than 2^53"));
    return Sizes{a * b, a * b};
  }
  if (term.name() == "sbm" && term.find("file") != nullptr) {
    const io::StoredModel& model =
        models
            .emplace(&term, located(*spec.text, term.at,
                                    [&] {
                                      return io::read_model(term.text("file"),
                                                            term.integer("layer"),
                                                            term.integer("head"));
                                    }))
            .first->second;
    return Sizes{model.queries(), model.keys()};
  }
  return std::nullopt;
}

std::string written(Sizes size) {
  return size.n == size.m ? message("n = ", size.n)
                          : message("n = ", size.n, "x", size.m, " (queries x keys)");
}

/// Refuses the terms and filters that are square by definition.
void require_square_terms(const Spec& spec) {
  visit(spec.terms, [&](const Term& term) {
    const std::string_view name = term.name();
    if (name == "full" || name == "none" || name == "global" || name == "sbm" || name == "causal")
      return;
    if (name == "random") {
      if (term.text("model") != "permutations")
        return;
      refuse(spec, term, "random with model=permutations is square; use model=row or model=edges");
    }
    refuse(spec, term,
           std::string(name) + " is square: a rectangular -n NxM goes with full, none, random "
                               "(model row or edges), global, sbm and the filter causal");
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
      const std::optional<Sizes> fixed = fixed_sizes(spec, term, models);
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
