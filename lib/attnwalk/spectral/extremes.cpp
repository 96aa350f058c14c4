// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/extremes.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/spectral/tridiagonal.hpp"

#include <Eigen/Eigenvalues>
#include <Spectra/SymEigsSolver.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

using Numbers = std::vector<double>;

constexpr double eps = std::numeric_limits<double>::epsilon();
/// What the basis of a run without restarts may take.
constexpr Index basis_bytes = Index{1} << 31;

/// Spectra's solver with a view of its Ritz vectors whether they converged or not: any vector is a
/// bound on one side, and its residual says how good it is.
class Solver : public Spectra::SymEigsSolver<LinearMap> {
public:
  using Spectra::SymEigsSolver<LinearMap>::SymEigsSolver;

  /// V y for the eigenvector y of the projected matrix whose value is number `rank` (from 0)
  /// counted from the largest, or from the smallest.
  [[nodiscard]] Numbers ritz_vector(bool largest, core::Index rank = 0) const {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> small(m_fac.matrix_H());
    const Eigen::VectorXd x =
        m_fac.matrix_V() * small.eigenvectors().col(largest ? m_ncv - 1 - rank : rank);
    return {x.begin(), x.end()};
  }
};

class Search {
public:
  Search(const LinearMap& N, const Projector& project, const ExtremesOptions& how)
      : N_(N), project_(project), how_(how), n_(N.rows()), inside_(size()), image_(size()),
        before_(size()) {}

  Extremes run() {
    Numbers start(size());
    Draws draws(how_.key);
    for (double& value : start)
      value = draws.normal();
    accept(out_.top, start, 1);
    accept(out_.bottom, start, -1);
    unrestarted(std::move(start));
    // Odd degrees keep the two ends apart. Each stage starts from what the last one found.
    Index degree = 9;
    while (!done() && out_.products + 24 * degree <= how_.max_products) {
      if (!filtered(degree))
        break;
      degree = std::min(how_.max_degree, 3 * degree);
    }
    return std::move(out_);
  }

private:
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(n_); }
  [[nodiscard]] bool done() const {
    return (out_.top.converged || !how_.top) && (out_.bottom.converged || !how_.bottom);
  }
  [[nodiscard]] double dot(const Numbers& x, const Numbers& y) const {
    return kernels::dot(n_, x.data(), y.data(), how_.threads);
  }
  void product(const double* x, double* y) {
    poll(how_.monitor, "Lanczos",
         static_cast<double>(out_.products) / static_cast<double>(how_.max_products));
    N_.perform_op(x, y);
    ++out_.products;
  }

  /// Projects and scales to norm 1; false if nothing is left.
  bool normalise(Numbers& x) {
    for (int pass = 0; pass < 2; ++pass) {
      project_(x.data());
      const double norm = std::sqrt(dot(x, x));
      if (!(norm > 0) || !std::isfinite(norm))
        return false;
      for (double& value : x)
        value /= norm;
    }
    return true;
  }

  /// Takes x as the pair of that end if it is better than what is there.
  void accept(RitzPair& pair, Numbers x, double end) {
    if (!normalise(x))
      return;
    product(x.data(), image_.data());
    const double value = dot(x, image_);
    if (!pair.vector.empty() && end * value < end * pair.value)
      return;
    kernels::axpy(n_, -value, x.data(), image_.data(), how_.threads);
    pair.value = value;
    pair.residual = std::sqrt(dot(image_, image_));
    pair.vector = std::move(x);
    pair.converged = pair.residual <= std::max(how_.tolerance * (1 - end * value), 8 * eps);
  }

  [[nodiscard]] double quotient(Numbers x, double otherwise) {
    if (!normalise(x))
      return otherwise;
    product(x.data(), image_.data());
    return dot(x, image_);
  }

  /// Lanczos by its three terms, without restarts or reorthogonalisation: what rounding does to the
  /// basis repeats converged values and does not move them. A pair is formed as soon as it has
  /// converged, before its copies come up.
  void unrestarted(Numbers v) {
    const Index most =
        std::min({n_, how_.max_products, std::max<Index>(40, basis_bytes / (8 * n_))});
    if (!normalise(v))
      return;
    std::vector<Numbers> basis;
    Numbers main, off, w(size());
    while (true) {
      basis.push_back(std::move(v));
      const Numbers& now = basis.back();
      product(now.data(), w.data());
      main.push_back(dot(now, w));
      const bool first = basis.size() == 1;
      kernels::combine(n_, -main.back(), now.data(), 1, w.data(), first ? 0 : -off.back(),
                       first ? nullptr : basis[basis.size() - 2].data(), how_.threads);
      project_(w.data());
      const double next = std::sqrt(dot(w, w));
      const auto k = static_cast<Index>(basis.size());
      const bool last = k == most || next < 16 * eps;
      if (last || k % 32 == 0) {
        const bool far = look(basis, main, off, next, last);
        if (last || done())
          return;
        if (how_.brief && k >= 192 && far) {
          (void)look(basis, main, off, next, true); // what there is, for the filters to start from
          return;
        }
      }
      off.push_back(next);
      v = w;
      for (double& value : v)
        value /= next;
    }
  }

  /// Takes the extreme Ritz pairs that have converged, or all of them; true if the top one is no
  /// closer to an eigenvalue than to 1.
  bool look(const std::vector<Numbers>& basis, const Numbers& main, const Numbers& off, double next,
            bool last) {
    const Numbers values = tridiagonal_values(main, off);
    bool far = false;
    for (const double end : {1.0, -1.0}) {
      RitzPair& pair = end > 0 ? out_.top : out_.bottom;
      const double value = end > 0 ? values.back() : values.front();
      const Numbers y = tridiagonal_vector(main, off, value);
      const double residual = next * std::abs(y.back());
      const double gap = 1 - end * value;
      far = far || (end > 0 && residual > gap);
      const bool wanted = end > 0 ? how_.top : how_.bottom;
      if (pair.converged || !(last || (wanted && residual <= 0.5 * how_.tolerance * gap)))
        continue;
      Numbers x(size(), 0.0);
      for (std::size_t j = 0; j < basis.size(); ++j)
        kernels::axpy(n_, y[j], basis[j].data(), x.data(), how_.threads);
      accept(pair, std::move(x), end);
    }
    if (last) {
      // As in `solve`: the filter begins at the third Ritz value of each end.
      const std::size_t rank = std::min<std::size_t>(2, (values.size() - 1) / 2);
      hi_ = values[values.size() - 1 - rank];
      lo_ = values[rank];
    }
    return far;
  }

  /// T_m(z(N)) on the subspace, 0 off it; z maps [lo_, hi_] to [-1, 1]. False if that is too
  /// narrow.
  bool filtered(Index degree) {
    const double hi = hi_;
    const double lo = lo_;
    if (!(hi - lo > 4 * eps))
      return false;
    const double slope = 2 / (hi - lo);
    const double offset = (hi + lo) / (hi - lo);
    const LinearMap filter(n_, [&, slope, offset](const double* x, double* y) {
      const int threads = how_.threads;
      std::copy(x, x + n_, before_.begin());
      project_(before_.data());
      product(before_.data(), inside_.data());
      kernels::combine(n_, -offset, before_.data(), slope, inside_.data(), 0, nullptr, threads);
      for (Index j = 1; j < degree; ++j) {
        product(inside_.data(), image_.data());
        kernels::combine(n_, 2 * slope, image_.data(), -1, before_.data(), -2 * offset,
                         inside_.data(), threads);
        project_(before_.data());
        before_.swap(inside_);
      }
      std::copy(inside_.begin(), inside_.end(), y);
    });
    Numbers start = out_.top.vector;
    for (std::size_t i = 0; i < size(); ++i)
      start[i] += out_.bottom.vector[i];
    solve(filter, start, 24, 2, 0.1 * how_.tolerance);
    return true;
  }

  void solve(const LinearMap& op, const Numbers& start, Index krylov, Index restarts,
             double tolerance) {
    const Index nev = n_ > 2 ? 2 : 1;
    LinearMap copy = op;
    Solver solver(copy, nev, std::min(n_, krylov));
    try {
      solver.init(start.data());
      (void)solver.compute(n_ > 2 ? Spectra::SortRule::BothEnds : Spectra::SortRule::LargestAlge,
                           restarts, tolerance);
      accept(out_.top, solver.ritz_vector(true), 1);
      accept(out_.bottom, solver.ritz_vector(false), -1);
      // The next filter begins at the third Ritz vector of each end: at the first, its neighbours
      // would be told from it by the rounding of the Rayleigh quotient alone.
      const Index rank = std::min<Index>(2, (std::min(n_, krylov) - 1) / 2);
      hi_ = quotient(solver.ritz_vector(true, rank), out_.top.value);
      lo_ = quotient(solver.ritz_vector(false, rank), out_.bottom.value);
    } catch (const Error&) {
      throw; // a cancelled monitor
    } catch (const std::exception&) {
      // Spectra gives up on degenerate projected matrices; the vectors found so far stand.
      return;
    }
  }

  const LinearMap& N_;
  const Projector& project_;
  const ExtremesOptions& how_;
  Index n_;
  double lo_ = -1; // what the filter damps
  double hi_ = 1;
  Numbers inside_, image_, before_;
  Extremes out_;
};

} // namespace

Extremes extremes(const LinearMap& N, const Projector& project, const ExtremesOptions& how) {
  return Search(N, project, how).run();
}

std::vector<double> top_vector(const LinearMap& X, const Projector& project, const TopOptions& how,
                               Index& products) {
  const Index n = X.rows();
  Numbers start(static_cast<std::size_t>(n));
  Draws draws(how.key);
  for (double& value : start)
    value = draws.normal();
  project(start.data());
  Numbers inside(start.size());
  // 0 is below the spectrum of a positive definite X, so what was removed never comes up.
  LinearMap restricted(n, [&](const double* x, double* y) {
    std::copy(x, x + n, inside.begin());
    project(inside.data());
    X.perform_op(inside.data(), y);
    project(y);
    ++products;
  });
  Solver solver(restricted, 1, std::min(n, how.krylov));
  solver.init(start.data());
  (void)solver.compute(Spectra::SortRule::LargestAlge, how.max_restarts, how.tolerance);
  return solver.ritz_vector(true);
}

} // namespace attnwalk::spectral
