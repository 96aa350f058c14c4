// SPDX-License-Identifier: Apache-2.0
// Private: vectors of the instruction set that this translation unit is compiled for. Everything
// has internal linkage, so that code for one set can never be linked into another's path.
#pragma once

#include "attnwalk/core/index.hpp"

#include <cstdint>
#include <utility>

namespace attnwalk::kernels {
namespace {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

template <class T>
struct Lane;
template <>
struct Lane<float> {
  using Vector = float __attribute__((vector_size(vector_bytes)));
  using Bits = std::int32_t __attribute__((vector_size(vector_bytes)));
  using Word = std::int32_t;
};
template <>
struct Lane<double> {
  using Vector = double __attribute__((vector_size(vector_bytes)));
  using Bits = std::int64_t __attribute__((vector_size(vector_bytes)));
  using Word = std::int64_t;
};
template <class T>
using Vector = typename Lane<T>::Vector;
template <class T>
using Bits = typename Lane<T>::Bits;
template <class T>
constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));

template <class T>
inline Vector<T> load(const T* p) {
  Vector<T> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <class T>
inline void store(T* p, const Vector<T>& v) {
  __builtin_memcpy(p, &v, sizeof v);
}
template <class T>
inline Vector<T> broadcast(T x) {
  return x - Vector<T>{}; // x - 0 is x for every x, so nothing is computed
}
template <class T>
inline Vector<T> select(const Bits<T>& mask, const Vector<T>& a, const Vector<T>& b) {
  return mask ? a : b;
}

template <class T>
inline Vector<T> same_bits(const Bits<T>& bits) {
  Vector<T> v;
  __builtin_memcpy(&v, &bits, sizeof v);
  return v;
}

// How many vectors one load from a stored row gives. A row of T gives one. A row of bfloat16 gives
// two vectors of float: its numbers stand interleaved (dense_rows.hpp), so that a shift and a mask
// unpack them in order.
template <class S>
constexpr int vectors_per_load = 1;
template <>
constexpr int vectors_per_load<std::uint16_t> = 2;

template <class T>
inline void load_vectors(const T* p, Vector<T>* to) {
  to[0] = load(p);
}
inline void load_vectors(const std::uint16_t* p, Vector<float>* to) {
  using Words = std::uint32_t __attribute__((vector_size(vector_bytes)));
  Words words;
  __builtin_memcpy(&words, p, sizeof words);
  const Words low = words << 16;
  const Words high = words & 0xffff0000U;
  __builtin_memcpy(&to[0], &low, sizeof low);
  __builtin_memcpy(&to[1], &high, sizeof high);
}

// One stage of a transposing sum, which turns n vectors into the one vector of their n sums: lane l
// of the result is a[l] + a[l ^ S] where bit S of l is clear, and b[l] + b[l ^ S] where it is set.
//
// With four lanes and four vectors a, b, c, d (a01 stands for a0 + a1, and so on):
//
//   a0 a1 a2 a3 --+
//                 | S = 1: a01 b01 a23 b23 --+
//   b0 b1 b2 b3 --+                          |
//                                            | S = 2: a0123 b0123 c0123 d0123
//   c0 c1 c2 c3 --+                          |
//                 | S = 1: c01 d01 c23 d23 --+
//   d0 d1 d2 d3 --+
//
// Three shuffled additions where four separate sums of lanes would take eight.
template <class T, int S, int... L>
inline Vector<T> transpose_add_by(const Vector<T>& a, const Vector<T>& b,
                                  std::integer_sequence<int, L...>) {
  constexpr int n = lanes<T>;
  const Vector<T> own = __builtin_shufflevector(a, b, ((L & S) != 0 ? L + n : L)...);
  const Vector<T> other = __builtin_shufflevector(a, b, ((L & S) != 0 ? (L ^ S) + n : (L ^ S))...);
  return own + other;
}

template <class T, int S>
inline Vector<T> transpose_add(const Vector<T>& a, const Vector<T>& b) {
  return transpose_add_by<T, S>(a, b, std::make_integer_sequence<int, lanes<T>>{});
}

// Lane l of the result is v[l ^ S].
template <class T, int S, int... L>
inline Vector<T> swap_lanes(const Vector<T>& v, std::integer_sequence<int, L...>) {
  return __builtin_shufflevector(v, v, (L ^ S)...);
}

// Lane l of the result is the sum of the lanes l % R, l % R + R, l % R + 2 R ... of v: after a
// transposing sum of only R vectors, the R sums repeated over all lanes.
template <class T, int R>
inline Vector<T> tile_lanes(Vector<T> v) {
  if constexpr (R == lanes<T>)
    return v;
  else
    return tile_lanes<T, 2 * R>(v +
                                swap_lanes<T, R>(v, std::make_integer_sequence<int, lanes<T>>{}));
}

// All lanes of v combined into one number: lanes that are 1 apart, then 2, then 4 ...
template <class T, int S = 1, class Combine>
inline T reduce(const Vector<T>& v, Combine combine) {
  if constexpr (S == lanes<T>) {
    return v[0];
  } else {
    const auto other = swap_lanes<T, S>(v, std::make_integer_sequence<int, lanes<T>>{});
    return reduce<T, 2 * S>(combine(v, other), combine);
  }
}
template <class T>
inline Vector<T> larger(const Vector<T>& a, const Vector<T>& b) {
  return select<T>(a > b, a, b);
}
template <class T>
inline T sum_lanes(const Vector<T>& v) {
  return reduce<T>(v, [](const Vector<T>& a, const Vector<T>& b) { return a + b; });
}
template <class T>
inline T max_lanes(const Vector<T>& v) {
  return reduce<T>(v, [](const Vector<T>& a, const Vector<T>& b) { return larger<T>(a, b); });
}

// v where the lane's number is below `count`, 0 elsewhere.
template <class T, int... L>
inline Vector<T> mask_first_of(const Vector<T>& v, Index count, std::integer_sequence<int, L...>) {
  using Word = typename Lane<T>::Word;
  const Bits<T> number{static_cast<Word>(L)...};
  return select<T>(number < static_cast<Word>(count), v, Vector<T>{});
}
template <class T>
inline Vector<T> mask_first(const Vector<T>& v, Index count) {
  return mask_first_of<T>(v, count, std::make_integer_sequence<int, lanes<T>>{});
}

// exp on each lane: x = n ln 2 + r, |r| <= ln(2)/2, a Taylor polynomial in r, then n added to the
// exponent field. Below the smallest normal result it gives 0; arguments are at most about 88
// (709).
inline Vector<float> exponential(Vector<float> x) {
  using V = Vector<float>;
  const Bits<float> tiny = x < -87.0F;
  x = select<float>(tiny, V{}, x);
  const float shift = 12582912.0F; // 1.5 * 2^23: adding it rounds to an integer
  const V rounded = x * 1.44269504F + shift;
  const V n = rounded - shift;
  const V r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  V p = r * (1.0F / 5040) + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  const Bits<float> scale = (__builtin_convertvector(n, Bits<float>) + 127) << 23;
  return select<float>(tiny, V{}, p * same_bits<float>(scale));
}

inline Vector<double> exponential(Vector<double> x) {
  using V = Vector<double>;
  const Bits<double> tiny = x < -708.0;
  x = select<double>(tiny, V{}, x);
  const double shift = 6755399441055744.0; // 1.5 * 2^52
  const V rounded = x * 1.4426950408889634 + shift;
  const V n = rounded - shift;
  const V r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  V p = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  const Bits<double> scale = (__builtin_convertvector(n, Bits<double>) + 1023) << 52;
  return select<double>(tiny, V{}, p * same_bits<double>(scale));
}

} // namespace
} // namespace attnwalk::kernels
