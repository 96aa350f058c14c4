// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/layers/diffuser_passes.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::layers {

using kernels::Head;
using kernels::Input;
using kernels::Output;
using kernels::RowsOf;

namespace {

template <class T>
const kernels::EdgeKernels<T>& kernel() {
  return kernels::edge_kernels<T>(isa());
}

template <class T>
RowsOf<const T> rows(const Dense<T>& X, Index b, Index h) {
  return {X.view().row(b, h, 0), X.shape().width};
}
template <class T>
RowsOf<T> rows(Dense<T>& X, Index b, Index h) {
  return {X.view().row(b, h, 0), X.shape().width};
}

} // namespace

template <Real T>
Passes<T>::Passes(const pattern::PatternBatch& patterns, const std::vector<kernels::Plan>& plans,
                  const Shape& queries, const Shape& values, const DiffuserOptions& how)
    : patterns_(patterns), plans_(plans), queries_(queries), how_(how),
      width_(kernels::padded(std::max<Index>(values.width, 1), kernel<T>().lanes)), starts_{0} {
  const auto width = static_cast<double>(queries.width);
  scale_ = static_cast<T>(how.scale == 0 && width > 0 ? 1 / std::sqrt(width) : how.scale);
  for (Index b = 0; b < queries.batch; ++b)
    for (Index h = 0; h < queries.heads; ++h)
      starts_.push_back(starts_.back() + patterns.at(b, h).entries());
}

template <Real T>
Shape Passes<T>::wide_shape() const {
  return {queries_.batch, queries_.heads, queries_.tokens, width_};
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
void Passes<T>::weights(const Input<T>& Q, const Input<T>& K, T* edge) {
  const auto all = tasks(By::query, 0, [&](Head<T>& head, Index b, Index h, Index start) {
    head.Q = Q.head(b, h);
    head.K = K.head(b, h);
    head.width = Q.width();
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
    head.dropout = kernels::dropout_of(how_.attention_dropout, Draws(how_.key, number).bits());
  });
  kernels::run<T>(kernel<T>().drop, nullptr, all, how_.threads);
}

template <Real T>
void Passes<T>::hop(const T* A, const Dense<T>& X, const Dense<T>& V, Index hop, Dense<T>& out) {
  const auto all = tasks(By::query, width_, [&](Head<T>& head, Index b, Index h, Index start) {
    head.V = rows(X, b, h);
    head.base = rows(V, b, h);
    head.out = rows(out, b, h);
    head.scale = static_cast<T>(1 - how_.alpha);
    head.base_scale = static_cast<T>(how_.alpha);
    head.edge = const_cast<T*>(A) + start; // read by this pass
  });
  kernels::run<T>(kernel<T>().neighbour_sum, kernel<T>().merge_sum, all, how_.threads);
  drop_numbers(out, hop);
}

template <Real T>
void Passes<T>::hop_back(const T* A, const Dense<T>& G, Dense<T>& out) {
  const auto all = tasks(By::key, width_, [&](Head<T>& head, Index b, Index h, Index start) {
    head.V = rows(G, b, h);
    head.out = rows(out, b, h);
    head.scale = static_cast<T>(1 - how_.alpha);
    head.edge = const_cast<T*>(A) + start;
  });
  kernels::run<T>(kernel<T>().neighbour_sum, kernel<T>().merge_sum, all, how_.threads);
}

template <Real T>
void Passes<T>::drop_numbers(Dense<T>& G, Index hop) {
  if (how_.hop_dropout == 0)
    return;
  for (Index b = 0; b < queries_.batch; ++b)
    for (Index h = 0; h < queries_.heads; ++h) {
      const Index number = (b * queries_.heads + h) * (how_.hops + 1) + hop;
      const Key key{how_.key.seed, how_.key.stream ^ stream_of("hop_dropout")};
      const auto bits = Draws(key, static_cast<std::uint64_t>(number)).bits();
      kernels::drop_numbers(G.view().head(b, h), width_,
                            kernels::dropout_of(how_.hop_dropout, bits), how_.threads);
    }
}

template <Real T>
void Passes<T>::edge_gradient(const Dense<T>& G, const Dense<T>& X, T* dA) {
  const auto all = tasks(By::query, width_, [&](Head<T>& head, Index b, Index h, Index start) {
    head.G = rows(G, b, h);
    head.V = rows(X, b, h);
    head.scale = static_cast<T>(1 - how_.alpha);
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
void Passes<T>::query_gradient(const T* dS, const Input<T>& K, Output<T>& dQ) {
  const auto all = tasks(By::query, K.width(), [&](Head<T>& head, Index b, Index h, Index start) {
    head.V = K.head(b, h);
    head.out = dQ.head(b, h);
    head.scale = scale_;
    head.edge = const_cast<T*>(dS) + start;
  });
  kernels::run<T>(kernel<T>().neighbour_sum, kernel<T>().merge_sum, all, how_.threads);
}

template <Real T>
void Passes<T>::key_gradient(const T* dS, const Input<T>& Q, Output<T>& dK) {
  const auto all = tasks(By::key, Q.width(), [&](Head<T>& head, Index b, Index h, Index start) {
    head.V = Q.head(b, h);
    head.out = dK.head(b, h);
    head.scale = scale_;
    head.edge = const_cast<T*>(dS) + start;
  });
  kernels::run<T>(kernel<T>().neighbour_sum, kernel<T>().merge_sum, all, how_.threads);
}

template class Passes<float>;
template class Passes<double>;

} // namespace attnwalk::layers
