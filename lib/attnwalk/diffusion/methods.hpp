// SPDX-License-Identifier: Apache-2.0
// Private: what a Diffusion keeps, and the methods.
#pragma once

#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/diffusion/recurrence.hpp"

#include <mutex>

namespace attnwalk::diffusion {

/// A checked matrix and its plan, built by the first call that needs one.
template <Real T>
class WalkState {
public:
  WalkState(const CsrView<T>& A, Index width, const DiffusionOptions& how);
  WalkState(const pattern::Pattern& P, Index width, const DiffusionOptions& how);

  [[nodiscard]] const CsrView<T>& matrix() const { return A_; }
  [[nodiscard]] const kernels::PlanBatch& plans(int threads) const;

private:
  std::optional<pattern::Pattern> pattern_; ///< keeps the arrays of a uniform walk
  Buffer<T> values_;
  CsrView<T> A_;
  Index width_;
  bool backward_;
  mutable std::once_flag planned_;
  mutable kernels::PlanBatch plans_;
};

/// The checked inputs of one call.
template <Real T>
struct Problem {
  const WalkState<T>& walk;
  const CsrView<T>& A;
  View<const T> V;
  const DiffuseOptions& how;
  double largest = 0; ///< max |V|

  /// Products with A on the back end that was asked for.
  [[nodiscard]] WalkProducts<T> products() const {
    if (how.backend == Backend::graphblas)
      return WalkProducts<T>(A);
    return WalkProducts<T>(walk.plans(how.threads), 1, 1, A.values, how.threads);
  }
};

template <Real T>
[[nodiscard]] Diffused<T> run_diffuser(const Problem<T>& problem);
template <Real T>
[[nodiscard]] Diffused<T> run_truncated(const Problem<T>& problem);
template <Real T>
[[nodiscard]] Diffused<T> run_heat(const Problem<T>& problem);
template <Real T>
[[nodiscard]] Diffused<T> run_chebyshev(const Problem<T>& problem);
/// Whether no entry of A lies above the diagonal.
template <Real T>
[[nodiscard]] bool is_causal(const CsrView<T>& A);
/// The limit along a causal A in one pass, in double.
template <Real T>
[[nodiscard]] Diffused<T> run_substitution(const Problem<T>& problem);
/// cg, gmres, bicgstab and exact, in double.
template <Real T>
[[nodiscard]] Diffused<T> run_solver(const Problem<T>& problem);

/// Throws what the documentation of `Diffusion::forward` promises of V and the options; returns
/// max |V|.
template <Real T>
[[nodiscard]] double require_inputs(const CsrView<T>& A, View<const T> V,
                                    const DiffuseOptions& how);
/// Refuses a matrix that is not reversible, unless forced.
template <Real T>
void require_reversible(const CsrView<T>& A, const DiffuseOptions& how);

} // namespace attnwalk::diffusion
