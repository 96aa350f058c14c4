// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/compare.hpp"

#include "attnwalk/report/input.hpp"

namespace attnwalk::report {

Comparison compare(const CsrView<double>& A, const CsrView<double>& B,
                   const spectral::GapOptions& how) {
  Comparison both;
  both.overlap = timed(both.timings, "overlap", [&] { return overlap(A, B); });
  both.a = timed(both.timings, "gap_a", [&] { return spectral::gap(A, how); });
  both.b = timed(both.timings, "gap_b", [&] { return spectral::gap(B, how); });
  return both;
}

} // namespace attnwalk::report
