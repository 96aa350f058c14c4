// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/threads.hpp"

#include "attnwalk/core/error.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace attnwalk {
inline namespace core {

int threads(int requested) {
  require(requested >= 0, Code::domain, "threads = ", requested, " must be 0 (choose) or more");
#ifdef _OPENMP
  return requested > 0 ? requested : omp_get_max_threads();
#else
  return 1;
#endif
}

} // namespace core
} // namespace attnwalk
