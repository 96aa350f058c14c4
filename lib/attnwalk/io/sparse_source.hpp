// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array_file.hpp"

#include <functional>
#include <optional>
#include <string>

namespace attnwalk::io {

/// The arrays of one sparse matrix, in memory or still in their file, and how messages call them.
struct SparseSource {
  /// Elements [at, at + count) of `holder` are elements first, first + 1, .. of the array.
  using Visit = std::function<void(const Array& holder, Index at, Index count, Index first)>;

  std::string name;
  ReadOptions how;
  /// Whether visits run through a file: then different arrays are visited at the same time, else
  /// the pieces of one.
  bool streams = false;
  std::function<std::optional<ArrayInfo>(const std::string& key)> info;
  /// Calls visit for pieces that cover the array; in memory from several threads.
  std::function<void(const std::string& key, const Visit& visit)> visit;
};

[[nodiscard]] SparseSource source_of(const Arrays& arrays, std::string_view name,
                                     const ReadOptions& how);
/// Numbers go from the file into the matrix through a piece that stays in the cache.
[[nodiscard]] SparseSource source_of(const ArrayFile& file, std::string_view name,
                                     const ReadOptions& how);
/// @throws as scipy_csr
[[nodiscard]] Csr<double> sparse_in(const SparseSource& source);

} // namespace attnwalk::io
