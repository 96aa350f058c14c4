// SPDX-License-Identifier: Apache-2.0
// The one file that spells _FP32, _FP64 and _BOOL: each table maps (operation, type) to an
// operator.
#include "attnwalk/grb/ops.hpp"

#include "attnwalk/grb/api.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace attnwalk::grb {
namespace {

template <class Operator>
Operator pick(Type type, Operator boolean, Operator fp32, Operator fp64) {
  switch (type) {
  case Type::boolean:
    return boolean;
  case Type::fp32:
    return fp32;
  case Type::fp64:
    return fp64;
  }
  return fp64;
}

GrB_Semiring handle(Semiring semiring, Type type) {
  switch (semiring) {
  case Semiring::plus_times:
    return pick(type, GrB_LOR_LAND_SEMIRING_BOOL, GrB_PLUS_TIMES_SEMIRING_FP32,
                GrB_PLUS_TIMES_SEMIRING_FP64);
  case Semiring::lor_land:
    return GrB_LOR_LAND_SEMIRING_BOOL;
  case Semiring::min_plus:
    return pick(type, GrB_MIN_PLUS_SEMIRING_FP64, GrB_MIN_PLUS_SEMIRING_FP32,
                GrB_MIN_PLUS_SEMIRING_FP64);
  case Semiring::plus_pair:
    return pick(type, GxB_PLUS_PAIR_FP64, GxB_PLUS_PAIR_FP32, GxB_PLUS_PAIR_FP64);
  case Semiring::max_min:
    return pick(type, GrB_LOR_LAND_SEMIRING_BOOL, GrB_MAX_MIN_SEMIRING_FP32,
                GrB_MAX_MIN_SEMIRING_FP64);
  case Semiring::max_times:
    return pick(type, GrB_LOR_LAND_SEMIRING_BOOL, GrB_MAX_TIMES_SEMIRING_FP32,
                GrB_MAX_TIMES_SEMIRING_FP64);
  case Semiring::any_pair:
    return GxB_ANY_PAIR_BOOL;
  case Semiring::any_rminus:
    return pick(type, GxB_ANY_RMINUS_FP64, GxB_ANY_RMINUS_FP32, GxB_ANY_RMINUS_FP64);
  case Semiring::any_rdiv:
    return pick(type, GxB_ANY_RDIV_FP64, GxB_ANY_RDIV_FP32, GxB_ANY_RDIV_FP64);
  }
  return GrB_PLUS_TIMES_SEMIRING_FP64;
}

// The type in which a semiring's result is held, given its operands' wider type.
Type result_type(Semiring semiring, Type operands) {
  switch (semiring) {
  case Semiring::lor_land:
  case Semiring::any_pair:
    return Type::boolean;
  case Semiring::plus_times:
  case Semiring::max_min:
  case Semiring::max_times:
    return operands;
  case Semiring::min_plus:
  case Semiring::plus_pair:
  case Semiring::any_rminus:
  case Semiring::any_rdiv:
    return operands == Type::boolean ? Type::fp64 : operands;
  }
  return operands;
}

GrB_Monoid handle(Monoid monoid, Type type) {
  switch (monoid) {
  case Monoid::plus:
    return pick(type, GrB_LOR_MONOID_BOOL, GrB_PLUS_MONOID_FP32, GrB_PLUS_MONOID_FP64);
  case Monoid::max:
    return pick(type, GrB_LOR_MONOID_BOOL, GrB_MAX_MONOID_FP32, GrB_MAX_MONOID_FP64);
  case Monoid::min:
    return pick(type, GrB_LAND_MONOID_BOOL, GrB_MIN_MONOID_FP32, GrB_MIN_MONOID_FP64);
  case Monoid::lor:
    return GrB_LOR_MONOID_BOOL;
  }
  return GrB_PLUS_MONOID_FP64;
}

GrB_UnaryOp handle(Unary op, Type type) {
  switch (op) {
  case Unary::identity:
    return pick(type, GrB_IDENTITY_BOOL, GrB_IDENTITY_FP32, GrB_IDENTITY_FP64);
  case Unary::exp:
    return pick(type, GxB_EXP_FP64, GxB_EXP_FP32, GxB_EXP_FP64);
  case Unary::log:
    return pick(type, GxB_LOG_FP64, GxB_LOG_FP32, GxB_LOG_FP64);
  case Unary::abs:
    return pick(type, GrB_ABS_BOOL, GrB_ABS_FP32, GrB_ABS_FP64);
  case Unary::ainv:
    return pick(type, GrB_AINV_BOOL, GrB_AINV_FP32, GrB_AINV_FP64);
  case Unary::minv:
    return pick(type, GrB_MINV_BOOL, GrB_MINV_FP32, GrB_MINV_FP64);
  case Unary::one:
    return pick(type, GxB_ONE_BOOL, GxB_ONE_FP32, GxB_ONE_FP64);
  }
  return GrB_IDENTITY_FP64;
}

GrB_BinaryOp handle(Binary op, Type type) {
  switch (op) {
  case Binary::plus:
    return pick(type, GrB_LOR, GrB_PLUS_FP32, GrB_PLUS_FP64);
  case Binary::minus:
    return pick(type, GrB_LXOR, GrB_MINUS_FP32, GrB_MINUS_FP64);
  case Binary::times:
    return pick(type, GrB_LAND, GrB_TIMES_FP32, GrB_TIMES_FP64);
  case Binary::div:
    return pick(type, GrB_DIV_FP64, GrB_DIV_FP32, GrB_DIV_FP64);
  case Binary::max:
    return pick(type, GrB_LOR, GrB_MAX_FP32, GrB_MAX_FP64);
  case Binary::min:
    return pick(type, GrB_LAND, GrB_MIN_FP32, GrB_MIN_FP64);
  case Binary::first:
    return pick(type, GrB_FIRST_BOOL, GrB_FIRST_FP32, GrB_FIRST_FP64);
  case Binary::second:
    return pick(type, GrB_SECOND_BOOL, GrB_SECOND_FP32, GrB_SECOND_FP64);
  case Binary::lor:
    return GrB_LOR;
  case Binary::land:
    return GrB_LAND;
  }
  return GrB_PLUS_FP64;
}

Type wider(Type a, Type b) {
  return std::max(a, b);
}

// GraphBLAS's descriptor for the options; all of them replace what lies outside the mask.
GrB_Descriptor descriptor(const MxmOptions& how) {
  const bool complement = how.complement;
  if (how.mask == nullptr) {
    if (how.transpose_a)
      return how.transpose_b ? GrB_DESC_T0T1 : GrB_DESC_T0;
    return how.transpose_b ? GrB_DESC_T1 : nullptr;
  }
  if (how.transpose_a && how.transpose_b)
    return complement ? GrB_DESC_RSCT0T1 : GrB_DESC_RST0T1;
  if (how.transpose_a)
    return complement ? GrB_DESC_RSCT0 : GrB_DESC_RST0;
  if (how.transpose_b)
    return complement ? GrB_DESC_RSCT1 : GrB_DESC_RST1;
  return complement ? GrB_DESC_RSC : GrB_DESC_RS;
}

struct ProductShape {
  Index rows;
  Index cols;
};

ProductShape product_shape(const Matrix& A, const Matrix& B, const MxmOptions& how) {
  const Index rows = how.transpose_a ? A.cols() : A.rows();
  const Index inner_a = how.transpose_a ? A.rows() : A.cols();
  const Index inner_b = how.transpose_b ? B.cols() : B.rows();
  const Index cols = how.transpose_b ? B.rows() : B.cols();
  require(inner_a == inner_b, Code::shape, "the inner sizes ", inner_a, " and ", inner_b,
          " of a product differ");
  if (how.mask != nullptr)
    require(how.mask->rows() == rows && how.mask->cols() == cols, Code::shape, "a mask of ",
            how.mask->rows(), " x ", how.mask->cols(), " does not fit a product of ", rows, " x ",
            cols);
  return {rows, cols};
}

GrB_Matrix mask_handle(const Matrix* mask) {
  return mask == nullptr ? nullptr : mask->get();
}

void require_same_shape(const Matrix& A, const Matrix& B) {
  require(A.rows() == B.rows() && A.cols() == B.cols(), Code::shape, "a matrix of ", A.rows(),
          " x ", A.cols(), " does not fit one of ", B.rows(), " x ", B.cols());
}

// C = A op B entry by entry, on the entries that `combine` takes: of either or of both.
template <class Combine>
Matrix ewise(Combine combine, const Matrix& A, const Matrix& B, Binary op) {
  require_same_shape(A, B);
  const Type type = wider(A.type(), B.type());
  Matrix C(type, A.rows(), A.cols());
  check(combine(C.get(), nullptr, nullptr, handle(op, type), A.get(), B.get(), nullptr), C.get());
  return C;
}

} // namespace

std::string_view to_string(Semiring semiring) {
  switch (semiring) {
  case Semiring::plus_times:
    return "plus_times";
  case Semiring::lor_land:
    return "lor_land";
  case Semiring::min_plus:
    return "min_plus";
  case Semiring::plus_pair:
    return "plus_pair";
  case Semiring::max_min:
    return "max_min";
  case Semiring::max_times:
    return "max_times";
  case Semiring::any_pair:
    return "any_pair";
  case Semiring::any_rminus:
    return "any_rminus";
  case Semiring::any_rdiv:
    return "any_rdiv";
  }
  return "unknown";
}

Matrix mxm(const Matrix& A, const Matrix& B, const MxmOptions& how) {
  const ProductShape shape = product_shape(A, B, how);
  const Type type = result_type(how.semiring, wider(A.type(), B.type()));
  Matrix C(type, shape.rows, shape.cols);
  check(GrB_mxm(C.get(), mask_handle(how.mask), nullptr, handle(how.semiring, type), A.get(),
                B.get(), descriptor(how)),
        C.get());
  return C;
}

void mxm_into(Matrix& C, const Matrix& A, const Matrix& B, const MxmOptions& how) {
  const ProductShape shape = product_shape(A, B, how);
  require(C.rows() == shape.rows && C.cols() == shape.cols, Code::shape, "a product of ",
          shape.rows, " x ", shape.cols, " does not fit a matrix of ", C.rows(), " x ", C.cols());
  const Type type = C.type();
  check(GrB_mxm(C.get(), mask_handle(how.mask), handle(Binary::plus, type),
                handle(how.semiring, type), A.get(), B.get(), descriptor(how)),
        C.get());
}

Vector mxv(const Matrix& A, const Vector& x, Semiring semiring) {
  require(A.cols() == x.size(), Code::shape, "a matrix of ", A.cols(),
          " columns cannot multiply a vector of ", x.size());
  const Type type = result_type(semiring, wider(A.type(), x.type()));
  Vector y(type, A.rows());
  check(GrB_mxv(y.get(), nullptr, nullptr, handle(semiring, type), A.get(), x.get(), nullptr),
        y.get());
  return y;
}

Matrix ewise_union(const Matrix& A, const Matrix& B, Binary op) {
  return ewise(&GrB_Matrix_eWiseAdd_BinaryOp, A, B, op);
}

Matrix ewise_intersection(const Matrix& A, const Matrix& B, Binary op) {
  return ewise(&GrB_Matrix_eWiseMult_BinaryOp, A, B, op);
}

Matrix restrict_to(const Matrix& A, const Matrix& M, bool complement) {
  require_same_shape(A, M);
  Matrix C(A.type(), A.rows(), A.cols());
  // C<M> = A
  check(GrB_Matrix_apply(C.get(), M.get(), nullptr, handle(Unary::identity, A.type()), A.get(),
                         complement ? GrB_DESC_RSC : GrB_DESC_RS),
        C.get());
  return C;
}

Matrix transpose(const Matrix& A) {
  Matrix C(A.type(), A.cols(), A.rows());
  check(GrB_transpose(C.get(), nullptr, nullptr, A.get(), nullptr), C.get());
  return C;
}

Matrix apply(const Matrix& A, Unary op) {
  Matrix C(A.type(), A.rows(), A.cols());
  check(GrB_Matrix_apply(C.get(), nullptr, nullptr, handle(op, A.type()), A.get(), nullptr),
        C.get());
  return C;
}

Matrix scale(const Matrix& A, double s) {
  Matrix C(A.type(), A.rows(), A.cols());
  check(GrB_Matrix_apply_BinaryOp2nd_FP64(C.get(), nullptr, nullptr,
                                          handle(Binary::times, A.type()), A.get(), s, nullptr),
        C.get());
  return C;
}

Matrix select(const Matrix& A, Keep keep, double threshold_or_offset) {
  Matrix C(A.type(), A.rows(), A.cols());
  const auto offset = static_cast<std::int64_t>(std::llround(threshold_or_offset));
  const auto by_place = [&](GrB_IndexUnaryOp op) {
    check(GrB_Matrix_select_INT64(C.get(), nullptr, nullptr, op, A.get(), offset, nullptr),
          C.get());
  };
  const auto by_value = [&](GrB_IndexUnaryOp op, double threshold) {
    check(GrB_Matrix_select_FP64(C.get(), nullptr, nullptr, op, A.get(), threshold, nullptr),
          C.get());
  };
  switch (keep) {
  case Keep::lower:
    by_place(GrB_TRIL);
    break;
  case Keep::upper:
    by_place(GrB_TRIU);
    break;
  case Keep::diagonal:
    by_place(GrB_DIAG);
    break;
  case Keep::off_diagonal:
    by_place(GrB_OFFDIAG);
    break;
  case Keep::nonzero:
    by_value(GrB_VALUENE_FP64, 0);
    break;
  case Keep::greater_than:
    by_value(GrB_VALUEGT_FP64, threshold_or_offset);
    break;
  case Keep::less_than:
    by_value(GrB_VALUELT_FP64, threshold_or_offset);
    break;
  }
  return C;
}

Matrix cast(const Matrix& A, Type type) {
  Matrix C(type, A.rows(), A.cols());
  check(
      GrB_Matrix_apply(C.get(), nullptr, nullptr, handle(Unary::identity, type), A.get(), nullptr),
      C.get());
  return C;
}

Vector reduce_rows(const Matrix& A, Monoid monoid) {
  const Type type = monoid == Monoid::lor ? Type::boolean : A.type();
  Vector x(type, A.rows());
  check(GrB_Matrix_reduce_Monoid(x.get(), nullptr, nullptr, handle(monoid, type), A.get(), nullptr),
        x.get());
  return x;
}

double reduce(const Matrix& A, Monoid monoid) {
  double total = 0;
  const Type type = A.type() == Type::boolean && monoid != Monoid::lor ? Type::fp64 : A.type();
  check(GrB_Matrix_reduce_FP64(&total, nullptr, handle(monoid, type), A.get(), nullptr), A.get());
  return total;
}

Matrix diag(const Vector& x) {
  Matrix D(x.type(), x.size(), x.size());
  check(GxB_Matrix_diag(D.get(), x.get(), 0, nullptr), D.get());
  return D;
}

Vector vector_of(std::span<const double> values, Type type) {
  const auto size = static_cast<Index>(values.size());
  Vector x(type, size);
  if (values.empty()) // GraphBLAS takes no null arrays
    return x;
  std::vector<GrB_Index> places(values.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    places[i] = i;
  check(GrB_Vector_build_FP64(x.get(), places.data(), values.data(), places.size(), nullptr),
        x.get());
  return x;
}

Matrix extract(const Matrix& A, std::span<const Index> rows, std::span<const Index> cols) {
  const auto indices = [](std::span<const Index> list) {
    return reinterpret_cast<const GrB_Index*>(list.data());
  };
  Matrix C(A.type(), static_cast<Index>(rows.size()), static_cast<Index>(cols.size()));
  check(GrB_Matrix_extract(C.get(), nullptr, nullptr, A.get(), indices(rows), rows.size(),
                           indices(cols), cols.size(), nullptr),
        C.get());
  return C;
}

Matrix filled(Type type, Index rows, Index cols, double value) {
  Matrix C(type, rows, cols);
  check(GrB_Matrix_assign_FP64(C.get(), nullptr, nullptr, value, GrB_ALL, unsigned_of(rows),
                               GrB_ALL, unsigned_of(cols), nullptr),
        C.get());
  return C;
}

} // namespace attnwalk::grb
