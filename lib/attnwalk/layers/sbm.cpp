// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/layers/sbm.hpp"

#include "attnwalk/layers/doubles.hpp"

#include <utility>

namespace attnwalk::layers {
namespace {

sbm::HeadOptions on_threads(sbm::HeadOptions model, int threads) {
  model.threads = threads;
  return model;
}

/// to += from.
template <class T>
void add(const Dense<double>& from, Dense<T>& to) {
  for (Index x = 0; x < to.shape().size(); ++x)
    to.data()[x] = static_cast<T>(to.data()[x] + from.data()[x]);
}

} // namespace

template <Real T>
SbmResult<T> SbmAttention<T>::forward(View<const T> Q, View<const T> K, View<const T> V,
                                      const SampledOptions& how) const {
  sbm::Heads heads = sbm::heads(Doubles<T>(Q).view(), Doubles<T>(K).view(), C_.view(), f_,
                                on_threads(model_, how.threads));
  if (!how.backward)
    heads.kept.clear();
  SampledResult<T> sampled = attend_sampled(Q, K, V, heads.models, how);
  return {std::move(sampled), std::move(heads)};
}

template <Real T>
SbmGradients<T> SbmAttention<T>::backward(View<const T> Q, View<const T> K, View<const T> V,
                                          const SbmResult<T>& result, View<const T> G,
                                          const SampledOptions& how) const {
  SampledGradients<T> attended =
      attend_sampled_backward<T>(Q, K, V, result.heads.models, result, G, how);
  sbm::HeadGradients through =
      sbm::heads_backward(Doubles<T>(Q).view(), Doubles<T>(K).view(), C_.view(), f_, result.heads,
                          attended.d_models, on_threads(model_, how.threads));
  add(through.dq, attended.dQ);
  add(through.dk, attended.dK);
  return {std::move(attended.dQ), std::move(attended.dK), std::move(attended.dV),
          std::move(through.dC), std::move(through.df)};
}

template class SbmAttention<float>;
template class SbmAttention<double>;

} // namespace attnwalk::layers
