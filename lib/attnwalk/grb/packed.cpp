// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grb/api.hpp"
#include "attnwalk/grb/border.hpp"

#include <array>
#include <utility>

namespace attnwalk::grb {
namespace {

#if GxB_IMPLEMENTATION_MAJOR >= 10

struct FreeContainer {
  void operator()(GxB_Container_struct* box) const noexcept { GxB_Container_free(&box); }
};
using Container = std::unique_ptr<GxB_Container_struct, FreeContainer>;

// Lends an array to `to`: GraphBLAS reads it where it is and neither changes nor frees it.
template <class T>
void lend(GrB_Vector to, const T* array, GrB_Type type, GrB_Index count) {
  void* start = const_cast<T*>(array);
  check(GxB_Vector_load(to, &start, type, count, count * sizeof(T), GxB_IS_READONLY, nullptr), to);
}

// The matrix of `structure`, all true, over the arrays of `structure`.
void pack(const Matrix& matrix, const CsrView<double>& structure) {
  GxB_Container made = nullptr;
  check(GxB_Container_new(&made), static_cast<GrB_Matrix>(nullptr));
  const Container box(made);
  static constexpr bool yes = true;
  lend(box->p, structure.offsets, GrB_UINT64, unsigned_of(structure.rows) + 1);
  lend(box->i, structure.columns, GrB_UINT64, unsigned_of(structure.entries()));
  lend(box->x, &yes, GrB_BOOL, 1);
  box->nrows = unsigned_of(structure.rows);
  box->ncols = unsigned_of(structure.cols);
  box->nrows_nonempty = box->ncols_nonempty = -1; // not counted
  box->nvals = unsigned_of(structure.entries());
  box->format = GxB_SPARSE;
  box->orientation = GrB_ROWMAJOR;
  box->iso = true;
  box->jumbled = false;
  check(GxB_load_Matrix_from_Container(matrix.get(), made, nullptr), matrix.get());
}

// Nothing was handed over.
void unpack(Matrix&) {}

#else

GrB_Index* as_grb(const Index* array) {
  return reinterpret_cast<GrB_Index*>(const_cast<Index*>(array));
}

// Moves the arrays into the matrix in O(1). GraphBLAS would free arrays that it still holds, hence
// unpack().
void pack(const Matrix& matrix, const CsrView<double>& structure) {
  GrB_Index* offsets = as_grb(structure.offsets);
  GrB_Index* columns = as_grb(structure.columns);
  // GraphBLAS gives the one iso value back in unpack(), where it is freed.
  void* value = std::malloc(sizeof(bool));
  require(value != nullptr, Code::memory, "no memory is left for a single value");
  *static_cast<bool*>(value) = true;
  const GrB_Info info = GxB_Matrix_pack_CSR(matrix.get(), &offsets, &columns, &value,
                                            sizeof(GrB_Index) * (unsigned_of(structure.rows) + 1),
                                            sizeof(GrB_Index) * unsigned_of(structure.entries()),
                                            sizeof(bool), true, false, nullptr);
  if (info != GrB_SUCCESS)
    std::free(value);
  check(info, matrix.get());
}

// Exporting ends the matrix and needs no memory; GxB_Matrix_unpack_CSR, which keeps an empty one,
// allocates, and where that fails the arrays would stay in a matrix that frees them.
void unpack(Matrix& matrix) {
  GrB_Matrix handle = matrix.release();
  GrB_Type type = nullptr;
  GrB_Index rows = 0;
  GrB_Index cols = 0;
  GrB_Index* offsets = nullptr;
  GrB_Index* columns = nullptr;
  void* value = nullptr;
  std::array<GrB_Index, 3> sizes{};
  bool iso = true;
  GxB_Matrix_export_CSR(&handle, &type, &rows, &cols, &offsets, &columns, &value, sizes.data(),
                        &sizes[1], &sizes[2], &iso, nullptr, nullptr);
  std::free(value);
}

#endif

} // namespace

Packed::Packed(const CsrView<double>& structure, std::shared_ptr<const void> owner)
    : matrix_(Type::boolean, structure.rows, structure.cols), owner_(std::move(owner)) {
  // A matrix without entries holds no arrays.
  if (structure.entries() > 0)
    pack(matrix_, structure);
}

Packed::~Packed() {
  GrB_Index entries = 0;
  if (matrix_.get() != nullptr && GrB_Matrix_nvals(&entries, matrix_.get()) == GrB_SUCCESS &&
      entries > 0)
    unpack(matrix_);
}

} // namespace attnwalk::grb
