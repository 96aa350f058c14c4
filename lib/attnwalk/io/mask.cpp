// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/array_file.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/nonzeros.hpp"
#include "attnwalk/io/npy_header.hpp"
#include "attnwalk/io/scipy.hpp"
#include "attnwalk/sparse/entries.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::io {
namespace {

constexpr double shut = -1e4; // what additive masks hold where nothing attends, or less

/// Whether the numbers of a dense mask are added to scores. @throws Error{io} if they are neither
/// that nor at least 0
bool additive(const Array& array, const std::string& name) {
  Index negative = 0;
  Index positive = 0;
  const Index cols = array.shape[1];
  Buffer<double> row(cols);
  for (Index i = 0; i < array.shape[0]; ++i) {
    convert(array, i * cols, cols, row.data());
    for (Index j = 0; j < cols; ++j) {
      require(!std::isnan(row[j]) && row[j] <= 0x1p1023, Code::io, name, ": entry (", i, ", ", j,
              ") = ", row[j], " of a mask is not finite");
      require(row[j] >= 0 || row[j] <= shut, Code::io, name, ": entry (", i, ", ", j,
              ") = ", row[j], " of a mask is negative, but not an additive mask's ", shut,
              " or less");
      negative += row[j] < 0 ? 1 : 0;
      positive += row[j] > 0 ? 1 : 0;
    }
  }
  require(negative == 0 || positive == 0, Code::io, name, ": a mask with ", positive,
          " numbers above 0 and ", negative,
          " below is neither additive nor one of zeros and ones");
  const bool floating = array.dtype >= DType::float16 && array.dtype <= DType::float64;
  require(!floating || negative + positive > 0 || array.size() == 0, Code::io, name,
          ": a floating point mask of zeros only means every pair (additive) or none; store it as "
          "boolean");
  return negative > 0;
}

} // namespace

void make_mask(Csr<double>& matrix, std::string_view name) {
  const CsrView<double> A = matrix.view();
  for (Index i = 0; i < A.rows && !matrix.values.empty(); ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      require(matrix.values[e] >= 0, Code::io, name, ": entry (", i, ", ", A.columns[e],
              ") = ", matrix.values[e], " of a sparse mask is negative");
  sparse::drop_zeros(matrix);
  matrix.values.clear();
}

Loaded read_mask(const ArrayFile& file) {
  const std::optional<Array> array = dense_matrix(file);
  if (!array) {
    Loaded out = read_sparse(file);
    make_mask(out.matrix, file.name());
    return out;
  }
  const bool zero_attends = additive(*array, file.name());
  const Index cols = array->shape[1];
  const auto row = [&](Index i, double* out) {
    convert(*array, i * cols, cols, out);
    if (zero_attends)
      std::transform(out, out + cols, out, [](double x) { return x == 0 ? 1.0 : 0.0; });
  };
  return {from_dense(array->shape[0], cols, row, true, file.how().threads), {}, array->dtype};
}

Loaded read_mask(const std::filesystem::path& file, const ReadOptions& how) {
  if (file != "-" && required_format(file) != Format::market)
    return read_mask(ArrayFile(file, how));
  Loaded out = read_sparse(file, how);
  make_mask(out.matrix, file.string());
  return out;
}

} // namespace attnwalk::io
