// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/layers/sbm.hpp"

#include "attnwalk/kernels/dense_rows.hpp"

#include <utility>

namespace attnwalk::layers {

template <Real T>
SbmResult<T> SbmAttention<T>::forward(View<const T> Q, View<const T> K, View<const T> V,
                                      const SbmParameters<T>& parameters,
                                      const SampledOptions& how) const {
  sbm::HeadOptions model = model_;
  model.threads = how.threads;
  sbm::Heads<T> heads = sbm::heads<T>(Q, K, parameters.C.view(), parameters.f, model);
  if (!how.backward)
    heads.kept.clear();
  SampledResult<T> sampled = attend_sampled(Q, K, V, heads.models, how);
  return {std::move(sampled), std::move(heads)};
}

template <Real T>
SbmGradients<T> SbmAttention<T>::backward(View<const T> Q, View<const T> K, View<const T> V,
                                          const SbmParameters<T>& parameters,
                                          const SbmResult<T>& result, View<const T> G) const {
  SampledGradients<T> attended =
      attend_sampled_backward<T>(Q, K, V, result.heads.models, result, G);
  sbm::HeadGradients<T> through = sbm::heads_backward<T>(Q, K, parameters.C.view(), parameters.f,
                                                         result.heads, attended.d_models);
  // dQ and dK come through the scores and through the models.
  const int threads = result.options.threads;
  kernels::combine<T>(1, std::as_const(through.dq).view(), 1, attended.dQ.view(), threads);
  kernels::combine<T>(1, std::as_const(through.dk).view(), 1, attended.dK.view(), threads);
  return {std::move(attended.dQ), std::move(attended.dK), std::move(attended.dV),
          std::move(through.dC), std::move(through.df)};
}

template class SbmAttention<float>;
template class SbmAttention<double>;

} // namespace attnwalk::layers
