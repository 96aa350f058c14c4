// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/ends.hpp"
#include "attnwalk/spectral/extremes.hpp"
#include "attnwalk/spectral/sparse_factor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
/// What a certificate may cost, and what a gap that Lanczos cannot reach may.
constexpr double certificate_flops = 2e9;
constexpr double rescue_flops = 1e11;
/// Up to this many entries a minimum degree order is cheap whatever the graph.
constexpr Index small = 300000;

/// (1 - s) D - W (sign -1) or (1 - s) D + W (sign +1), factored at one shift after the other.
class Shifted {
public:
  Shifted(const ReversibleWalk& walk, SparseFactor& factor, int sign)
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

  /// The vector of the smallest g of the subspace by Lanczos on the inverse at the last shift.
  [[nodiscard]] std::vector<double> smallest(const GapOptions& how) {
    const LinearMap inverse(walk_.size(), [this](const double* x, double* y) {
      for (std::size_t i = 0; i < half_.size(); ++i)
        half_[i] = root_[i] * x[i];
      factor_.solve(half_.data(), y);
      for (std::size_t i = 0; i < half_.size(); ++i)
        y[i] *= root_[i];
    });
    Index products = 0;
    return top_vector(
        inverse, [this](double* x) { walk_.project(x); },
        {.krylov = 24,
         .tolerance = std::clamp(0.01 * how.tolerance, 1e-13, 1e-6),
         .max_restarts = 12,
         .key = {how.key.seed, stream_of("shift-invert", how.key.stream)}},
        products);
  }

private:
  const ReversibleWalk& walk_;
  SparseFactor& factor_;
  int sign_;
  std::vector<double> shift_, root_, inverse_, half_;
};

void measure(End& end, std::vector<double> vector, const ReversibleWalk& walk, int sign) {
  if (!walk.normalise(vector))
    return;
  const double gap = sign < 0 ? walk.gap(vector) : walk.gap_below(vector);
  if (gap > end.gap)
    return;
  end.vector = std::move(vector);
  end.gap = gap;
  end.residual = walk.residual(end.vector, gap, sign);
  end.method = "shift-invert Lanczos";
  end.reason.clear();
}

/// Certifies that no more than `expected` eigenvalues lie below a point just under end.gap. The
/// margin grows until the count agrees; it starts where the value's own error ends.
bool certify(End& end, Shifted& shifted, Index expected) {
  const double accuracy = std::min(0.5, end.residual / end.gap);
  for (double margin = std::max(1e-7, accuracy * accuracy); margin < 1; margin *= 8) {
    const double s = end.gap * (1 - margin);
    const std::optional<Index> count = shifted.below(s);
    if (!count || *count > expected)
      continue;
    end.gap_lo = std::clamp(s - shifted.error(), 0.0, end.gap);
    end.gap_hi = end.gap * (1 + 64 * eps);
    end.confidence = 1;
    end.status = Status::certified;
    end.method += ", inertia";
    return true;
  }
  return false;
}

bool sharp(const End& end, const GapOptions& how) {
  return end.residual <= std::max(how.tolerance * end.gap, 8 * eps);
}

} // namespace

Factored factored_ends(const ReversibleWalk& walk, const Ends& rough, bool bipartite,
                       const GapOptions& how) {
  Factored out;
  const bool hard = !sharp(rough.second, how);
  const Index entries = walk.weights().entries();
  const bool slow = hard && rough.second.gap < 1e-3;
  std::optional<SparseFactor> factor = SparseFactor::plan(
      walk.weights(), slow ? rescue_flops : certificate_flops, entries <= small || slow);
  if (!factor)
    return out;
  poll(how.monitor, "factorisation");

  End second = rough.second;
  Shifted below(walk, *factor, -1);
  if (hard && below.ground())
    measure(second, below.smallest(how), walk, -1);
  if (certify(second, below, 1)) {
    const std::optional<Index> cluster = below.below(second.gap * (1 + 1e-6));
    if (cluster && below.error() < 1e-6 * second.gap)
      out.multiplicity = std::max<Index>(1, *cluster - 1);
    out.second = std::move(second);
  }
  if (bipartite)
    return out;

  End last = rough.last;
  Shifted above(walk, *factor, 1);
  for (int round = 0; round < 3; ++round) {
    End trial = last;
    if (!certify(trial, above, 0))
      return out;
    const bool done = sharp(trial, how) || round == 2;
    if (done) {
      out.last = std::move(trial);
      break;
    }
    // Just below the whole spectrum: the inverse tells the lowest eigenvalues far apart.
    const double before = last.gap;
    measure(last, above.smallest(how), walk, 1);
    if (last.gap > before * (1 - 1e-14)) {
      out.last = std::move(trial);
      break;
    }
  }
  return out;
}

} // namespace attnwalk::spectral
