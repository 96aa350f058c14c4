// SPDX-License-Identifier: Apache-2.0
// Inside `grammar`: how parsed terms become patterns. Not installed.
#pragma once

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/grammar/grammar.hpp"
#include "attnwalk/io/stored_model.hpp"
#include "attnwalk/sbm/model.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace attnwalk::grammar {

/// The stored block models that a spec names, each read once.
using Models = std::map<const Term*, io::StoredModel>;

/// Queries and keys of all layers.
struct Sizes {
  Index n = 0;
  Index m = 0;
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

/// One generator, not a filter. Refuses before it starts if the predicted arrays would not fit.
[[nodiscard]] pattern::Pattern generate(const Term& term, const Scope& scope);

/// The block model of a term `sbm`.
[[nodiscard]] sbm::Model model_of(const Term& term, Sizes size, const Models& models);

/// Whether the table of generators knows the name.
[[nodiscard]] bool has_generator(std::string_view name);

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
