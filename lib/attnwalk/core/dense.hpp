// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/index.hpp"

#include <array>
#include <concepts>
#include <type_traits>

namespace attnwalk {
inline namespace core {

template <class T>
concept Real = std::same_as < std::remove_const_t<T>,
float > || std::same_as<std::remove_const_t<T>, double>;

/// Sizes of a dense array: batch x heads x tokens x width.
struct Shape {
  Index batch = 1;
  Index heads = 1;
  Index tokens = 0;
  Index width = 0;

  [[nodiscard]] Index size() const { return batch * heads * tokens * width; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// A dense batch x heads x tokens x width array, somebody else's memory. Strides count elements and
/// the last is 1: a row of `width` numbers is contiguous.
template <Real T>
struct View {
  T* data = nullptr;
  Shape shape;
  std::array<Index, 3> strides{}; ///< of batch, heads, tokens

  View() = default;
  /// Contiguous, row-major.
  View(T* memory, Shape sizes)
      : data(memory), shape(sizes), strides{sizes.heads * sizes.tokens * sizes.width,
                                            sizes.tokens * sizes.width, sizes.width} {}
  View(T* memory, Shape sizes, std::array<Index, 3> steps)
      : data(memory), shape(sizes), strides(steps) {}
  /// A view that writes reads as well.
  operator View<const T>() const requires(!std::is_const_v<T>) { return {data, shape, strides}; }

  /// The row of one token: `width` contiguous numbers.
  [[nodiscard]] T* row(Index b, Index h, Index i) const {
    return data + b * strides[0] + h * strides[1] + i * strides[2];
  }
  /// The row of a token of the first batch and head.
  [[nodiscard]] T* row(Index i) const { return data + i * strides[2]; }
  /// One head as a tokens x width array.
  [[nodiscard]] View head(Index b, Index h) const {
    return {row(b, h, 0), {1, 1, shape.tokens, shape.width}, strides};
  }
};

/// A dense batch x heads x tokens x width array that owns its memory, contiguous and row-major.
template <Real T>
class Dense {
public:
  Dense() = default;
  /// Zeros. @throws Error{shape} if a size is negative
  explicit Dense(Shape shape) : shape_(checked(shape)) {
    data_.assign(static_cast<std::size_t>(shape.size()), T{0});
  }
  /// Numbers of any value: for results that are written in full, by the threads that touch them
  /// first. @throws Error{shape} if a size is negative
  [[nodiscard]] static Dense unset(Shape shape) {
    Dense out;
    out.shape_ = checked(shape);
    out.data_.resize(static_cast<std::size_t>(shape.size()));
    return out;
  }
  /// A tokens x width matrix of zeros.
  Dense(Index tokens, Index width) : Dense(Shape{1, 1, tokens, width}) {}

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] T* data() { return data_.data(); }
  [[nodiscard]] const T* data() const { return data_.data(); }
  [[nodiscard]] View<T> view() { return {data_.data(), shape_}; }
  [[nodiscard]] View<const T> view() const { return {data_.data(), shape_}; }
  [[nodiscard]] T& operator()(Index i, Index c) { return *(view().row(i) + c); }
  [[nodiscard]] const T& operator()(Index i, Index c) const { return *(view().row(i) + c); }

private:
  static const Shape& checked(const Shape& shape) {
    require(shape.batch >= 0 && shape.heads >= 0 && shape.tokens >= 0 && shape.width >= 0,
            Code::shape, "shape ", shape.batch, " x ", shape.heads, " x ", shape.tokens, " x ",
            shape.width, " has a negative size");
    return shape;
  }

  Shape shape_;
  Buffer<T> data_;
};

} // namespace core
} // namespace attnwalk
