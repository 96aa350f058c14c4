// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/diffusion/recurrence.hpp"

#include "attnwalk/core/memory.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"
#include "attnwalk/kernels/dense_rows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace attnwalk::diffusion {
namespace {

// Hops from one that is kept to the next: 1, or about sqrt(hops) where the others are recomputed.
Index tape_stride(Memory memory, Index hops) {
  const auto root = static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(hops))));
  return memory == Memory::store ? 1 : std::max<Index>(1, root);
}

// Y_0 .. Y_(hops-1) of a recurrence, to be read from the last to the first. Every stride-th is
// kept; between two that are kept the others are computed again, once.
template <Real T>
class Tape {
public:
  Tape(const Recurrence<T>& recurrence, View<const T> first, Index hops, Index stride)
      : recurrence_(recurrence), first_(first), stride_(stride) {
    Dense<T> before;
    for (Index k = 0; k + 1 < hops; ++k) {
      Dense<T> next = after(k == 0 ? first : std::as_const(before).view(), k);
      if (k > 0 && k % stride_ == 0)
        kept_.push_back(std::move(before));
      before = std::move(next);
    }
    if (hops > 1 && (hops - 1) % stride_ == 0)
      kept_.push_back(std::move(before));
  }

  /// Y_k, valid until the next call.
  [[nodiscard]] View<const T> at(Index k) {
    const Index start = k - k % stride_;
    if (start != start_) {
      recomputed_.clear();
      start_ = start;
    }
    while (start + static_cast<Index>(recomputed_.size()) < k) {
      const auto number = static_cast<Index>(recomputed_.size());
      recomputed_.push_back(after(
          number == 0 ? kept(start) : std::as_const(recomputed_.back()).view(), start + number));
    }
    return k == start ? kept(start) : std::as_const(recomputed_[k - start - 1]).view();
  }

private:
  [[nodiscard]] View<const T> kept(Index k) const {
    return k == 0 ? first_ : kept_[k / stride_ - 1].view();
  }
  [[nodiscard]] Dense<T> after(View<const T> Y, Index k) const {
    Dense<T> next = Dense<T>::unset(Y.shape);
    recurrence_.hop(Y, k, next.view());
    return next;
  }

  const Recurrence<T>& recurrence_;
  View<const T> first_;
  Index stride_;
  Index start_ = 0;
  std::vector<Dense<T>> kept_;       ///< Y_stride, Y_(2 stride), ...
  std::vector<Dense<T>> recomputed_; ///< Y_(start+1), Y_(start+2), ...
};

} // namespace

template <Real T>
void WalkProducts<T>::apply(T c, View<const T> X, T b, View<const T> base, View<T> out) {
  if (ops_) {
    ops_->sum(kernels::By::query, c, weights_, X, out, base, b);
    return;
  }
  // C = b base;  C = C + (c A) X, into a matrix that is full from the start
  const grb::Type type = sizeof(T) == sizeof(float) ? grb::Type::fp32 : grb::Type::fp64;
  grb::Matrix C = b == 0 ? grb::filled(type, X.shape.tokens, X.shape.width, 0)
                         : grb::scale(grb::from_dense(base), static_cast<double>(b));
  grb::mxm_into(C, grb::scale(grb::from_csr(matrix_), static_cast<double>(c)), grb::from_dense(X));
  const Dense<T> product = grb::to_dense<T>(C);
  kernels::unpad_rows<T>(product.data(), product.shape().width, out, 0);
}

template <Real T>
void Recurrence<T>::hop(View<const T> Y, Index k, View<T> out) const {
  // Y_(k+1) = c A Y_k + b V, then dropout
  A_.apply(c_, Y, b_, V_, out);
  drop(out, k);
}

template <Real T>
void Recurrence<T>::drop(View<T> X, Index k) const {
  if (dropout_.rate == 0)
    return;
  const Key key{dropout_.key.seed, dropout_.key.stream ^ stream_of("hop_dropout")};
  for (Index b = 0; b < X.shape.batch; ++b)
    for (Index h = 0; h < X.shape.heads; ++h) {
      const Index number = (b * X.shape.heads + h) * (dropout_.hops + 1) + k;
      kernels::drop_numbers(X.head(b, h), dropout_.width,
                            kernels::head_dropout({dropout_.rate, key}, number), threads_);
    }
}

template <Real T>
Dense<T> Recurrence<T>::forward(Index hops, Monitor* monitor, const char* what) const {
  return iterate(
      V_, [&](Index k) { return k < hops; },
      [&](View<const T> Y, Index k, View<T> out) {
        poll(monitor, what, static_cast<double>(k) / static_cast<double>(hops));
        hop(Y, k, out);
      });
}

// In the forward pass this was Y_(k+1) = drop_k(c A Y_k + b V) with Y_0 = V. So now, with
// G_k = dL/dY_k and F_k = drop_k(G_(k+1)), for k from hops - 1 down to 0:
//   dV += b F_k,  dA_ij += c f_k,i . y_k,j,  G_k = c A' F_k,   and at last dV += G_0
template <Real T>
Dense<T> Recurrence<T>::backward(Dense<T> G, Index hops, Memory memory, T* dA, Monitor* monitor,
                                 const char* what) const {
  const Index stride = tape_stride(memory, hops);
  const Index arrays = hops / stride + stride + 4;
  require_memory("the hops that the backward pass keeps",
                 static_cast<double>(arrays) * static_cast<double>(sizeof(T)) *
                     static_cast<double>(G.shape().size()));
  Tape<T> tape(*this, V_, hops, stride);
  Dense<T> next = Dense<T>::unset(G.shape());
  Dense<T> dV(G.shape());
  for (Index k = hops - 1; k >= 0; --k) {
    poll(monitor, what, static_cast<double>(hops - 1 - k) / static_cast<double>(hops));
    drop(G.view(), k);
    kernels::combine<T>(b_, std::as_const(G).view(), 1, dV.view(), threads_);
    A_.edge_gradient(c_, std::as_const(G).view(), tape.at(k), dA);
    A_.apply_transposed(c_, std::as_const(G).view(), next.view());
    std::swap(G, next);
  }
  kernels::combine<T>(1, std::as_const(G).view(), 1, dV.view(), threads_);
  return dV;
}

template class WalkProducts<float>;
template class WalkProducts<double>;
template class Recurrence<float>;
template class Recurrence<double>;

} // namespace attnwalk::diffusion
