// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace attnwalk {
inline namespace core {

/// The number of threads to use: `requested` if positive, else OpenMP's own choice
/// (OMP_NUM_THREADS, else all cores). 1 in a build without OpenMP. @throws Error{domain} if
/// requested is negative
[[nodiscard]] int threads(int requested = 0);

/// While it lives, `threads(0)` is `requested` for the thread that made it: for a caller of many
/// functions whose options hold no thread count of their own. 0 changes nothing.
class ThreadLimit {
public:
  /// @throws Error{domain} if requested is negative
  explicit ThreadLimit(int requested);
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;
  ~ThreadLimit();

private:
  int before_;
};

} // namespace core
} // namespace attnwalk
