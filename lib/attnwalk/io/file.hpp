// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/npz.hpp"
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
};

/// Reads .mtx, .npz (SciPy CSR, or `indptr`/`indices` alone), .npy (dense, non-zeros become
/// entries) or .safetensors (indptr, indices, optional data, shape) by extension; "-" is Matrix
/// Market on stdin. The certificate comes from file.mtx.json, from the array `certificate` of an
/// .npz, or from the metadata of a .safetensors file.
///
/// @throws Error{io} naming the file (and line) and what is wrong with it, also if a certificate
/// speaks of
///         another matrix; Error{memory} beyond `how.max_bytes`
[[nodiscard]] Loaded read_sparse(const std::filesystem::path& file, const ReadOptions& how = {});

/// Writes .mtx, .npz or .safetensors by extension; "-" is Matrix Market on stdout, its certificate
/// in a comment that read_sparse("-") understands. Files are written as by write_atomically.
///
/// @throws Error{io} for another extension, or with the system's reason
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

/// q, k (and v if stored) of one head, tokens x width, in double; the mask if the file stores one.
struct Head {
  Index tokens = 0;
  Index width = 0;
  std::vector<double> q;
  std::vector<double> k;
  std::vector<double> v;
  std::optional<Csr<double>> mask;
};

/// Reads one head from arrays q, k, v of shape layers x heads x tokens x width, of any real type; k
/// and v may have fewer heads, each then serving heads(q) / heads(k) neighboring query heads. The
/// mask is the sparse matrix in `indptr` and `indices`, tokens x tokens. Layers and heads count
/// from 0.
///
/// @throws Error{index} naming how many layers and heads there are; Error{io} for missing arrays,
/// shapes
///         that do not fit each other, or numbers that are not finite
[[nodiscard]] Head read_head(const std::filesystem::path& file, Index layer, Index head,
                             const ReadOptions& how = {});

/// A stored block model: P = Y S Z^T of one layer and head (membership_q, block, membership_k).
struct StoredModel {
  Index queries = 0;
  Index keys = 0;
  Index clusters_q = 0;
  Index clusters_k = 0;
  std::vector<double> Y; ///< queries x clusters_q
  std::vector<double> S; ///< clusters_q x clusters_k
  std::vector<double> Z; ///< keys x clusters_k
  double delta = 0.01;   ///< exploration mass; array `delta` if stored
};

/// Reads the block model of one layer and head from arrays membership_q (layers x heads x queries x
/// clusters), block and membership_k.
///
/// @throws Error{index} naming how many layers and heads there are; Error{io} for missing arrays,
/// shapes
///         that do not fit each other, or numbers that are negative or not finite
[[nodiscard]] StoredModel read_model(const std::filesystem::path& file, Index layer, Index head,
                                     const ReadOptions& how = {});

} // namespace attnwalk::io
