// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/threads.hpp"
#include "attnwalk/solvers/iterative.hpp"
#include "attnwalk/spectral/chain_norms.hpp"
#include "attnwalk/spectral/make_gap.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
/// The QR algorithm takes .2 s at this size and 8 times that at twice the size.
constexpr Index schur_below = 256;
/// An enclosed mode with a larger residual is proved, but Arnoldi's value has more digits.
constexpr double accurate = 1e-12;
/// Slow modes near 1 are looked for before squaring where the norm of D leaves them room.
constexpr double slow = 0.15;

/// Backward error of an eigenvalue solver and of forming D, whose entries are off by a few ulp of
/// M's: |error| <= c n eps ||M|| with ||M|| = 1.
double rounding(Index n) {
  return 4 * static_cast<double>(n) * eps;
}

/// sign (D + D')/2 - 2 q q': on the complement of q the additive reversibilization or its negative;
/// the top pair moves out of the way of negative eigenvalues.
solvers::DenseMatrix additive_part(const solvers::DenseMatrix& D, std::span<const double> q,
                                   double sign) {
  solvers::DenseMatrix S(D.n);
  for (Index j = 0; j < D.n; ++j)
    for (Index i = 0; i < D.n; ++i)
      S(i, j) = 0.5 * sign * (D(i, j) + D(j, i)) - 2 * q[i] * q[j];
  return S;
}

/// The top of sign (M + M')/2 on the complement of q. The gap is a sum of squares at the
/// eigenvector, second order in its error, so the value comes from it.
Gap additive_end(std::string_view name, const StationaryWalk& chain, const solvers::DenseMatrix& D,
                 int sign) {
  const solvers::SymmetricPair top =
      solvers::largest_eigenpair(additive_part(D, chain.q(), sign), true, 1);
  const double slack = rounding(D.n);
  const double gap = chain.additive_gap(top.vector, -sign);
  const double gap_lo = std::max(0.0, std::min(gap, 1 - top.value) - slack);
  const double gap_hi = gap * (1 + slack) + eps * slack;
  const double value = 1 - gap;
  const Interval x{sign * value,
                   sign > 0 ? value - slack : gap_lo - 1,
                   sign > 0 ? 1 - gap_lo : slack - value,
                   gap,
                   gap_lo,
                   gap_hi};
  return make_gap(name, x, Status::certified, "dense eigenvalues of (M + M')/2");
}

/// @param top  of D'D
Gap multiplicative_gap(const StationaryWalk& chain, const solvers::SymmetricPair& top) {
  const double value = std::sqrt(std::clamp(top.value, 0.0, 1.0)); // as is the truth
  const double slack = rounding(chain.size());
  std::vector<double> projected = top.vector;
  chain.project(projected.data());
  const std::vector<std::complex<double>> x(projected.begin(), projected.end());
  const double size =
      std::inner_product(projected.begin(), projected.end(), projected.begin(), 0.0);
  // A vector along q alone means D = 0.
  const double gap = size > 0.5 ? std::min(1.0, chain.square_gap(x) / (1 + value)) : 1.0;
  const Interval result{value,
                        std::max(0.0, value - slack),
                        std::min(1.0, value + slack),
                        gap,
                        std::max(0.0, std::min(gap, 1 - value) - slack),
                        std::min(1.0, std::max(gap, 1 - value) + slack * gap)};
  return make_gap("sigma_2", result, Status::certified, "dense singular values of D");
}

/// (I - M)^-1 on the complement of q and 0 on q, as (I - M + q q')^-1 - q q', with the defect of the
/// inverse if that is asked for. Rare tokens are eliminated first, as then no pivot is small: the
/// walk censored to the others mixes no slower.
solvers::Inverse group_inverse(const StationaryWalk& chain, const solvers::DenseMatrix& D,
                               bool checked, int team) {
  const Index n = D.n;
  const auto q = chain.q();
  std::vector<Index> order(q.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index i, Index j) { return q[i] < q[j]; });
  solvers::DenseMatrix B(n);
  for (Index j = 0; j < n; ++j) {
    for (Index i = 0; i < n; ++i)
      B(i, j) = -D(order[i], order[j]);
    B(j, j) += 1;
  }
  const solvers::Inverse sorted =
      checked ? solvers::inverse(B, team) : solvers::Inverse{solvers::rough_inverse(B, team), 0};
  solvers::Inverse K{solvers::DenseMatrix(n), sorted.defect};
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i)
      K.matrix(order[i], order[j]) = sorted.matrix(i, j) - q[order[i]] * q[order[j]];
  return K;
}

/// s_ch = 1 / ||(I - M)^-1|| on the complement of q.
Gap chatterjee_gap(const solvers::Inverse& K, const Gap& additive, int team) {
  const double slack = rounding(K.matrix.n);
  const double found = 1 / solvers::norm_2(K.matrix, false, team, 1 / *additive.gap).value;
  const double trust = std::max(0.0, 1 - K.defect - slack);
  // 1 - l_add <= s_ch holds whatever the inverse is worth.
  const double lo = std::max({0.0, found * trust - slack, *additive.gap_lo});
  const double hi = std::min(2.0, found * (1 + K.defect + slack) + slack);
  return make_gap_as_value("chatterjee", std::clamp(found, lo, hi), lo, hi, Status::certified,
                           "dense inverse of I - M + q q'");
}

struct Powers {
  std::vector<PowerNorm> norms;
  std::vector<solvers::DenseMatrix> squares; ///< D^2, D^4, ..
};

/// Norms of those powers of D that k_step and pseudo_gap need, the longest first.
class PowerNorms {
public:
  PowerNorms(const solvers::DenseMatrix& D, const Gap& sigma_2, std::vector<double> vector,
             const GapOptions& how, int team)
      : D_(D), sigma_2_(sigma_2), how_(how), team_(team),
        most_(static_cast<std::size_t>(how.steps) + 1, 1.0) {
    out_.norms.push_back({1, *sigma_2.value, *sigma_2.lo, *sigma_2.hi});
    narrow(std::move(vector));
  }

  Powers make() {
    if (how_.steps > 1)
      add(how_.steps);
    if (wanted(how_, "pseudo_gap"))
      while (const Index k = promising())
        add(k);
    std::sort(out_.norms.begin(), out_.norms.end(),
              [](const PowerNorm& a, const PowerNorm& b) { return a.k < b.k; });
    return std::move(out_);
  }

private:
  [[nodiscard]] double slack(Index k) const { // factors of norm <= 1
    return 2 * static_cast<double>(k) * rounding(D_.n);
  }

  [[nodiscard]] const solvers::DenseMatrix& square(std::size_t i) {
    while (out_.squares.size() < i) {
      const solvers::DenseMatrix& last = out_.squares.empty() ? D_ : out_.squares.back();
      out_.squares.push_back(solvers::product(last, last, false, team_));
    }
    return i == 0 ? D_ : out_.squares[i - 1];
  }

  /// ||D^k||, by the squares that k is a sum of.
  void add(Index k) {
    poll(how_.monitor, "norms of powers",
         static_cast<double>(out_.norms.size()) / static_cast<double>(how_.steps));
    const auto bits = static_cast<std::uint64_t>(k);
    const auto highest = static_cast<std::size_t>(std::bit_width(bits) - 1);
    static_cast<void>(square(highest));
    solvers::DenseMatrix between;
    const solvers::DenseMatrix* X = &square(highest);
    for (std::size_t i = highest; i-- > 0;)
      if ((bits >> i & 1) != 0) {
        between = solvers::product(*X, square(i), false, team_);
        X = &between;
      }
    const double bound = std::pow(*sigma_2_.hi, static_cast<double>(k));
    solvers::SymmetricPair top = solvers::norm_2(*X, true, team_, bound);
    const double value = std::min(1.0, top.value);
    out_.norms.push_back(
        {k, value, std::max(0.0, value - slack(k)), std::min(1.0, value + slack(k))});
    narrow(std::move(top.vector));
  }

  /// |D^k x| <= ||D^k|| for the top vector x of one power bounds 1 - ||D^k||^2 for all k.
  void narrow(std::vector<double> x) {
    std::vector<double> y(x.size());
    for (Index k = 1; k <= how_.steps; ++k, x.swap(y)) {
      solvers::multiply(D_, false, x.data(), y.data());
      const double size = std::inner_product(y.begin(), y.end(), y.begin(), 0.0);
      double& most = most_[static_cast<std::size_t>(k)];
      most = std::min(most, (1 - size + 2 * slack(k)) / static_cast<double>(k));
    }
  }

  /// The power whose (1 - ||D^k||^2)/k may exceed most what is known; 0 if none exceeds it.
  [[nodiscard]] Index promising() const {
    double best = 0;
    for (const PowerNorm& p : out_.norms)
      best = std::max(best, (1 - p.hi * p.hi) / static_cast<double>(p.k));
    Index found = 0;
    for (Index k = 2; k < how_.steps; ++k) {
      const double most = most_[static_cast<std::size_t>(k)];
      const bool known = std::any_of(out_.norms.begin(), out_.norms.end(),
                                     [k](const PowerNorm& p) { return p.k == k; });
      if (known || most <= best)
        continue;
      if (found == 0 || most > most_[static_cast<std::size_t>(found)])
        found = k;
    }
    return found;
  }

  const solvers::DenseMatrix& D_;
  const Gap& sigma_2_;
  const GapOptions& how_;
  int team_;
  std::vector<double> most_; ///< (1 - ||D^k||^2)/k at most
  Powers out_;
};

solvers::Apply products_with(const solvers::DenseMatrix& X, bool transposed) {
  return [&X, transposed](const double* x, double* y) { solvers::multiply(X, transposed, x, y); };
}

/// The eigenvalue of D nearest to 1, by Arnoldi on the group inverse: 1 - mu comes out with all its
/// digits, and a cluster near 1 is no cluster there.
std::optional<solvers::Eigenpair> nearest_to_one(const StationaryWalk& chain,
                                                 const solvers::DenseMatrix& K,
                                                 const solvers::IterationOptions& how) {
  auto pair =
      solvers::dominant_eigenpair(K.n, products_with(K, false), products_with(K, true), how);
  if (!pair)
    return {};
  pair->value = 1.0 - 1.0 / pair->value;
  const solvers::Apply D = [&](const double* x, double* y) { chain.deflated(x, y); };
  pair->residual = solvers::residual_of(K.n, D, *pair);
  return pair;
}

std::optional<solvers::Eigenpair>
dominant(const StationaryWalk& chain, const solvers::DenseMatrix& D, const solvers::DenseMatrix& K,
         const solvers::RadiusBounds& radius, const GapOptions& how) {
  if (D.n <= schur_below)
    return solvers::dominant_eigenpair(D);
  solvers::IterationOptions iteration{.dimension = 80,
                                      .max_products = std::min<Index>(how.max_products, 2000),
                                      .tolerance = how.tolerance,
                                      .key = how.key,
                                      .monitor = how.monitor};
  // An answer below the certified lower end is not the dominant eigenvalue.
  const auto missed = [&](const std::optional<solvers::Eigenpair>& pair) {
    return !pair || std::log(std::abs(pair->value)) < radius.log_lo - 1e-9;
  };
  constexpr double near_one = 0.1;
  if (-std::expm1(radius.log_hi) < near_one)
    if (auto pair = nearest_to_one(chain, K, iteration); !missed(pair))
      return pair;
  const solvers::Apply forward = [&](const double* x, double* y) { chain.deflated(x, y); };
  const solvers::Apply backward = [&](const double* x, double* y) {
    chain.deflated_transposed(x, y);
  };
  auto pair = solvers::dominant_eigenpair(D.n, forward, backward, iteration);
  return missed(pair) && D.n <= 2 * schur_below ? solvers::dominant_eigenpair(D) : pair;
}

Spectrum whole_spectrum(const solvers::DenseMatrix& D, std::span<const double> q, bool reversible) {
  Spectrum out;
  out.method = "dense";
  const double mass = 1 / static_cast<double>(D.n);
  if (reversible) {
    solvers::DenseMatrix S = additive_part(D, q, 1);
    for (Index j = 0; j < D.n; ++j)
      for (Index i = 0; i < D.n; ++i)
        S(i, j) += 3 * q[i] * q[j];
    for (const double value : solvers::symmetric_spectrum(S))
      out.points.push_back({value, 0, mass});
    return out;
  }
  solvers::DenseMatrix M = D;
  for (Index j = 0; j < D.n; ++j)
    for (Index i = 0; i < D.n; ++i)
      M(i, j) += q[i] * q[j];
  for (const auto& value : solvers::eigenvalues(M))
    out.points.push_back({value.real(), value.imag(), mass});
  return out;
}

} // namespace

ChainNorms chain_norms_dense(const StationaryWalk& chain, bool reversible, const GapOptions& how) {
  const int team = core::threads(how.threads);
  const solvers::DenseMatrix D = chain.dense_deflated();
  ChainNorms m;
  poll(how.monitor, "dense gaps", 0);
  m.additive = additive_end("additive", chain, D, 1);
  if (reversible)
    m.lambda_n = additive_end("lambda_n", chain, D, -1);
  const solvers::DenseMatrix gram = solvers::gram(D, team);
  solvers::SymmetricPair longest = solvers::largest_eigenpair(gram, true, 1);
  m.sigma_2 = multiplicative_gap(chain, longest);
  const bool slem = !reversible && wanted(how, "slem");
  solvers::Inverse K;
  if (wanted(how, "chatterjee")) {
    K = group_inverse(chain, D, true, team);
    m.chatterjee = chatterjee_gap(K, m.additive, team);
  } else {
    m.chatterjee = not_wanted("chatterjee");
  }
  Powers powers;
  if (wanted(how, "k_step") || wanted(how, "pseudo_gap"))
    powers = PowerNorms(D, m.sigma_2, std::move(longest.vector), how, team).make();
  m.powers = std::move(powers.norms);
  if (slem) {
    const double error = 4 * eps * (solvers::frobenius(D) + 2);
    const bool near_one = *m.sigma_2.gap < slow;
    if (K.matrix.n == 0 && near_one)
      K = group_inverse(chain, D, false, team);
    m.radius = solvers::radius_bounds(D, {.error = error,
                                          .norm = *m.sigma_2.hi,
                                          .squares = powers.squares,
                                          .inverse = near_one ? &K.matrix : nullptr,
                                          .gram = &gram,
                                          .threads = team,
                                          .monitor = how.monitor});
    if (m.radius->top && m.radius->top->residual <= accurate) {
      m.slem = m.radius->top;
    } else {
      if (K.matrix.n == 0 && D.n > schur_below)
        K = group_inverse(chain, D, false, team);
      m.slem = dominant(chain, D, K.matrix, *m.radius, how);
    }
  }
  if (how.whole_spectrum)
    m.spectrum = whole_spectrum(D, chain.q(), reversible);
  return m;
}

} // namespace attnwalk::spectral
