// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/heads.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/io/nonzeros.hpp"
#include "attnwalk/io/npy_header.hpp"
#include "attnwalk/io/scipy.hpp"
#include "attnwalk/io/stacked.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::io {
namespace {

void choose_sequence(const ArrayFile& file, Stacked& of, const HeadArrays& which) {
  require(which.batch || of.sequences == 1, Code::index, file.name(), ": ", of.array, " holds ",
          of.sequences, " sequences (layers x batch x ...); name one with `batch`, from 0");
  of.sequence = which.batch.value_or(0);
  require(of.sequence >= 0 && of.sequence < of.sequences, Code::index, file.name(),
          ": there is no sequence ", of.sequence, "; ", of.array, " has ", of.sequences,
          ", counted from 0");
}

} // namespace

Stacked stacked(const ArrayFile& file, const std::string& array, const HeadArrays& which) {
  const ArrayInfo info = file.info(array);
  require(info.shape.size() == 4 || info.shape.size() == 5, Code::io, file.name(), ": array ",
          array, " has ", info.shape.size(),
          " dimensions where layers x heads x tokens x width is needed, or layers x batch x heads "
          "x tokens x width");
  require(info.dtype != DType::text, Code::io, file.name(), ": array ", array, " is text");
  std::vector<Index> shape = info.shape;
  Stacked out;
  if (shape.size() == 5) {
    out.sequences = shape[1];
    shape.erase(shape.begin() + 1);
  }
  const bool tokens_first = which.layout == HeadLayout::tokens_first;
  out.array = array;
  out.layers = shape[0];
  out.heads = shape[tokens_first ? 2 : 1];
  out.rows = shape[tokens_first ? 1 : 2];
  out.cols = shape[3];
  out.layout = which.layout;
  choose_sequence(file, out, which);
  return out;
}

void check_choice(const ArrayFile& file, const Stacked& of, Index layer, Index head) {
  require(layer >= 0 && layer < of.layers, Code::index, file.name(), ": there is no layer ", layer,
          "; ", of.array, " has ", of.layers, " layers, counted from 0");
  require(head >= 0 && head < of.heads, Code::index, file.name(), ": there is no head ", head, "; ",
          of.array, " has ", of.heads, " heads, counted from 0");
}

/// One head of tokens x heads x width.
static Array strided(const Array& all, const Stacked& of, Index head) {
  const Index bytes = of.cols * bytes_of(all.dtype);
  Array out{all.dtype, {of.rows * of.cols}, Buffer<std::byte>(of.rows * bytes)};
  for (Index i = 0; i < of.rows; ++i)
    std::copy_n(all.bytes.data() + (i * of.heads + head) * bytes, bytes,
                out.bytes.data() + i * bytes);
  return out;
}

Array matrix_of(const ArrayFile& file, const Stacked& of, Index layer, Index head, double least) {
  const Index size = of.rows * of.cols;
  const Index sequence = layer * of.sequences + of.sequence;
  Array out =
      of.layout == HeadLayout::heads_first
          ? file.read(of.array, (sequence * of.heads + head) * size, size)
          : strided(file.read(of.array, sequence * of.heads * size, of.heads * size), of, head);
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

Head head_in(const ArrayFile& file, Index layer, Index head, const HeadArrays& which) {
  const Stacked q = stacked(file, which.q, which);
  check_choice(file, q, layer, head);
  Head out;
  out.tokens = q.rows;
  out.width = q.cols;
  out.stored_heads = q.heads;
  const auto beside = [&](const std::string& name) {
    const Stacked other = stacked(file, name, which);
    require(other.layers == q.layers && other.heads > 0 && q.heads % other.heads == 0 &&
                other.rows == q.rows && other.cols == q.cols,
            Code::io, file.name(), ": ", name, " is ", other.layers, " x ", other.heads, " x ",
            other.rows, " x ", other.cols, ", which does not go with ", which.q, ", ", q.layers,
            " x ", q.heads, " x ", q.rows, " x ", q.cols);
    return matrix_of(file, other, layer, head / (q.heads / other.heads), any);
  };
  out.q = matrix_of(file, q, layer, head, any);
  out.k = beside(which.k);
  if (file.holds(which.v))
    out.v = beside(which.v);
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
          swapped ? "; q, k and v look like layers x tokens x heads x width: say "
                    "`layout=tokens_first`"
                  : "");
  return mask;
}

} // namespace

Head read_head(const std::filesystem::path& path, Index layer, Index head, const ReadOptions& how,
               const HeadArrays& which) {
  const ArrayFile file(path, how);
  Head out = head_in(file, layer, head, which);
  out.mask = mask_in(file, stacked(file, which.q, which).heads, out.tokens);
  return out;
}

Heads read_heads(const std::filesystem::path& path, const ReadOptions& how,
                 const HeadArrays& which) {
  const ArrayFile file(path, how);
  const Stacked q = stacked(file, which.q, which);
  return {file.name(), q.layers,
          q.heads,     q.rows,
          q.cols,      file.read_some({which.q, which.k, which.v}),
          which,       mask_in(file, q.heads, q.rows)};
}

Head Heads::head(Index layer, Index head) const {
  return head_in(ArrayFile(arrays, name), layer, head, which);
}

namespace {

/// The name of the array of attention matrices.
std::string attention_name(const ArrayFile& file, const HeadArrays& which) {
  if (!which.attention.empty())
    return which.attention;
  for (const char* usual : {"attentions", "attention"})
    if (file.holds(usual))
      return usual;
  const std::vector<std::string> names = file.names();
  require(names.size() == 1, Code::io, file.name(), ": which of its ", names.size(),
          " arrays holds attention matrices? `names` = attention=NAME says so");
  return names.front();
}

/// 2 to 5 dimensions: queries x keys, heads before it, layers before that, a batch between the two.
Stacked attention_stack(const ArrayFile& file, const HeadArrays& which) {
  Stacked of;
  of.array = attention_name(file, which);
  const ArrayInfo info = file.info(of.array);
  const std::vector<Index>& shape = info.shape;
  const std::size_t sides = shape.size();
  require(sides >= 2 && sides <= 5, Code::io, file.name(), ": array ", of.array, " has ", sides,
          " dimensions where layers x [batch x] heads x n x n is needed");
  require(info.dtype != DType::text, Code::io, file.name(), ": array ", of.array, " is text");
  of.rows = shape[sides - 2];
  of.cols = shape[sides - 1];
  of.heads = sides > 2 ? shape[sides - 3] : 1;
  of.sequences = sides > 4 ? shape[1] : 1;
  of.layers = sides > 3 ? shape[0] : 1;
  choose_sequence(file, of, which);
  return of;
}

Csr<double> attention_in(const ArrayFile& file, const Stacked& of, Index layer, Index head) {
  check_choice(file, of, layer, head);
  const Array matrix = matrix_of(file, of, layer, head, 0);
  return from_dense(
      of.rows, of.cols, [&](Index i, double* row) { convert(matrix, i * of.cols, of.cols, row); },
      false, file.how().threads);
}

} // namespace

Attentions read_attentions(const std::filesystem::path& path, const ReadOptions& how,
                           const HeadArrays& which) {
  const ArrayFile file(path, how);
  const Stacked of = attention_stack(file, which);
  Attentions out{file.name(), of.layers, of.heads, of.rows, of.cols, {}, which};
  out.which.attention = of.array;
  out.arrays = file.read_some({of.array});
  return out;
}

Csr<double> Attentions::matrix(Index layer, Index head) const {
  const ArrayFile file(arrays, name, {.threads = 1});
  return attention_in(file, attention_stack(file, which), layer, head);
}

Csr<double> read_attention(const std::filesystem::path& path, Index layer, Index head,
                           const ReadOptions& how, const HeadArrays& which) {
  const ArrayFile file(path, how);
  return attention_in(file, attention_stack(file, which), layer, head);
}

} // namespace attnwalk::io
