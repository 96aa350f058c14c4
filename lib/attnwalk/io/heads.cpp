// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/heads.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/io/npy_header.hpp"
#include "attnwalk/io/scipy.hpp"
#include "attnwalk/io/stacked.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::io {

Stacked stacked(const ArrayFile& file, const std::string& array) {
  const ArrayInfo info = file.info(array);
  require(info.shape.size() == 4, Code::io, file.name(), ": array ", array, " has ",
          info.shape.size(), " dimensions where layers x heads x tokens x width is needed");
  require(info.dtype != DType::text, Code::io, file.name(), ": array ", array, " is text");
  return {array, info.shape[0], info.shape[1], info.shape[2], info.shape[3]};
}

void check_choice(const ArrayFile& file, const Stacked& of, Index layer, Index head) {
  require(layer >= 0 && layer < of.layers, Code::index, file.name(), ": there is no layer ", layer,
          "; ", of.array, " has ", of.layers, " layers, counted from 0");
  require(head >= 0 && head < of.heads, Code::index, file.name(), ": there is no head ", head, "; ",
          of.array, " has ", of.heads, " heads, counted from 0");
}

Array matrix_of(const ArrayFile& file, const Stacked& of, Index layer, Index head, double least) {
  const Index size = of.rows * of.cols;
  Array out = file.read(of.array, (layer * of.heads + head) * size, size);
  Buffer<double> row(of.cols);
  for (Index i = 0; i < of.rows; ++i) {
    convert(out, i * of.cols, of.cols, row.data());
    for (Index j = 0; j < of.cols; ++j)
      require(std::isfinite(row[j]) && row[j] >= least, Code::io, file.name(), ": array ", of.array,
              "[", layer, ", ", head, ", ", i, ", ", j, "] = ", row[j],
              std::isfinite(row[j]) ? " is negative" : " is not finite");
  }
  out.shape = {of.rows, of.cols};
  return out;
}

namespace {

constexpr double any = -HUGE_VAL;

Head head_in(const ArrayFile& file, Index layer, Index head) {
  const Stacked q = stacked(file, "q");
  check_choice(file, q, layer, head);
  Head out;
  out.tokens = q.rows;
  out.width = q.cols;
  const auto beside = [&](const std::string& name) {
    const Stacked other = stacked(file, name);
    require(other.layers == q.layers && other.heads > 0 && q.heads % other.heads == 0 &&
                other.rows == q.rows && other.cols == q.cols,
            Code::io, file.name(), ": ", name, " is ", other.layers, " x ", other.heads, " x ",
            other.rows, " x ", other.cols, ", which does not go with q, ", q.layers, " x ", q.heads,
            " x ", q.rows, " x ", q.cols);
    return matrix_of(file, other, layer, head / (q.heads / other.heads), any);
  };
  out.q = matrix_of(file, q, layer, head, any);
  out.k = beside("k");
  if (file.holds("v"))
    out.v = beside("v");
  return out;
}

/// The mask that the file stores beside its heads.
std::optional<Csr<double>> mask_in(const ArrayFile& file, Index heads, Index tokens) {
  if (!file.holds("indptr") || !file.holds("indices"))
    return std::nullopt;
  Csr<double> mask = scipy_csr(file);
  make_mask(mask, file.name());
  const bool swapped = mask.rows == heads && mask.cols == heads;
  require(mask.rows == tokens && mask.cols == tokens, Code::io, file.name(), ": the mask is ",
          mask.rows, " x ", mask.cols, " where the heads have ", tokens, " tokens",
          swapped ? "; store q, k and v as layers x heads x tokens x width, not as layers x tokens "
                    "x heads x width"
                  : "");
  return mask;
}

} // namespace

Head read_head(const std::filesystem::path& path, Index layer, Index head, const ReadOptions& how) {
  const ArrayFile file(path, how);
  Head out = head_in(file, layer, head);
  out.mask = mask_in(file, stacked(file, "q").heads, out.tokens);
  return out;
}

Heads read_heads(const std::filesystem::path& path, const ReadOptions& how) {
  const ArrayFile file(path, how);
  const Stacked q = stacked(file, "q");
  return {file.name(),
          q.layers,
          q.heads,
          q.rows,
          q.cols,
          file.read_some({"q", "k", "v"}),
          mask_in(file, q.heads, q.rows)};
}

Head Heads::head(Index layer, Index head) const {
  return head_in(ArrayFile(arrays, name), layer, head);
}

} // namespace attnwalk::io
