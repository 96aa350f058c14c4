// SPDX-License-Identifier: Apache-2.0
// Inside `grammar`: how parsed terms become patterns. Not installed.
#pragma once

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/grammar/grammar.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/sbm/model.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace attnwalk::grammar {

/// The stored block models that a spec names, each read once.
struct Models {
  std::map<const Term*, io::StoredModel> read;
};

/// The sizes that options and terms agree on, and the stored models that were read to know.
/// @throws Error{domain} if nothing fixes n, if two terms or a term and -n disagree, or if a square
///         term or filter stands in a rectangular spec
[[nodiscard]] Sizes agreed_sizes(const std::vector<Spec>& layers, const BuildOptions& how,
                                 Models& models);

/// Everything a term is evaluated in.
struct Scope {
  Sizes size;
  const BuildOptions& how;
  const Models& models;
  const std::string& text;
  pattern::Certificate& certificate; ///< `expander` fills in what it proved

  /// The key of a random term: its own seed or the global one, and the stream of its ordinal.
  [[nodiscard]] Key key(const Term& term) const;
};

/// The union of the terms' patterns.
[[nodiscard]] pattern::Pattern evaluate(const std::vector<Term>& terms, const Scope& scope);

/// The families of generators, in the order of docs/grammar.md.
[[nodiscard]] std::span<const TermRule> banded_terms();
[[nodiscard]] std::span<const TermRule> random_terms();
[[nodiscard]] std::span<const TermRule> algebraic_terms();
[[nodiscard]] std::span<const TermRule> published_terms();

/// An integer argument as a double, for predictions.
[[nodiscard]] inline double real_of(const Term& term, std::string_view key) {
  return static_cast<double>(term.integer(key));
}

/// The block model of a term `sbm`.
[[nodiscard]] sbm::Model model_of(const Term& term, Sizes size, const Models& models);

/// Draws `regular` patterns until one is certified. @see docs/build.md
[[nodiscard]] pattern::Pattern expander(const Term& term, const Scope& scope);

/// Runs `work`; what it refuses is thrown on with the text and a caret under position `at`.
template <class Work>
auto located(const std::string& text, std::size_t at, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    const std::string sentence = error.what();
    if (!error.callers_mistake() || sentence.find('\n') != std::string::npos)
      throw; // the world's fault, or located already
    throw Error(error.code(), pointing_at(sentence, text, at), error.where());
  }
}

} // namespace attnwalk::grammar
