// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/diffuse.hpp"

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::workflow;

namespace {

std::filesystem::path trained(const char* name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return std::filesystem::path(data == nullptr ? "data" : data) / "trained" / name;
}

} // namespace

TEST_CASE("diffuse: a trained head gives (0.9 A)^5 V + ... computed densely in double",
          "[workflow][diffuse]") {
  DiffuseInputs inputs;
  inputs.input.qk = trained("diffuser.npz");
  inputs.input.layer = 2;
  inputs.input.head = 1;
  const DiffuseResult result = diffuse(inputs, {.alpha = 0.1, .hops = 5});
  const SparseInput in = resolve(inputs.input);
  const Index n = in.pattern.rows();
  const Index width = result.out.Z.shape().width;
  // Z = (0.9 A)^5 V + 0.1 sum_{k<5} (0.9 A)^k V, powers one after another
  std::vector<double> dense(static_cast<std::size_t>(n * n), 0.0);
  const CsrView<double> A = in.view();
  for (Index i = 0; i < n; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      dense[static_cast<std::size_t>(i * n + A.columns[e])] = A.values[e];
  std::vector<double> power(in.v); // (0.9 A)^k V
  std::vector<double> Z(in.v.size(), 0.0);
  for (int k = 0; k < 5; ++k) {
    std::vector<double> next(in.v.size(), 0.0);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        for (Index c = 0; c < width; ++c)
          next[static_cast<std::size_t>(i * width + c)] +=
              0.9 * dense[static_cast<std::size_t>(i * n + j)] *
              power[static_cast<std::size_t>(j * width + c)];
    for (std::size_t e = 0; e < Z.size(); ++e)
      Z[e] += 0.1 * power[e];
    power.swap(next);
  }
  const double tol = 1e-13; // five products of sums of at most 1024 numbers below 3
  double worst = 0;
  for (std::size_t e = 0; e < Z.size(); ++e)
    worst = std::max(worst, std::abs(Z[e] + power[e] - result.out.Z.data()[e]));
  CHECK(worst < tol);
  CHECK(result.values == "stored");
}

TEST_CASE("diffuse: a pattern counts as its walk, weights need normalize", "[workflow][diffuse]") {
  DiffuseInputs inputs;
  inputs.input.source = "window:w=2+star:g=1";
  inputs.input.queries = 30;
  inputs.random_v = 3;
  const DiffuseResult result = diffuse(inputs, {.alpha = 0});
  CHECK(result.summary.weights->row_sum_error < 1e-15);
  CHECK_FALSE(result.out.bound);
  CHECK(result.z.largest <= result.v.largest); // means of values
  CHECK(diffuse(inputs, {.alpha = 0}).z.checksum == result.z.checksum);
  inputs.input.seed = 1;
  CHECK(diffuse(inputs, {.alpha = 0}).v.checksum != result.v.checksum);
  inputs.v = "x.npy";
  CHECK_THROWS_WITH(diffuse(inputs, {}), Catch::Contains("two inputs"));
}

TEST_CASE("diffuse: an option where it would be ignored is refused", "[workflow][diffuse]") {
  DiffuseInputs inputs;
  inputs.input.source = "ring:w=1";
  inputs.input.queries = 8;
  inputs.random_v = 2;
  CHECK_THROWS_WITH(diffuse(inputs, {.time = 1}), "`time` belongs to `method=heat`");
  CHECK_THROWS_WITH(
      diffuse(inputs, {.hops = 9, .tolerance = 1e-3}),
      "`hops` belongs to `method=diffuser`, truncated, heat and chebyshev without `tolerance`");
  inputs.input.head = 1;
  CHECK_THROWS_WITH(diffuse(inputs, {}), "`head` belongs to `qk=FILE` and `attention=FILE`");
}
