// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/sparse_source.hpp"

namespace attnwalk::io {

SparseSource source_of(const ArrayFile& file, std::string_view name, const ReadOptions& how) {
  SparseSource out;
  out.name = name;
  out.how = how;
  out.streams = true;
  out.info = [&file](const std::string& key) -> std::optional<ArrayInfo> {
    if (!file.holds(key))
      return std::nullopt;
    return file.info(key);
  };
  out.visit = [&file](const std::string& key, const SparseSource::Visit& visit) {
    file.visit(key, [&](const Array& piece, Index first) { visit(piece, 0, piece.size(), first); });
  };
  return out;
}

} // namespace attnwalk::io
