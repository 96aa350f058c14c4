// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/layers/diffuser.hpp"

#include "attnwalk/attention/checks.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/layers/diffuser_passes.hpp"

#include <cmath>
#include <utility>

namespace attnwalk::layers {
namespace {

using attention::require_finite;
using attention::require_patterns;
using attention::require_shape;
using kernels::Input;
using kernels::Output;

void require_rate(const char* name, double rate) {
  require(rate >= 0 && rate < 1, Code::domain, name, " = ", rate, " must be in [0, 1)");
}

template <class T>
void require_inputs(const pattern::PatternBatch& P, View<const T> Q, View<const T> K,
                    View<const T> V, const DiffuserOptions& how) {
  const Shape& q = Q.shape;
  require_patterns(P, q);
  require_shape("K", K.shape, q);
  require_shape("V", V.shape, {q.batch, q.heads, q.tokens, V.shape.width});
  require(how.alpha >= 0 && how.alpha <= 1, Code::domain, "alpha = ", how.alpha,
          " must be in [0, 1]");
  require(how.hops >= 0, Code::domain, "hops = ", how.hops, " must be 0 or more");
  require(std::isfinite(how.scale), Code::domain, "scale = ", how.scale, " must be finite");
  require_rate("attention_dropout", how.attention_dropout);
  require_rate("hop_dropout", how.hop_dropout);
  if (how.empty_rows == attention::EmptyRows::error)
    attention::require_edges(P);
  if (how.assumed_valid)
    return;
  require_finite("Q", Q, how.threads);
  require_finite("K", K, how.threads);
  require_finite("V", V, how.threads);
}

template <class T>
Dense<T> wide(const Passes<T>& passes, View<const T> X, int threads) {
  Dense<T> out(passes.wide_shape());
  kernels::pad_rows(X, out.data(), passes.width(), threads);
  return out;
}

template <class T>
Dense<T> narrow(const Passes<T>& passes, const Dense<T>& X, Shape shape, int threads) {
  Dense<T> out(shape);
  kernels::unpad_rows(X.data(), passes.width(), out.view(), threads);
  return out;
}

// Runs the hops and keeps every stride-th Z; `before(k)` is the Z that hop k + 1 starts from.
template <class T>
class Tape {
public:
  Tape(Passes<T>& passes, const T* A, const Dense<T>& V, Index hops, Index stride)
      : passes_(passes), A_(A), V_(V), stride_(stride), last_(V) {
    for (Index k = 0; k < hops; ++k) {
      if (k % stride_ == 0)
        kept_.push_back(last_);
      last_ = after(last_, k);
    }
  }
  [[nodiscard]] Dense<T>& result() { return last_; }
  [[nodiscard]] const Dense<T>& before(Index k) {
    const Index stretch = k / stride_;
    if (stretch != current_) {
      stretch_.assign(1, kept_[static_cast<std::size_t>(stretch)]);
      current_ = stretch;
    }
    while (static_cast<Index>(stretch_.size()) <= k % stride_)
      stretch_.push_back(
          after(stretch_.back(), stretch * stride_ + static_cast<Index>(stretch_.size()) - 1));
    return stretch_[static_cast<std::size_t>(k % stride_)];
  }

private:
  [[nodiscard]] Dense<T> after(const Dense<T>& Z, Index k) {
    Dense<T> next(Z.shape());
    passes_.hop(A_, Z, V_, k, next);
    return next;
  }
  Passes<T>& passes_;
  const T* A_;
  const Dense<T>& V_;
  Index stride_;
  Index current_ = -1;
  Dense<T> last_;
  std::vector<Dense<T>> kept_;
  std::vector<Dense<T>> stretch_;
};

} // namespace

template <Real T>
Diffuser<T>::Diffuser(pattern::PatternBatch P, Index value_width) : patterns_(std::move(P)) {
  require(patterns_.rows() == patterns_.cols(), Code::shape, "a pattern of ", patterns_.rows(),
          " x ", patterns_.cols(), " is not square: diffusion walks from tokens to tokens");
  for (const pattern::Pattern& pattern : patterns_.patterns())
    plans_.emplace_back(
        pattern.view(),
        kernels::PlanOptions{.transpose = true,
                             .row_bytes = value_width * static_cast<Index>(sizeof(T))});
}

template <Real T>
DiffuserResult<T> Diffuser<T>::forward(View<const T> Q, View<const T> K, View<const T> V,
                                       const DiffuserOptions& how) const {
  require_inputs(patterns_, Q, K, V, how);
  Passes<T> passes(patterns_, plans_, Q.shape, V.shape, how);
  require_memory("the attention weights of all heads",
                 2.0 * sizeof(T) * static_cast<double>(passes.entries()));
  const Index lanes = kernels::edge_kernels<T>(isa()).lanes;
  DiffuserResult<T> result;
  result.weights.resize(static_cast<std::size_t>(passes.entries()));
  poll(how.monitor, "diffuser: attention", 0);
  passes.weights(Input<T>(Q, lanes, how.threads), Input<T>(K, lanes, how.threads),
                 result.weights.data());
  Buffer<T> dropped;
  const T* A = result.weights.data();
  if (how.attention_dropout > 0) {
    dropped.resize(result.weights.size());
    passes.drop_edges(A, dropped.data());
    A = dropped.data();
  }
  // Z = (1-a) A Z + a V
  const Dense<T> values = wide(passes, V, how.threads);
  Dense<T> Z = values;
  Dense<T> next(Z.shape());
  for (Index k = 0; k < how.hops; ++k) {
    poll(how.monitor, "diffuser: hops", static_cast<double>(k) / static_cast<double>(how.hops));
    passes.hop(A, Z, values, k, next);
    std::swap(Z, next);
  }
  result.Z = narrow(passes, Z, V.shape, how.threads);
  return result;
}

template <Real T>
DiffuserGradients<T> Diffuser<T>::backward(View<const T> Q, View<const T> K, View<const T> V,
                                           const DiffuserResult<T>& result, View<const T> G,
                                           const DiffuserOptions& how) const {
  require_inputs(patterns_, Q, K, V, how);
  require_shape("G", G.shape, V.shape);
  if (!how.assumed_valid)
    require_finite("G", G, how.threads);
  Passes<T> passes(patterns_, plans_, Q.shape, V.shape, how);
  require(static_cast<Index>(result.weights.size()) == passes.entries(), Code::shape,
          "the result holds ", result.weights.size(), " weights for ", passes.entries(),
          " entries");
  const Index lanes = kernels::edge_kernels<T>(isa()).lanes;
  const Index K_hops = how.hops;
  const auto root = static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(K_hops))));
  const Index stride = how.memory == diffusion::Memory::store ? 1 : std::max<Index>(1, root);

  Buffer<T> dropped;
  const T* A = result.weights.data();
  if (how.attention_dropout > 0) {
    dropped.resize(result.weights.size());
    passes.drop_edges(A, dropped.data());
    A = dropped.data();
  }
  const Dense<T> values = wide(passes, V, how.threads);
  Tape<T> tape(passes, A, values, K_hops, stride);
  // Through the hops: with G_k before the dropout of hop k,
  // dV += a G_k,  dA_ij += (1-a) G_k,i . Z_(k-1),j,  G_(k-1) = (1-a) A' G_k
  DiffuserGradients<T> out;
  out.d_score.assign(result.weights.size(), T{0});
  Dense<T> upstream = wide(passes, G, how.threads);
  Dense<T> next(upstream.shape());
  Dense<T> dV(upstream.shape());
  for (Index k = K_hops - 1; k >= 0; --k) {
    poll(how.monitor, "diffuser_backward: hops",
         static_cast<double>(K_hops - 1 - k) / static_cast<double>(K_hops));
    passes.drop_numbers(upstream, k);
    kernels::combine<T>(static_cast<T>(how.alpha), upstream.view(), 1, dV.view(), how.threads);
    passes.edge_gradient(upstream, tape.before(k), out.d_score.data());
    passes.hop_back(A, upstream, next);
    std::swap(upstream, next);
  }
  kernels::combine<T>(1, upstream.view(), 1, dV.view(), how.threads);
  out.dV = narrow(passes, dV, V.shape, how.threads);
  // Through the dropout and the softmax: dL/dw = kept dA, dL/ds = w (dL/dw - sum w dL/dw)
  poll(how.monitor, "diffuser_backward: attention", 1);
  if (how.attention_dropout > 0)
    passes.drop_edges(out.d_score.data(), out.d_score.data());
  passes.through_softmax(result.weights.data(), out.d_score.data());
  Output<T> dQ(Q.shape, lanes);
  Output<T> dK(K.shape, lanes);
  passes.query_gradient(out.d_score.data(), Input<T>(K, lanes, how.threads), dQ);
  passes.key_gradient(out.d_score.data(), Input<T>(Q, lanes, how.threads), dK);
  out.dQ = dQ.finish(how.threads);
  out.dK = dK.finish(how.threads);
  return out;
}

template class Diffuser<float>;
template class Diffuser<double>;

} // namespace attnwalk::layers
