// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/isa.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/dense_product.hpp"

#include "catch.hpp"

#include <cmath>
#include <limits>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::kernels;

TEST_CASE("dense_product: sums of products in any order of A and B, on every instruction set",
          "[kernels][dense_product]") {
  struct Case {
    Index rows, columns, depth;
  };
  // One entry, less than a tile, and more than one block in each direction.
  const auto [m, n, k] = GENERATE(Case{1, 1, 1}, Case{5, 3, 7}, Case{149, 131, 259});
  std::vector<double> A(m * k);
  std::vector<double> B(k * n);
  RandomStream draws({3, 1}, 0);
  for (double& x : A)
    x = draws.normal();
  for (double& x : B)
    x = draws.normal();
  const Index step = m + 2; // columns of C may be apart
  const Isa before = isa();
  for (const Isa set : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (set > best_isa())
      continue;
    choose_isa(set);
    for (const bool turned : {false, true}) {
      const Strided a = turned ? Strided{A.data(), k, 1} : Strided{A.data(), 1, m};
      const Strided b = turned ? Strided{B.data(), n, 1} : Strided{B.data(), 1, k};
      std::vector<double> C(step * n, -7.0);
      dense_product(m, n, k, a, b, C.data(), step);
      double worst = 0;
      for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j) {
          double sum = 0;
          double size = 0;
          for (Index t = 0; t < k; ++t) {
            const double term = a.data[i * a.row_step + t * a.column_step] *
                                b.data[t * b.row_step + j * b.column_step];
            sum += term;
            size += std::abs(term);
          }
          worst = std::max(worst, std::abs(C[j * step + i] - sum) / size);
        }
      // Both sums are off by at most k u of the sum of moduli.
      CHECK(worst <= static_cast<double>(k) * std::numeric_limits<double>::epsilon());
      CHECK(C[m] == -7);
    }
  }
  choose_isa(before);
}
