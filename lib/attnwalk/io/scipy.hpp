// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array_file.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <iosfwd>

/// Sparse matrices as SciPy's `save_npz` stores them.
namespace attnwalk::io {

/// Whether the file holds a sparse matrix: SciPy's `format`, `indptr` and `indices`, `row` and `col`,
/// or the `coords` of pydata's COO.
[[nodiscard]] bool holds_sparse(const ArrayFile& file);

/// The sparse matrix in `indptr`, `indices`, `data`, `shape` and `format`. csr is taken as it is,
/// csc and coo are converted; 32- or 64-bit indices, any real type. Without `data`, or with boolean
/// data, the result is a pattern (empty values), False being no entry; without `shape` it is
/// square. Unsorted rows are sorted. Of pydata's sparse, GCXS (`compressed_axes`) and COO (`coords`,
/// 2 x entries) are read where `fill_value` is 0. In safetensors files the metadata hold `format`.
///
/// @throws Error{io} for another format, offsets that fall or do not fit, an index out of range, a
///         duplicate entry, or a value that is not finite
/// @cost   O(m + n), parallel; O(m log degree) where rows are unsorted. Numbers go from the file
///         into the matrix through a piece that stays in the cache
/// @see    [scipy2023]
[[nodiscard]] Csr<double> scipy_csr(const ArrayFile& file);
/// The same of arrays in memory.
[[nodiscard]] Csr<double> scipy_csr(const Arrays& arrays, std::string_view name,
                                    const ReadOptions& how = {});
/// Turns a sparse matrix into the mask that it stores: its zeros are no entries, and the rest has no
/// values. @throws Error{io} naming the first negative entry
void make_mask(Csr<double>& matrix, std::string_view name);
/// The arrays that SciPy's `load_npz` wants: 32-bit indices where they suffice; a pattern's data
/// are boolean ones.
[[nodiscard]] Arrays to_scipy_csr(const CsrView<double>& A);
/// The same as an .npz archive, stored, the values straight from A; with further arrays.
/// @cost  O(m), parallel but for writing; 4 bytes an entry of memory where 32 bits suffice
void write_scipy_npz(std::ostream& out, const CsrView<double>& A, Arrays further = {});

} // namespace attnwalk::io
