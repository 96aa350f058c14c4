// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/entry.hpp"
#include "attnwalk/spectral/iterative.hpp"
#include "attnwalk/spectral/measures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr double certain = 64 * eps; ///< rounding of a Rayleigh quotient of norm <= 1

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

IterationOptions options(const GapOptions& how, std::string_view lane, Index products_each) {
  return {.dimension = 100,
          .max_products = std::max<Index>(1, how.max_products / products_each),
          .tolerance = how.tolerance,
          .failure = how.failure,
          .key = {how.key.seed, how.key.stream ^ stream_of(lane)},
          .monitor = how.monitor};
}

/// An eigenvalue is believed if its residual is small against the distance from 1 (pitfall 3).
Status trust(const LargestPair& pair, double residual, double gap) {
  return pair.converged && residual <= 0.1 * gap ? Status::probable : Status::not_converged;
}

/// The extreme eigenvalue of sign (M + M')/2 on the complement of q, from the semidefinite
/// (I + sign (D + D')/2 - q q')/2, whose kernel holds q.
Gap additive_end(const Chain& chain, int sign, const GapOptions& how) {
  const Index n = chain.size();
  const auto q = chain.q();
  const Apply X = [&](const double* x, double* y) {
    chain.additive(x, y);
    double along = 0;
    for (Index i = 0; i < n; ++i)
      along += q[at(i)] * x[i];
    for (Index i = 0; i < n; ++i)
      y[i] = 0.5 * (x[i] + sign * y[i] - along * q[at(i)]);
  };
  const LargestPair top = largest_pair(n, X, options(how, sign > 0 ? "additive" : "lambda_n", 2));
  const double gap = chain.additive_gap(top.vector, -sign);
  const double above = top.share > 0 ? std::min(1.0, 2 * top.value / top.share - 1) : 1.0;
  const double gap_lo = std::max(0.0, std::min(1 - above, gap));
  const double residual = 2 * top.residual;
  const bool lower_end = sign < 0;
  const Interval x{sign * (1 - gap),
                   lower_end ? -(1 - gap_lo) : 1 - gap - certain,
                   lower_end ? -(1 - gap) + certain : 1 - gap_lo,
                   gap,
                   gap_lo,
                   gap * (1 + certain) + eps * eps};
  Gap g = entry(lower_end ? "lambda_n" : "additive", x, trust(top, residual, gap),
                "Lanczos on (M + M')/2, random-start certificate");
  g.residual = residual;
  g.confidence = 1 - how.failure;
  return g;
}

/// ||D^k|| from the largest eigenvalue of (D^k)'D^k.
LargestPair power_gram(const Chain& chain, Index k, const GapOptions& how) {
  std::vector<double> a(at(chain.size()));
  std::vector<double> b(at(chain.size()));
  const Apply gram = [&](const double* x, double* y) {
    std::copy(x, x + chain.size(), a.begin());
    for (Index step = 0; step < k; ++step, a.swap(b))
      chain.deflated(a.data(), b.data());
    for (Index step = 0; step < k; ++step, a.swap(b))
      chain.deflated_transposed(a.data(), b.data());
    std::copy(a.begin(), a.end(), y);
  };
  IterationOptions iteration = options(how, message("power ", k), 2 * k);
  if (k > 1)
    iteration.dimension = 40;
  return largest_pair(chain.size(), gram, iteration);
}

/// 2k products of norm <= 1 are off by some ulp each, which the square root of theta inherits once.
PowerNorm power_norm(const LargestPair& top, Index k) {
  const double value = std::sqrt(std::max(0.0, top.value));
  const double slack = static_cast<double>(k) * certain;
  const double hi = top.share > 0 ? std::min(1.0, (value + slack) / std::sqrt(top.share)) : 1.0;
  return {k, value, std::max(0.0, value - slack), std::max(hi, value), top.converged};
}

Gap multiplicative_gap(const Chain& chain, const LargestPair& top, const GapOptions& how) {
  const PowerNorm norm = power_norm(top, 1);
  std::vector<double> x = top.vector;
  chain.project(x.data());
  const double square = chain.square_gap({std::vector<std::complex<double>>(x.begin(), x.end())});
  const double value = std::sqrt(std::max(0.0, top.value));
  const double gap = value > 0.5 ? square / (1 + value) : 1 - value;
  const double gap_lo = std::max(0.0, std::min(gap, 1 - norm.hi));
  const double residual = value > 0 ? top.residual / (2 * value) : 0;
  Gap g =
      entry("sigma_2", {value, norm.lo, norm.hi, gap, gap_lo, gap * (1 + certain) + eps * eps},
            trust(top, residual, std::max(gap, eps)), "Lanczos on D'D, random-start certificate");
  g.residual = residual;
  g.confidence = 1 - how.failure;
  return g;
}

/// s_ch^2 = 4 - lambda_max of 4 I - 4 q q' - (I - M)'(I - M), which is semidefinite as ||I - M||
/// <= 2.
Gap chatterjee_gap(const Chain& chain, const Gap& additive, const GapOptions& how) {
  const Index n = chain.size();
  const auto q = chain.q();
  std::vector<double> middle(at(n));
  const Apply X = [&](const double* x, double* y) {
    chain.laplacian(x, middle.data());
    chain.laplacian_transposed(middle.data(), y);
    double along = 0;
    for (Index i = 0; i < n; ++i)
      along += q[at(i)] * x[i];
    for (Index i = 0; i < n; ++i)
      y[i] = 4 * x[i] - 4 * along * q[at(i)] - y[i];
  };
  LargestPair top = largest_pair(n, X, options(how, "chatterjee", 2));
  chain.project(top.vector.data());
  chain.laplacian(top.vector.data(), middle.data());
  double size = 0;
  double image = 0;
  for (Index i = 0; i < n; ++i) {
    size += top.vector[at(i)] * top.vector[at(i)];
    image += middle[at(i)] * middle[at(i)];
  }
  const double value = std::sqrt(image / size);
  const double above = top.share > 0 ? top.value / top.share : 4.0;
  const double lo = std::max(above < 4 ? std::sqrt(4 - above) : 0.0, *additive.gap_lo);
  const double residual = value > 0 ? top.residual / (2 * value) : top.residual;
  Gap g = entry_is_gap("chatterjee", value, std::min(lo, value), value * (1 + certain),
                       trust(top, residual, value), "Lanczos on (I - M)'(I - M)",
                       "the lower end is the larger of the random-start certificate and 1 - l_add");
  g.residual = residual;
  g.confidence = 1 - how.failure;
  return g;
}

} // namespace

bool needs_power(Index k, const std::vector<PowerNorm>& known, const GapOptions& how) {
  if (k == how.steps)
    return true;
  double best = 0;
  for (const PowerNorm& p : known)
    best = std::max(best, (1 - p.value * p.value) / static_cast<double>(p.k));
  return 1 / static_cast<double>(k) > best;
}

Measures measure_sparse(const Chain& chain, bool reversible, const GapOptions& how) {
  Measures m;
  m.additive = additive_end(chain, 1, how);
  if (reversible)
    m.lambda_n = additive_end(chain, -1, how);
  const LargestPair top = power_gram(chain, 1, how);
  m.sigma_2 = multiplicative_gap(chain, top, how);
  m.powers.push_back(power_norm(top, 1));
  for (Index k = 2; k <= how.steps; ++k)
    if (needs_power(k, m.powers, how))
      m.powers.push_back(power_norm(power_gram(chain, k, how), k));
  m.chatterjee = chatterjee_gap(chain, m.additive, how);
  if (!reversible && *m.sigma_2.value > certain) {
    const Apply forward = [&](const double* x, double* y) { chain.deflated(x, y); };
    const Apply backward = [&](const double* x, double* y) { chain.deflated_transposed(x, y); };
    m.slem = dominant_arnoldi(chain.size(), forward, backward, options(how, "slem", 1));
    // A k-step bound far above the estimate is what a non-normal walk looks like: longer powers
    // tell.
    for (Index k = 2 * how.steps;
         m.slem && k <= 64 && m.powers.back().hi > 0 &&
         std::log(m.powers.back().hi) / static_cast<double>(m.powers.back().k) >
             std::log(std::abs(m.slem->value)) + std::log(2.0);
         k *= 2)
      m.powers.push_back(power_norm(power_gram(chain, k, how), k));
  }
  if (how.whole_spectrum)
    m.spectrum.reason = message("n = ", chain.size(), " exceeds dense_below = ", how.dense_below,
                                ", and a density is defined for reversible walks");
  return m;
}

} // namespace attnwalk::spectral
