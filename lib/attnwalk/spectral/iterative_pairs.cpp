// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/solvers/ritz_pairs.hpp"
#include "attnwalk/spectral/extremal_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
/// Entry visits that Lanczos may cost where the wanted accuracy is out of reach: eigenvalues at the
/// edge of a band lie closer together than any tolerance.
constexpr double search_budget = 2e10;
/// Entry visits that a search for a second vector of the same eigenvalue may cost.
constexpr double multiplicity_budget = 3e7;

void describe(ExtremalPair& end, const solvers::RitzPair& pair, const ReversibleWalk& walk,
              int sign, double tolerance) {
  if (pair.vector.empty()) // not looked for
    return;
  end.vector = pair.vector;
  end.gap = sign < 0 ? walk.gap(end.vector) : walk.gap_below(end.vector);
  end.gap_hi = end.gap * (1 + 64 * eps);
  end.residual = walk.residual(end.vector, end.gap, sign);
  end.settled = pair.converged;
  end.method = "Lanczos";
  end.status = end.residual <= 0.1 * end.gap ? Status::estimate : Status::not_converged;
  if (end.status == Status::not_converged)
    end.reason = "the residual exceeds a tenth of the gap: the gap may be far smaller";
  else if (!pair.converged)
    end.reason = message("the error may exceed ", tolerance, " of the gap");
}

/// Lower ends of both gaps from the random start of the search itself.
void random_start(ExtremalPairs& ends, const solvers::RitzPairs& found, const GapOptions& how) {
  const auto widen = [&](ExtremalPair& end, double gap_lo) {
    end.gap_lo = std::clamp(gap_lo, 0.0, end.gap);
    end.confidence = 1 - how.failure;
    if (end.status == Status::estimate)
      end.status = Status::probable;
    end.method += message(", random start of ", found.steps, " steps");
  };
  widen(ends.second, 1 - found.hi);
  widen(ends.last, 1 + found.lo);
}

/// How many orthogonal vectors reach lambda_2 to within the residuals: found ones are removed and
/// Lanczos starts again from a new random vector.
Index repeated(const ExtremalPair& second, const solvers::LinearMap& N,
               const solvers::Projector& project, Index products, const ReversibleWalk& walk,
               const GapOptions& how) {
  const Index n = walk.size();
  std::vector<std::vector<double>> found{second.vector};
  const solvers::Projector rest = [&](double* x) {
    project(x);
    for (const auto& v : found)
      kernels::axpy(n, -kernels::dot(n, v.data(), x, walk.threads()), v.data(), x, walk.threads());
  };
  const double cost = static_cast<double>(walk.weights().entries()) * static_cast<double>(products);
  const auto affordable = static_cast<Index>(multiplicity_budget / std::max(1.0, cost));
  while (static_cast<Index>(found.size()) <= std::min<Index>(affordable, 8) &&
         static_cast<Index>(found.size()) < n - 2) {
    const auto search = [&](double tolerance) {
      return solvers::extremal_ritz_pairs(
                 N, rest,
                 {.bottom = false,
                  .tolerance = tolerance,
                  .max_products = 2 * products,
                  .key = {how.key.seed, stream_of("deflated", found.size())},
                  .threads = walk.threads(),
                  .monitor = how.monitor})
          .top;
    };
    // Within second-order errors of both Rayleigh quotients.
    const double same = 1e-9 * second.gap + 16 * eps + second.residual;
    // Few steps show that the next eigenvalue is another one, if it is.
    constexpr double rough = 1e-4;
    const solvers::RitzPair glance = search(rough);
    if (!glance.converged || (1 - rough) * walk.gap(glance.vector) - second.gap > same)
      break;
    const solvers::RitzPair next = search(1e-7);
    if (!next.converged || walk.gap(next.vector) - second.gap > same)
      break;
    found.push_back(next.vector);
  }
  return static_cast<Index>(found.size());
}

} // namespace

ExtremalPairs iterative_pairs(const ReversibleWalk& walk, bool bipartite, const GapOptions& how) {
  const Index n = walk.size();
  const solvers::LinearMap N(n, [&walk](const double* x, double* y) { walk.apply(x, y); });
  const solvers::Projector project = [&walk](double* x) { walk.project(x); };
  const auto search = [&](Index products, bool brief) {
    return solvers::extremal_ritz_pairs(
        N, project,
        {.bottom = !bipartite,
         .tolerance = how.tolerance,
         .max_products = products,
         .brief = brief,
         .failure = how.failure,
         .key = {how.key.seed, stream_of("Lanczos", how.key.stream)},
         .threads = walk.threads(),
         .monitor = how.monitor});
  };
  const auto both = [&](const solvers::RitzPairs& found) {
    ExtremalPairs ends;
    describe(ends.second, found.top, walk, -1, how.tolerance);
    describe(ends.last, found.bottom, walk, 1, how.tolerance);
    random_start(ends, found, how);
    return ends;
  };

  // Up to a thousand products settle well separated ends. What needs more is first offered to a
  // sparse factorization, which does not care how small the gap is.
  const auto entries = static_cast<double>(std::max<Index>(1, walk.weights().entries()));
  const Index most =
      std::min(how.max_products, static_cast<Index>(std::max(80.0, search_budget / entries)));
  const Index first = std::min<Index>(most, 1000);
  solvers::RitzPairs found = search(first, true);
  ExtremalPairs ends = both(found);
  Factored exact = factored_pairs(walk, ends, bipartite, found.products, how);
  const bool settled =
      (found.top.converged || exact.second) && (bipartite || found.bottom.converged || exact.last);
  if (!settled && most > first) {
    found = search(most, false);
    ends = both(found);
  }
  ends.multiplicity = exact.multiplicity;
  if (exact.second)
    ends.second = std::move(*exact.second);
  else if (found.top.converged)
    ends.multiplicity = repeated(ends.second, N, project, found.products, walk, how);
  if (exact.last)
    ends.last = std::move(*exact.last);
  return ends;
}

} // namespace attnwalk::spectral
