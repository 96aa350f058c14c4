// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/attend.hpp"

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
Buffer<T> read_as_drawn(const Drawn& drawn, const pattern::PatternBatch& patterns,
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
                   const pattern::PatternBatch& P, std::span<const kernels::Plan> plans,
                   const AttendOptions& how, std::span<const T> bias) {
  const Shape& q = Q.shape;
  const Shape& k = K.shape;
  require(k.heads >= 1 && q.heads % k.heads == 0, Code::shape, "Q has ", q.heads,
          " heads, not a multiple of the ", k.heads, " heads of K");
  require_shape("K", k, {q.batch, k.heads, P.cols(), q.width});
  require_shape("V", V.shape, {q.batch, k.heads, P.cols(), V.shape.width});
  require_patterns(P, q);
  require(how.dropout >= 0 && how.dropout < 1, Code::domain, "dropout = ", how.dropout,
          " must be in [0, 1)");
  require(std::isfinite(how.scale), Code::domain, "scale = ", how.scale, " must be finite");
  require(how.storage == Storage::full || (sizeof(T) == sizeof(float)), Code::domain,
          "bfloat16 storage is for float inputs, not double");
  require(how.storage == Storage::full || how.backend == Backend::fused, Code::domain,
          "bfloat16 storage needs the fused back end");
  const auto width = static_cast<double>(q.width);
  Problem<T> problem{
      Q, K, V, P, plans, how, bias, how.scale == 0 && width > 0 ? 1 / std::sqrt(width) : how.scale};
  require_bias(problem);
  if (how.empty_rows == EmptyRows::error)
    require_edges(P);
  if (!how.assumed_valid) {
    require_finite("Q", Q, how.threads);
    require_finite("K", K, how.threads);
    require_finite("V", V, how.threads);
  }
  return problem;
}

} // namespace

template <Real T>
std::vector<Index> Problem<T>::entry_starts() const {
  std::vector<Index> starts{0};
  for (Index b = 0; b < batch(); ++b)
    for (Index h = 0; h < heads(); ++h)
      starts.push_back(starts.back() + pattern(b, h).entries());
  return starts;
}

template <Real T>
const T* Problem<T>::bias_of(Index b, Index h) const {
  if (bias.empty())
    return nullptr;
  Index start = 0;
  for (Index p = 0; p < patterns.number(b, h); ++p)
    start += patterns.patterns()[static_cast<std::size_t>(p)].entries();
  return bias.data() + start;
}

template <Real T>
kernels::Dropout Problem<T>::dropout(Index b, Index h) const {
  const auto head = static_cast<std::uint64_t>(b * heads() + h);
  return kernels::dropout_of(how.dropout, RandomStream(how.key, head).bits());
}

template <Real T>
Attention<T>::Attention(pattern::PatternBatch P, Index row_width, bool backward)
    : patterns_(std::move(P)) {
  require(row_width >= 0, Code::shape, "row_width = ", row_width, " must not be negative");
  const kernels::PlanOptions how{.transpose = backward,
                                 .row_bytes = row_width * static_cast<Index>(sizeof(T))};
  for (const pattern::Pattern& pattern : patterns_.patterns())
    plans_.emplace_back(pattern.view(), how);
}

template <Real T>
Attended<T> Attention<T>::forward(View<const T> Q, View<const T> K, View<const T> V,
                                  const AttendOptions& how, std::span<const T> bias) const {
  const Buffer<T> drawn = read_as_drawn(how.drawn, patterns_, bias);
  const Problem<T> problem =
      checked(Q, K, V, patterns_, plans_, how, drawn.empty() ? bias : std::span<const T>(drawn));
  return how.backend == Backend::fused ? forward_fused(problem) : forward_graphblas(problem);
}

template <Real T>
AttendGradients<T> Attention<T>::backward(View<const T> Q, View<const T> K, View<const T> V,
                                          const Attended<T>& result, View<const T> G,
                                          const AttendOptions& how, std::span<const T> bias) const {
  const Buffer<T> drawn = read_as_drawn(how.drawn, patterns_, bias);
  const Problem<T> problem =
      checked(Q, K, V, patterns_, plans_, how, drawn.empty() ? bias : std::span<const T>(drawn));
  const Shape out{Q.shape.batch, Q.shape.heads, Q.shape.tokens, V.shape.width};
  require_shape("G", G.shape, out);
  require_shape("the result Z", result.Z.shape(), out);
  require_shape("the result lse (ask forward for it with lse = true)", result.lse.shape(),
                {out.batch, out.heads, out.tokens, 1});
  if (!how.assumed_valid)
    require_finite("G", G, how.threads);
  if constexpr (std::is_same_v<T, float>)
    if (how.storage == Storage::bfloat16) { // the weights and their lse are those of rounded rows
      const Dense<float> k = kernels::rounded_to_bfloat16(K, how.threads);
      const Dense<float> v = kernels::rounded_to_bfloat16(V, how.threads);
      Problem<T> rounded = problem;
      rounded.K = k.view();
      rounded.V = v.view();
      return backward_fused(rounded, result, G);
    }
  return how.backend == Backend::fused ? backward_fused(problem, result, G)
                                       : backward_graphblas(problem, result, G);
}

template struct Problem<float>;
template struct Problem<double>;
template class Attention<float>;
template class Attention<double>;

} // namespace attnwalk::attention
