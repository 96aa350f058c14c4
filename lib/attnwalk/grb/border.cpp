// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grb/border.hpp"

#include "attnwalk/grb/api.hpp"
#include "attnwalk/grb/ops.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace attnwalk::grb {
namespace {

template <class T>
Type type_of();
template <>
Type type_of<float>() {
  return Type::fp32;
}
template <>
Type type_of<double>() {
  return Type::fp64;
}

GrB_Info import(GrB_Matrix* C, Index rows, Index cols, const GrB_Index* Ap, const GrB_Index* Ai,
                const float* Ax, GrB_Index entries, GrB_Format format) {
  return GrB_Matrix_import_FP32(C, GrB_FP32, unsigned_of(rows), unsigned_of(cols), Ap, Ai, Ax,
                                unsigned_of(rows) + 1, entries, entries, format);
}

GrB_Info import(GrB_Matrix* C, Index rows, Index cols, const GrB_Index* Ap, const GrB_Index* Ai,
                const double* Ax, GrB_Index entries, GrB_Format format) {
  return GrB_Matrix_import_FP64(C, GrB_FP64, unsigned_of(rows), unsigned_of(cols), Ap, Ai, Ax,
                                unsigned_of(rows) + 1, entries, entries, format);
}

GrB_Info export_csr(GrB_Index* Ap, GrB_Index* Aj, float* Ax, GrB_Index* sizes, GrB_Matrix A) {
  return GrB_Matrix_export_FP32(Ap, Aj, Ax, &sizes[0], &sizes[1], &sizes[2], GrB_CSR_FORMAT, A);
}

GrB_Info export_csr(GrB_Index* Ap, GrB_Index* Aj, double* Ax, GrB_Index* sizes, GrB_Matrix A) {
  return GrB_Matrix_export_FP64(Ap, Aj, Ax, &sizes[0], &sizes[1], &sizes[2], GrB_CSR_FORMAT, A);
}

const GrB_Index* as_grb(const Index* p) {
  return reinterpret_cast<const GrB_Index*>(p);
}
GrB_Index* as_grb(Index* p) {
  return reinterpret_cast<GrB_Index*>(p);
}

template <class T>
Matrix import_csr(const CsrView<T>& A) {
  start();
  const auto entries = unsigned_of(A.entries());
  Matrix C(type_of<T>(), A.rows, A.cols);
  if (entries == 0)
    return C;
  Buffer<T> ones;
  if (A.values == nullptr)
    ones.assign(entries, T{1});
  GrB_Matrix handle = nullptr;
  check(import(&handle, A.rows, A.cols, as_grb(A.offsets), as_grb(A.columns),
               A.values == nullptr ? ones.data() : A.values, entries, GrB_CSR_FORMAT),
        static_cast<GrB_Matrix>(nullptr));
  return Matrix::from_handle(handle);
}

template <class T>
Matrix import_dense(View<const T> A) {
  const Index rows = A.shape.tokens;
  const Index cols = A.shape.width;
  Matrix C(type_of<T>(), rows, cols);
  if (rows == 0 || cols == 0)
    return C;
  // A full matrix, row by row: the same arrays that GxB_Matrix_pack_FullR takes over.
  const std::size_t bytes = sizeof(T) * static_cast<std::size_t>(rows * cols);
  T* values = static_cast<T*>(std::malloc(bytes));
  require(values != nullptr, Code::memory, "a dense matrix of ", bytes, " bytes does not fit");
  for (Index i = 0; i < rows; ++i)
    std::copy_n(A.row(i), cols, values + i * cols);
  void* array = values;
  const GrB_Info info = GxB_Matrix_pack_FullR(C.get(), &array, bytes, false, nullptr);
  std::free(array); // null once GraphBLAS has taken it
  check(info, C.get());
  return C;
}

} // namespace

Matrix from_csr(const CsrView<float>& A) {
  return import_csr(A);
}
Matrix from_csr(const CsrView<double>& A) {
  return import_csr(A);
}
Matrix from_dense(View<const float> A) {
  return import_dense(A);
}
Matrix from_dense(View<const double> A) {
  return import_dense(A);
}

template <Real T>
Csr<T> to_csr(const Matrix& A) {
  const Type wanted = type_of<T>();
  if (A.type() != wanted)
    return to_csr<T>(cast(A, wanted));
  Csr<T> out;
  out.rows = A.rows();
  out.cols = A.cols();
  if (A.entries() == 0) {
    out.offsets.assign(static_cast<std::size_t>(out.rows) + 1, 0);
    return out;
  }
  std::array<GrB_Index, 3> sizes{};
  check(GrB_Matrix_exportSize(sizes.data(), &sizes[1], &sizes[2], GrB_CSR_FORMAT, A.get()),
        A.get());
  out.offsets.resize(sizes[0]);
  out.columns.resize(sizes[1]);
  out.values.resize(sizes[2]);
  check(export_csr(as_grb(out.offsets.data()), as_grb(out.columns.data()), out.values.data(),
                   sizes.data(), A.get()),
        A.get());
  out.columns.resize(sizes[1]);
  out.values.resize(sizes[2]);
  return out;
}

template <Real T>
Dense<T> to_dense(const Matrix& A) {
  const Csr<T> sparse = to_csr<T>(A);
  Dense<T> out(sparse.rows, sparse.cols);
  const CsrView<T> S = sparse.view();
  for (Index i = 0; i < S.rows; ++i)
    for (Index e = S.offsets[i]; e < S.offsets[i + 1]; ++e)
      out(i, S.columns[e]) = sparse.values[e];
  return out;
}

template Csr<float> to_csr<float>(const Matrix&);
template Csr<double> to_csr<double>(const Matrix&);
template Dense<float> to_dense<float>(const Matrix&);
template Dense<double> to_dense<double>(const Matrix&);

std::vector<double> to_values(const Vector& x, double missing) {
  std::vector<double> out(static_cast<std::size_t>(x.size()), missing);
  GrB_Index stored = unsigned_of(x.entries());
  std::vector<GrB_Index> places(stored);
  std::vector<double> values(stored);
  check(GrB_Vector_extractTuples_FP64(places.data(), values.data(), &stored, x.get()), x.get());
  for (std::size_t e = 0; e < stored; ++e)
    out[places[e]] = values[e];
  return out;
}

} // namespace attnwalk::grb
