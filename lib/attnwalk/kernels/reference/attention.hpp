// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/kernels/passes.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <vector>

/// The passes of passes.hpp as plain loops in double: the way into this module, and the definition
/// that the fast passes are tested against. One head, whole rows, no blocks, no vectors; slow on
/// purpose.
namespace attnwalk::kernels::reference {

/// Everything that the forward and backward passes compute, entries in the pattern's order.
struct Result {
  std::vector<double> weights; ///< softmax over each row, before dropout
  std::vector<double> kept;    ///< factor of each entry under dropout
  std::vector<double> lse;     ///< per row
  std::vector<double> Z;       ///< rows x value_width
  std::vector<double> dQ, dK, dV;
  std::vector<double> d_score; ///< dL/dscore per entry
};

/// Sizes of one head and its dense inputs, row-major without padding.
struct Inputs {
  Index width = 0;
  Index value_width = 0;
  const double* Q = nullptr;
  const double* K = nullptr;
  const double* V = nullptr;
  const double* G = nullptr;    ///< gradient of Z; null: no backward pass
  const double* bias = nullptr; ///< per entry, or null
  double scale = 1;
  Dropout dropout;
};

/// Z = dropout(softmax(scale Q K' + bias on P)) V and its gradients, in O(m (width + value_width)).
[[nodiscard]] Result attention(const CsrView<double>& P, const Inputs& in);

} // namespace attnwalk::kernels::reference
