// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/array_file.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/sparse_source.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace attnwalk::io {
namespace {

/// Layers x heads x rows x columns of a stored array.
struct Stack {
  std::string array;
  Index layers = 0;
  Index heads = 0;
  Index rows = 0;
  Index cols = 0;
};

Stack stack_of(const ArrayFile& file, const std::string& array) {
  const ArrayInfo info = file.info(array);
  require(info.shape.size() == 4, Code::io, file.name(), ": array ", array, " has ",
          info.shape.size(), " dimensions where layers x heads x tokens x width is needed");
  require(info.dtype != DType::text, Code::io, file.name(), ": array ", array, " is text");
  return {array, info.shape[0], info.shape[1], info.shape[2], info.shape[3]};
}

void check_choice(const ArrayFile& file, const Stack& of, Index layer, Index head) {
  require(layer >= 0 && layer < of.layers, Code::index, file.name(), ": there is no layer ", layer,
          "; ", of.array, " has ", of.layers, " layers, counted from 0");
  require(head >= 0 && head < of.heads, Code::index, file.name(), ": there is no head ", head, "; ",
          of.array, " has ", of.heads, " heads, counted from 0");
}

std::vector<double> slice(const ArrayFile& file, const Stack& of, Index layer, Index head,
                          double least) {
  const Index size = of.rows * of.cols;
  const Array array = file.read(of.array, (layer * of.heads + head) * size, size);
  std::vector<double> out = to_doubles(array, 0, size);
  for (Index e = 0; e < size; ++e) {
    const double value = out[static_cast<std::size_t>(e)];
    require(std::isfinite(value) && value >= least, Code::io, file.name(), ": array ", of.array,
            "[", layer, ", ", head, ", ", e / of.cols, ", ", e % of.cols, "] = ", value,
            std::isfinite(value) ? " is negative" : " is not finite");
  }
  return out;
}

constexpr double any = -HUGE_VAL;

} // namespace

Head read_head(const std::filesystem::path& path, Index layer, Index head, const ReadOptions& how) {
  const ArrayFile file(path, how);
  const Stack q = stack_of(file, "q");
  check_choice(file, q, layer, head);
  Head out;
  out.tokens = q.rows;
  out.width = q.cols;
  const auto beside = [&](const std::string& name) {
    const Stack other = stack_of(file, name);
    require(other.layers == q.layers && other.heads > 0 && q.heads % other.heads == 0 &&
                other.rows == q.rows && other.cols == q.cols,
            Code::io, file.name(), ": ", name, " is ", other.layers, " x ", other.heads, " x ",
            other.rows, " x ", other.cols, ", which does not go with q, ", q.layers, " x ", q.heads,
            " x ", q.rows, " x ", q.cols);
    return slice(file, other, layer, head / (q.heads / other.heads), any);
  };
  out.q = slice(file, q, layer, head, any);
  out.k = beside("k");
  if (file.holds("v"))
    out.v = beside("v");
  if (file.holds("indptr") && file.holds("indices")) {
    out.mask = sparse_in(source_of(file, file.name() + ": mask", how));
    require(out.mask->rows == out.tokens && out.mask->cols == out.tokens, Code::io, file.name(),
            ": the mask is ", out.mask->rows, " x ", out.mask->cols, " where the head has ",
            out.tokens, " tokens");
  }
  return out;
}

StoredModel read_model(const std::filesystem::path& path, Index layer, Index head,
                       const ReadOptions& how) {
  const ArrayFile file(path, how);
  const Stack Y = stack_of(file, "membership_q");
  const Stack S = stack_of(file, "block");
  const Stack Z = stack_of(file, "membership_k");
  for (const Stack& other : {S, Z})
    require(other.layers == Y.layers && other.heads == Y.heads, Code::io, file.name(), ": ",
            other.array, " has ", other.layers, " layers of ", other.heads,
            " heads where membership_q has ", Y.layers, " of ", Y.heads);
  require(S.rows == Y.cols && S.cols == Z.cols, Code::io, file.name(), ": block is ", S.rows, " x ",
          S.cols, " where the memberships have ", Y.cols, " and ", Z.cols, " clusters");
  check_choice(file, Y, layer, head);
  StoredModel out;
  out.queries = Y.rows;
  out.keys = Z.rows;
  out.clusters_q = Y.cols;
  out.clusters_k = Z.cols;
  out.Y = slice(file, Y, layer, head, 0);
  out.S = slice(file, S, layer, head, 0);
  out.Z = slice(file, Z, layer, head, 0);
  if (file.holds("delta")) {
    const Array delta = file.read("delta");
    require(delta.size() == 1 && delta.dtype != DType::text, Code::io, file.name(),
            ": delta is not one number");
    out.delta = to_doubles(delta, 0, 1).front();
    require(out.delta >= 0 && out.delta <= 1, Code::io, file.name(), ": delta = ", out.delta,
            " must be in [0, 1]");
  }
  return out;
}

} // namespace attnwalk::io
