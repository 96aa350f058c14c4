// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/resistance.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sparse/restrict.hpp"
#include "attnwalk/sparse/symmetry.hpp"
#include "attnwalk/sparse/validate.hpp"
#include "attnwalk/spectral/laplacian.hpp"
#include "attnwalk/structure/structure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

namespace attnwalk::spectral {

namespace {

/// One component with its own walk and solver; made when a pair first asks for it.
struct Part {
  std::vector<Index> members;
  Csr<double> weights;
  std::unique_ptr<ReversibleWalk> walk;
  std::unique_ptr<LaplacianSolver> solver;
};

} // namespace

Resistances effective_resistance(const CsrView<double>& W, std::span<const Terminals> pairs,
                                 const ResistanceOptions& how) {
  require(W.rows == W.cols, Code::shape, "weights are ", W.rows, " x ", W.cols,
          "; resistances need a square matrix");
  sparse::validate_weights(W);
  require(sparse::equals_transpose(W), Code::domain, "resistances need symmetric weights");
  for (const auto& [i, j] : pairs)
    require(i >= 0 && i < W.rows && j >= 0 && j < W.rows, Code::index, "pair (", i, ", ", j,
            ") is outside 0..", W.rows - 1);
  const pattern::Labels labels = pattern::components(W);
  std::vector<Part> parts(labels.count);
  std::vector<Index> place(labels.of.size());
  for (std::size_t v = 0; v < labels.of.size(); ++v) {
    auto& members = parts[labels.of[v]].members;
    place[v] = static_cast<Index>(members.size());
    members.push_back(static_cast<Index>(v));
  }

  Resistances out;
  for (const auto& [i, j] : pairs) {
    const auto a = i;
    const auto b = j;
    if (labels.of[a] != labels.of[b]) {
      out.value.push_back(std::numeric_limits<double>::infinity());
      continue;
    }
    if (i == j) {
      out.value.push_back(0);
      continue;
    }
    Part& part = parts[labels.of[a]];
    if (!part.solver) {
      part.weights = sparse::restricted(W, part.members);
      part.walk = std::make_unique<ReversibleWalk>(part.weights.view(), how.threads);
      part.solver = std::make_unique<LaplacianSolver>(
          *part.walk,
          LaplacianOptions{.flops = how.flops, .tolerance = how.tolerance, .monitor = how.monitor});
      out.method = part.solver->method();
    }
    // (D - W)^+ acts as D^-1/2 (I - N)^+ D^-1/2 on vectors that sum to 0, up to a constant that the
    // difference of two voltages does not see.
    const auto degree = part.walk->degree();
    const auto from = place[a];
    const auto to = place[b];
    std::vector<double> current(part.members.size());
    current[from] = 1 / std::sqrt(degree[from]);
    current[to] = -1 / std::sqrt(degree[to]);
    const auto solved = part.solver->solve(std::move(current));
    out.value.push_back(solved.z[from] / std::sqrt(degree[from]) -
                        solved.z[to] / std::sqrt(degree[to]));
    out.residual = std::max(out.residual, solved.residual);
    out.converged = out.converged && solved.converged;
  }
  return out;
}

} // namespace attnwalk::spectral
