// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/attention.hpp"

#include "attnwalk/attention/checks.hpp"
#include "attnwalk/attention/problem.hpp"
#include "attnwalk/kernels/dense_rows.hpp"

#include <cmath>
#include <type_traits>
#include <utility>

namespace attnwalk::attention {
namespace {

std::size_t entries_of(const pattern::PatternBatch& patterns) {
  std::size_t entries = 0;
  for (const pattern::Pattern& P : patterns.patterns())
    entries += static_cast<std::size_t>(P.entries());
  return entries;
}

template <class T>
void require_bias(const Problem<T>& problem) {
  if (problem.bias.empty())
    return;
  const std::size_t entries = entries_of(problem.patterns);
  require(problem.bias.size() == entries, Code::shape, problem.bias.size(),
          " edge biases given for ", entries, " entries");
  if (!problem.how.assumed_valid)
    for (std::size_t e = 0; e < problem.bias.size(); ++e)
      require(std::isfinite(problem.bias[e]), Code::domain, "the bias of entry ", e, " is ",
              problem.bias[e], "; it must be finite");
}

/// bias + ln copies - ln rate; empty if there are neither copies nor rates.
template <class T>
Buffer<T> read_as_drawn(const EdgeMultiplicity& drawn, const pattern::PatternBatch& patterns,
                        std::span<const T> bias) {
  const auto& [copies, rate] = drawn;
  Buffer<T> total;
  if (copies.empty() && rate.empty())
    return total;
  const std::size_t entries = entries_of(patterns);
  require(copies.empty() || copies.size() == entries, Code::shape, copies.size(),
          " numbers of copies given for ", entries, " entries");
  require(rate.empty() || rate.size() == entries, Code::shape, rate.size(), " rates given for ",
          entries, " entries");
  require(bias.empty() || bias.size() == entries, Code::shape, bias.size(),
          " edge biases given for ", entries, " entries");
  total.resize(entries);
  for (std::size_t e = 0; e < entries; ++e) {
    const double count = copies.empty() ? 1 : copies[e];
    const double mean = rate.empty() ? 1 : rate[e];
    require(count > 0, Code::domain, "entry ", e,
            " was drawn 0 times; an entry has 1 copy or more");
    require(mean > 0 && std::isfinite(mean), Code::domain, "the rate of entry ", e, " is ", mean,
            "; what was drawn has a positive one");
    total[e] = static_cast<T>((bias.empty() ? 0 : bias[e]) + std::log(count) - std::log(mean));
  }
  return total;
}

template <class T>
Problem<T> checked(View<const T> Q, View<const T> K, View<const T> V,
                   const pattern::PatternBatch& P, const kernels::PlanBatch& plans,
                   const AttendOptions& how, std::span<const T> bias) {
  const Shape& q = Q.shape;
  const Shape& k = K.shape;
  require(k.heads >= 1 && q.heads % k.heads == 0, Code::shape, "Q has ", q.heads,
          " heads, not a multiple of the ", k.heads, " heads of K");
  kernels::require_shape("K", k, {q.batch, k.heads, P.cols(), q.width});
  kernels::require_shape("V", V.shape, {q.batch, k.heads, P.cols(), V.shape.width});
  require_patterns(P, q);
  require_rate("dropout", how.dropout);
  require(how.storage == Storage::full || (sizeof(T) == sizeof(float)), Code::domain,
          "bfloat16 storage is for float inputs, not double");
  require(how.storage == Storage::full || how.backend == Backend::fused, Code::domain,
          "bfloat16 storage needs the fused back end");
  Problem<T> problem{Q, K, V, P, plans, how, bias, score_scale(how.scale, q.width)};
  require_bias(problem);
  require_keys(P, how.empty_rows);
  if (!how.assumed_valid) {
    kernels::require_finite("Q", Q, how.threads);
    kernels::require_finite("K", K, how.threads);
    kernels::require_finite("V", V, how.threads);
  }
  return problem;
}

} // namespace

template <Real T>
struct Attention<T>::State {
  pattern::PatternBatch patterns;
  kernels::PlanBatch plans;
};

template <Real T>
Attention<T>::Attention(pattern::PatternBatch P, Index row_width, bool backward, int threads) {
  require(row_width >= 0, Code::shape, "row_width = ", row_width, " must not be negative");
  auto plans = kernels::PlanBatch::of(P, {.transpose = backward,
                                          .row_bytes = row_width * static_cast<Index>(sizeof(T)),
                                          .threads = threads});
  state_ = std::make_shared<const State>(State{std::move(P), std::move(plans)});
}

template <Real T>
const pattern::PatternBatch& Attention<T>::patterns() const {
  require(state_ != nullptr, Code::domain, "this Attention has no patterns: assign one that has");
  return state_->patterns;
}

template <Real T>
const kernels::PlanBatch& Attention<T>::plans() const {
  require(state_ != nullptr, Code::domain, "this Attention has no patterns: assign one that has");
  return state_->plans;
}

template <Real T>
Attended<T> Attention<T>::forward(View<const T> Q, View<const T> K, View<const T> V,
                                  const AttendOptions& how, std::span<const T> bias,
                                  const EdgeMultiplicity& drawn, Attended<T> reuse) const {
  const Buffer<T> total = read_as_drawn(drawn, patterns(), bias);
  const Problem<T> problem =
      checked(Q, K, V, patterns(), plans(), how, total.empty() ? bias : std::span<const T>(total));
  Attended<T> result = how.backend == Backend::fused ? forward_fused(problem, std::move(reuse))
                                                     : forward_graphblas(problem);
  result.how = how;
  return result;
}

template <Real T>
AttendGradients<T> Attention<T>::backward(View<const T> Q, View<const T> K, View<const T> V,
                                          const Attended<T>& result, View<const T> G,
                                          std::span<const T> bias, const EdgeMultiplicity& drawn,
                                          AttendGradients<T> reuse) const {
  const AttendOptions& how = result.how;
  const Buffer<T> total = read_as_drawn(drawn, patterns(), bias);
  const Problem<T> problem =
      checked(Q, K, V, patterns(), plans(), how, total.empty() ? bias : std::span<const T>(total));
  const Shape out{Q.shape.batch, Q.shape.heads, Q.shape.tokens, V.shape.width};
  kernels::require_shape("G", G.shape, out);
  kernels::require_shape("the result Z", result.Z.shape(), out);
  kernels::require_shape("the result lse (ask forward for it with lse = true)", result.lse.shape(),
                         {out.batch, out.heads, out.tokens, 1});
  if (!how.assumed_valid)
    kernels::require_finite("G", G, how.threads);
  if constexpr (std::is_same_v<T, float>)
    if (how.storage == Storage::bfloat16) { // the weights and their lse are those of rounded rows
      const Dense<float> k = kernels::rounded_to_bfloat16(K, how.threads);
      const Dense<float> v = kernels::rounded_to_bfloat16(V, how.threads);
      Problem<T> rounded = problem;
      rounded.K = k.view();
      rounded.V = v.view();
      return backward_fused(rounded, result, G, std::move(reuse));
    }
  return how.backend == Backend::fused ? backward_fused(problem, result, G, std::move(reuse))
                                       : backward_graphblas(problem, G);
}

template class Attention<float>;
template class Attention<double>;

} // namespace attnwalk::attention
