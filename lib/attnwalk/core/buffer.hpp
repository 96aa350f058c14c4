// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace attnwalk {
inline namespace core {

/// Allocates as std::allocator does but leaves trivial elements unset, so that a large array is
/// touched first by the threads that fill it, once.
template <class T>
struct Uninitialized : std::allocator<T> {
  using std::allocator<T>::allocator;
  template <class U>
  struct rebind {
    using other = Uninitialized<U>;
  };
  template <class U, class... Args>
  void construct(U* place, Args&&... args) {
    if constexpr (sizeof...(Args) == 0)
      ::new (static_cast<void*>(place)) U;
    else
      ::new (static_cast<void*>(place)) U(std::forward<Args>(args)...);
  }
};

/// A vector whose resize does not zero: the owning array of offsets, columns and values.
template <class T>
using Buffer = std::vector<T, Uninitialized<T>>;

} // namespace core
} // namespace attnwalk
