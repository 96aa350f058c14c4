// SPDX-License-Identifier: Apache-2.0
// Private: inputs of any precision for functions that take double.
#pragma once

#include "attnwalk/core/dense.hpp"

#include <algorithm>
#include <type_traits>

namespace attnwalk::layers {

/// X in double: the array itself, or a copy that lives as long as this.
template <Real T>
class Doubles {
public:
  explicit Doubles(View<const T> X) {
    if constexpr (std::is_same_v<T, double>) {
      view_ = X;
    } else {
      const Shape& s = X.shape;
      copy_ = Dense<double>::unset(s);
      for (Index b = 0; b < s.batch; ++b)
        for (Index h = 0; h < s.heads; ++h)
          for (Index i = 0; i < s.tokens; ++i)
            std::copy_n(X.row(b, h, i), s.width, copy_.view().row(b, h, i));
      view_ = std::as_const(copy_).view();
    }
  }
  Doubles(const Doubles&) = delete;
  Doubles& operator=(const Doubles&) = delete;
  ~Doubles() = default;

  [[nodiscard]] View<const double> view() const { return view_; }

private:
  Dense<double> copy_;
  View<const double> view_;
};

} // namespace attnwalk::layers
