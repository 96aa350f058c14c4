// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/dense.hpp"

#include "attnwalk/core/parallel.hpp"

#include <algorithm>
#include <numeric>

namespace attnwalk::io {

Csr<double> from_dense(Index rows, Index cols, const std::function<void(Index, double*)>& row,
                       bool pattern, int threads) {
  constexpr Index part_entries = 1 << 18;
  const Index parts = std::min(rows, rows / std::max<Index>(1, part_entries / (cols + 1)) + 1);
  const auto each_row = [&](const auto& body) {
    for_each_part(parts, threads, [&](Index p) {
      Buffer<double> values(static_cast<std::size_t>(cols));
      for (Index i = part_begin(rows, parts, p); i < part_begin(rows, parts, p + 1); ++i) {
        row(i, values.data());
        body(i, values);
      }
    });
  };
  Csr<double> A;
  A.rows = rows;
  A.cols = cols;
  A.offsets.assign(static_cast<std::size_t>(rows) + 1, 0);
  each_row([&](Index i, const Buffer<double>& values) {
    A.offsets[static_cast<std::size_t>(i) + 1] =
        cols - std::count(values.begin(), values.end(), 0.0);
  });
  std::partial_sum(A.offsets.begin(), A.offsets.end(), A.offsets.begin());
  A.columns.resize(static_cast<std::size_t>(A.offsets.back()));
  A.values.resize(pattern ? 0 : A.columns.size());
  each_row([&](Index i, const Buffer<double>& values) {
    auto place = static_cast<std::size_t>(A.offsets[static_cast<std::size_t>(i)]);
    for (Index j = 0; j < cols; ++j) {
      const double value = values[static_cast<std::size_t>(j)];
      if (value == 0)
        continue;
      A.columns[place] = j;
      if (!pattern)
        A.values[place] = value;
      ++place;
    }
  });
  return A;
}

} // namespace attnwalk::io
