// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/solvers/tridiagonal.hpp"
#include "attnwalk/spectral/ends.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double eps = std::numeric_limits<double>::epsilon();
/// Where the top eigenvalue is moved to: below all others, and well apart from them.
constexpr double moved = -3;

/// N + (moved - 1) q q'.
MatrixXd deflated(const ReversibleWalk& walk) {
  const Index n = walk.size();
  const CsrView<double>& W = walk.weights();
  const Eigen::Map<const VectorXd> q(walk.top().data(), n);
  MatrixXd N = (moved - 1) * q * q.transpose();
  for (Index i = 0; i < n; ++i)
    for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e) {
      const Index j = W.columns[e];
      // One root at a time: the product of two degrees may leave the range of double.
      N(i, j) += W.value(e) / std::sqrt(walk.degree()[static_cast<std::size_t>(i)]) /
                 std::sqrt(walk.degree()[static_cast<std::size_t>(j)]);
    }
  return N;
}

} // namespace

Ends dense_ends(const ReversibleWalk& walk) {
  const Index n = walk.size();
  require_memory("the dense spectrum", 24.0 * static_cast<double>(n) * static_cast<double>(n));
  const Eigen::Tridiagonalization<MatrixXd> reduced(deflated(walk));
  const VectorXd diagonal = reduced.diagonal();
  const VectorXd beside = reduced.subDiagonal();
  Eigen::SelfAdjointEigenSolver<MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal, beside, Eigen::EigenvaluesOnly);
  require(solver.info() == Eigen::Success, Code::domain, "QL steps on the dense walk of ", n,
          " tokens did not converge; dense_below = 0 iterates instead");

  Ends out;
  for (Index i = n - 1; i > 0; --i) // ascending; the moved one comes first
    out.spectrum.push_back(solver.eigenvalues()[i]);
  // Backward error of the reduction and of the QL steps, for a matrix of norm |moved|; observed is
  // a small multiple of eps, n is what the theory allows.
  const double rounding = 4 * static_cast<double>(n + 16) * eps;
  out.rounding = rounding;
  const auto finish = [&](End& end, double value, int sign) {
    const std::vector<double> inside =
        solvers::tridiagonal_vector({diagonal.data(), static_cast<std::size_t>(n)},
                                    {beside.data(), static_cast<std::size_t>(n - 1)}, value);
    const VectorXd image = reduced.matrixQ() * Eigen::Map<const VectorXd>(inside.data(), n);
    end.vector.assign(image.begin(), image.end());
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
