// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/cpu/edge_table.hpp"

namespace attnwalk::kernels {

// Defined by edge_kernels.cpp, once per instruction set.
extern const EdgeTable<float> float_baseline;
extern const EdgeTable<double> double_baseline;
#ifdef ATTNWALK_X86_KERNELS
extern const EdgeTable<float> float_avx2;
extern const EdgeTable<float> float_avx512;
extern const EdgeTable<double> double_avx2;
extern const EdgeTable<double> double_avx512;
#endif

namespace {

template <class T>
const EdgeTable<T>& pick([[maybe_unused]] Isa isa, const EdgeTable<T>& baseline,
                         [[maybe_unused]] const EdgeTable<T>& avx2,
                         [[maybe_unused]] const EdgeTable<T>& avx512) {
  switch (isa) {
  case Isa::baseline:
    return baseline;
  case Isa::avx2:
    return avx2;
  case Isa::avx512:
    return avx512;
  }
  return baseline;
}

} // namespace

#ifdef ATTNWALK_X86_KERNELS
template <>
const EdgeTable<float>& edge_table<float>(Isa isa) {
  return pick(isa, float_baseline, float_avx2, float_avx512);
}
template <>
const EdgeTable<double>& edge_table<double>(Isa isa) {
  return pick(isa, double_baseline, double_avx2, double_avx512);
}
#else
template <>
const EdgeTable<float>& edge_table<float>(Isa isa) {
  return pick(isa, float_baseline, float_baseline, float_baseline);
}
template <>
const EdgeTable<double>& edge_table<double>(Isa isa) {
  return pick(isa, double_baseline, double_baseline, double_baseline);
}
#endif

} // namespace attnwalk::kernels
