// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/banded.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/circulant.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace attnwalk::pattern {
namespace {

// The pattern whose row i holds first(i), ..., last(i): O(entries), no searches.
template <class First, class Last>
Pattern intervals(Index n, RowRange range, const First& first, const Last& last) {
  return build_rows(
      n, n, range, [&](Index i) { return last(i) - first(i) + 1; },
      [&](Index i, Index* out) { std::iota(out, out + (last(i) - first(i) + 1), first(i)); });
}

// The pattern whose row i holds first(i), first(i) + stride, ...: count(i) of them.
template <class First, class Count>
Pattern progressions(Index n, Index stride, RowRange range, const First& first,
                     const Count& count) {
  return build_rows(n, n, range, count, [&](Index i, Index* out) {
    const Index begin = first(i);
    const Index terms = count(i);
    for (Index k = 0; k < terms; ++k)
      out[k] = begin + k * stride;
  });
}

void require_size(Index n) {
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
}

void require_width(Index w) {
  require(w >= 0, Code::domain, "w = ", w, " must be 0 or more");
}

void require_stride(Index stride) {
  require(stride >= 1, Code::domain, "stride = ", stride, " must be 1 or more");
}

} // namespace

Pattern window(Index n, Index w, RowRange range) {
  require_size(n);
  require_width(w);
  w = std::min(w, n); // i + w must not overflow
  return intervals(
      n, range, [=](Index i) { return std::max<Index>(0, i - w); },
      [=](Index i) { return std::min(n - 1, i + w); });
}

Pattern ring(Index n, Index w, const RingOptions& how) {
  const Index stride = how.stride;
  require_size(n);
  require_width(w);
  require_stride(stride);
  require(n > 0 && w <= (n - 1) / 2, Code::domain, "n = ", n,
          " is less than 2 w + 1 = ", 2 * static_cast<std::uint64_t>(w) + 1, " for w = ", w,
          ", the nearest n that fits");
  // k stride mod n runs through the multiples of gcd(n, stride), `distinct` of them.
  const Index divisor = std::gcd(n, stride);
  const Index distinct = std::min(2 * w + 1, n / divisor);
  const auto made = static_cast<double>(resolved(how.rows, n).size());
  require_room(made, static_cast<double>(n), made * static_cast<double>(distinct));
  std::vector<Index> steps(static_cast<std::size_t>(distinct));
  if (distinct == n / divisor) {
    for (Index k = 0; k < distinct; ++k)
      steps[k] = k * divisor;
  } else {
    Index step = 0;
    for (Index k = 1; k <= w; ++k) {
      step = step < n - stride % n ? step + stride % n : step - (n - stride % n);
      steps[2 * k - 1] = step;
      steps[2 * k] = n - step;
    }
    std::sort(steps.begin(), steps.end());
  }
  return circulant(n, steps, how.rows);
}

Pattern block_window(Index n, Index w, RowRange range) {
  require_size(n);
  require(w >= 2 && w % 2 == 0, Code::domain, "w = ", w, " must be even and 2 or more: nearest is ",
          std::max<Index>(2, w - w % 2));
  const Index half = std::min(w / 2, n); // a wider block holds everything already
  // i is in the blocks that begin at the half block of i and at the one before.
  return intervals(
      n, range, [=](Index i) { return std::max<Index>(0, i / half - 1) * half; },
      [=](Index i) { return std::min(n, (i / half + 2) * half) - 1; });
}

Pattern dilated(Index n, Index w, Index stride, RowRange range) {
  require_size(n);
  require_width(w);
  require_stride(stride);
  return progressions(
      n, stride, range, [=](Index i) { return i - std::min(w, i / stride) * stride; },
      [=](Index i) { return std::min(w, i / stride) + std::min(w, (n - 1 - i) / stride) + 1; });
}

Pattern strided(Index n, Index stride, RowRange range) {
  require_size(n);
  require_stride(stride);
  return progressions(
      n, stride, range, [=](Index i) { return i % stride; },
      [=](Index i) { return (n - 1 - i % stride) / stride + 1; });
}

} // namespace attnwalk::pattern
