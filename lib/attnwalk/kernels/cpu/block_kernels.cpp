// SPDX-License-Identifier: Apache-2.0
// Compiled once per instruction set; contraction is off, so all give the same bits.
#include "attnwalk/kernels/cpu/block_kernels.hpp"

#include "attnwalk/kernels/block.hpp"
#include "attnwalk/kernels/cpu/lanes.hpp"

namespace attnwalk::kernels {
namespace {

constexpr Index width = lanes<double>;
constexpr Index vectors = block_width / width;
using V = Vector<double>;

template <class Column>
void advance(const Column* columns, const BlockStep& step) {
  const auto row = [&](Index e) { return step.x + block_width * static_cast<Index>(columns[e]); };
  V total[vectors] = {};
  V squares[vectors] = {};
  double* y = step.y + block_width * step.begin;
  for (Index i = step.begin; i < step.end; ++i, y += block_width) {
    // Two interleaved sums: the additions of one fill the waits of the other.
    V even[vectors] = {};
    V odd[vectors] = {};
    const Index end = step.offsets[i + 1];
    Index e = step.offsets[i];
    for (; e + 2 <= end; e += 2) {
      if (step.ahead > 0 && e + step.ahead < step.last) {
        __builtin_prefetch(row(e + step.ahead));
        __builtin_prefetch(row(e + step.ahead + 1));
      }
      for (Index v = 0; v < vectors; ++v) {
        even[v] += load(row(e) + v * width);
        odd[v] += load(row(e + 1) + v * width);
      }
    }
    for (Index v = 0; v < vectors; ++v) {
      if (e < end)
        even[v] += load(row(e) + v * width);
      const V sum = even[v] + odd[v];
      const V next = step.slope * sum - step.keep * load(y + v * width);
      squares[v] += sum * sum;
      total[v] += next;
      store(y + v * width, next);
    }
  }
  for (Index v = 0; v < vectors; ++v) {
    store(step.sums + v * width, total[v]);
    store(step.sums + block_width + v * width, squares[v]);
  }
}

void shift(Index rows, const double* mean, double* x, double* squares) {
  V sum[vectors] = {};
  for (Index i = 0; i < rows; ++i, x += block_width)
    for (Index v = 0; v < vectors; ++v) {
      const V next = load(x + v * width) - load(mean + v * width);
      sum[v] += next * next;
      store(x + v * width, next);
    }
  for (Index v = 0; v < vectors; ++v)
    store(squares + v * width, sum[v]);
}

} // namespace

extern const BlockKernels ATTNWALK_BLOCK_KERNELS;
const BlockKernels ATTNWALK_BLOCK_KERNELS{advance<std::uint16_t>, advance<std::uint32_t>, shift};

} // namespace attnwalk::kernels
