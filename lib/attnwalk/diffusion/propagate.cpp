// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/diffusion/propagate.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"
#include "attnwalk/sparse/entries.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace attnwalk::diffusion {
namespace {

using grb::Matrix;

constexpr std::array<std::pair<Semiring, grb::Semiring>, 6> semirings{{
    {Semiring::plus_times, grb::Semiring::plus_times},
    {Semiring::lor_land, grb::Semiring::lor_land},
    {Semiring::min_plus, grb::Semiring::min_plus},
    {Semiring::plus_pair, grb::Semiring::plus_pair},
    {Semiring::max_min, grb::Semiring::max_min},
    {Semiring::max_times, grb::Semiring::max_times},
}};

grb::Semiring on_graphblas(Semiring semiring) {
  for (const auto& [own, theirs] : semirings)
    if (own == semiring)
      return theirs;
  return grb::Semiring::plus_times;
}

// The semiring's sum, for accumulation over hops.
grb::Binary sum_of(Semiring semiring) {
  switch (semiring) {
  case Semiring::plus_times:
  case Semiring::plus_pair:
    return grb::Binary::plus;
  case Semiring::min_plus:
    return grb::Binary::min;
  case Semiring::lor_land:
  case Semiring::max_min:
  case Semiring::max_times:
    break;
  }
  return grb::Binary::max;
}

void require_options(const PropagateOptions& how) {
  require(how.hops >= 0, Code::domain, "hops = ", how.hops, " must be 0 or more");
  require(!how.restricted || how.mask != nullptr, Code::domain,
          "restricted needs a mask to stay on");
}

// Costs of min_plus in place of weights.
Matrix edges_of(const CsrView<double>& A, const PropagateOptions& how) {
  Matrix E = grb::from_csr(A);
  if (how.semiring != Semiring::min_plus || how.cost == Cost::weight)
    return E;
  if (how.cost == Cost::hop)
    return grb::apply(E, grb::Unary::one);
  for (Index e = 0; e < A.entries(); ++e)
    require(A.value(e) > 0, Code::domain, "entry ", e, " of A is ", A.value(e),
            " where -log needs more than 0");
  return grb::apply(grb::apply(E, grb::Unary::log), grb::Unary::ainv);
}

void require_fits(double bytes, const PropagateOptions& how) {
  if (how.max_bytes > 0)
    require(bytes <= how.max_bytes, Code::memory, "the next hop could take ", bytes,
            " bytes where ", how.max_bytes, " are allowed");
  else
    require_memory("the next hop", bytes);
}

// From outside: structure and values, before GraphBLAS reads either.
void require_valid(const CsrView<double>& A, const char* name) {
  sparse::validate(A);
  for (Index e = 0; A.values != nullptr && e < A.entries(); ++e)
    require(!std::isnan(A.values[e]), Code::domain, "entry ", e, " of ", name,
            " is nan; it must be a number");
}

double predicted_bytes(const CsrView<double>& A, const CsrView<double>& B) {
  double entries = 0;
  for (Index i = 0; i < A.rows; ++i) {
    Index row = 0;
    for (const Index k : A.row(i))
      row = std::min(B.cols, row + B.degree(k));
    entries += static_cast<double>(row);
  }
  return 16 * entries + 8 * static_cast<double>(A.rows + 1);
}

Matrix identity(Index n) {
  const std::vector<double> ones(static_cast<std::size_t>(n), 1.0);
  return grb::diag(grb::vector_of(ones));
}

} // namespace

bool counts_edges(const PropagateOptions& how) {
  return how.semiring == Semiring::lor_land || how.semiring == Semiring::plus_pair ||
         (how.semiring == Semiring::min_plus && how.cost == Cost::hop);
}

double forecast_bytes(const CsrView<double>& A, const CsrView<double>& B) {
  require(A.cols == B.rows, Code::shape, "A has ", A.cols, " columns and B ", B.rows,
          " rows; they must agree");
  sparse::validate(A);
  sparse::validate(B);
  return predicted_bytes(A, B);
}

Propagated propagate(const CsrView<double>& weights, const CsrView<double>& start,
                     const PropagateOptions& how) {
  // Copies without zeros, where they are no edges; of min_plus a start of 0 is a distance.
  Csr<double> edges;
  Csr<double> starts;
  const auto kept = [](const CsrView<double>& stored, const char* name, Csr<double>& copy) {
    require_valid(stored, name);
    copy = sparse::owned(stored);
    sparse::drop_zeros(copy);
    return copy.view();
  };
  const bool structural = counts_edges(how);
  const CsrView<double> A =
      structural && weights.values != nullptr ? kept(weights, "A", edges) : weights;
  const CsrView<double> X =
      structural && how.semiring != Semiring::min_plus && start.values != nullptr
          ? kept(start, "X", starts)
          : start;
  require_options(how);
  require(A.rows == A.cols, Code::shape, "A is ", A.rows, " x ", A.cols,
          " and propagation needs a square matrix");
  require(A.cols == X.rows, Code::shape, "A has ", A.cols, " columns and X ", X.rows,
          " rows; they must agree");
  if (how.mask != nullptr)
    require(how.mask->rows() == A.rows && how.mask->cols() == X.cols, Code::shape, "the mask is ",
            how.mask->rows(), " x ", how.mask->cols(), " where the result is ", A.rows, " x ",
            X.cols);
  require_valid(A, "A");
  require_valid(X, "X");
  const Matrix E = edges_of(A, how);
  const Matrix* mask = how.mask == nullptr ? nullptr : &how.mask->matrix();
  Matrix Y = grb::from_csr(X);
  Matrix total = Y.clone();
  Propagated out;
  Csr<double> current = grb::to_csr<double>(Y);
  for (Index hop = 1; hop <= how.hops; ++hop) {
    poll(how.monitor, "propagate", static_cast<double>(hop - 1) / static_cast<double>(how.hops));
    const bool masked = mask != nullptr && (how.restricted || (hop == how.hops && !how.accumulate));
    // A masked product holds at most the mask's entries, whatever the unmasked one would.
    const double bytes = masked ? 16.0 * static_cast<double>(how.mask->entries())
                                : predicted_bytes(A, current.view());
    require_fits(bytes, how);
    // Y = A (x) Y
    Y = grb::mxm(E, Y, {.semiring = on_graphblas(how.semiring), .mask = masked ? mask : nullptr});
    out.growth.push_back({hop, Y.entries(), bytes});
    // T = T (+) Y
    if (how.accumulate)
      total = grb::ewise_union(total, Y, sum_of(how.semiring));
    if (hop < how.hops)
      current = grb::to_csr<double>(Y);
  }
  if (!how.accumulate)
    total = std::move(Y);
  if (mask != nullptr)
    total = grb::restrict_to(total, *mask);
  out.X = grb::to_csr<double>(total);
  return out;
}

pattern::Weights multihop_weights(const CsrView<double>& A, const pattern::Pattern& M,
                                  std::span<const double> theta, const PropagateOptions& how) {
  require(!theta.empty(), Code::domain, "theta needs at least one weight");
  require(A.rows == A.cols && M.rows() == A.rows && M.cols() == A.cols, Code::shape, "A is ",
          A.rows, " x ", A.cols, " and M ", M.rows(), " x ", M.cols(),
          "; both must be square and equal");
  for (const double weight : theta)
    require(std::isfinite(weight), Code::domain, "theta holds ", weight, "; it must be finite");
  require_valid(A, "A");
  const Matrix E = grb::from_csr(A);
  const Matrix zero = grb::scale(grb::cast(M.matrix(), grb::Type::fp64), 0);
  const auto add = [&](Matrix sum, const Matrix& power, double weight) {
    return grb::ewise_union(sum, grb::scale(power, weight), grb::Binary::plus);
  };
  const auto K = static_cast<Index>(theta.size()) - 1;
  // C<M> = theta_0 I + theta_1 A
  Matrix C = add(zero.clone(), grb::restrict_to(identity(A.rows), M.matrix()), theta[0]);
  if (K >= 1)
    C = add(std::move(C), grb::restrict_to(E, M.matrix()), theta[1]);
  Matrix power = how.restricted ? grb::restrict_to(E, M.matrix()) : E.clone(); // A^(k-1)
  for (Index k = 2; k <= K; ++k) {
    poll(how.monitor, "multihop_weights", static_cast<double>(k) / static_cast<double>(K));
    // C<M> += theta_k A^(k-1) A; the last power is never formed outside M
    Matrix next = grb::mxm(power, E, {.mask = &M.matrix()});
    C = add(std::move(C), next, theta[static_cast<std::size_t>(k)]);
    if (k == K)
      break;
    if (how.restricted) {
      power = std::move(next);
      continue;
    }
    const Csr<double> before = grb::to_csr<double>(power);
    require_fits(predicted_bytes(before.view(), A), how);
    power = grb::mxm(power, E);
  }
  Csr<double> values = grb::to_csr<double>(C);
  return {M, std::move(values.values)};
}

Csr<double> rollout(std::span<const CsrView<double>> layers, double residual,
                    const PropagateOptions& how) {
  require(!layers.empty(), Code::domain, "a rollout needs at least one layer");
  require(residual >= 0 && residual <= 1, Code::domain, "residual = ", residual,
          " must be in [0, 1]");
  const auto mixed = [&](const CsrView<double>& A) {
    require(A.rows == A.cols && A.rows == layers.front().rows, Code::shape, "a layer of ", A.rows,
            " x ", A.cols, " stands beside one of ", layers.front().rows, " x ",
            layers.front().cols);
    require_valid(A, "a layer");
    // r I + (1-r) A
    if (residual == 0)
      return grb::from_csr(A);
    return grb::ewise_union(grb::scale(identity(A.rows), residual),
                            grb::scale(grb::from_csr(A), 1 - residual), grb::Binary::plus);
  };
  Matrix R = mixed(layers.front());
  for (const CsrView<double>& A : layers.subspan(1)) {
    poll(how.monitor, "rollout");
    const Matrix next = mixed(A);
    const Csr<double> left = grb::to_csr<double>(next);
    const Csr<double> right = grb::to_csr<double>(R);
    require_fits(predicted_bytes(left.view(), right.view()), how);
    // R = A R
    R = grb::mxm(next, R, {.semiring = on_graphblas(how.semiring)});
  }
  return grb::to_csr<double>(R);
}

} // namespace attnwalk::diffusion
