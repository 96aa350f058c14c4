// SPDX-License-Identifier: Apache-2.0
// Private: the one door to GraphBLAS. GraphBLAS.h 7.4 has no C++ linkage guards, so the C++ forms
// of the standard headers that it includes come first and the header itself stands inside extern
// "C". Some installations keep it in a folder of its own.
#pragma once

#include <climits>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
#if __has_include(<GraphBLAS.h>)
#include <GraphBLAS.h>
#else
#include <suitesparse/GraphBLAS.h>
#endif
}

#include "attnwalk/core/error.hpp"
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
