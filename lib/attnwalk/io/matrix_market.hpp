// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/read_options.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <iosfwd>
#include <string_view>

namespace attnwalk::io {

/// Reads Matrix Market text: coordinate, real | integer | pattern, general | symmetric; also dense
/// `array`, real | integer, whose non-zeros become entries. A pattern gives empty `values`.
/// Symmetric files are expanded. Rows are sorted. Comments and blank lines may stand anywhere after
/// the banner.
///
/// @param text  the whole file; "-" handling is the caller's
/// @param name  for messages
/// @throws Error{io} naming the line: bad banner, unsupported field or symmetry, sizes that the
/// text
///         cannot hold (checked before allocation), index out of range, duplicate entry, not
///         finite; Error{memory} beyond `how.max_bytes`
/// @cost   O(bytes), parallel; O(m log degree) more where rows are unsorted
/// @see    [boisvert1996]
[[nodiscard]] Csr<double> read_matrix_market(std::string_view text, std::string_view name,
                                             const ReadOptions& how = {});

/// Writes `coordinate pattern general` for null values, else `coordinate real general` with
/// shortest round-trip numbers, formatted in parallel.
///
/// @param comment  each of its lines becomes a comment line
void write_matrix_market(std::ostream& out, const CsrView<double>& A,
                         std::string_view comment = {});

} // namespace attnwalk::io
