// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/names.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace attnwalk::diffusion {

/// What "sum" and "product" along a walk mean.
enum class Semiring {
  plus_times, ///< diffusion; on unit weights walk counts, exact to 2^53
  lor_land,   ///< receptive field
  min_plus,   ///< distance
  plus_pair,  ///< common neighbors
  max_min,    ///< bottleneck attention flow
  max_times,  ///< most probable path
};
[[nodiscard]] constexpr auto names_of(Semiring /*which*/) {
  return std::to_array<Name<Semiring>>({{Semiring::plus_times, "plus_times"},
                                        {Semiring::lor_land, "lor_land"},
                                        {Semiring::min_plus, "min_plus"},
                                        {Semiring::plus_pair, "plus_pair"},
                                        {Semiring::max_min, "max_min"},
                                        {Semiring::max_times, "max_times"}});
}
[[nodiscard]] constexpr std::string_view to_string(Semiring x) {
  return name_of(x);
}

/// The cost of an edge under min_plus.
enum class Cost {
  hop,    ///< 1 each: distances in hops
  weight, ///< its weight
  neglog, ///< -log weight: the most probable path as a distance
};
[[nodiscard]] constexpr auto names_of(Cost /*which*/) {
  return std::to_array<Name<Cost>>(
      {{Cost::hop, "hop"}, {Cost::weight, "weight"}, {Cost::neglog, "neglog"}});
}
[[nodiscard]] constexpr std::string_view to_string(Cost x) {
  return name_of(x);
}

struct PropagateOptions {
  Semiring semiring = Semiring::plus_times;
  Index hops = 1;
  bool accumulate = false; ///< within `hops` (0 included: the start counts), not exactly `hops`
  Cost cost = Cost::hop;   ///< of min_plus
  const pattern::Pattern* mask = nullptr; ///< only these entries of the result
  bool restricted = false;                ///< every hop stays on the mask, not only the result
  double max_bytes = 0; ///< refuse a forecast above this; 0: what memory is available
  Monitor* monitor = nullptr;
};

/// Whether only the existence of an edge matters, not its weight: lor_land, plus_pair, and min_plus
/// with cost hop. A stored zero is then no edge.
[[nodiscard]] bool counts_edges(const PropagateOptions& how);

/// How the result grew, and what the forecast said beforehand.
struct Growth {
  Index hop = 0;
  Index entries = 0;
  double forecast_bytes = 0;
};

struct Propagated {
  Csr<double> X;
  std::vector<Growth> growth; ///< per hop
};

/// X_(t+1) = A (x) X_t over a semiring, from a sparse start.
///
/// @param A  n x n, null values: ones
/// @param X  n x m start: a unit vector per source asks where walks from elsewhere arrive there;
/// for
///           walks that start at given rows transpose A
/// @throws Error{shape, index, domain} naming what does not fit, the first offset or column that is
///         wrong or a NaN; Error{memory} with the predicted bytes before a product that would not
///         fit
/// @cost   O(sum over hops of flops(A X_t)), GraphBLAS
[[nodiscard]] Propagated propagate(const CsrView<double>& A, const CsrView<double>& X,
                                   const PropagateOptions& how = {});

/// Bytes that C = A B would take at most: sum_i min(cols, sum_(k in row i) degree_B(k)) entries.
/// @throws Error{shape} if A and B do not fit; Error{shape, index, domain} as sparse::validate
/// @cost   O(m)
[[nodiscard]] double forecast_bytes(const CsrView<double>& A, const CsrView<double>& B);

/// The exact entries of sum_k theta_k A^k on chosen pairs: walks are free to leave M in between.
/// With `restricted`, every power is masked and they are not.
///
/// @param A      n x n
/// @param M      n x n pairs
/// @param theta  theta[0] weighs A^0 = I
/// @cost   two hops: one masked product, memory O(m(M)) beyond the inputs; K hops: powers up to
///         ceil(K/2) are formed
[[nodiscard]] pattern::Weights multihop_weights(const CsrView<double>& A, const pattern::Pattern& M,
                                                std::span<const double> theta,
                                                const PropagateOptions& how = {});

/// The product over layers, last layer first: attention rollout (plus_times) or the bottleneck flow
/// from input to output (max_min).
///
/// @param residual  weight of the identity mixed into each layer: A' = r I + (1-r) A
/// @throws Error{shape} if the layers do not fit each other; Error{memory}
[[nodiscard]] Csr<double> rollout(std::span<const CsrView<double>> layers, double residual = 0.5,
                                  const PropagateOptions& how = {});

} // namespace attnwalk::diffusion
