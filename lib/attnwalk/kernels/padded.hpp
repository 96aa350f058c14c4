// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/kernels/dense_rows.hpp"
#include "attnwalk/kernels/edge.hpp"

#include <algorithm>
#include <utility>

/// Dense arrays with rows padded to whole vectors, as the kernels want them.
namespace attnwalk::kernels {

/// The smallest multiple of `lanes` that holds `width`.
[[nodiscard]] constexpr Index padded(Index width, Index lanes) {
  return (width + lanes - 1) / lanes * lanes;
}

/// Rows as the kernels want them: the caller's own memory if the width is a multiple of the lanes,
/// else a copy with zeros behind each row.
template <Real T>
class Input {
public:
  Input(View<const T> X, Index lanes, int threads)
      : view_(X), width_(padded(X.shape.width, lanes)) {
    if (width_ == X.shape.width)
      return;
    copy_.resize(
        static_cast<std::size_t>(X.shape.size() / std::max<Index>(1, X.shape.width) * width_));
    pad_rows(X, copy_.data(), width_, threads);
    view_ = {copy_.data(), {X.shape.batch, X.shape.heads, X.shape.tokens, width_}};
  }
  [[nodiscard]] RowsOf<const T> head(Index b, Index h) const {
    return {view_.row(b, h, 0), view_.strides[2]};
  }
  [[nodiscard]] Index width() const { return width_; }
  [[nodiscard]] View<const T> view() const { return view_; }

private:
  View<const T> view_;
  Index width_;
  Buffer<T> copy_;
};

/// The same for results, of which a pass sets every row; `finish` copies padded rows into place.
template <Real T>
class Output {
public:
  Output(Shape shape, Index lanes)
      : result_(Dense<T>::unset(shape)), width_(padded(shape.width, lanes)) {
    if (width_ != shape.width)
      wide_ = Dense<T>::unset({shape.batch, shape.heads, shape.tokens, width_});
  }
  [[nodiscard]] RowsOf<T> head(Index b, Index h) {
    const View<T> X = view();
    return {X.row(b, h, 0), X.strides[2]};
  }
  /// With the padding.
  [[nodiscard]] View<T> view() {
    return width_ == result_.shape().width ? result_.view() : wide_.view();
  }
  [[nodiscard]] Dense<T> finish(int threads) {
    if (width_ != result_.shape().width)
      unpad_rows(static_cast<const T*>(wide_.data()), width_, result_.view(), threads);
    return std::move(result_);
  }

private:
  Dense<T> result_;
  Dense<T> wide_;
  Index width_;
};

} // namespace attnwalk::kernels
