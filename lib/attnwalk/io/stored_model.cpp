// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/stored_model.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/io/stacked.hpp"

namespace attnwalk::io {
namespace {

void need(const ArrayFile& file, const char* array) {
  require(file.holds(array), Code::io, file.name(), ": there is no array ", array,
          "; a block model has Y, S, Z or query_block, S, key_block, that of a trained head "
          "membership_q, block, membership_k");
}

/// One of layers x heads matrices, or of two dimensions the only one.
Stacked matrix_in(const ArrayFile& file, const char* array) {
  need(file, array);
  const ArrayInfo info = file.info(array);
  if (info.shape.size() == 4)
    return stacked(file, array);
  require(info.shape.size() == 2, Code::io, file.name(), ": array ", array, " has ",
          info.shape.size(), " dimensions where 2 are needed");
  require(info.dtype != DType::text, Code::io, file.name(), ": array ", array, " is text");
  return {array, 1, 1, info.shape[0], info.shape[1]};
}

std::vector<std::uint32_t> blocks_in(const ArrayFile& file, const char* array) {
  need(file, array);
  std::vector<std::uint32_t> out;
  for (const Index b : to_indices(file.read(array))) {
    require(b >= 0 && b < Index{1} << 31, Code::index, file.name(), ": ", array, " holds block ", b,
            "; blocks are numbered from 0");
    out.push_back(static_cast<std::uint32_t>(b));
  }
  return out;
}

std::vector<double> numbers_in(const ArrayFile& file, const char* array) {
  if (!file.holds(array))
    return {};
  const Array held = file.read(array);
  require(held.dtype != DType::text, Code::io, file.name(), ": array ", array, " is text");
  return to_doubles(held, 0, held.size());
}

} // namespace

StoredModel read_model(const std::filesystem::path& path, Index layer, Index head,
                       const ReadOptions& how) {
  const ArrayFile file(path, how);
  const bool trained = file.holds("membership_q");
  const Stacked S = matrix_in(file, trained ? "block" : "S");
  check_choice(file, S, layer, head);
  // Numbers of one model are judged by sbm, which names them as the file has them.
  const auto matrix = [&](const Stacked& of) {
    const std::string name = file.name() + ": " + of.array;
    return to_dense<double>(trained ? matrix_of(file, of, layer, head, 0) : file.read(of.array),
                            name);
  };
  StoredModel out;
  out.hard = file.holds("query_block") && !trained;
  if (out.hard) {
    out.query_block = blocks_in(file, "query_block");
    out.key_block = blocks_in(file, "key_block");
    out.theta = numbers_in(file, "theta");
    out.phi = numbers_in(file, "phi");
  } else {
    const Stacked Y = matrix_in(file, trained ? "membership_q" : "Y");
    const Stacked Z = matrix_in(file, trained ? "membership_k" : "Z");
    for (const Stacked& other : {Y, Z})
      require(other.layers == S.layers && other.heads == S.heads, Code::io, file.name(), ": ",
              other.array, " has ", other.layers, " layers of ", other.heads, " heads where ",
              S.array, " has ", S.layers, " of ", S.heads);
    require(S.rows == Y.cols && S.cols == Z.cols, trained ? Code::io : Code::domain, file.name(),
            ": ", S.array, " is ", S.rows, " x ", S.cols, " where the memberships have ", Y.cols,
            " and ", Z.cols, " clusters, which needs S of ", Y.cols, " x ", Z.cols);
    out.Y = matrix(Y);
    out.Z = matrix(Z);
  }
  out.S = matrix(S);
  const std::vector<double> delta = numbers_in(file, "delta");
  require(delta.size() <= 1, Code::io, file.name(), ": delta is not one number");
  out.delta = !delta.empty() ? delta.front() : trained ? 0.01 : 0;
  require(out.delta >= 0 && out.delta <= 1, Code::io, file.name(), ": delta = ", out.delta,
          " must be in [0, 1]");
  out.clamp = trained || out.delta > 0;
  return out;
}

} // namespace attnwalk::io
