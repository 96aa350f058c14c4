// SPDX-License-Identifier: Apache-2.0
// GraphBLAS.h for C++, with the handle of `pattern.matrix().get()` as a GrB_Matrix. GraphBLAS.h 7.4
// has no C++ linkage guards, so the C++ forms of the standard headers that it includes come first
// and the header itself stands inside extern "C". Some installations keep it in a folder of its
// own. A program that calls GraphBLAS links it itself (-lgraphblas).
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

#include "attnwalk/grb/matrix.hpp"
