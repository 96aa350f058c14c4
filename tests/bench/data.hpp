// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/kernels/reference/attention.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include "row.hpp"

#include <vector>

/// Inputs of the measured cases, and loops in double that their results are checked against.
namespace attnwalk::bench {

/// Standard normal numbers: heads x tokens x width, one substream a row.
template <Real T>
[[nodiscard]] Dense<T> normal_rows(Index heads, Index tokens, Index width, std::uint64_t seed,
                                   std::string_view name);

/// The entries of some rows, evenly spread, at most about `entries` of them: what is checked.
[[nodiscard]] Csr<double> sampled_rows(const CsrView<double>& P, Index entries);

/// Loops in double over the sampled rows of one head. G null: no backward pass.
template <Real T>
[[nodiscard]] kernels::reference::Result reference_head(const CsrView<double>& sample,
                                                        View<const T> Q, View<const T> K,
                                                        View<const T> V, const View<const T>* G);

/// max |X - wanted| over the rows that the sample holds (all rows: `sample` null).
template <Real T>
[[nodiscard]] double worst_row(View<const T> X, const std::vector<double>& wanted,
                               const CsrView<double>* sample);

/// K hops Z <- (1-a) A Z + a V from Z = V on column `c` of V alone, in double.
template <Real T>
[[nodiscard]] std::vector<double> hops_of_column(const CsrView<double>& P, const T* weights,
                                                 View<const T> V, Index c, double alpha,
                                                 Index hops);

} // namespace attnwalk::bench
