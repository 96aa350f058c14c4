// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/membership.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace attnwalk::sbm {
namespace {

constexpr Index most_tokens = Index{1} << 31;

void require_entries(View<const double> rows, std::string_view name) {
  require(rows.shape.batch == 1 && rows.shape.heads == 1, Code::shape, name, " is ",
          rows.shape.batch, " x ", rows.shape.heads, " heads where one is needed");
  require(rows.shape.width >= 1, Code::domain, name, " has k = ", rows.shape.width,
          " clusters; there must be 1 or more");
  require(rows.shape.tokens < most_tokens, Code::domain, name, " has ", rows.shape.tokens,
          " tokens; there must be fewer than 2^31");
  for (Index i = 0; i < rows.shape.tokens; ++i)
    for (Index c = 0; c < rows.shape.width; ++c)
      require(std::isfinite(rows.row(i)[c]) && rows.row(i)[c] >= 0, Code::domain, name, "(", i,
              ", ", c, ") = ", rows.row(i)[c], " must be finite and 0 or more");
}

} // namespace

Membership Membership::mixed(View<const double> rows, std::string_view name) {
  require_entries(rows, name);
  Dense<double> copy(rows.shape.tokens, rows.shape.width);
  for (Index i = 0; i < rows.shape.tokens; ++i)
    std::copy_n(rows.row(i), rows.shape.width, copy.view().row(i));
  return mixed(std::move(copy), name);
}

Membership Membership::mixed(Dense<double> rows, std::string_view name) {
  require_entries(std::as_const(rows).view(), name);
  Membership Y;
  Y.tokens_ = rows.shape().tokens;
  Y.clusters_ = rows.shape().width;
  Y.hard_ = false;
  Y.rows_ = std::move(rows);
  return Y;
}

Membership Membership::hard(Index clusters, std::vector<std::uint32_t> cluster,
                            std::vector<double> weight) {
  const auto tokens = static_cast<Index>(cluster.size());
  require(clusters >= 1 && clusters < most_tokens, Code::domain, "k = ", clusters,
          " clusters must be 1 or more and below 2^31");
  require(tokens < most_tokens, Code::domain, tokens, " tokens must be fewer than 2^31");
  require(weight.empty() || weight.size() == cluster.size(), Code::shape, weight.size(),
          " weights given for ", cluster.size(), " tokens");
  for (std::size_t i = 0; i < cluster.size(); ++i)
    require(cluster[i] < clusters, Code::index, "token ", i, " is in block ", cluster[i],
            " where there are ", clusters);
  for (std::size_t i = 0; i < weight.size(); ++i)
    require(std::isfinite(weight[i]) && weight[i] >= 0, Code::domain, "weight ", weight[i],
            " of token ", i, " must be finite and 0 or more");
  Membership Y;
  Y.tokens_ = tokens;
  Y.clusters_ = clusters;
  Y.cluster_ = std::move(cluster);
  Y.weight_ = std::move(weight);
  return Y;
}

Membership Membership::contiguous(Index tokens, Index k) {
  require(tokens >= 0 && tokens < most_tokens, Code::domain, "n = ", tokens,
          " must be 0 or more and below 2^31");
  require(k >= 1 && (k <= tokens || tokens == 0), Code::domain, "k = ", k,
          " blocks must be 1 or more and at most ", tokens, " tokens");
  std::vector<std::uint32_t> cluster(static_cast<std::size_t>(tokens));
  for (Index b = 0; b < k; ++b)
    std::fill(cluster.begin() + block_start(b, tokens, k),
              cluster.begin() + block_start(b + 1, tokens, k), static_cast<std::uint32_t>(b));
  return hard(k, std::move(cluster));
}

Membership Membership::weighted(std::span<const double> weight) const {
  require(weight.size() == static_cast<std::size_t>(tokens_), Code::shape, weight.size(),
          " weights given where there are ", tokens_, " tokens");
  std::vector<double> product(weight.begin(), weight.end());
  if (hard_) {
    for (Index i = 0; i < tokens_; ++i)
      product[i] *= this->weight(i);
    return hard(clusters_, cluster_, std::move(product));
  }
  Dense<double> rows = rows_;
  for (Index i = 0; i < tokens_; ++i) {
    const double x = weight[i];
    require(std::isfinite(x) && x >= 0, Code::domain, "weight ", x, " of token ", i,
            " must be finite and 0 or more");
    for (Index c = 0; c < clusters_; ++c)
      rows(i, c) *= x;
  }
  return mixed(std::move(rows));
}

double Membership::at(Index i, Index c) const {
  if (!hard_)
    return row(i)[c];
  return cluster(i) == c ? weight(i) : 0;
}

double Membership::mixed_dot(const double* x, Index i) const {
  // Eight sums side by side: one alone would wait for each addition.
  const double* r = row(i);
  std::array<double, 8> sums{};
  Index c = 0;
  for (; c + 8 <= clusters_; c += 8)
    for (std::size_t l = 0; l < 8; ++l)
      sums[l] += x[c + static_cast<Index>(l)] * r[c + static_cast<Index>(l)];
  for (std::size_t l = 0; c < clusters_; ++c, ++l)
    sums[l] += x[c] * r[c];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

std::vector<double> Membership::column_sums() const {
  std::vector<double> sums(static_cast<std::size_t>(clusters_));
  for (Index i = 0; i < tokens_; ++i)
    if (hard_)
      sums[cluster(i)] += weight(i);
    else
      for (std::size_t c = 0; c < sums.size(); ++c)
        sums[c] += row(i)[c];
  return sums;
}

std::vector<double> Membership::column_maxima() const {
  std::vector<double> most(static_cast<std::size_t>(clusters_));
  for (Index i = 0; i < tokens_; ++i)
    if (hard_)
      most[cluster(i)] = std::max(most[cluster(i)], weight(i));
    else
      for (std::size_t c = 0; c < most.size(); ++c)
        most[c] = std::max(most[c], row(i)[c]);
  return most;
}

double Membership::largest_row_sum() const {
  double most = 0;
  for (Index i = 0; i < tokens_; ++i) {
    double sum = 0;
    if (hard_)
      sum = weight(i);
    else
      for (Index c = 0; c < clusters_; ++c)
        sum += row(i)[c];
    most = std::max(most, sum);
  }
  return most;
}

std::vector<double> Membership::gram(std::span<const double> d) const {
  const auto k = static_cast<std::size_t>(clusters_);
  std::vector<double> G(k * k);
  for (Index i = 0; i < tokens_; ++i) {
    const double scale = d.empty() ? 1 : d[i];
    if (hard_) {
      G[cluster(i) * (k + 1)] += scale * weight(i) * weight(i);
      continue;
    }
    const double* r = row(i);
    for (std::size_t u = 0; u < k; ++u)
      for (std::size_t v = 0; v < k; ++v)
        G[u * k + v] += scale * r[u] * r[v];
  }
  return G;
}

Dense<double> Membership::dense() const {
  if (!hard_)
    return rows_;
  Dense<double> rows(tokens_, clusters_);
  for (Index i = 0; i < tokens_; ++i)
    rows(i, cluster(i)) = weight(i);
  return rows;
}

} // namespace attnwalk::sbm
