// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/diffusion/methods.hpp"
#include "attnwalk/kernels/checks.hpp"

#include <utility>

namespace attnwalk::diffusion {

// Both methods are Y = c A Y + b V from Y = V, and Z = s Y.
template <Real T>
DiffuseGradients<T> Diffusion<T>::backward(View<const T> V, const Diffused<T>& result,
                                           View<const T> G, Memory memory) const {
  require(state_ != nullptr, Code::domain, "this Diffusion has no matrix: assign one that has");
  const DiffuseOptions& how = result.how;
  const CsrView<T>& A = state_->matrix();
  static_cast<void>(require_inputs(A, V, how));
  require(how.method == Method::diffuser || how.method == Method::truncated, Code::domain,
          "method ", to_string(how.method), " has no backward pass; use diffuser or truncated");
  require(!how.tolerance, Code::domain, "a backward pass needs a number of hops, not a tolerance");
  require(how.backend == Backend::fused, Code::domain,
          "the backward pass of diffusion runs on the fused back end");
  kernels::require_shape("G", G.shape, V.shape);
  const T a = static_cast<T>(how.alpha);
  const bool diffuser = how.method == Method::diffuser;
  const Index lanes = kernels::row_lanes<T>();
  WalkProducts<T> products(state_->plans(how.threads), 1, 1, A.values, how.threads);
  const kernels::PaddedInput<T> values(V, lanes, how.threads);
  const Recurrence<T> recurrence(products, values.view(), 1 - a, diffuser ? a : T{1}, how.threads);
  DiffuseGradients<T> out;
  out.dA.assign(static_cast<std::size_t>(A.entries()), T{0});
  // dL/dY = s G
  Dense<T> upstream = kernels::padded_copy(G, lanes, how.threads);
  kernels::combine<T>(0, upstream.view(), diffuser ? T{1} : a, upstream.view(), how.threads);
  out.dV = kernels::unpadded(recurrence.backward(std::move(upstream), how.hops, memory,
                                                 out.dA.data(), how.monitor, "diffuse_backward"),
                             V.shape.width, how.threads);
  return out;
}

template DiffuseGradients<float> Diffusion<float>::backward(View<const float>,
                                                            const Diffused<float>&,
                                                            View<const float>, Memory) const;
template DiffuseGradients<double> Diffusion<double>::backward(View<const double>,
                                                              const Diffused<double>&,
                                                              View<const double>, Memory) const;

} // namespace attnwalk::diffusion
