// SPDX-License-Identifier: Apache-2.0
// Private to `diffusion` and `layers`: the recurrence of the Diffuser, forward and in reverse, for
// every head of every sequence at once.
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/kernels/edge_ops.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace attnwalk::diffusion {

/// Products with the weights A of every head. Dense arrays are batch x heads x n x width, padded as
/// EdgeOps wants them.
template <Real T>
class WalkProducts {
public:
  /// On the fused kernels. @param A  one weight per entry of every head, head after head
  WalkProducts(const kernels::PlanBatch& plans, Index batch, Index heads, const T* A, int threads)
      : ops_(std::in_place, plans, batch, heads, threads), weights_(A) {}
  /// One head as a GraphBLAS program, forward only.
  explicit WalkProducts(const CsrView<T>& A) : matrix_(A) {}

  /// out = c A X + b base; with b = 0 no base is read.
  void apply(T c, View<const T> X, T b, View<const T> base, View<T> out);
  /// out = c A' X.
  void apply_transposed(T c, View<const T> X, View<T> out) {
    ops_->sum(kernels::By::key, c, weights_, X, out);
  }
  /// dA_ij += c g_i . x_j on the entries of A.
  void edge_gradient(T c, View<const T> G, View<const T> X, T* dA) { ops_->edge_dot(c, G, X, dA); }
  [[nodiscard]] kernels::EdgeOps<T>& ops() { return *ops_; }

private:
  std::optional<kernels::EdgeOps<T>> ops_;
  const T* weights_ = nullptr;
  CsrView<T> matrix_;
};

/// Z_0 = first, Z_(k+1) from hop(Z_k, k, out); goes on while more(k).
template <Real T, class More, class Hop>
[[nodiscard]] Dense<T> iterate(View<const T> first, More more, Hop hop) {
  Dense<T> Z;
  Dense<T> next;
  Index k = 0;
  for (; more(k); ++k) {
    if (k < 2) // two arrays take turns
      next = Dense<T>::unset(first.shape);
    hop(k == 0 ? first : std::as_const(Z).view(), k, next.view());
    std::swap(Z, next);
  }
  return k == 0 ? kernels::copied(first) : std::move(Z);
}

/// Which numbers are dropped after each hop, and in which order heads and hops draw.
struct HopDropout {
  double rate = 0;
  Key key = {};
  Index hops = 0;  ///< of the whole recurrence
  Index width = 0; ///< of V, without padding
};

/// Y_0 = V, Y_(k+1) = drop_k(c A Y_k + b V). The Diffuser's iteration is c = 1 - a and b = a; b = 1
/// gives the truncated sum of (1-a)^k A^k V by Horner's rule.
template <Real T>
class Recurrence {
public:
  /// @param A, V  must outlive this
  Recurrence(WalkProducts<T>& A, View<const T> V, T c, T b, int threads,
             const HopDropout& dropout = {})
      : A_(A), V_(V), c_(c), b_(b), threads_(threads), dropout_(dropout) {}

  /// out = Y_(k+1) from Y = Y_k.
  void hop(View<const T> Y, Index k, View<T> out) const;

  /// Y_hops.
  [[nodiscard]] Dense<T> forward(Index hops, Monitor* monitor, const char* what) const;

  /// From G = dL/dY_hops, padded: adds dL/dA to dA, one number per entry of every head, and returns
  /// dL/dV, padded.
  [[nodiscard]] Dense<T> backward(Dense<T> G, Index hops, Memory memory, T* dA, Monitor* monitor,
                                  const char* what) const;

private:
  /// X times the factors of hop k under dropout, in place.
  void drop(View<T> X, Index k) const;

  WalkProducts<T>& A_;
  View<const T> V_;
  T c_;
  T b_;
  int threads_;
  HopDropout dropout_;
};

} // namespace attnwalk::diffusion
