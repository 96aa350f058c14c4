// SPDX-License-Identifier: Apache-2.0
// Private to `diffusion` and `layers`: what a backward pass keeps of the hops before it.
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/diffusion/diffuse.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace attnwalk::diffusion {

/// Hops from one that is kept to the next: 1, or about sqrt(hops) where the others are recomputed.
[[nodiscard]] inline Index tape_stride(Memory memory, Index hops) {
  const auto root = static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(hops))));
  return memory == Memory::store ? 1 : std::max<Index>(1, root);
}

/// Z_0 .. Z_(hops-1) of a recurrence, to be read from the last to the first. Every stride-th is
/// kept; of the others one stretch at a time is run again.
template <Real T>
class Tape {
public:
  /// Called as hop(Z_k, k, out): writes Z_(k+1).
  using Hop = std::function<void(const Dense<T>&, Index, Dense<T>&)>;

  Tape(Dense<T> first, Index hops, Index stride, Hop hop) : hop_(std::move(hop)), stride_(stride) {
    Dense<T> Z = std::move(first);
    for (Index k = 0; k < hops; ++k) {
      Dense<T> next = k + 1 < hops ? after(Z, k) : Dense<T>();
      if (k % stride_ == 0)
        kept_.push_back(std::move(Z));
      Z = std::move(next);
    }
  }

  /// Z_k, valid until the next call.
  [[nodiscard]] const Dense<T>& at(Index k) {
    const Index start = k - k % stride_;
    const Dense<T>& kept = kept_[static_cast<std::size_t>(start / stride_)];
    if (start != start_) {
      stretch_.clear();
      start_ = start;
    }
    while (start + static_cast<Index>(stretch_.size()) < k)
      stretch_.push_back(after(stretch_.empty() ? kept : stretch_.back(),
                               start + static_cast<Index>(stretch_.size())));
    return k == start ? kept : stretch_[static_cast<std::size_t>(k - start) - 1];
  }

private:
  [[nodiscard]] Dense<T> after(const Dense<T>& Z, Index k) {
    Dense<T> next = Dense<T>::unset(Z.shape());
    hop_(Z, k, next);
    return next;
  }

  Hop hop_;
  Index stride_;
  Index start_ = 0;
  std::vector<Dense<T>> kept_;
  std::vector<Dense<T>> stretch_; ///< Z_(start+1), Z_(start+2), ...
};

} // namespace attnwalk::diffusion
