// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/solvers/dense.hpp"

#include <cstdint>
#include <vector>

namespace attnwalk::solvers {

/// n x p with few columns, one after the other.
struct Tall {
  Tall(Index rows, Index columns) : n(rows), p(columns), a(rows * columns) {}
  [[nodiscard]] double* column(Index j) { return a.data() + j * n; }
  [[nodiscard]] const double* column(Index j) const { return a.data() + j * n; }
  Index n, p;
  Buffer<double> a;
};

/// ||A||_F.
[[nodiscard]] double norm(const Tall& A);

/// X A or X'A.
[[nodiscard]] Tall times(const DenseMatrix& X, bool transposed, const Tall& A);

/// A T or A T'.
[[nodiscard]] Tall times(const Tall& A, const DenseMatrix& T, bool transposed = false);

/// A'B, p x p.
[[nodiscard]] DenseMatrix inner(const Tall& A, const Tall& B);

[[nodiscard]] Tall minus(const Tall& A, const Tall& B);

/// ||T - I||_F.
[[nodiscard]] double from_identity(const DenseMatrix& T);

/// Gram-Schmidt, twice, in place. A column that depends on those before it is divided by rounding.
void orthonormalize(Tall& A);

/// An orthonormal basis of the Krylov space of X or X' from a random vector.
[[nodiscard]] Tall krylov_basis(const DenseMatrix& X, bool transposed, Index steps,
                                std::uint64_t substream);

/// Ritz pairs of the largest moduli first, with the residuals of the first vectors, up to 24.
struct Ritz {
  Eigensystem system;
  std::vector<double> residual;
};
[[nodiscard]] Ritz ritz(const DenseMatrix& X, bool transposed, const Tall& A);

/// Whether g Ritz vectors are modes, and their moduli apart from the next.
[[nodiscard]] bool between(const Ritz& side, Index g);

/// An orthonormal basis of the first g Ritz vectors, of which a pair of conjugates is never split.
[[nodiscard]] Tall leading(const Tall& A, const Ritz& ritz, Index g);

/// A basis of V's span with W'V = I.
[[nodiscard]] Tall dual(const Tall& V, const Tall& W);

} // namespace attnwalk::solvers
