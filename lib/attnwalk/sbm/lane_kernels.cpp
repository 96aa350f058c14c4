// SPDX-License-Identifier: Apache-2.0
// Compiled once per instruction set; contraction is off, so all give the same bits.
#include "attnwalk/sbm/lane_kernels.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace attnwalk::sbm {
namespace {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif
constexpr Index lanes = vector_bytes / 8;
using Word = std::uint64_t __attribute__((vector_size(vector_bytes)));
using Real = double __attribute__((vector_size(vector_bytes)));

constexpr std::uint64_t low_half = 0xffffffffU;

/// The product of the lower halves of each lane; what stands in the upper halves is ignored.
inline Word product(const Word& a, const Word& b) {
#if defined(__AVX512F__)
  return reinterpret_cast<Word>(
      _mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__AVX2__)
  return reinterpret_cast<Word>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__SSE2__)
  return reinterpret_cast<Word>(
      _mm_mul_epu32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
  return (a & low_half) * (b & low_half);
#endif
}

inline Word all(std::uint64_t x) {
  return Word{} + x;
}

/// Two vectors of blocks at once: the multiplications of one fill the waits of the other. Upper
/// halves hold garbage that neither products nor the final masks see.
struct Blocks {
  Word c0, c1, c2, c3;
};

inline void round(Blocks& x, const Word& k0, const Word& k1) {
  const Word a = product(all(0xD2511F53U), x.c0);
  const Word b = product(all(0xCD9E8D57U), x.c2);
  x = {(b >> 32) ^ x.c1 ^ k0, b, (a >> 32) ^ x.c3 ^ k1, a};
}

inline void store(const Blocks& x, std::uint64_t* out) {
  const Word first = (x.c0 & low_half) | (x.c1 << 32);
  const Word second = (x.c2 & low_half) | (x.c3 << 32);
  for (Index l = 0; l < lanes; ++l) {
    out[2 * l] = first[l];
    out[2 * l + 1] = second[l];
  }
}

inline Blocks counters(std::uint64_t first, std::uint64_t substream) {
  Word number{};
  for (Index l = 0; l < lanes; ++l)
    number[l] = first + static_cast<std::uint64_t>(l);
  return {number, number >> 32, all(substream), all(substream >> 32)};
}

void philox(std::array<std::uint32_t, 2> key, std::uint64_t substream, std::uint64_t first,
            Index blocks, std::uint64_t* out) {
  for (Index done = 0; done < blocks; done += 2 * lanes) {
    Blocks x = counters(first + static_cast<std::uint64_t>(done), substream);
    Blocks y = counters(first + static_cast<std::uint64_t>(done + lanes), substream);
    std::uint32_t k0 = key[0];
    std::uint32_t k1 = key[1];
    for (int r = 0; r < 10; ++r) {
      round(x, all(k0), all(k1));
      round(y, all(k0), all(k1));
      k0 += 0x9E3779B9U;
      k1 += 0xBB67AE85U;
    }
    std::uint64_t words[4 * lanes];
    store(x, words);
    store(y, words + 2 * lanes);
    const Index wanted = 2 * (blocks - done < 2 * lanes ? blocks - done : 2 * lanes);
    __builtin_memcpy(out + 2 * done, words, static_cast<std::size_t>(wanted) * sizeof *words);
  }
}

/// Rows whose sums fit the registers beside each other.
constexpr Index together = lanes / 2;

/// Rows rows of one panel.
template <Index Rows>
void panel_rates(const double* x, const double* panel, Index clusters, double* out, Index stride) {
  constexpr Index vectors = panel_width / lanes;
  Real sum[Rows][vectors] = {};
  for (Index v = 0; v < clusters; ++v)
    for (Index c = 0; c < vectors; ++c) {
      Real z;
      __builtin_memcpy(&z, panel + v * panel_width + c * lanes, sizeof z);
      for (Index r = 0; r < Rows; ++r)
        sum[r][c] += x[r * clusters + v] * z;
    }
  for (Index r = 0; r < Rows; ++r)
    __builtin_memcpy(out + r * stride, &sum[r][0], sizeof sum[r]);
}

void rates(const double* x, Index rows, const double* Z, Index panels, Index clusters,
           double* out) {
  const Index stride = panels * panel_width;
  for (Index p = 0; p < panels; ++p) {
    const double* panel = Z + p * panel_width * clusters;
    double* to = out + p * panel_width;
    Index r = 0;
    for (; r + together <= rows; r += together)
      panel_rates<together>(x + r * clusters, panel, clusters, to + r * stride, stride);
    for (; r < rows; ++r)
      panel_rates<1>(x + r * clusters, panel, clusters, to + r * stride, stride);
  }
}

/// One bit per lane: a < b.
inline std::uint64_t below(const Real& a, const Real& b) {
#if defined(__AVX512F__)
  return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
#elif defined(__AVX2__)
  return static_cast<std::uint64_t>(_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LT_OQ)));
#elif defined(__SSE2__)
  return static_cast<std::uint64_t>(_mm_movemask_pd(_mm_cmplt_pd(a, b)));
#else
  std::uint64_t bits = 0;
  for (Index l = 0; l < lanes; ++l)
    bits |= static_cast<std::uint64_t>(a[l] < b[l]) << l;
  return bits;
#endif
}

bool toss(double* rate, Index count, double delta, const std::uint64_t* words,
          std::uint64_t* bits) {
  using Coins = std::uint32_t __attribute__((vector_size(vector_bytes / 2)));
  const char* coins = reinterpret_cast<const char*>(words);
  std::uint64_t tie = 0;
  for (Index from = 0; from < count; from += 64) {
    std::uint64_t word = 0;
    for (Index j = 0; j < 64; j += lanes) {
      Real p;
      Coins raw;
      __builtin_memcpy(&p, rate + from + j, sizeof p);
      __builtin_memcpy(&raw, coins + (from + j) * 4, sizeof raw);
      p += delta;
      p = p < 1.0 ? p : Real{} + 1.0;
      __builtin_memcpy(rate + from + j, &p, sizeof p);
      const Real coin = __builtin_convertvector(raw, Real);
      const Real level = p * 0x1p32;
      const std::uint64_t heads = below(coin, level);
      word |= heads << j;
      tie |= heads & below(level, coin + 1.0);
    }
    bits[from / 64] = word;
  }
  return tie != 0;
}

} // namespace

extern const LaneKernels ATTNWALK_LANE_KERNELS;
const LaneKernels ATTNWALK_LANE_KERNELS{philox, rates, toss};

} // namespace attnwalk::sbm
