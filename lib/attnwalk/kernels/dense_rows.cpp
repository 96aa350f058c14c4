// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/dense_rows.hpp"

#include "attnwalk/core/threads.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <limits>

namespace attnwalk::kernels {
namespace {

// Rows of a dense array numbered through batch, head and token.
template <class T>
T* numbered_row(View<T> X, Index row) {
  const Index token = row % X.shape.tokens;
  const Index head = row / X.shape.tokens % X.shape.heads;
  return X.row(row / X.shape.tokens / X.shape.heads, head, token);
}

Index row_count(const Shape& shape) {
  return shape.batch * shape.heads * shape.tokens;
}

// Round to nearest, ties to even, in integers; NaN and infinity do not reach this.
std::uint16_t to_bfloat16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

} // namespace

template <Real T>
Place first_not_finite(View<const T> X, int threads) {
  const Index rows = row_count(X.shape);
  std::atomic<Index> bad{rows};
#pragma omp parallel for schedule(static) num_threads(core::threads(threads))
  for (Index r = 0; r < rows; ++r) {
    const T* row = numbered_row(X, r);
    T sum = 0; // 0 x is 0 for every finite x and NaN for the rest, and vectorizes
    for (Index c = 0; c < X.shape.width; ++c)
      sum += row[c] * 0;
    if (sum != 0 || std::isnan(sum)) {
      Index known = bad.load();
      while (r < known && !bad.compare_exchange_weak(known, r)) {
      }
    }
  }
  const Index r = bad.load();
  if (r == rows)
    return {};
  const T* row = numbered_row(X, r);
  Index c = 0;
  while (std::isfinite(row[c]))
    ++c;
  const Index head = r / X.shape.tokens % X.shape.heads;
  return {r / X.shape.tokens / X.shape.heads, head, r % X.shape.tokens, c};
}

template <Real T>
void pad_rows(View<const T> X, T* to, Index padded_width, int threads) {
  const Index rows = row_count(X.shape);
#pragma omp parallel for schedule(static) num_threads(core::threads(threads))
  for (Index r = 0; r < rows; ++r) {
    const T* row = numbered_row(X, r);
    T* out = to + r * padded_width;
    for (Index c = 0; c < padded_width; ++c)
      out[c] = c < X.shape.width ? row[c] : T{0};
  }
}

void pad_rows_bfloat16(View<const float> X, std::uint16_t* to, Index padded_width, Index lanes,
                       int threads) {
  const Index rows = row_count(X.shape);
#pragma omp parallel for schedule(static) num_threads(core::threads(threads))
  for (Index r = 0; r < rows; ++r) {
    const float* row = numbered_row(X, r);
    std::uint16_t* out = to + r * padded_width;
    const auto number = [&](Index c) {
      return c < X.shape.width ? to_bfloat16(row[c]) : std::uint16_t{0};
    };
    for (Index c = 0; c < padded_width; c += 2 * lanes)
      for (Index l = 0; l < lanes; ++l) {
        out[c + 2 * l] = number(c + l);
        out[c + 2 * l + 1] = number(c + lanes + l);
      }
  }
}

Dense<float> rounded_to_bfloat16(View<const float> X, int threads) {
  Dense<float> out(X.shape);
  const View<float> to = out.view();
  const Index rows = row_count(X.shape);
#pragma omp parallel for schedule(static) num_threads(core::threads(threads))
  for (Index r = 0; r < rows; ++r)
    for (Index c = 0; c < X.shape.width; ++c)
      numbered_row(to, r)[c] = std::bit_cast<float>(
          static_cast<std::uint32_t>(to_bfloat16(numbered_row(X, r)[c])) << 16);
  return out;
}

template <Real T>
void unpad_rows(const T* from, Index padded_width, View<T> X, int threads) {
  const Index rows = row_count(X.shape);
#pragma omp parallel for schedule(static) num_threads(core::threads(threads))
  for (Index r = 0; r < rows; ++r) {
    T* row = numbered_row(X, r);
    for (Index c = 0; c < X.shape.width; ++c)
      row[c] = from[r * padded_width + c];
  }
}

template <Real T>
void row_dots(View<const T> X, View<const T> Y, T* to, int threads) {
  const Index rows = row_count(X.shape);
#pragma omp parallel for schedule(static) num_threads(core::threads(threads))
  for (Index r = 0; r < rows; ++r) {
    const T* x = numbered_row(X, r);
    const T* y = numbered_row(Y, r);
    double sum = 0;
    for (Index c = 0; c < X.shape.width; ++c)
      sum += static_cast<double>(x[c]) * static_cast<double>(y[c]);
    to[r] = static_cast<T>(sum);
  }
}

template <Real T>
double max_difference(View<const T> X, View<const T> Y, int threads) {
  const Index rows = row_count(X.shape);
  double worst = 0;
  bool broken = false;
#pragma omp parallel for schedule(static) num_threads(core::threads(threads)) reduction(max        \
                                                                                        : worst)   \
    reduction(||                                                                                   \
              : broken)
  for (Index r = 0; r < rows; ++r) {
    const T* x = numbered_row(X, r);
    const T* y = numbered_row(Y, r);
    T row = 0;
    T sum = 0;
    for (Index c = 0; c < X.shape.width; ++c) {
      const T gap = std::abs(x[c] - y[c]);
      row = std::max(row, gap);
      sum += gap * 0;
    }
    broken = broken || sum != 0 || std::isnan(sum);
    worst = std::max(worst, static_cast<double>(row));
  }
  return broken ? std::numeric_limits<double>::quiet_NaN() : worst;
}

template <Real T>
double max_magnitude(View<const T> X, int threads) {
  const Index rows = row_count(X.shape);
  double worst = 0;
#pragma omp parallel for schedule(static) num_threads(core::threads(threads)) reduction(max : worst)
  for (Index r = 0; r < rows; ++r) {
    const T* x = numbered_row(X, r);
    T row = 0;
    for (Index c = 0; c < X.shape.width; ++c)
      row = std::max(row, std::abs(x[c]));
    worst = std::max(worst, static_cast<double>(row));
  }
  return worst;
}

template <Real T>
void drop_numbers(View<T> X, Index width, const Dropout& dropout, int threads) {
  if (dropout.threshold == 0)
    return;
  const T scale = static_cast<T>(dropout.keep_scale);
  const Index rows = row_count(X.shape);
#pragma omp parallel for schedule(static) num_threads(core::threads(threads))
  for (Index r = 0; r < rows; ++r) {
    T* row = numbered_row(X, r);
    const Index first = r % X.shape.tokens * width;
    for (Index c = 0; c < width; ++c)
      row[c] *= entry_bits(dropout.key, static_cast<std::uint64_t>(first + c)) < dropout.threshold
                    ? T{0}
                    : scale;
  }
}

template <Real T>
void combine(T a, View<const T> X, T b, View<T> Y, int threads) {
  const Index rows = row_count(X.shape);
#pragma omp parallel for schedule(static) num_threads(core::threads(threads))
  for (Index r = 0; r < rows; ++r) {
    const T* x = numbered_row(X, r);
    T* y = numbered_row(Y, r);
    for (Index c = 0; c < X.shape.width; ++c)
      y[c] = a * x[c] + b * y[c];
  }
}

template double max_difference<float>(View<const float>, View<const float>, int);
template double max_difference<double>(View<const double>, View<const double>, int);
template double max_magnitude<float>(View<const float>, int);
template double max_magnitude<double>(View<const double>, int);
template void drop_numbers<float>(View<float>, Index, const Dropout&, int);
template void drop_numbers<double>(View<double>, Index, const Dropout&, int);
template void combine<float>(float, View<const float>, float, View<float>, int);
template void combine<double>(double, View<const double>, double, View<double>, int);
template Place first_not_finite<float>(View<const float>, int);
template Place first_not_finite<double>(View<const double>, int);
template void pad_rows<float>(View<const float>, float*, Index, int);
template void pad_rows<double>(View<const double>, double*, Index, int);
template void unpad_rows<float>(const float*, Index, View<float>, int);
template void unpad_rows<double>(const double*, Index, View<double>, int);
template void row_dots<float>(View<const float>, View<const float>, float*, int);
template void row_dots<double>(View<const double>, View<const double>, double*, int);

} // namespace attnwalk::kernels
