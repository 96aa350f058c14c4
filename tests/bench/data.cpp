// SPDX-License-Identifier: Apache-2.0
#include "data.hpp"

#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/random.hpp"

#include <cmath>

namespace attnwalk::bench {
namespace {

template <Real T>
std::vector<double> doubles(View<const T> X) {
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(X.shape.tokens * X.shape.width));
  for (Index i = 0; i < X.shape.tokens; ++i)
    out.insert(out.end(), X.row(i), X.row(i) + X.shape.width);
  return out;
}

} // namespace

template <Real T>
Dense<T> normal_rows(Index heads, Index tokens, Index width, std::uint64_t seed,
                     std::string_view name) {
  require_memory(name, sizeof(T) * static_cast<double>(heads) * static_cast<double>(tokens) *
                           static_cast<double>(width));
  Dense<T> X(Shape{1, heads, tokens, width});
  for (Index i = 0; i < heads * tokens; ++i) {
    RandomStream draws({seed, stream_of(name)}, static_cast<std::uint64_t>(i));
    for (Index c = 0; c < width; ++c)
      X.data()[i * width + c] = static_cast<T>(draws.normal());
  }
  return X;
}

Csr<double> sampled_rows(const CsrView<double>& P, Index entries) {
  const Index step = std::max<Index>(1, P.entries() / std::max<Index>(1, entries));
  Csr<double> out;
  out.rows = P.rows;
  out.cols = P.cols;
  out.offsets.resize(static_cast<std::size_t>(P.rows) + 1);
  for (Index i = 0; i < P.rows; ++i) {
    if (i % step == 0)
      out.columns.insert(out.columns.end(), P.row(i).begin(), P.row(i).end());
    out.offsets[static_cast<std::size_t>(i) + 1] = static_cast<Index>(out.columns.size());
  }
  return out;
}

template <Real T>
kernels::reference::Result reference_head(const CsrView<double>& sample, View<const T> Q,
                                          View<const T> K, View<const T> V,
                                          const View<const T>* G) {
  const std::vector<double> q = doubles(Q);
  const std::vector<double> k = doubles(K);
  const std::vector<double> v = doubles(V);
  const std::vector<double> g = G == nullptr ? std::vector<double>{} : doubles(*G);
  return kernels::reference::attention(sample,
                                       {.width = Q.shape.width,
                                        .value_width = V.shape.width,
                                        .Q = q.data(),
                                        .K = k.data(),
                                        .V = v.data(),
                                        .G = G == nullptr ? nullptr : g.data(),
                                        .scale = 1 / std::sqrt(static_cast<double>(Q.shape.width)),
                                        .dropout = {}});
}

template <Real T>
double worst_row(View<const T> X, const std::vector<double>& wanted,
                 const CsrView<double>* sample) {
  double worst = 0;
  for (Index i = 0; i < X.shape.tokens; ++i)
    for (Index c = 0; c < X.shape.width && (sample == nullptr || sample->degree(i) > 0); ++c) {
      const double error = std::abs(static_cast<double>(X.row(i)[c]) -
                                    wanted[static_cast<std::size_t>(i * X.shape.width + c)]);
      if (std::isnan(error))
        return error;
      worst = std::max(worst, error);
    }
  return worst;
}

template <Real T>
std::vector<double> hops_of_column(const CsrView<double>& P, const T* weights, View<const T> V,
                                   Index c, double alpha, Index hops) {
  const auto n = static_cast<std::size_t>(P.rows);
  std::vector<double> base(n);
  for (Index i = 0; i < P.rows; ++i)
    base[static_cast<std::size_t>(i)] = V.row(i)[c];
  std::vector<double> Z = base;
  std::vector<double> next(n);
  for (Index hop = 0; hop < hops; ++hop) {
    for (Index i = 0; i < P.rows; ++i) {
      double sum = 0;
      for (Index e = P.offsets[i]; e < P.offsets[i + 1]; ++e)
        sum += static_cast<double>(weights[e]) * Z[static_cast<std::size_t>(P.columns[e])];
      next[static_cast<std::size_t>(i)] =
          (1 - alpha) * sum + alpha * base[static_cast<std::size_t>(i)];
    }
    Z.swap(next);
  }
  return Z;
}

template Dense<float> normal_rows(Index, Index, Index, std::uint64_t, std::string_view);
template Dense<double> normal_rows(Index, Index, Index, std::uint64_t, std::string_view);
template kernels::reference::Result reference_head(const CsrView<double>&, View<const float>,
                                                   View<const float>, View<const float>,
                                                   const View<const float>*);
template kernels::reference::Result reference_head(const CsrView<double>&, View<const double>,
                                                   View<const double>, View<const double>,
                                                   const View<const double>*);
template double worst_row(View<const float>, const std::vector<double>&, const CsrView<double>*);
template double worst_row(View<const double>, const std::vector<double>&, const CsrView<double>*);
template std::vector<double> hops_of_column(const CsrView<double>&, const float*, View<const float>,
                                            Index, double, Index);
template std::vector<double> hops_of_column(const CsrView<double>&, const double*,
                                            View<const double>, Index, double, Index);

} // namespace attnwalk::bench
