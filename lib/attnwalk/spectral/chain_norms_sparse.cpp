// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/iterative.hpp"
#include "attnwalk/solvers/random_start.hpp"
#include "attnwalk/spectral/chain_norms.hpp"
#include "attnwalk/spectral/extremal_pairs.hpp"
#include "attnwalk/spectral/make_gap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr double certain = 64 * eps; ///< rounding of a Rayleigh quotient of norm <= 1

/// Residual relative to the eigenvalue that Lanczos stops at: the value's error is its square over
/// the separation, and the random-start certificate is far wider.
constexpr double loose = 1e-7;
/// Walks with one entry in so many or fewer are thin.
constexpr Index thin = 32;
constexpr Index always_dense = 64;
/// Entries of A* A that are worth forming, as a multiple of A's.
constexpr Index most_fill = 8;
/// A power whose first image is shorter than this is rounding, and not iterated on.
constexpr double nothing = 1e-13;
/// Random starts that bound such a power.
constexpr int starts = 8;

solvers::IterationOptions options(const GapOptions& how, std::string_view stream,
                                  Index products_each) {
  return {.dimension = 100,
          .max_products = std::max<Index>(1, how.max_products / products_each),
          .tolerance = std::max(how.tolerance, loose),
          .failure = how.failure,
          .key = {how.key.seed, how.key.stream ^ stream_of(stream)},
          .monitor = how.monitor};
}

/// An eigenvalue is believed if its residual is small against its distance from 1: a residual of 1e-8
/// says nothing about a gap of 1e-9.
Status trust(const solvers::LanczosPair& pair, double residual, double gap) {
  return pair.converged && residual <= 0.1 * gap ? Status::probable : Status::not_converged;
}

/// lambda_2 or lambda_n of a reversible walk as an entry.
Gap of_end(std::string_view name, const ExtremalPair& end, int sign) {
  const Interval x{sign * (1 - end.gap),
                   sign > 0 ? 1 - end.gap_hi : end.gap_lo - 1,
                   sign > 0 ? 1 - end.gap_lo : end.gap_hi - 1,
                   end.gap,
                   end.gap_lo,
                   end.gap_hi};
  Gap g = make_gap(name, x, end.status, end.method, end.reason);
  g.residual = end.residual;
  g.confidence = end.confidence;
  return g;
}

/// ||D^k|| from the largest eigenvalue of (D^k)'D^k.
solvers::LanczosPair power_gram(const StationaryWalk& chain, Index k, const GapOptions& how) {
  std::vector<double> a(chain.size());
  std::vector<double> b(chain.size());
  const solvers::Apply gram = [&](const double* x, double* y) {
    std::copy(x, x + chain.size(), a.begin());
    for (Index step = 0; step < k; ++step, a.swap(b))
      chain.deflated(a.data(), b.data());
    for (Index step = 0; step < k; ++step, a.swap(b))
      chain.deflated_transposed(a.data(), b.data());
    std::copy(a.begin(), a.end(), y);
  };
  solvers::IterationOptions iteration = options(how, message("power ", k), 2 * k);
  if (k > 1) {
    iteration.dimension = 40;
    iteration.tolerance = std::max(iteration.tolerance, 1e-5); // k-th roots are taken
  }
  return solvers::largest_eigenpair(chain.size(), gram, iteration);
}

/// 2k products of norm <= 1 are off by some ulp each, which the square root of theta inherits once.
PowerNorm power_norm(const solvers::LanczosPair& top, Index k) {
  const double value = std::min(1.0, std::sqrt(std::max(0.0, top.value)));
  const double slack = static_cast<double>(k) * certain;
  const double hi = top.share > 0 ? (value + slack) / std::sqrt(top.share) : 1.0;
  return {k, value, std::max(0.0, value - slack), std::min(1.0, hi),
          top.converged ? Status::probable : Status::not_converged};
}

/// An upper bound on ||D^k|| where D^k x is hardly more than rounding: all of `starts` independent
/// directions miss the top singular vector by a component below t with probability
/// (t sqrt(2n/pi))^starts only, so t may be far larger than for one, and rounding is divided by t.
double bound_of_nothing(const StationaryWalk& chain, Index k, const GapOptions& how) {
  const Index n = chain.size();
  std::vector<double> a(n);
  std::vector<double> b(n);
  double longest = 0;
  for (int start = 0; start < starts; ++start) {
    RandomStream draws({how.key.seed, how.key.stream ^ stream_of(message("bound ", k))},
                       static_cast<std::uint64_t>(start));
    double size = 0;
    for (double& x : a) {
      x = draws.normal();
      size += x * x;
    }
    for (Index step = 0; step < k; ++step, a.swap(b))
      chain.deflated(a.data(), b.data());
    const double image = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
    longest = std::max(longest, std::sqrt(image / size));
  }
  const double slack = static_cast<double>(k) * certain;
  return (longest + slack) / solvers::smallest_component(n, std::pow(how.failure, 1.0 / starts));
}

/// ||D^k||, k >= 2.
PowerNorm power_norm(const StationaryWalk& chain, Index k, const GapOptions& how) {
  PowerNorm norm = power_norm(power_gram(chain, k, how), k);
  if (norm.value < nothing)
    norm.hi = std::min(1.0, bound_of_nothing(chain, k, how));
  return norm;
}

Gap multiplicative_gap(const StationaryWalk& chain, const solvers::LanczosPair& top,
                       const GapOptions& how) {
  const PowerNorm norm = power_norm(top, 1);
  const double value = norm.value;
  std::vector<double> x = top.vector;
  chain.project(x.data());
  const double square = chain.square_gap({std::vector<std::complex<double>>(x.begin(), x.end())});
  const bool large = value > 0.5;
  const double gap = large ? square / (1 + value) : 1 - value;
  const double gap_lo = std::min(gap, 1 - norm.hi);
  const double gap_hi = large ? gap * (1 + certain) + eps * eps : 1 - norm.lo;
  const double residual = value > 0 ? top.residual / (2 * value) : 0;
  Gap g = make_gap("sigma_2", {value, norm.lo, norm.hi, gap, gap_lo, gap_hi},
                   trust(top, residual, std::max(gap, eps)),
                   "Lanczos on D'D, random-start certificate");
  g.residual = residual;
  g.confidence = 1 - how.failure;
  return g;
}

/// sigma_2 from lambda_2 = sigma_2^2 of A* A.
Gap root_of(const ExtremalPair& end) {
  const auto gap = [](double square) {
    return square / (1 + std::sqrt(std::max(0.0, 1 - square)));
  };
  const Interval x{1 - gap(end.gap), 1 - gap(end.gap_hi), 1 - gap(end.gap_lo),
                   gap(end.gap),     gap(end.gap_lo),     gap(end.gap_hi)};
  Gap g = make_gap("sigma_2", x, end.status, end.method + " on A* A", end.reason);
  g.residual = end.residual;
  g.confidence = end.confidence;
  return g;
}

/// s_ch^2 = 4 - lambda_max of 4 I - 4 q q' - (I - M)'(I - M), which is semidefinite as ||I - M||
/// <= 2.
Gap chatterjee_gap(const StationaryWalk& chain, const Gap& additive, const GapOptions& how) {
  const Index n = chain.size();
  const auto q = chain.q();
  std::vector<double> middle(n);
  const solvers::Apply X = [&](const double* x, double* y) {
    chain.laplacian(x, middle.data());
    chain.laplacian_transposed(middle.data(), y);
    double along = 0;
    for (Index i = 0; i < n; ++i)
      along += q[i] * x[i];
    for (Index i = 0; i < n; ++i)
      y[i] = 4 * x[i] - 4 * along * q[i] - y[i];
  };
  solvers::LanczosPair top = solvers::largest_eigenpair(n, X, options(how, "chatterjee", 2));
  chain.project(top.vector.data());
  chain.laplacian(top.vector.data(), middle.data());
  double size = 0;
  double image = 0;
  for (Index i = 0; i < n; ++i) {
    size += top.vector[i] * top.vector[i];
    image += middle[i] * middle[i];
  }
  const double value = std::sqrt(image / size);
  const double above = top.share > 0 ? top.value / top.share : 4.0;
  const double lo = std::max(above < 4 ? std::sqrt(4 - above) : 0.0, *additive.gap_lo);
  const double residual = value > 0 ? top.residual / (2 * value) : top.residual;
  // Both are right up to rounding: value is a Rayleigh quotient, never below the truth.
  Gap g = make_gap_as_value(
      "chatterjee", value, std::min(lo, value), value * (1 + certain), trust(top, residual, value),
      "Lanczos on (I - M)'(I - M)",
      "the lower end is the larger of the random-start certificate and 1 - l_add");
  g.residual = residual;
  g.confidence = 1 - how.failure;
  return g;
}

} // namespace

bool is_thin(const CsrView<double>& A, const GapOptions& how) {
  return A.rows > std::max(how.dense_below / 2, always_dense) &&
         A.entries() * thin <= A.rows * A.rows;
}

bool needs_power(Index k, const std::vector<PowerNorm>& known, const GapOptions& how) {
  if (k == how.steps)
    return true;
  double best = 0;
  for (const PowerNorm& p : known)
    best = std::max(best, (1 - p.value * p.value) / static_cast<double>(p.k));
  return 1 / static_cast<double>(k) > best;
}

ChainNorms chain_norms_sparse(const StationaryWalk& chain, bool reversible, const GapOptions& how) {
  ChainNorms m;
  const Csr<double> additive = chain.additive_weights();
  const ExtremalPairs ends =
      iterative_pairs(ReversibleWalk(additive.view(), how.threads), false, how);
  m.additive = of_end("additive", ends.second, 1);
  if (reversible)
    m.lambda_n = of_end("lambda_n", ends.last, -1);
  const solvers::LanczosPair top = power_gram(chain, 1, how);
  m.contradiction = top.value > 1 + certain;
  m.sigma_2 = multiplicative_gap(chain, top, how);
  // Where Lanczos on D'D proves nothing, A* A may still be sparse enough to factorize.
  if (*m.sigma_2.gap_lo == 0)
    if (const auto weights = chain.multiplicative_weights(most_fill * chain.walk().entries()))
      m.sigma_2 =
          root_of(iterative_pairs(ReversibleWalk(weights->view(), how.threads), false, how).second);
  m.powers.push_back(power_norm(top, 1));
  const bool powers = wanted(how, "k_step") || wanted(how, "pseudo_gap");
  const bool slem = !reversible && wanted(how, "slem");
  for (Index k = 2; (powers || slem) && k <= how.steps; ++k)
    if (needs_power(k, m.powers, how))
      m.powers.push_back(power_norm(chain, k, how));
  m.chatterjee =
      wanted(how, "chatterjee") ? chatterjee_gap(chain, m.additive, how) : not_wanted("chatterjee");
  if (slem && *m.sigma_2.value > certain) {
    const solvers::Apply forward = [&](const double* x, double* y) { chain.deflated(x, y); };
    const solvers::Apply backward = [&](const double* x, double* y) {
      chain.deflated_transposed(x, y);
    };
    solvers::IterationOptions iteration = options(how, "slem", 1);
    iteration.max_products = std::min<Index>(how.max_products, 1000);
    iteration.tolerance = how.tolerance;
    m.slem = solvers::dominant_eigenpair(chain.size(), forward, backward, iteration);
    // A k-step bound far above the estimate is what a non-normal walk looks like: longer powers
    // tell.
    for (Index k = 2 * how.steps;
         m.slem && k <= 64 && m.powers.back().hi > 0 &&
         std::log(m.powers.back().hi) / static_cast<double>(m.powers.back().k) >
             std::log(std::abs(m.slem->value)) + std::log(2.0);
         k *= 2)
      m.powers.push_back(power_norm(chain, k, how));
  }
  if (how.whole_spectrum)
    m.spectrum.reason = message("n = ", chain.size(), " exceeds dense_below = ", how.dense_below,
                                ", and a density is defined for reversible walks");
  return m;
}

} // namespace attnwalk::spectral
