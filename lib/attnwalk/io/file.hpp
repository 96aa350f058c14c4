// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array_file.hpp"
#include "attnwalk/io/read_options.hpp"
#include "attnwalk/pattern/certificate.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <span>

namespace attnwalk::io {

/// A sparse matrix from a file, and what the file says of its origin.
struct Loaded {
  Csr<double> matrix; ///< empty values: a pattern
  std::optional<pattern::Certificate> certificate;
  DType stored = DType::float64; ///< the values' type in the file; of text double's
};

/// Reads .mtx, .npy (dense, non-zeros become entries), .npz (SciPy's sparse formats, or
/// `indptr`/`indices` alone) or .safetensors (indptr, indices, optional data, shape) by format_of, of
/// the latter two also one dense array; "-" is Matrix
/// Market on stdin. The certificate comes from file.mtx.json, from the array `certificate` of an
/// .npz, or from the metadata of a .safetensors file.
///
/// @throws Error{io} naming the file (and line) and what is wrong with it, also if a certificate
/// speaks of
///         another matrix; Error{memory} beyond `how.max_bytes`
[[nodiscard]] Loaded read_sparse(const std::filesystem::path& file, const ReadOptions& how = {});

/// The same of a file of arrays that is open.
[[nodiscard]] Loaded read_sparse(const ArrayFile& file);

/// Reads a mask: the entries are the pairs that attend, and `matrix` has no values. A sparse file is
/// read as by read_sparse, but its zeros are no entries. A dense array is boolean (True attends), of
/// numbers that are at least 0 (those above 0 attend), or additive, as PyTorch adds it to the
/// scores: 0 attends, -1e4 or less and minus infinity do not.
///
/// @throws Error{io} as read_sparse; for other negative numbers; for a floating point mask of zeros
///         only, which would mean everything (additive) or nothing
[[nodiscard]] Loaded read_mask(const std::filesystem::path& file, const ReadOptions& how = {});
/// The same of a file of arrays that is open.
[[nodiscard]] Loaded read_mask(const ArrayFile& file);

/// Writes .mtx, .npz or .safetensors by extension; "-" is Matrix Market on stdout, its certificate
/// in a comment that read_sparse("-") understands. Files are written as by write_atomically.
///
/// @throws Error{io} for another extension, or with the system's reason; Error{domain} for a value
///         that is not finite, which no reader takes
void write_sparse(const std::filesystem::path& file, const CsrView<double>& A,
                  const pattern::Certificate& certificate);

/// All dense arrays of an .npz, .npy (named "array") or .safetensors file.
/// @throws Error{io} naming the file and what is wrong with it
[[nodiscard]] Arrays read_arrays(const std::filesystem::path& file, const ReadOptions& how = {});

/// Whole file as bytes. @throws Error{io} with the system's reason
[[nodiscard]] Buffer<std::byte> read_bytes(const std::filesystem::path& file);

/// Calls `write` on a stream to a file without a name (or, where the system has none, with a
/// temporary one) beside `file`, and lets it take the place of `file` if all went well: a run that
/// fails or is killed leaves what was there before. Symbolic links are followed; a pipe or device
/// is written to directly.
///
/// @throws Error{io} with the system's reason; what `write` throws
void write_atomically(const std::filesystem::path& file,
                      const std::function<void(std::ostream&)>& write);
/// The bytes as a file, as write_atomically.
void write_bytes(const std::filesystem::path& file, std::span<const std::byte> bytes);
/// Calls `write` on a stream to standard output. @throws Error{io} if it cannot be written
void write_stdout(const std::function<void(std::ostream&)>& write);

} // namespace attnwalk::io
