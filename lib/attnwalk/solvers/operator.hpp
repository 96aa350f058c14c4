// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

#include <concepts>
#include <functional>
#include <utility>

namespace attnwalk::solvers {

/// All that an eigensolver may know of a symmetric matrix: products, the part of a vector that this
/// process holds, and how to add up what the processes computed. In one process local_size() =
/// rows() and reduce is the identity; a distributed operator holds rows and reduces over its
/// communicator.
template <class Op>
concept Operator = requires(const Op& op, const double* x, double* y, double part) {
  requires std::same_as<typename Op::Scalar, double>;
  { op.rows() } -> std::convertible_to<Index>;
  { op.cols() } -> std::convertible_to<Index>;
  { op.local_size() } -> std::convertible_to<Index>;
  { op.reduce(part) } -> std::same_as<double>;
  op.perform_op(x, y);
};

/// Any square matrix by its products, with the type erased: solvers are compiled for this one
/// alone.
class LinearMap {
public:
  using Scalar = double;
  using Product = std::function<void(const double* x, double* y)>;

  /// @param product  y = A x for n numbers each, no overlap
  LinearMap(Index n, Product product) : n_(n), product_(std::move(product)) {}

  [[nodiscard]] Index rows() const { return n_; }
  [[nodiscard]] Index cols() const { return n_; }
  [[nodiscard]] Index local_size() const { return n_; }
  // A member, because a distributed map sums over its processes here.
  // NOLINTNEXTLINE(readability-convert-member-functions-to-static)
  [[nodiscard]] double reduce(double part) const { return part; }
  void perform_op(const double* x, double* y) const { product_(x, y); }

private:
  Index n_;
  Product product_;
};
static_assert(Operator<LinearMap>);

} // namespace attnwalk::solvers
