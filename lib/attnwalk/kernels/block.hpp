// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/kernels/spmv.hpp"

/// Passes over blocks of vectors side by side, stored by rows at multiples of 64 bytes. Each column
/// is worked on by itself, in an order that depends on the rows alone and without contraction: the
/// same bits on every instruction set.
namespace attnwalk::kernels {

/// Vectors in a block: as many as a cache line holds, which gathering one number of a row reads
/// anyway.
constexpr Index block_width = 8;

/// s_i = sum_{j in row i} x_j and y_i = slope s_i - keep y_i for the rows begin .. end - 1 of a
/// pattern.
///
/// @param A     at most 2^31 columns; its values are not looked at
/// @param x, y  A.cols() and A.rows() rows of `block_width` numbers; no overlap
/// @param sums  2 block_width numbers, overwritten: the column sums of y, and of the squares of s
/// @cost  O(entries); about .6 ns an entry while x fits the L2 cache
void block_step(const SpmvPlan& A, Index begin, Index end, double slope, double keep,
                const double* x, double* y, double* sums);

/// x_i -= mean for `rows` rows.
/// @param squares  block_width numbers, overwritten: the column sums of the squares of the new rows
void block_shift(Index rows, const double* mean, double* x, double* squares);

} // namespace attnwalk::kernels
