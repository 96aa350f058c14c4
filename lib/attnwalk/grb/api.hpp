// SPDX-License-Identifier: Apache-2.0
// Private: what the wrapper's own sources share.
#pragma once

#include "attnwalk/core/error.hpp"
#include "attnwalk/grb/graphblas.hpp"
#include "attnwalk/grb/matrix.hpp"

namespace attnwalk::grb {

/// Starts GraphBLAS once, tolerating that another library of the process did; never finalizes it.
void start();

/// Throws Error{graphblas} with GraphBLAS's own text about `object`; Error{memory} if it ran out.
void check(GrB_Info info, GB_Matrix_opaque* object, Location where = Location::current());
void check(GrB_Info info, GB_Vector_opaque* object, Location where = Location::current());

[[nodiscard]] GrB_Type type_handle(Type type);

inline GrB_Index unsigned_of(Index i) {
  return static_cast<GrB_Index>(i);
}
inline Index signed_of(GrB_Index i) {
  return static_cast<Index>(i);
}

} // namespace attnwalk::grb
