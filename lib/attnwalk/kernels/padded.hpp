// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/kernels/dense_rows.hpp"
#include "attnwalk/kernels/passes.hpp"

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
class PaddedInput {
public:
  PaddedInput(View<const T> X, Index lanes, int threads)
      : view_(X), width_(padded(X.shape.width, lanes)) {
    if (width_ == X.shape.width)
      return;
    copy_.resize(static_cast<std::size_t>(X.shape.batch * X.shape.heads * X.shape.tokens * width_));
    pad_rows(X, copy_.data(), width_, threads);
    view_ = {copy_.data(), {X.shape.batch, X.shape.heads, X.shape.tokens, width_}};
  }
  [[nodiscard]] Index width() const { return width_; }
  [[nodiscard]] View<const T> view() const { return view_; }

private:
  View<const T> view_;
  Index width_;
  Buffer<T> copy_;
};

/// An array of that shape, its numbers of any value: `old` itself if it has the shape.
template <Real T>
[[nodiscard]] Dense<T> reused(Dense<T> old, const Shape& shape) {
  return old.shape() == shape ? std::move(old) : Dense<T>::unset(shape);
}

/// The same for results, of which a pass sets every row; `finish` copies padded rows into place.
template <Real T>
class PaddedOutput {
public:
  /// @param reuse  memory of an earlier result, taken if it has the shape
  PaddedOutput(Shape shape, Index lanes, Dense<T> reuse = {})
      : result_(reused(std::move(reuse), shape)), width_(padded(shape.width, lanes)) {
    if (width_ != shape.width)
      wide_ = Dense<T>::unset({shape.batch, shape.heads, shape.tokens, width_});
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

/// A contiguous copy of X with zeros behind each row.
template <Real T>
[[nodiscard]] Dense<T> padded_copy(View<const T> X, Index lanes, int threads) {
  Dense<T> out =
      Dense<T>::unset({X.shape.batch, X.shape.heads, X.shape.tokens, padded(X.shape.width, lanes)});
  pad_rows(X, out.data(), out.shape().width, threads);
  return out;
}
/// A contiguous copy of X.
template <Real T>
[[nodiscard]] Dense<T> copied(View<const T> X) {
  return padded_copy(X, 1, 0);
}
/// X without the columns from `width` on: X itself if there are none.
template <Real T>
[[nodiscard]] Dense<T> unpadded(Dense<T> X, Index width, int threads) {
  Shape shape = X.shape();
  if (shape.width == width)
    return X;
  shape.width = width;
  Dense<T> out = Dense<T>::unset(shape);
  unpad_rows(static_cast<const T*>(X.data()), X.shape().width, out.view(), threads);
  return out;
}

/// Rows rounded to bfloat16, padded to whole loads of 2 lanes numbers.
class Bfloat16Input {
public:
  Bfloat16Input(View<const float> X, Index lanes, int threads)
      : shape_(X.shape), width_(padded(X.shape.width, 2 * lanes)),
        data_(static_cast<std::size_t>(shape_.batch * shape_.heads * shape_.tokens * width_)) {
    pad_rows_bfloat16(X, data_.data(), width_, lanes, threads);
  }
  [[nodiscard]] RowsOf<const std::uint16_t> head(Index b, Index h) const {
    return {data_.data() + (b * shape_.heads + h) * shape_.tokens * width_, width_};
  }
  [[nodiscard]] Index width() const { return width_; }
  [[nodiscard]] Index heads() const { return shape_.heads; }

private:
  Shape shape_;
  Index width_;
  Buffer<std::uint16_t> data_;
};

} // namespace attnwalk::kernels
