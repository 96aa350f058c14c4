// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/error.hpp"

#include <atomic>
#include <functional>
#include <string_view>

namespace attnwalk {
inline namespace core {

/// Watches and stops long work. Options carry a `Monitor*`; null means nobody watches. Algorithms
/// poll it between passes, from the thread that called them.
class Monitor {
public:
  /// Called with what is being done and the fraction done in [0, 1], or < 0 where it is unknown.
  std::function<void(std::string_view what, double fraction)> progress;

  /// Asks the work to stop at its next poll. Safe from any thread and from a signal handler.
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool cancelled() const noexcept {
    return cancelled_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<bool> cancelled_{false};
};

/// Reports progress and throws Error{cancelled} if the monitor asked to stop; nothing for null.
inline void poll(Monitor* monitor, std::string_view what, double fraction = -1) {
  if (monitor == nullptr)
    return;
  require(!monitor->cancelled(), Code::cancelled, "cancelled during ", what);
  if (monitor->progress)
    monitor->progress(what, fraction);
}

} // namespace core
} // namespace attnwalk
