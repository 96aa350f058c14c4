// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/reference/attention.hpp"

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
    to[row * width + c] += factor * x[c];
}

std::vector<double> zeros(Index size) {
  return std::vector<double>(static_cast<std::size_t>(size));
}

} // namespace

Result attention(const CsrView<double>& P, const Inputs& in) {
  const Index m = P.entries();
  const Index d = in.width;
  const Index dv = in.value_width;
  Result r{zeros(m),          zeros(m),          zeros(P.rows),      zeros(P.rows * dv),
           zeros(P.rows * d), zeros(P.cols * d), zeros(P.cols * dv), zeros(m)};
  for (Index i = 0; i < P.rows; ++i) {
    const Index begin = P.offsets[i];
    const Index end = P.offsets[i + 1];
    // pass 1: s_e = scale q_i . k_j + bias_e, and the row's maximum
    double top = -std::numeric_limits<double>::infinity();
    for (Index e = begin; e < end; ++e) {
      r.weights[e] = in.scale * dot(in.Q + i * d, in.K + P.columns[e] * d, d) +
                     (in.bias == nullptr ? 0 : in.bias[e]);
      top = std::max(top, r.weights[e]);
    }
    // pass 2: lse_i = log sum_e exp(s_e)
    double sum = 0;
    for (Index e = begin; e < end; ++e)
      sum += std::exp(r.weights[e] - top);
    r.lse[i] = top + std::log(sum);
    // pass 3: weight_e = exp(s_e - lse_i), z_i = sum_e kept_e weight_e v_j
    for (Index e = begin; e < end; ++e) {
      r.weights[e] = std::exp(r.weights[e] - top) / sum;
      const bool alive =
          in.dropout.threshold == 0 || survives(in.dropout, static_cast<std::uint64_t>(e));
      r.kept[e] = !alive ? 0 : in.dropout.threshold == 0 ? 1 : in.dropout.keep_scale;
      add(r.Z, i, in.V + P.columns[e] * dv, dv, r.weights[e] * r.kept[e]);
    }
  }
  if (in.G == nullptr)
    return r;
  for (Index i = 0; i < P.rows; ++i) {
    const Index begin = P.offsets[i];
    const Index end = P.offsets[i + 1];
    const double* g = in.G + i * dv;
    // In the forward pass this was z_i = sum_e kept_e weight_e v_j:
    // pass 1: dL/dweight_e = kept_e g_i . v_j
    double delta = 0; // sum_e weight_e dL/dweight_e
    for (Index e = begin; e < end; ++e) {
      r.d_score[e] = r.kept[e] * dot(g, in.V + P.columns[e] * dv, dv);
      delta += r.weights[e] * r.d_score[e];
    }
    for (Index e = begin; e < end; ++e) {
      const Index j = P.columns[e];
      // In the forward pass this was weight_e = exp(s_e) / sum_f exp(s_f):
      // pass 2: dL/ds_e = weight_e (dL/dweight_e - delta)
      r.d_score[e] = r.weights[e] * (r.d_score[e] - delta);
      // In the forward pass this was s_e = scale q_i . k_j + bias_e:
      // pass 3: dq_i += scale dL/ds_e k_j, dk_j += scale dL/ds_e q_i, dv_j += kept_e weight_e g_i
      add(r.dQ, i, in.K + j * d, d, in.scale * r.d_score[e]);
      add(r.dK, j, in.Q + i * d, d, in.scale * r.d_score[e]);
      add(r.dV, j, g, dv, r.weights[e] * r.kept[e]);
    }
  }
  return r;
}

} // namespace attnwalk::kernels::reference
