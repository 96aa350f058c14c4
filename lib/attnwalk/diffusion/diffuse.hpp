// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/backend.hpp"
#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/names.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace attnwalk::diffusion {

/// How values are diffused. The first three run a number of hops; the others approach the limit
/// a (I - (1-a) A)^-1 V, personalized PageRank applied to V. If A is causal, gmres, bicgstab and
/// exact are forward substitution, one pass at any n, and no output depends on a later value.
enum class Method {
  diffuser,  ///< Z <- (1-a) A Z + a V from Z = V: the paper's iteration [feng2023]
  truncated, ///< a sum_{k<=K} (1-a)^k A^k V: rows sum to 1 - (1-a)^(K+1)
  heat,      ///< e^-t sum_{k<=K} t^k/k! A^k V
  chebyshev, ///< Chebyshev semi-iteration, for reversible A
  cg,        ///< conjugate gradients on the symmetrized system, for reversible A
  gmres,     ///< restarted GMRES
  bicgstab,  ///< stabilized bi-conjugate gradients
  exact,     ///< sparse LU, for small n
};
[[nodiscard]] constexpr auto names_of(Method /*which*/) {
  return std::to_array<Name<Method>>({{Method::diffuser, "diffuser"},
                                      {Method::truncated, "truncated"},
                                      {Method::heat, "heat"},
                                      {Method::chebyshev, "chebyshev"},
                                      {Method::cg, "cg"},
                                      {Method::gmres, "gmres"},
                                      {Method::bicgstab, "bicgstab"},
                                      {Method::exact, "exact"}});
}
[[nodiscard]] constexpr std::string_view to_string(Method x) {
  return name_of(x);
}

using attnwalk::Backend;

struct DiffuseOptions {
  Method method = Method::diffuser;
  double alpha = 0.1; ///< weight kept on V: in [0, 1] for finite hops, (0, 1] for limits
  Index hops = 5;     ///< of diffuser, truncated, heat and chebyshev; ignored with a tolerance
  std::optional<double> tolerance =
      std::nullopt;       ///< stop once the bound on max |Z - limit| is at most this
  Index max_hops = 10000; ///< of everything that iterates to a tolerance
  double time = 0;        ///< t of heat, mean number of hops; 0 means (1-a)/a, PageRank's
  bool force = false;     ///< let chebyshev and cg run on a matrix that is not reversible
  Backend backend = Backend::fused;
  bool assumed_valid = false; ///< skip the scan of V
  int threads = 0;
  Monitor* monitor = nullptr;
};

template <Real T>
struct Diffused {
  Dense<T> Z;
  Index hops = 0; ///< products with A that were made (of the longest column for the solvers)
  /// max |Z - limit| is at most this: (1-a)/a times the last step for diffuser, the missing mass
  /// times max |V| for truncated and heat, ||aV - (I-(1-a)A)Z||_max / a for the rest. Absent if
  /// alpha = 0.
  std::optional<double> bound;
  double missing_mass = 0;   ///< 1 - the row sums of the operator: truncated and heat only
  std::vector<double> steps; ///< max |Z(t+1) - Z(t)| per hop, of diffuser and chebyshev
  bool converged = true;     ///< false if a tolerance was not met within max_hops
  DiffuseOptions how;        ///< those that `forward` ran under; the backward pass reads them
};

/// What the backward pass keeps: every hop, or nothing but the inputs.
enum class Memory {
  store,     ///< O(hops n width) numbers
  recompute, ///< O(sqrt(hops) n width): checkpoints, the hops between two computed again once
};

template <Real T>
struct DiffuseGradients {
  Dense<T> dV;
  Buffer<T> dA; ///< per entry of A: dL/dA_ij on edges
};

struct DiffusionOptions {
  bool backward = false;      ///< also prepare the transpose that `backward` needs
  bool assumed_valid = false; ///< skip the scan of A
};

template <Real T>
class WalkState;

/// Diffuses values along attention, as often as wanted: the matrix is checked once and its plan is
/// kept between calls.
///
/// @see [feng2023]; docs/diffusion.md
template <Real T>
class Diffusion {
public:
  /// Fits no call; to be assigned to.
  Diffusion() = default;
  /// @param A      n x n weights, entries >= 0 and rows summing to 1 (or empty rows, which give a V
  ///               for diffuser); the arrays must outlive this
  /// @param width  of the values to come, for the speed of large matrices alone: it decides on
  ///               column blocks, and any V is taken
  /// @throws Error{shape} if A is not square; Error{shape, index, domain} naming the first offset or
  ///         column of A that is wrong; Error{domain} if A has no values or is not row-stochastic
  /// @cost   O(m)
  explicit Diffusion(const CsrView<T>& A, Index width, const DiffusionOptions& how = {});
  /// The uniform walk of a pattern: A_ij = 1 / degree of i.
  explicit Diffusion(const pattern::Pattern& P, Index width, const DiffusionOptions& how = {});

  /// @param V  n x width
  /// @throws Error{shape} if V has not A's rows; Error{domain} if an option is out of bounds, V is
  ///         not finite, or chebyshev or cg meet a reversibility defect above 1e-8 without `force`;
  ///         Error{memory} before an LU that would not fit
  /// @cost   O(hops m width); three n x width buffers
  [[nodiscard]] Diffused<T> forward(View<const T> V, const DiffuseOptions& how = {}) const;

  /// Gradients of a scalar loss through `diffuser` and `truncated` for G = dL/dZ, under the options
  /// of `forward`:
  /// dV += a G_k, G_(k-1) = (1-a) A' G_k, dA_ij += (1-a) G_k,i . Z_(k-1),j.
  ///
  /// @throws as `forward`; Error{domain} for a method without a backward pass, a tolerance, or a
  ///         Diffusion that was made without .backward = true
  /// @cost   O(hops m width)
  [[nodiscard]] DiffuseGradients<T> backward(View<const T> V, const Diffused<T>& result,
                                             View<const T> G, Memory memory = Memory::store) const;

private:
  std::shared_ptr<const WalkState<T>> state_;
};

extern template class Diffusion<float>;
extern template class Diffusion<double>;

/// One-off forms of Diffusion::forward, along a matrix and along the uniform walk of a pattern.
template <Real T>
[[nodiscard]] Diffused<T> diffuse(const CsrView<T>& A, View<const T> V,
                                  const DiffuseOptions& how = {}) {
  return Diffusion<T>(A, V.shape.width, {.assumed_valid = how.assumed_valid}).forward(V, how);
}
template <Real T>
[[nodiscard]] Diffused<T> diffuse(const pattern::Pattern& P, View<const T> V,
                                  const DiffuseOptions& how = {}) {
  return Diffusion<T>(P, V.shape.width, {.assumed_valid = how.assumed_valid}).forward(V, how);
}

/// The one-off form of Diffusion::backward.
template <Real T>
[[nodiscard]] DiffuseGradients<T> diffuse_backward(const CsrView<T>& A, View<const T> V,
                                                   const Diffused<T>& result, View<const T> G,
                                                   Memory memory = Memory::store) {
  return Diffusion<T>(A, V.shape.width,
                      {.backward = true, .assumed_valid = result.how.assumed_valid})
      .backward(V, result, G, memory);
}

/// Smallest number of hops whose bound 2 (1-a)^(K+1) max |V| (diffuser) or (1-a)^(K+1) max |V|
/// (truncated) meets a tolerance whatever A is.
/// @throws Error{domain} if alpha is outside (0, 1] or the tolerance is not positive
[[nodiscard]] Index hops_for(Method method, double alpha, double tolerance, double largest_value);

} // namespace attnwalk::diffusion
