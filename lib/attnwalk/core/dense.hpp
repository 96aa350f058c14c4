// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/index.hpp"

#include <array>
#include <span>
#include <type_traits>

namespace attnwalk {
inline namespace core {

template <class T>
concept Real = std::is_same_v < std::remove_const_t<T>,
float > || std::is_same_v<std::remove_const_t<T>, double>;

/// Sizes of a dense array: batch x heads x tokens x width.
struct Shape {
  Index batch = 1;
  Index heads = 1;
  Index tokens = 0;
  Index width = 0;

  [[nodiscard]] Index size() const { return batch * heads * tokens * width; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// A view of a dense batch x heads x tokens x width array, somebody else's memory. Strides count elements and
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
  /// The numbers of a std::vector or the like, row-major.
  /// @throws Error{shape} if there are more or fewer than the shape asks for
  View(std::span<T> numbers, Shape sizes) : View(numbers.data(), sizes) {
    require(static_cast<Index>(numbers.size()) == sizes.size(), Code::shape, numbers.size(),
            " numbers were given for an array of ", sizes.batch, " x ", sizes.heads, " x ",
            sizes.tokens, " x ", sizes.width);
  }
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
  /// A function that takes a view takes the array as well; the view must not outlive it.
  operator View<T>() { return view(); }
  operator View<const T>() const { return view(); }

  /// All numbers, row-major.
  [[nodiscard]] Index size() const { return shape_.size(); }
  [[nodiscard]] T* begin() { return data_.data(); }
  [[nodiscard]] const T* begin() const { return data_.data(); }
  [[nodiscard]] T* end() { return data_.data() + data_.size(); }
  [[nodiscard]] const T* end() const { return data_.data() + data_.size(); }

  /// Number c of token i, of head h of batch element b.
  /// @throws Error{index} if there is no such place
  [[nodiscard]] T& operator()(Index b, Index h, Index i, Index c) {
    return data_[place(b, h, i, c)];
  }
  [[nodiscard]] const T& operator()(Index b, Index h, Index i, Index c) const {
    return data_[place(b, h, i, c)];
  }
  /// Number c of token i of a tokens x width matrix. i and c are not checked.
  /// @throws Error{shape} if there are several heads or batch elements
  [[nodiscard]] T& operator()(Index i, Index c) { return data_[place(i, c)]; }
  [[nodiscard]] const T& operator()(Index i, Index c) const { return data_[place(i, c)]; }

private:
  [[nodiscard]] std::size_t place(Index i, Index c) const {
    require(shape_.batch == 1 && shape_.heads == 1, Code::shape, "an array of ", shape_.batch,
            " x ", shape_.heads, " x ", shape_.tokens, " x ", shape_.width,
            " takes four indices, not two");
    return static_cast<std::size_t>(i * shape_.width + c);
  }
  [[nodiscard]] std::size_t place(Index b, Index h, Index i, Index c) const {
    require(b >= 0 && b < shape_.batch && h >= 0 && h < shape_.heads && i >= 0 &&
                i < shape_.tokens && c >= 0 && c < shape_.width,
            Code::index, "place (", b, ", ", h, ", ", i, ", ", c, ") is outside an array of ",
            shape_.batch, " x ", shape_.heads, " x ", shape_.tokens, " x ", shape_.width);
    return static_cast<std::size_t>(((b * shape_.heads + h) * shape_.tokens + i) * shape_.width +
                                    c);
  }
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
