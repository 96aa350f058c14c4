// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/isa.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/block.hpp"
#include "attnwalk/sparse/csr.hpp"

#include "catch.hpp"

#include <vector>

using namespace attnwalk;
using namespace attnwalk::kernels;

namespace {

/// `rows` x `cols` with 0, 1, 2, ... 9, 0, ... entries a row, drawn in place.
Csr<double> ragged(Index rows, Index cols) {
  Csr<double> A;
  A.rows = rows;
  A.cols = cols;
  for (Index i = 0; i < rows; ++i) {
    RandomStream draw({7, 1}, static_cast<std::uint64_t>(i));
    for (Index e = 0; e < i % 10; ++e)
      A.columns.push_back(static_cast<Index>(draw.below(static_cast<std::uint64_t>(cols))));
    A.offsets.push_back(static_cast<Index>(A.columns.size()));
  }
  return A;
}

} // namespace

TEST_CASE("block_step: combines sums of the named rows, the same bits on every instruction set",
          "[kernels][block]") {
  // Columns in 16 bits without prefetching and with it, and in 32.
  const Index cols = GENERATE(50, 20000, 70000);
  const Index rows = 123;
  const double slope = .3;
  const double keep = .7;
  const Csr<double> A = ragged(rows, cols);
  const SpmvPlan plan(A.view());
  RandomStream draw({7, 2});
  const auto random = [&](Index count) {
    Buffer<double> x(static_cast<std::size_t>(count * block_width));
    for (double& value : x)
      value = draw.unit() - .5;
    return x;
  };
  const Buffer<double> x = random(cols);
  const Buffer<double> before = random(rows);
  const Index begin = 3; // rows before and after stay as they are
  const Index end = 120;
  Buffer<double> wanted = before;
  std::vector<double> sums(2 * block_width);
  for (Index i = begin; i < end; ++i)
    for (Index u = 0; u < block_width; ++u) {
      double parts[2] = {}; // every other entry
      for (Index e = 0; e < A.view().degree(i); ++e)
        parts[e % 2] += x[static_cast<std::size_t>(
            A.view().row(i)[static_cast<std::size_t>(e)] * block_width + u)];
      const double sum = parts[0] + parts[1];
      double& y = wanted[static_cast<std::size_t>(i * block_width + u)];
      y = slope * sum - keep * y;
      sums[static_cast<std::size_t>(u)] += y;
      sums[static_cast<std::size_t>(block_width + u)] += sum * sum;
    }
  const std::vector<double> mean{.1, -.2, .3, 0, 1, 2, -3, 1e-9};
  Buffer<double> shifted = wanted;
  std::vector<double> squares(block_width);
  for (std::size_t i = 0; i < shifted.size(); ++i) {
    shifted[i] -= mean[i % block_width];
    squares[i % block_width] += shifted[i] * shifted[i];
  }
  const Isa chosen = isa();
  for (const Isa set : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (set > best_isa())
      continue;
    choose_isa(set);
    Buffer<double> y = before;
    std::vector<double> found(2 * block_width, -1);
    block_step(plan, begin, end, slope, keep, x.data(), y.data(), found.data());
    CHECK(y == wanted);
    CHECK(found == sums);
    found.assign(block_width, -1);
    block_shift(rows, mean.data(), y.data(), found.data());
    CHECK(y == shifted);
    CHECK(found == squares);
  }
  choose_isa(chosen);
}
