// SPDX-License-Identifier: Apache-2.0
#include "spectral/interval_checks.hpp"

#include "attnwalk/attention/weights.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/pattern/algebra.hpp"

#include "catch.hpp"
#include "spectral/dense_truth.hpp"
#include "support/matrices.hpp"

#include <cstdlib>

namespace attnwalk::test {

using pattern::Pattern;

std::filesystem::path trained_file(const std::string& name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return std::filesystem::path(data == nullptr ? "data" : data) / "trained" / name;
}

Pattern mask_of(const io::Head& head, Index n) {
  if (!head.mask)
    return support::pattern_where(n, n, [](Index i, Index j) { return j <= i; });
  return pattern::crop(Pattern(Csr<double>(*head.mask)), n, n);
}

pattern::Weights weights_of(const io::Head& head, const Pattern& mask) {
  const Shape shape{1, 1, mask.rows(), head.width};
  const auto q = io::to_dense<double>(head.q);
  const auto k = io::to_dense<double>(head.k);
  return attention::weights(View<const double>(q.data(), shape),
                            View<const double>(k.data(), shape), mask);
}

void check_both_paths(const CsrView<double>& A, spectral::Kind kind, Index steps) {
  const DenseTruth truth = truth_of_square(A, static_cast<int>(steps));
  for (const Index dense_below : {Index{2048}, Index{0}}) {
    if (A.rows <= 64 && dense_below == 0)
      continue;
    const spectral::GapReport report = spectral::gap(A, {.dense_below = dense_below,
                                                         .max_products = 300,
                                                         .steps = steps,
                                                         .key = {7, 0},
                                                         .threads = 1});
    CAPTURE(dense_below);
    CHECK(report.kind == kind);
    for (const std::string& lie : lies(report, truth))
      FAIL_CHECK(lie);
  }
}

} // namespace attnwalk::test
