// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/ritz_pairs.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/solvers/iterative.hpp"
#include "attnwalk/solvers/random_start.hpp"
#include "attnwalk/solvers/tridiagonal.hpp"

#include <Spectra/SymEigsSolver.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace attnwalk::solvers {

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
    const Eigen::VectorXd main = m_fac.matrix_H().diagonal(); // the projected matrix is tridiagonal
    const Eigen::VectorXd off = m_fac.matrix_H().diagonal(-1);
    const std::span<const double> a(main.data(), main.size());
    const std::span<const double> b(off.data(), off.size());
    const Numbers y =
        tridiagonal_vector(a, b, tridiagonal_value(a, b, largest ? m_ncv - 1 - rank : rank));
    const Eigen::VectorXd x =
        m_fac.matrix_V() * Eigen::Map<const Eigen::VectorXd>(y.data(), std::ssize(y));
    return {x.begin(), x.end()};
  }
};

Numbers negative(Numbers x) {
  for (double& value : x)
    value = -value;
  return x;
}

class Search {
public:
  Search(const LinearMap& N, const Projector& project, const RitzOptions& how)
      : N_(N), project_(project), how_(how), n_(N.rows()), inside_(size()), image_(size()),
        before_(size()) {}

  RitzPairs run() {
    if (!unrestarted(gaussian_vector(n_, how_.key)))
      return std::move(out_);
    // Odd degrees keep the two ends apart. Each stage starts from what the last one found.
    Index degree = 9;
    while (!done() && !out_.top.vector.empty() &&
           out_.products + 24 * degree <= how_.max_products) {
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

  [[nodiscard]] double wanted(double gap) const { return std::max(how_.tolerance * gap, 8 * eps); }

  /// Whether the highest Ritz value is within the tolerance: by its residual, or by Lehmann's bound
  /// with all other eigenvalues below the middle between it and the next Ritz value. A residual
  /// that reaches that far says nothing of them.
  [[nodiscard]] bool precise(const Numbers& main, const Numbers& off, double value, double next,
                             double residual) const {
    const double gap = 1 - value;
    const double apart = value - next;
    return residual <= wanted(gap) ||
           (residual <= 0.25 * std::min(apart, gap) &&
            lehmann_below(main, off, value - apart / 2, value + wanted(gap)));
  }

  /// Takes x as the pair of that end if it is better than what is there; `expected` is the residual
  /// of a pair that is known to be precise, 0 if none is.
  void accept(RitzPair& pair, Numbers x, double end, double expected) {
    if (!normalize(x, project_, how_.threads))
      return;
    product(x.data(), image_.data());
    const double value = dot(x, image_);
    if (!pair.vector.empty() && end * value < end * pair.value)
      return;
    kernels::axpy(n_, -value, x.data(), image_.data(), how_.threads);
    pair.value = value;
    pair.residual = std::sqrt(dot(image_, image_));
    pair.vector = std::move(x);
    // The three-term recurrence loses orthogonality and may find an eigenvalue twice. A vector mixed
    // from both copies has a larger residual than the recurrence says: the true one decides.
    pair.converged = pair.residual <= std::max(2 * expected, wanted(1 - end * value));
  }

  [[nodiscard]] double quotient(Numbers x, double otherwise) {
    if (!normalize(x, project_, how_.threads))
      return otherwise;
    product(x.data(), image_.data());
    return dot(x, image_);
  }

  /// Lanczos without restarts or reorthogonalization: what rounding does to the basis repeats
  /// converged values and does not move them. A pair is formed as soon as it has converged, before
  /// its copies come up. False if there is nothing to go on with, or no hope in a brief run.
  bool unrestarted(Numbers start) {
    const Index most =
        std::min({n_, how_.max_products, std::max<Index>(40, basis_bytes / (8 * n_))});
    if (!normalize(start, project_, how_.threads))
      return false;
    const LinearMap counted(n_, [this](const double* x, double* y) { product(x, y); });
    Krylov space(counted, project_, std::move(start), {.threads = how_.threads});
    Index next_look = 8;
    while (true) {
      space.step();
      const Index k = space.steps();
      const bool last = k == most || space.next() < 16 * eps;
      if (!last && k < next_look)
        continue;
      next_look = k + std::max<Index>(8, k / 32);
      const bool far = look(space, last);
      if (last || done())
        return true;
      if (how_.brief && k >= 192 && far) {
        (void)look(space, true); // what there is
        return false;
      }
    }
  }

  /// Takes the extreme Ritz pairs that have converged, or all of them; true if the top one is no
  /// closer to an eigenvalue than to 1.
  bool look(const Krylov& space, bool last) {
    const Numbers values = tridiagonal_values(space.main(), space.off());
    const std::size_t k = values.size();
    bool far = false;
    for (const double end : {1.0, -1.0}) {
      RitzPair& pair = end > 0 ? out_.top : out_.bottom;
      const double value = end > 0 ? values[k - 1] : values[0];
      const double next = k == 1 ? value - 2 * end : end > 0 ? values[k - 2] : values[1];
      const Numbers y = tridiagonal_vector(space.main(), space.off(), value);
      const double residual = space.next() * std::abs(y.back());
      far = far || (end > 0 && residual > 1 - value);
      if (pair.converged || !(last || (end > 0 ? how_.top : how_.bottom)))
        continue;
      const bool good = precise(end > 0 ? space.main() : negative(space.main()), space.off(),
                                end * value, end * next, residual);
      if (good || last)
        accept(pair, space.vector(y), end, good ? residual : 0);
    }
    if (last || done())
      enclose(space);
    if (last) {
      // As in `solve`: the filter begins at the third Ritz value of each end.
      const std::size_t rank = std::min<std::size_t>(2, (k - 1) / 2);
      hi_ = values[k - 1 - rank];
      lo_ = values[rank];
    }
    return far;
  }

  /// Bounds from the random start. A step rounds by some eps: a product adds up numbers of one
  /// vector with weights whose squares sum to at most 1 in each row.
  void enclose(const Krylov& space) {
    const double component = smallest_component(n_, how_.failure / 2); // two ends to hit
    const double rounding = 32 * eps * std::sqrt(static_cast<double>(space.steps()));
    out_.hi = krylov_bound(space.main(), space.off(), component, rounding, 1);
    out_.lo = -krylov_bound(negative(space.main()), space.off(), component, rounding, 1);
    out_.steps = space.steps();
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
      accept(out_.top, solver.ritz_vector(true), 1, 0);
      accept(out_.bottom, solver.ritz_vector(false), -1, 0);
      // The next filter begins at the third Ritz vector of each end: at the first, its neighbors
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
  const RitzOptions& how_;
  Index n_;
  double lo_ = -1; // what the filter damps
  double hi_ = 1;
  Numbers inside_, image_, before_;
  RitzPairs out_;
};

} // namespace

RitzPairs extremal_ritz_pairs(const LinearMap& N, const Projector& project,
                              const RitzOptions& how) {
  return Search(N, project, how).run();
}

std::vector<double> largest_eigenvector(const LinearMap& X, const Projector& project,
                                        const EigenvectorOptions& how) {
  const Index n = X.rows();
  Numbers x =
      how.start.empty() ? gaussian_vector(n, how.key) : Numbers(how.start.begin(), how.start.end());
  for (Index restart = 0; restart < how.max_restarts; ++restart) {
    if (!normalize(x, project, how.threads))
      return {};
    Krylov space(X, project, std::move(x), {.orthogonal = true, .threads = how.threads});
    Krylov::Ritz top;
    do {
      space.step();
      if (!std::isfinite(space.main().back()) || !std::isfinite(space.next()))
        return {};
      top = space.highest();
    } while (space.steps() < std::min(n, how.krylov) && top.residual > how.tolerance * top.value &&
             space.next() > 16 * eps * std::abs(top.value));
    x = space.vector(top.y);
    if (top.residual <= how.tolerance * top.value)
      break;
  }
  return x;
}

std::vector<double> leading_symmetric(const LinearMap& X, Index count, double tolerance) {
  LinearMap copy = X;
  try {
    Solver solver(copy, count, 8 * count);
    solver.init();
    if (solver.compute(Spectra::SortRule::LargestAlge, 1000, tolerance) < count)
      return {};
    const Eigen::VectorXd found = solver.eigenvalues();
    return {found.begin(), found.end()};
  } catch (const std::runtime_error&) {
    return {}; // Spectra throws where a Krylov space ends early, as that of a matrix of ones does
  }
}

} // namespace attnwalk::solvers
