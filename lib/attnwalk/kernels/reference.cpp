// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::kernels::reference {
namespace {

double dot(const double* a, const double* b, Index width) {
  double sum = 0;
  for (Index c = 0; c < width; ++c)
    sum += a[c] * b[c];
  return sum;
}

void add(std::vector<double>& to, Index row, const double* x, Index width, double factor) {
  for (Index c = 0; c < width; ++c)
    to[static_cast<std::size_t>(row * width + c)] += factor * x[c];
}

std::vector<double> zeros(Index size) {
  return std::vector<double>(static_cast<std::size_t>(size));
}

} // namespace

bool survives(const Dropout& dropout, std::uint64_t entry) {
  return entry_bits(dropout.key, entry) >= dropout.threshold;
}

Result attention(const CsrView<double>& P, const Inputs& in) {
  const Index m = P.entries();
  const Index d = in.width;
  const Index dv = in.value_width;
  Result r{zeros(m),          zeros(m),          zeros(P.rows),      zeros(P.rows * dv),
           zeros(P.rows * d), zeros(P.cols * d), zeros(P.cols * dv), zeros(m)};
  for (Index i = 0; i < P.rows; ++i) {
    double top = -std::numeric_limits<double>::infinity();
    for (Index e = P.offsets[i]; e < P.offsets[i + 1]; ++e) {
      const auto at = static_cast<std::size_t>(e);
      r.weights[at] = in.scale * dot(in.Q + i * d, in.K + P.columns[e] * d, d) +
                      (in.bias == nullptr ? 0 : in.bias[e]);
      top = std::max(top, r.weights[at]);
    }
    double sum = 0;
    for (Index e = P.offsets[i]; e < P.offsets[i + 1]; ++e)
      sum += std::exp(r.weights[static_cast<std::size_t>(e)] - top);
    r.lse[static_cast<std::size_t>(i)] = top + std::log(sum);
    for (Index e = P.offsets[i]; e < P.offsets[i + 1]; ++e) {
      const auto at = static_cast<std::size_t>(e);
      r.weights[at] = std::exp(r.weights[at] - top) / sum;
      const bool alive =
          in.dropout.threshold == 0 || survives(in.dropout, static_cast<std::uint64_t>(e));
      r.kept[at] = !alive ? 0 : in.dropout.threshold == 0 ? 1 : in.dropout.keep_scale;
      add(r.Z, i, in.V + P.columns[e] * dv, dv, r.weights[at] * r.kept[at]);
    }
  }
  if (in.G == nullptr)
    return r;
  for (Index i = 0; i < P.rows; ++i) {
    const double* g = in.G + i * dv;
    double mean = 0; // sum_e w_e dL/dw_e
    for (Index e = P.offsets[i]; e < P.offsets[i + 1]; ++e) {
      const auto at = static_cast<std::size_t>(e);
      r.d_score[at] = r.kept[at] * dot(g, in.V + P.columns[e] * dv, dv);
      mean += r.weights[at] * r.d_score[at];
    }
    for (Index e = P.offsets[i]; e < P.offsets[i + 1]; ++e) {
      const auto at = static_cast<std::size_t>(e);
      const Index j = P.columns[e];
      r.d_score[at] = r.weights[at] * (r.d_score[at] - mean);
      add(r.dQ, i, in.K + j * d, d, in.scale * r.d_score[at]);
      add(r.dK, j, in.Q + i * d, d, in.scale * r.d_score[at]);
      add(r.dV, j, g, dv, r.weights[at] * r.kept[at]);
    }
  }
  return r;
}

} // namespace attnwalk::kernels::reference
