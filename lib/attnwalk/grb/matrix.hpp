// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

#include <memory>
#include <string_view>

struct GB_Matrix_opaque;
struct GB_Vector_opaque;

namespace attnwalk::grb {

/// The value types that GraphBLAS works on here.
enum class Type { boolean, fp32, fp64 };

[[nodiscard]] std::string_view to_string(Type type);

struct Free {
  void operator()(GB_Matrix_opaque* matrix) const noexcept;
  void operator()(GB_Vector_opaque* vector) const noexcept;
};

/// A GraphBLAS matrix: sparse or full, rows = queries, columns = keys. Move-only; a copy is the
/// visible word `clone()`. An operation on a `const Matrix&` may still finish pending work inside,
/// so `wait()` before other threads read it.
class Matrix {
public:
  /// 0 x 0, boolean.
  Matrix() : Matrix(Type::boolean, 0, 0) {}
  /// Without entries. @throws Error{shape} if a size is negative; Error{graphblas}
  Matrix(Type type, Index rows, Index cols);

  [[nodiscard]] Index rows() const;
  [[nodiscard]] Index cols() const;
  [[nodiscard]] Index entries() const;
  [[nodiscard]] Type type() const;
  [[nodiscard]] Matrix clone() const;
  /// Finishes pending work, so that concurrent readers are safe.
  void wait() const;

  /// The handle, for the `grb` folder alone.
  [[nodiscard]] GB_Matrix_opaque* get() const { return handle_.get(); }
  /// Takes over a handle, and gives one up, for the `grb` folder alone.
  [[nodiscard]] static Matrix from_handle(GB_Matrix_opaque* handle) { return Matrix(handle); }
  [[nodiscard]] GB_Matrix_opaque* release() { return handle_.release(); }

private:
  explicit Matrix(GB_Matrix_opaque* handle) : handle_(handle) {}
  std::unique_ptr<GB_Matrix_opaque, Free> handle_;
};

/// A GraphBLAS vector; the same rules.
class Vector {
public:
  Vector(Type type, Index size);

  [[nodiscard]] Index size() const;
  [[nodiscard]] Index entries() const;
  [[nodiscard]] Type type() const;

  [[nodiscard]] GB_Vector_opaque* get() const { return handle_.get(); }

private:
  std::unique_ptr<GB_Vector_opaque, Free> handle_;
};

/// The version of the GraphBLAS that runs, "7.4.0".
[[nodiscard]] std::string_view library_version();

} // namespace attnwalk::grb
