// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/names.hpp"
#include "attnwalk/spectral/gap.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a gap report says, in a sentence: the first thing a reader sees.
namespace attnwalk::report {

/// What graph search finds of a walk, as far as sentences depend on it.
enum class WalkShape {
  empty,        ///< no tokens
  single_token, ///< one token: nothing to mix
  rectangular,  ///< queries and keys differ: one hop, no walk
  split,        ///< several closed classes: where a token ends up depends on where it starts
  periodic,     ///< one closed class, of period above 1: it never settles
  draining,     ///< one closed class and transient tokens: all mass leaves these
  mixing        ///< all tokens in one class of period 1
};

/// What holds for a walk of each shape. Every sentence, table and picture that depends on it asks
/// here.
struct WalkFacts {
  WalkShape shape;
  bool has_powers;  ///< several hops make sense
  bool one_limit;   ///< every start has the same long-run distribution
  bool settles;     ///< the distribution after k hops converges
  bool pi_positive; ///< the limit reaches every token, so that norms in its coordinates exist
};
[[nodiscard]] WalkFacts walk_facts(const spectral::GapReport& report);

enum class Verdict {
  fast,     ///< at most `fast_hops` hops
  moderate, ///< neither
  slow,     ///< more than `slow_hops` hops
  unclear,  ///< it mixes, but no number of hops is proved to be enough
  never,    ///< it does not mix
  no_walk   ///< the question does not arise
};
[[nodiscard]] constexpr auto names_of(Verdict /*which*/) {
  return std::to_array<Name<Verdict>>({{Verdict::fast, "fast"},
                                       {Verdict::moderate, "moderate"},
                                       {Verdict::slow, "slow"},
                                       {Verdict::unclear, "unclear"},
                                       {Verdict::never, "never"},
                                       {Verdict::no_walk, "no_walk"}});
}
[[nodiscard]] constexpr std::string_view to_string(Verdict x) {
  return name_of(x);
}
inline constexpr double fast_hops = 16;  ///< as many as a model of usual depth has layers
inline constexpr double slow_hops = 100; ///< more than any model has

/// Whether a walk mixes, in how many hops, and how sure that is.
struct Answer {
  WalkFacts facts;
  Verdict verdict = Verdict::unclear;
  std::optional<double> hops_lo; ///< hops until every token is within 1/4 of the limit: at least
  std::optional<double> hops_hi; ///< at most
  spectral::Status status = spectral::Status::estimate; ///< the weakest of what the hops rest on
  std::string sentence; ///< one to three plain sentences, the verdict first
};
template <class Visitor>
void fields(const Answer& a, Visitor& v) {
  v("verdict", a.verdict);
  v("hops_lo", a.hops_lo);
  v("hops_hi", a.hops_hi);
  v("status", a.status);
  v("sentence", a.sentence);
}
[[nodiscard]] Answer answer(const spectral::GapReport& report);

/// One of the few numbers that matter for a walk of this shape.
struct KeyNumber {
  std::string name;    ///< "slem", "mixing_time"
  std::string value;   ///< in words, with a unit where it has one
  std::string range;   ///< its interval, rounded outwards; may be empty
  std::string status;  ///< how far it can be trusted
  std::string meaning; ///< a few words
};
/// Three numbers, or as many of them as the report has.
[[nodiscard]] std::vector<KeyNumber> key_numbers(const spectral::GapReport& report);

/// What was refused, names of one cause together: "lambda_2, lambda_n: the walk is not reversible".
struct Refusal {
  std::vector<std::string> names;
  std::string reason;
};
[[nodiscard]] std::vector<Refusal> refusals(const spectral::GapReport& report);

} // namespace attnwalk::report
