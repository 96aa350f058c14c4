// SPDX-License-Identifier: Apache-2.0
// Private: products with A and A', and the iterations built from them.
#pragma once

#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/kernels/plan.hpp"

namespace attnwalk::diffusion {

/// Products of an n x n matrix with n x width arrays on the fused kernels. Arrays handed in and out
/// are padded to `width()` columns, the padding zero.
template <Real T>
class Hops {
public:
  Hops(const CsrView<T>& A, Index width, bool transpose, int threads);

  [[nodiscard]] Index width() const { return width_; }
  /// n x width() copy of V with zeros behind each row.
  [[nodiscard]] Dense<T> padded(View<const T> V) const;
  /// n x `width` copy without the padding.
  [[nodiscard]] Dense<T> trimmed(const Dense<T>& X, Index width) const;

  /// out = c A X + b base; base may be null.
  void apply(T c, const Dense<T>& X, T b, const Dense<T>* base, Dense<T>& out) const;
  /// out = c A' X.
  void apply_transposed(T c, const Dense<T>& X, Dense<T>& out) const;
  /// dA_ij += c G_i . Z_j on the entries of A.
  void edge_gradient(T c, const Dense<T>& G, const Dense<T>& Z, T* dA) const;

private:
  CsrView<T> A_;
  Index width_;
  int threads_;
  kernels::Plan plan_;
  mutable Buffer<T> partials_;
};

/// One hop on either back end: out = c A X + b base.
template <Real T>
class Hopper {
public:
  Hopper(const CsrView<T>& A, Index width, const DiffuseOptions& how);
  [[nodiscard]] const Hops<T>& hops() const { return hops_; }
  void apply(T c, const Dense<T>& X, T b, const Dense<T>* base, Dense<T>& out) const;

private:
  CsrView<T> A_;
  Hops<T> hops_;
  Backend backend_;
};

/// The checked inputs of one call.
template <Real T>
struct Problem {
  const CsrView<T>& A;
  View<const T> V;
  const DiffuseOptions& how;
  double largest = 0; ///< max |V|
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

/// Throws what the documentation of `diffuse` promises; returns max |V|.
template <Real T>
[[nodiscard]] double require_inputs(const CsrView<T>& A, View<const T> V,
                                    const DiffuseOptions& how);
/// Refuses a matrix that is not reversible, unless forced.
template <Real T>
void require_reversible(const CsrView<T>& A, const DiffuseOptions& how);

/// ||aV - (I-(1-a)A)Z||_max / a: how far Z can be from the limit.
template <Real T>
[[nodiscard]] double distance_bound(const Hopper<T>& hopper, T alpha, const Dense<T>& Z,
                                    const Dense<T>& V, int threads);

} // namespace attnwalk::diffusion
