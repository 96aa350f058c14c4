// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace attnwalk {
inline namespace core {

/// How long a step took.
struct Timing {
  std::string what;
  double seconds = 0;
};

/// Writes down the steps of a computation, one after the other.
class Stopwatch {
public:
  /// @param out  must outlive the watch
  explicit Stopwatch(std::vector<Timing>& out) : out_(&out) {}

  /// Appends a step that began at the last call (the first: at construction) and ends now.
  void lap(std::string what) {
    const auto now = Clock::now();
    out_->push_back({std::move(what), std::chrono::duration<double>(now - last_).count()});
    last_ = now;
  }

private:
  using Clock = std::chrono::steady_clock;
  std::vector<Timing>* out_;
  Clock::time_point last_ = Clock::now();
};

} // namespace core
} // namespace attnwalk
