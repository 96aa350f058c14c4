// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/weights.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/io/heads.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>

using namespace attnwalk;

namespace {

std::filesystem::path trained(const std::string& name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return std::filesystem::path(data == nullptr ? "data" : data) / "trained" / name;
}

/// The largest difference from the textbook softmax, in long double, over the entries of A.
double worst_error(const pattern::Weights& A, const Dense<double>& Q, const Dense<double>& K) {
  const CsrView<double> view = A.view();
  const Index width = Q.shape().width;
  double worst = 0;
  std::vector<long double> row;
  for (Index i = 0; i < view.rows; ++i) {
    row.clear();
    for (const Index j : view.row(i)) {
      long double s = 0;
      for (Index c = 0; c < width; ++c)
        s += static_cast<long double>(Q(i, c)) * K(j, c);
      row.push_back(std::exp(s / std::sqrt(static_cast<long double>(width))));
    }
    long double sum = 0;
    for (const long double e : row)
      sum += e;
    for (std::size_t t = 0; t < row.size(); ++t)
      worst = std::max(worst, std::abs(view.values[view.offsets[i] + static_cast<Index>(t)] -
                                       static_cast<double>(row[t] / sum)));
  }
  return worst;
}

} // namespace

TEST_CASE("weights: stored heads agree with dense loops and sum to 1", "[attention][trained]") {
  const std::string file = GENERATE("causal.npz", "diffuser.npz");
  const Index layer = GENERATE(0, 3);
  CAPTURE(file, layer);
  const io::Head head = io::read_head(trained(file), layer, 1);
  REQUIRE(head.tokens == 1024);
  REQUIRE(head.width == 32);
  REQUIRE(head.mask.has_value() == (file == "diffuser.npz"));
  pattern::Pattern mask =
      support::pattern_where(head.tokens, head.tokens, [](Index i, Index j) { return j <= i; });
  if (head.mask) {
    Csr<double> stored = *head.mask;
    mask = pattern::Pattern(std::move(stored));
  }
  const auto Q = io::to_dense<double>(head.q);
  const auto K = io::to_dense<double>(head.k);
  const pattern::Weights A = attention::weights(Q.view(), K.view(), mask);
  // Scores reach a few hundred, and a relative error of a score is an absolute one of its exponent.
  const double tol = 512 * 32 * std::numeric_limits<double>::epsilon();
  CHECK(worst_error(A, Q, K) <= tol);
  const CsrView<double> view = A.view();
  for (Index i = 0; i < view.rows; ++i) {
    double sum = 0;
    for (Index e = view.offsets[i]; e < view.offsets[i + 1]; ++e)
      sum += view.values[e];
    CHECK(std::abs(sum - 1) <= 1024 * std::numeric_limits<double>::epsilon());
  }
}
