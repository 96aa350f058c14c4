// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/weights.hpp"
#include "attnwalk/io/file.hpp"

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
double worst_error(const pattern::Weights& A, const io::Head& head) {
  const CsrView<double> view = A.view();
  const auto width = static_cast<std::size_t>(head.width);
  double worst = 0;
  std::vector<long double> row;
  for (Index i = 0; i < view.rows; ++i) {
    row.clear();
    for (const Index j : view.row(i)) {
      const double* q = head.q.data() + static_cast<std::size_t>(i) * width;
      const double* k = head.k.data() + static_cast<std::size_t>(j) * width;
      long double s = 0;
      for (std::size_t c = 0; c < width; ++c)
        s += static_cast<long double>(q[c]) * k[c];
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
  const Shape shape{1, 1, head.tokens, head.width};
  const pattern::Weights A = attention::weights(View<const double>(head.q.data(), shape),
                                                View<const double>(head.k.data(), shape), mask);
  // Scores reach a few hundred, and a relative error of a score is an absolute one of its exponent.
  const double tol = 512 * 32 * std::numeric_limits<double>::epsilon();
  CHECK(worst_error(A, head) <= tol);
  const CsrView<double> view = A.view();
  for (Index i = 0; i < view.rows; ++i) {
    double sum = 0;
    for (Index e = view.offsets[i]; e < view.offsets[i + 1]; ++e)
      sum += view.values[e];
    CHECK(std::abs(sum - 1) <= 1024 * std::numeric_limits<double>::epsilon());
  }
}
