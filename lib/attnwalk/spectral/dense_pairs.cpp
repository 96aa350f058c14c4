// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/tridiagonal.hpp"
#include "attnwalk/spectral/extremal_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
/// Where the top eigenvalue is moved to: below all others, and well apart from them.
constexpr double moved = -3;

/// N + (moved - 1) q q'.
solvers::DenseMatrix deflated(const ReversibleWalk& walk) {
  const Index n = walk.size();
  const CsrView<double>& W = walk.weights();
  const auto q = walk.top();
  solvers::DenseMatrix N(n);
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i)
      N(i, j) = (moved - 1) * q[i] * q[j];
  for (Index i = 0; i < n; ++i)
    for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e) {
      const Index j = W.columns[e];
      // One root at a time: the product of two degrees may leave the range of double.
      N(i, j) += W.value(e) / std::sqrt(walk.degree()[i]) / std::sqrt(walk.degree()[j]);
    }
  return N;
}

} // namespace

ExtremalPairs dense_pairs(const ReversibleWalk& walk) {
  const Index n = walk.size();
  const solvers::TridiagonalForm form(deflated(walk));
  ExtremalPairs out;
  out.spectrum = form.values(); // ascending; the moved one comes first
  std::reverse(out.spectrum.begin(), out.spectrum.end());
  out.spectrum.pop_back();
  // Backward error of the reduction and of the QL steps, for a matrix of norm |moved|; observed is
  // a small multiple of eps, n is what the theory allows.
  const double rounding = 4 * static_cast<double>(n + 16) * eps;
  out.rounding = rounding;
  const auto finish = [&](ExtremalPair& end, double value, int sign) {
    end.vector = form.vector(value);
    const double distance = sign < 0 ? 1 - value : 1 + value;
    end.gap = distance;
    if (walk.normalize(end.vector)) {
      end.gap = sign < 0 ? walk.gap(end.vector) : walk.gap_below(end.vector);
      end.residual = walk.residual(end.vector, end.gap, sign);
    }
    end.gap_lo = std::clamp(distance - rounding, 0.0, end.gap);
    end.gap_hi = std::min(end.gap * (1 + 64 * eps), std::max(end.gap, distance + rounding));
    end.gap_hi = std::max(end.gap_hi, end.gap);
    end.status = Status::certified;
    end.method = "dense";
  };
  finish(out.second, out.spectrum.front(), -1);
  finish(out.last, out.spectrum.back(), 1);
  out.multiplicity = std::count_if(out.spectrum.begin(), out.spectrum.end(), [&](double value) {
    return out.spectrum.front() - value <= rounding;
  });
  return out;
}

} // namespace attnwalk::spectral
