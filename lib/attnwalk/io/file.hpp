// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/csr.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/pattern/certificate.hpp"

#include <filesystem>
#include <functional>
#include <optional>

namespace attnwalk::io {

/// A sparse matrix from a file, and what the file says of its origin.
struct Loaded {
  Csr<double> matrix; ///< empty values: a pattern
  std::optional<pattern::Certificate> certificate;
};

/// Reads .mtx, .npz (SciPy CSR, or `indptr`/`indices` alone), .npy (dense, non-zeros become
/// entries) or .safetensors (indptr, indices, optional data, shape) by extension; "-" is Matrix
/// Market on stdin.
/// @throws Error{io} naming the file and what is wrong with it
[[nodiscard]] Loaded read_sparse(const std::filesystem::path& file);

/// Writes by extension; "-" is Matrix Market on stdout. Writes to a temporary name beside the
/// target and renames, so an interrupted run leaves no half file. The certificate travels as
/// grammar.md says.
void write_sparse(const std::filesystem::path& file, const CsrView<double>& A,
                  const pattern::Certificate& certificate);

/// All dense arrays of an .npz, .npy (named "array") or .safetensors file.
[[nodiscard]] Arrays read_arrays(const std::filesystem::path& file);

/// Whole file as bytes, mapped or read once. @throws Error{io} with the system's reason
[[nodiscard]] std::vector<std::byte> read_bytes(const std::filesystem::path& file);

/// Calls `write` on a stream to a temporary file and renames it over `file` if all went well.
void write_atomically(const std::filesystem::path& file,
                      const std::function<void(std::ostream&)>& write);

/// q, k (and v if stored) of one head, tokens x width, in double; the mask if the file stores one.
struct Head {
  Index tokens = 0;
  Index width = 0;
  std::vector<double> q;
  std::vector<double> k;
  std::vector<double> v;
  std::optional<Csr<double>> mask;
};

/// Reads one head from arrays q, k, v of shape layers x heads x tokens x width.
/// @throws Error{index} naming how many layers and heads there are; Error{io}
[[nodiscard]] Head read_head(const std::filesystem::path& file, Index layer, Index head);

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

[[nodiscard]] StoredModel read_model(const std::filesystem::path& file, Index layer, Index head);

} // namespace attnwalk::io
