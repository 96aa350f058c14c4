// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace attnwalk::io {

/// Bounds on what reading a file may take.
struct ReadOptions {
  double max_bytes = 0; ///< refuse to allocate more for the result; 0: what the machine has left
  int threads = 0;      ///< 0: OMP_NUM_THREADS, else all cores
};

} // namespace attnwalk::io
