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

ThreadLimit::ThreadLimit(int requested) : before_(threads()) {
  [[maybe_unused]] const int now = threads(requested);
#ifdef _OPENMP
  omp_set_num_threads(now); // of this thread alone
#endif
}

ThreadLimit::~ThreadLimit() {
#ifdef _OPENMP
  omp_set_num_threads(before_);
#endif
}

} // namespace core
} // namespace attnwalk
