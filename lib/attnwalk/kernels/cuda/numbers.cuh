// SPDX-License-Identifier: Apache-2.0
// Private: 16 bytes of numbers at a time, and arithmetic in powers of two.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

namespace attnwalk::kernels::cuda {

constexpr unsigned all_lanes = 0xffffffffU;
constexpr float log2_e = 1.4426950408889634F;
constexpr float ln_2 = 0.6931471805599453F;

/// Numbers of type T in 16 bytes, which a lane loads and stores at once.
template <class T>
constexpr int per_load = 16 / static_cast<int>(sizeof(T));

/// Through the read-only path with the default policy. Hints that keep rows out of the L1 cache
/// halve the speed of a gather: they also halve the hits in the L2 cache (docs/cuda.md).
__device__ __forceinline__ uint4 load16(const void* from) {
  return __ldg(static_cast<const uint4*>(from));
}

__device__ __forceinline__ void unpack(uint4 x, float (&to)[4]) {
  to[0] = __uint_as_float(x.x);
  to[1] = __uint_as_float(x.y);
  to[2] = __uint_as_float(x.z);
  to[3] = __uint_as_float(x.w);
}

/// Two numbers of 16 bits each.
template <class T>
__device__ __forceinline__ float2 pair(std::uint32_t x);
template <>
__device__ __forceinline__ float2 pair<__nv_bfloat16>(std::uint32_t x) {
  return {__uint_as_float(x << 16), __uint_as_float(x & 0xffff0000U)};
}
template <>
__device__ __forceinline__ float2 pair<__half>(std::uint32_t x) {
  __half2_raw raw;
  raw.x = static_cast<unsigned short>(x);
  raw.y = static_cast<unsigned short>(x >> 16);
  return __half22float2(__half2(raw));
}

template <class T>
__device__ __forceinline__ void unpack(uint4 x, float (&to)[per_load<T>]) {
  if constexpr (sizeof(T) == 4) {
    unpack(x, to);
  } else {
    const std::uint32_t words[4] = {x.x, x.y, x.z, x.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const float2 two = pair<T>(words[i]);
      to[2 * i] = two.x;
      to[2 * i + 1] = two.y;
    }
  }
}

template <class T>
__device__ __forceinline__ std::uint32_t packed(float low, float high) {
  if constexpr (sizeof(T) == 4) {
    return 0;
  } else {
    union {
      T numbers[2];
      std::uint32_t word;
    } both = {{static_cast<T>(low), static_cast<T>(high)}};
    return both.word;
  }
}

template <class T>
__device__ __forceinline__ uint4 pack(const float (&x)[per_load<T>]) {
  if constexpr (sizeof(T) == 4)
    return {__float_as_uint(x[0]), __float_as_uint(x[1]), __float_as_uint(x[2]),
            __float_as_uint(x[3])};
  else
    return {packed<T>(x[0], x[1]), packed<T>(x[2], x[3]), packed<T>(x[4], x[5]),
            packed<T>(x[6], x[7])};
}

/// A row of D numbers shared by G lanes: lane l holds the loads l, l + G, l + 2 G, ... of it.
template <class T, int D, int G>
struct Share {
  static constexpr int size = per_load<T>;
  static constexpr int loads = D / G / size;
  static_assert(loads >= 1 && loads * size * G == D);
  float numbers[loads][size];

  __device__ __forceinline__ void clear() {
#pragma unroll
    for (int c = 0; c < loads; ++c)
#pragma unroll
      for (int i = 0; i < size; ++i)
        numbers[c][i] = 0;
  }
  /// From a row that starts at `row`; `lane` within the group.
  __device__ __forceinline__ void load(const T* row, int lane) {
#pragma unroll
    for (int c = 0; c < loads; ++c)
      unpack<T>(load16(row + (c * G + lane) * size), numbers[c]);
  }
  __device__ __forceinline__ void store(T* row, int lane) const {
#pragma unroll
    for (int c = 0; c < loads; ++c)
      *reinterpret_cast<uint4*>(row + (c * G + lane) * size) = pack<T>(numbers[c]);
  }
  /// As floats, to the workspace.
  __device__ __forceinline__ void store_floats(float* row, int lane) const {
#pragma unroll
    for (int c = 0; c < loads; ++c)
#pragma unroll
      for (int i = 0; i < size; i += 4)
        *reinterpret_cast<float4*>(row + (c * G + lane) * size + i) = {
            numbers[c][i], numbers[c][i + 1], numbers[c][i + 2], numbers[c][i + 3]};
  }
  __device__ __forceinline__ void scale(float a) {
#pragma unroll
    for (int c = 0; c < loads; ++c)
#pragma unroll
      for (int i = 0; i < size; ++i)
        numbers[c][i] *= a;
  }
  /// += a x, x the load of number c.
  __device__ __forceinline__ void add(int c, float a, const float (&x)[size]) {
#pragma unroll
    for (int i = 0; i < size; ++i)
      numbers[c][i] = fmaf(a, x[i], numbers[c][i]);
  }
  /// This lane's part of the dot product with x, the load of number c, added to `sum`.
  __device__ __forceinline__ float dot(int c, const float (&x)[size], float sum) const {
#pragma unroll
    for (int i = 0; i < size; ++i)
      sum = fmaf(x[i], numbers[c][i], sum);
    return sum;
  }
};

/// The sum over the lanes of a group, in all of them.
template <int G>
__device__ __forceinline__ float group_sum(float x) {
#pragma unroll
  for (int offset = G / 2; offset > 0; offset >>= 1)
    x += __shfl_xor_sync(all_lanes, x, offset);
  return x;
}

/// 2^x within 2 ulp; 0 for minus infinity.
__device__ __forceinline__ float power_of_two(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
__device__ __forceinline__ float log_two(float x) {
  float y;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/// Where a running maximum starts: finite, so that differences of two of them are numbers.
constexpr float no_maximum = -1e30F;
/// How far, in powers of two, scores may exceed the running maximum before sums are rescaled.
constexpr float slack = 8;

} // namespace attnwalk::kernels::cuda
