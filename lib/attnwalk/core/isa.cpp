// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/isa.hpp"

#include "attnwalk/core/error.hpp"

#include <atomic>

namespace attnwalk {
inline namespace core {
namespace {

std::atomic<Isa>& current() {
  static std::atomic<Isa> choice{best_isa()};
  return choice;
}

} // namespace

std::string_view to_string(Isa isa) {
  switch (isa) {
  case Isa::baseline:
    return "baseline";
  case Isa::avx2:
    return "avx2";
  case Isa::avx512:
    return "avx512";
  }
  return "unknown";
}

Isa parse_isa(std::string_view name) {
  for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512})
    if (name == to_string(isa))
      return isa;
  throw Error(Code::domain,
              message("instruction set '", name, "' must be baseline, avx2 or avx512"));
}

Isa best_isa() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return Isa::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return Isa::avx2;
#endif
  return Isa::baseline;
}

Isa isa() {
  return current().load(std::memory_order_relaxed);
}

void choose_isa(Isa wanted) {
  require(wanted <= best_isa(), Code::domain, "instruction set ", to_string(wanted),
          " is wanted where the machine has only ", to_string(best_isa()));
  current().store(wanted, std::memory_order_relaxed);
}

} // namespace core
} // namespace attnwalk
