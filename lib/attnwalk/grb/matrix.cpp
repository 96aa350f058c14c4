// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grb/matrix.hpp"

#include "attnwalk/grb/api.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <string_view>

namespace attnwalk::grb {
namespace {

// The name of a code, which is all that GraphBLAS says where no object exists to ask.
std::string_view name_of(GrB_Info info) {
  switch (info) {
  case GrB_UNINITIALIZED_OBJECT:
    return "GrB_UNINITIALIZED_OBJECT";
  case GrB_NULL_POINTER:
    return "GrB_NULL_POINTER";
  case GrB_INVALID_VALUE:
    return "GrB_INVALID_VALUE";
  case GrB_INVALID_INDEX:
    return "GrB_INVALID_INDEX";
  case GrB_DOMAIN_MISMATCH:
    return "GrB_DOMAIN_MISMATCH";
  case GrB_DIMENSION_MISMATCH:
    return "GrB_DIMENSION_MISMATCH";
  case GrB_INVALID_OBJECT:
    return "GrB_INVALID_OBJECT";
  case GrB_INDEX_OUT_OF_BOUNDS:
    return "GrB_INDEX_OUT_OF_BOUNDS";
  default:
    return "an error";
  }
}

[[noreturn]] void refuse(GrB_Info info, const char* text, Location where) {
  if (info == GrB_OUT_OF_MEMORY)
    throw Error(Code::memory, "GraphBLAS ran out of memory", where);
  std::string detail = text == nullptr ? "" : text;
  std::replace(detail.begin(), detail.end(), '\n', ' '); // one sentence is one line
  throw Error(Code::graphblas,
              message("GraphBLAS refused with ", name_of(info), " (", static_cast<int>(info), ")",
                      detail.empty() ? "" : ": ", detail),
              where);
}

} // namespace

void start() {
  static std::once_flag once;
  std::call_once(once, [] {
    const GrB_Info info = GrB_init(GrB_NONBLOCKING);
    // GrB_INVALID_VALUE: somebody else in this process was first, which serves as well.
    if (info != GrB_SUCCESS && info != GrB_INVALID_VALUE)
      refuse(info, "GrB_init failed", Location::current());
  });
}

void check(GrB_Info info, GB_Matrix_opaque* object, Location where) {
  if (info == GrB_SUCCESS)
    return;
  const char* text = nullptr;
  if (object != nullptr)
    GrB_Matrix_error(&text, object);
  refuse(info, text, where);
}

void check(GrB_Info info, GB_Vector_opaque* object, Location where) {
  if (info == GrB_SUCCESS)
    return;
  const char* text = nullptr;
  if (object != nullptr)
    GrB_Vector_error(&text, object);
  refuse(info, text, where);
}

GrB_Type type_handle(Type type) {
  switch (type) {
  case Type::boolean:
    return GrB_BOOL;
  case Type::fp32:
    return GrB_FP32;
  case Type::fp64:
    return GrB_FP64;
  }
  return GrB_FP64;
}

std::string_view to_string(Type type) {
  switch (type) {
  case Type::boolean:
    return "boolean";
  case Type::fp32:
    return "fp32";
  case Type::fp64:
    return "fp64";
  }
  return "unknown";
}

namespace {

Type type_of(GrB_Type handle) {
  if (handle == GrB_BOOL)
    return Type::boolean;
  return handle == GrB_FP32 ? Type::fp32 : Type::fp64;
}

} // namespace

void Free::operator()(GB_Matrix_opaque* matrix) const noexcept {
  GrB_Matrix_free(&matrix);
}
void Free::operator()(GB_Vector_opaque* vector) const noexcept {
  GrB_Vector_free(&vector);
}

Matrix::Matrix(Type type, Index rows, Index cols) {
  require(rows >= 0 && cols >= 0, Code::shape, "a matrix of ", rows, " x ", cols,
          " has a negative size");
  start();
  GrB_Matrix handle = nullptr;
  check(GrB_Matrix_new(&handle, type_handle(type), unsigned_of(rows), unsigned_of(cols)),
        static_cast<GrB_Matrix>(nullptr));
  handle_.reset(handle);
  check(GxB_Matrix_Option_set(handle, GxB_FORMAT, GxB_BY_ROW), handle);
}

Index Matrix::rows() const {
  GrB_Index rows = 0;
  check(GrB_Matrix_nrows(&rows, get()), get());
  return signed_of(rows);
}

Index Matrix::cols() const {
  GrB_Index cols = 0;
  check(GrB_Matrix_ncols(&cols, get()), get());
  return signed_of(cols);
}

Index Matrix::entries() const {
  GrB_Index entries = 0;
  check(GrB_Matrix_nvals(&entries, get()), get());
  return signed_of(entries);
}

Type Matrix::type() const {
  GrB_Type handle = nullptr;
  check(GxB_Matrix_type(&handle, get()), get());
  return type_of(handle);
}

Matrix Matrix::clone() const {
  GrB_Matrix handle = nullptr;
  check(GrB_Matrix_dup(&handle, get()), get());
  return from_handle(handle);
}

void Matrix::wait() const {
  check(GrB_Matrix_wait(get(), GrB_MATERIALIZE), get());
}

Vector::Vector(Type type, Index size) {
  require(size >= 0, Code::shape, "a vector of size ", size, " is impossible");
  start();
  GrB_Vector handle = nullptr;
  check(GrB_Vector_new(&handle, type_handle(type), unsigned_of(size)),
        static_cast<GrB_Vector>(nullptr));
  handle_.reset(handle);
}

Index Vector::size() const {
  GrB_Index size = 0;
  check(GrB_Vector_size(&size, get()), get());
  return signed_of(size);
}

Index Vector::entries() const {
  GrB_Index entries = 0;
  check(GrB_Vector_nvals(&entries, get()), get());
  return signed_of(entries);
}

Type Vector::type() const {
  GrB_Type handle = nullptr;
  check(GxB_Vector_type(&handle, get()), get());
  return type_of(handle);
}

std::string_view library_version() {
  static const std::string text = [] {
    start();
    std::array<int, 3> version{};
    GxB_Global_Option_get(GxB_LIBRARY_VERSION, version.data());
    return message(version[0], '.', version[1], '.', version[2]);
  }();
  return text;
}

} // namespace attnwalk::grb
