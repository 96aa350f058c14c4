// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/names.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sbm/sample.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace attnwalk::theory {

/// Whether a condition holds, and how that is known.
enum class Verdict {
  holds,   ///< with a certificate, or by a complete search
  fails,   ///< proved
  unknown, ///< not found, not excluded
};
[[nodiscard]] constexpr auto names_of(Verdict /*which*/) {
  return std::to_array<Name<Verdict>>(
      {{Verdict::holds, "holds"}, {Verdict::fails, "fails"}, {Verdict::unknown, "unknown"}});
}
[[nodiscard]] constexpr std::string_view to_string(Verdict x) {
  return name_of(x);
}

struct UniversalityOptions {
  Index complete_below = 20; ///< Hamiltonian paths by complete search for n up to this, <= 24
  Index rotations = 0;       ///< of the heuristic; 0: 200 n
  Index reach_below = 16384; ///< s for n up to this: n^2 / 4 bytes
  Index most_steps = 4096;   ///< s beyond this is not searched
  Key key = {};              ///< which way the heuristic turns
  Monitor* monitor = nullptr;
};

/// The conditions under which sparse attention with patterns A^1 .. A^p, cycled over layers,
/// approximates every sequence-to-sequence function: (1) every token attends itself in every
/// layer; (2) a permutation g such that g(i+1) attends g(i) in some layer: a Hamiltonian path of
/// the union; (3) a finite s after which every token has heard of every other.
struct Universality {
  Verdict loops = Verdict::unknown;
  std::vector<Index> missing_loops; ///< tokens without a loop, for each layer
  Verdict path = Verdict::unknown;
  std::vector<Index> order; ///< the path's certificate g, n tokens; else empty
  std::string path_method;  ///< "identity", "complete search", "rotations", or why not
  Verdict reach = Verdict::unknown;
  std::optional<Index> s; ///< the least; none if it is infinite or was not determined
  std::string reach_method;

  [[nodiscard]] bool holds() const {
    return loops == Verdict::holds && path == Verdict::holds && reach == Verdict::holds;
  }
};

/// Checks the conditions. The path: the identity (exact for causal and anticausal patterns, whose
/// only candidate it is, and for bands); complete search by Held and Karp for small n; refutation
/// by vertices without neighbors, by strong components that no chain joins, or by hubs whose
/// removal leaves too many pieces; else a rotation heuristic, whose path is its certificate.
///
/// @param layers  at least one, square, of one size
/// @throws Error{shape} if they are not; Error{domain} for options out of range
/// @cost   O(p m + n); 2^n n for the complete search; O(rotations n) for the heuristic; O(s m n /
///         64) for s
/// @see    [yun2020] assumption 1; [posa1976]; [held1962]
[[nodiscard]] Universality universality(std::span<const pattern::Pattern> layers,
                                        const UniversalityOptions& how = {});

/// Whether `order` visits every token once and order[i+1] attends order[i] in U.
[[nodiscard]] bool is_hamiltonian(const pattern::Pattern& U, std::span<const Index> order);

/// A share of draws with its 99 % interval (Wilson).
struct Share {
  double value = 0;
  double lo = 0;
  double hi = 1;
};

/// How likely the conditions are for masks of a block model, a new one in each of `layers` layers.
struct UniversalityOdds {
  double log_loops = 0; ///< exact: ln P(all loops in all layers) = layers sum_i ln p_ii
  Share loops;
  Share path;        ///< found: a lower bound where the heuristic decides
  Share reach;       ///< s is finite
  double mean_s = 0; ///< over the draws with finite s; NaN without
  Index draws = 0;
};
/// @throws Error{shape, domain} as `sample`, for a rectangular model, or draws < 1
/// @cost   draws times layers masks and one `universality` each; O(n m k) for log_loops
[[nodiscard]] UniversalityOdds universality_odds(const sbm::Model& model, Index layers, Index draws,
                                                 const sbm::SampleOptions& sampling = {},
                                                 const UniversalityOptions& how = {});

} // namespace attnwalk::theory
