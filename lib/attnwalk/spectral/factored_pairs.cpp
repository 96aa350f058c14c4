// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/solvers/ritz_pairs.hpp"
#include "attnwalk/solvers/sparse_factor.hpp"
#include "attnwalk/spectral/extremal_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
/// What a certificate may cost at least, what an unsettled end may, and what a gap that Lanczos
/// cannot reach may.
constexpr double certificate_flops = 1e8;
constexpr double unsettled_flops = 2e9;
constexpr double rescue_flops = 1e11;
/// An interval of a gap that leaves less than this open is not worth more than the search cost.
constexpr double narrow = 0.98;
/// Up to this many entries a minimum degree order is cheap whatever the graph.
constexpr Index small = 300000;

/// (1 - s) D - W (sign -1) or (1 - s) D + W (sign +1), factored at one shift after the other.
class Shifted {
public:
  Shifted(const ReversibleWalk& walk, solvers::SparseFactor& factor, int sign)
      : walk_(walk), factor_(factor), sign_(sign), shift_(walk.degree().size()),
        root_(shift_.size()), inverse_(shift_.size()), half_(shift_.size()) {
    for (std::size_t i = 0; i < root_.size(); ++i) {
      root_[i] = std::sqrt(walk.degree()[i]);
      inverse_[i] = 1 / root_[i];
    }
  }

  /// Eigenvalues g of I -+ N below s, or absent if elimination met a pivot of 0.
  [[nodiscard]] std::optional<Index> below(double s) {
    for (std::size_t i = 0; i < shift_.size(); ++i)
      shift_[i] = walk_.degree()[i] - s * walk_.degree()[i];
    if (!factor_.factor(shift_, sign_))
      return {};
    return factor_.negatives();
  }
  /// D - W with vertex 0 tied to the ground: on vectors orthogonal to 1 its inverse is that of D -
  /// W, since no current can flow to the ground, and it is far from singular.
  [[nodiscard]] bool ground() {
    std::copy(walk_.degree().begin(), walk_.degree().end(), shift_.begin());
    shift_.front() *= 2;
    return factor_.factor(shift_, sign_);
  }
  /// How far `below` may be off in s: of the elimination and of forming the diagonal.
  [[nodiscard]] double error() const { return factor_.error(inverse_) + 4 * eps; }

  /// The vector of the smallest g by Lanczos on the inverse at the last shift, on what is
  /// orthogonal to the top eigenvector and to `found`.
  [[nodiscard]] std::vector<double> smallest(const GapOptions& how,
                                             const std::vector<std::vector<double>>& found = {}) {
    const solvers::LinearMap inverse(walk_.size(), [this](const double* x, double* y) {
      for (std::size_t i = 0; i < half_.size(); ++i)
        half_[i] = root_[i] * x[i];
      factor_.solve(half_.data(), y);
      for (std::size_t i = 0; i < half_.size(); ++i)
        y[i] *= root_[i];
    });
    const auto project = [this, &found](double* x) {
      const Index n = walk_.size();
      walk_.project(x);
      for (const auto& v : found)
        kernels::axpy(n, -kernels::dot(n, v.data(), x, walk_.threads()), v.data(), x,
                      walk_.threads());
    };
    std::vector<double> x = solvers::largest_eigenvector(
        inverse, project,
        {.tolerance = std::clamp(0.01 * how.tolerance, 1e-13, 1e-6),
         .key = {how.key.seed, stream_of("shift-invert", found.size())},
         .threads = walk_.threads()});
    if (x.empty())
      return x;
    // What is wrong with x is small for the inverse, not for N: once more takes it down there, too.
    std::vector<double> smooth(x.size());
    inverse.perform_op(x.data(), smooth.data());
    project(smooth.data());
    return smooth;
  }

private:
  const ReversibleWalk& walk_;
  solvers::SparseFactor& factor_;
  int sign_;
  std::vector<double> shift_, root_, inverse_, half_;
};

/// Takes a better vector: a smaller gap, or the same with a smaller residual. Whether it was one.
bool measure(ExtremalPair& end, std::vector<double> vector, const ReversibleWalk& walk, int sign) {
  if (!walk.normalize(vector))
    return false;
  const double gap = sign < 0 ? walk.gap(vector) : walk.gap_below(vector);
  const double residual = walk.residual(vector, gap, sign);
  const bool same = gap <= end.gap * (1 + 1e-12) && residual < end.residual / 2;
  if (!(gap < end.gap) && !same)
    return false;
  end.vector = std::move(vector);
  end.gap = gap;
  end.residual = residual;
  end.method = "shift-invert Lanczos";
  end.reason.clear();
  return true;
}

/// Certifies that no more than `expected` eigenvalues lie below a point just under end.gap. Close
/// to the spectrum pivots are small and elimination is less accurate, farther off the point itself
/// is lower: the margin grows until the count agrees and the error is below the margin. It starts
/// where the value's own error ends.
bool certify(ExtremalPair& end, Shifted& shifted, Index expected) {
  const double accuracy = std::min(0.5, end.residual / end.gap);
  double best = -1;
  double margin = std::max(1e-7, accuracy * accuracy);
  while (margin < 1) {
    const double step = margin;
    const double s = end.gap * (1 - step);
    const std::optional<Index> count = shifted.below(s);
    margin *= 8;
    if (!count || *count > expected)
      continue;
    const double error = shifted.error();
    best = std::max(best, s - error);
    if (error <= step * end.gap)
      break;
    margin = std::max(margin, std::sqrt(step * error / end.gap)); // pivots grow like 1/margin
  }
  if (best < 0)
    return false;
  end.gap_lo = std::min(best, end.gap);
  end.gap_hi = end.gap * (1 + 64 * eps);
  end.confidence = 1;
  end.status = Status::certified;
  end.method += ", inertia";
  return true;
}

/// Least flops of any factorization of a graph with this gap: its treewidth is at least
/// n mu/(d_max + mu) - 1 [gima2024] with mu >= g d_min, and so many vertices are joined with each
/// other at some step of every elimination. 0 for weighted graphs.
double least_flops(const ReversibleWalk& walk, double gap) {
  if (walk.weights().values != nullptr)
    return 0;
  const auto [least, most] = std::minmax_element(walk.degree().begin(), walk.degree().end());
  const double mu = gap * *least;
  const double width = static_cast<double>(walk.size()) * mu / (*most + mu) - 1;
  return width * width * width / 3;
}

bool sharp(const ExtremalPair& end, const GapOptions& how) {
  return end.residual <= std::max(how.tolerance * end.gap, 8 * eps);
}

/// Certificate and vector in turns: just under the spectrum of the subspace the inverse is positive
/// definite and tells the lowest eigenvalues far apart, however close they lie.
std::optional<ExtremalPair> refined(ExtremalPair end, Shifted& shifted, Index expected,
                                    const ReversibleWalk& walk, int sign, const GapOptions& how) {
  for (int round = 0;; ++round) {
    ExtremalPair trial = end;
    if (!certify(trial, shifted, expected))
      return {};
    if (sharp(trial, how))
      return trial;
    if (round == 3 || !measure(end, shifted.smallest(how), walk, sign)) {
      trial.reason = message("the residual stayed above ", how.tolerance, " of the gap");
      return trial;
    }
  }
}

/// How many orthogonal vectors share the gap to within the rounding of a Rayleigh quotient.
Index repeated(const ExtremalPair& second, Shifted& shifted, const ReversibleWalk& walk,
               const GapOptions& how) {
  constexpr Index enough = 8;
  std::vector<std::vector<double>> found{second.vector};
  while (static_cast<Index>(found.size()) < std::min(enough, walk.size() - 2)) {
    std::vector<double> next = shifted.smallest(how, found);
    if (!walk.normalize(next))
      break;
    const double gap = walk.gap(next);
    if (gap > second.gap * (1 + 1e-9) || walk.residual(next, gap) > 1e-5 * second.gap)
      break;
    found.push_back(std::move(next));
  }
  return static_cast<Index>(found.size());
}

} // namespace

Factored factored_pairs(const ReversibleWalk& walk, const ExtremalPairs& rough, bool bipartite,
                        Index products, const GapOptions& how) {
  Factored out;
  const auto sure = [](const ExtremalPair& end) {
    return end.settled && end.gap_lo > narrow * end.gap;
  };
  const bool settled = sure(rough.second) && (bipartite || sure(rough.last));
  const bool slow = !rough.second.settled && rough.second.gap < 1e-3;
  const auto entries = static_cast<double>(walk.weights().entries());
  const double searched = 2 * entries * static_cast<double>(products);
  const double flops = slow      ? rescue_flops
                       : settled ? std::max(certificate_flops, searched)
                                 : unsettled_flops;
  if (settled && least_flops(walk, rough.second.gap) > flops)
    return out;
  std::optional<solvers::SparseFactor> factor =
      solvers::SparseFactor::plan(walk.weights(), flops, walk.weights().entries() <= small || slow);
  if (!factor)
    return out;
  poll(how.monitor, "factorization");

  ExtremalPair second = rough.second;
  Shifted below(walk, *factor, -1);
  if (!rough.second.settled && below.ground())
    (void)measure(second, below.smallest(how), walk, -1);
  out.second = refined(std::move(second), below, 1, walk, -1, how);
  if (out.second)
    out.multiplicity = repeated(*out.second, below, walk, how);
  if (!bipartite) {
    Shifted above(walk, *factor, 1);
    out.last = refined(rough.last, above, 0, walk, 1, how);
  }
  return out;
}

} // namespace attnwalk::spectral
