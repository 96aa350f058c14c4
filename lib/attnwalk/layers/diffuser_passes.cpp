// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/layers/diffuser_passes.hpp"

#include "attnwalk/kernels/padded.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::layers {

using kernels::Head;
using kernels::RowsOf;

namespace {

template <class T>
const kernels::EdgeKernels<T>& kernel() {
  return kernels::edge_kernels<T>(isa());
}

template <class T>
RowsOf<T> rows(const View<T>& X, Index b, Index h) {
  return {X.row(b, h, 0), X.strides[2]};
}

} // namespace

template <Real T>
Passes<T>::Passes(const pattern::PatternBatch& patterns, const std::vector<kernels::Plan>& plans,
                  const Shape& queries, const Shape& values, const DiffuserOptions& how)
    : patterns_(patterns), plans_(plans), queries_(queries), value_width_(values.width), how_(how),
      keep_(static_cast<T>(1 - how.alpha)), starts_{0} {
  const auto width = static_cast<double>(queries.width);
  scale_ = static_cast<T>(how.scale == 0 && width > 0 ? 1 / std::sqrt(width) : how.scale);
  for (Index b = 0; b < queries.batch; ++b)
    for (Index h = 0; h < queries.heads; ++h)
      starts_.push_back(starts_.back() + patterns.at(b, h).entries());
}

template <Real T>
Shape Passes<T>::wide_shape() const {
  return {queries_.batch, queries_.heads, queries_.tokens,
          kernels::padded(value_width_, kernel<T>().lanes)};
}

template <Real T>
template <class Fill>
std::vector<kernels::Task<T>> Passes<T>::tasks(By by, Index width, Fill fill) {
  std::vector<kernels::Task<T>> out;
  Index parts = 0;
  for (Index b = 0; b < queries_.batch; ++b)
    for (Index h = 0; h < queries_.heads; ++h) {
      const kernels::Plan& plan = plans_[static_cast<std::size_t>(patterns_.number(b, h))];
      const kernels::Layout& layout = by == By::query ? plan.by_query() : plan.by_key();
      Head<T> head;
      head.value_width = width;
      fill(head, b, h, starts_[static_cast<std::size_t>(b * queries_.heads + h)]);
      out.push_back({&layout, head});
      parts += layout.partials;
    }
  // Parts of split rows: one stretch of workspace per head.
  const Index size = kernels::partial_size(0, width);
  if (static_cast<Index>(partials_.size()) < parts * size)
    partials_.resize(static_cast<std::size_t>(parts * size));
  T* next = partials_.data();
  for (kernels::Task<T>& task : out) {
    task.head.partials = next;
    next += task.layout->partials * size;
  }
  return out;
}

template <Real T>
void Passes<T>::sum(By by, T scale, const T* E, View<const T> X, View<T> out, View<const T> base,
                    T base_scale) {
  const auto all = tasks(by, X.shape.width, [&](Head<T>& head, Index b, Index h, Index start) {
    head.V = rows(X, b, h);
    head.out = rows(out, b, h);
    head.scale = scale;
    if (base_scale != 0)
      head.base = rows(base, b, h);
    head.base_scale = base_scale;
    head.edge = const_cast<T*>(E) + start; // read by this pass
  });
  kernels::run<T>(kernel<T>().neighbor_sum, kernel<T>().merge_sum, all, how_.threads);
}

template <Real T>
void Passes<T>::weights(View<const T> Q, View<const T> K, T* edge) {
  const auto all = tasks(By::query, 0, [&](Head<T>& head, Index b, Index h, Index start) {
    head.Q = rows(Q, b, h);
    head.K = rows(K, b, h);
    head.width = Q.shape.width;
    head.scale = scale_;
    head.edge = edge + start;
  });
  kernels::run<T>(kernel<T>().scores, nullptr, all, how_.threads);
  kernels::run<T>(kernel<T>().softmax, nullptr, all, how_.threads);
}

template <Real T>
void Passes<T>::drop_edges(const T* edge, T* to) {
  const auto all = tasks(By::query, 0, [&](Head<T>& head, Index b, Index h, Index start) {
    head.edge = const_cast<T*>(edge) + start; // read by this pass
    head.edge2 = to + start;
    const auto number = static_cast<std::uint64_t>(b * queries_.heads + h);
    head.dropout =
        kernels::dropout_of(how_.attention_dropout, RandomStream(how_.key, number).bits());
  });
  kernels::run<T>(kernel<T>().drop, nullptr, all, how_.threads);
}

template <Real T>
void Passes<T>::hop(const T* A, View<const T> X, View<const T> V, Index hop, View<T> out) {
  sum(By::query, keep_, A, X, out, V, static_cast<T>(how_.alpha));
  drop_numbers(out, hop);
}

template <Real T>
void Passes<T>::hop_back(const T* A, View<const T> G, View<T> out) {
  sum(By::key, keep_, A, G, out);
}

template <Real T>
void Passes<T>::drop_numbers(View<T> G, Index hop) {
  if (how_.hop_dropout == 0)
    return;
  for (Index b = 0; b < queries_.batch; ++b)
    for (Index h = 0; h < queries_.heads; ++h) {
      const Index number = (b * queries_.heads + h) * (how_.hops + 1) + hop;
      const Key key{how_.key.seed, how_.key.stream ^ stream_of("hop_dropout")};
      const auto bits = RandomStream(key, static_cast<std::uint64_t>(number)).bits();
      kernels::drop_numbers(G.head(b, h), value_width_, kernels::dropout_of(how_.hop_dropout, bits),
                            how_.threads);
    }
}

template <Real T>
void Passes<T>::edge_gradient(View<const T> G, View<const T> X, T* dA) {
  const auto all =
      tasks(By::query, X.shape.width, [&](Head<T>& head, Index b, Index h, Index start) {
        head.G = rows(G, b, h);
        head.V = rows(X, b, h);
        head.scale = keep_;
        head.edge = dA + start;
      });
  kernels::run<T>(kernel<T>().edge_dot, nullptr, all, how_.threads);
}

template <Real T>
void Passes<T>::through_softmax(const T* A, T* dA) {
  const auto all = tasks(By::query, 0, [&](Head<T>& head, Index, Index, Index start) {
    head.edge = dA + start;
    head.edge2 = const_cast<T*>(A) + start;
  });
  kernels::run<T>(kernel<T>().softmax_gradient, nullptr, all, how_.threads);
}

template <Real T>
void Passes<T>::score_gradients(const T* dS, View<const T> Q, View<const T> K, View<T> dQ,
                                View<T> dK) {
  sum(By::query, scale_, dS, K, dQ);
  sum(By::key, scale_, dS, Q, dK);
}

template class Passes<float>;
template class Passes<double>;

} // namespace attnwalk::layers
