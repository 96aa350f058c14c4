// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/spmv.hpp"
#include "attnwalk/kernels/vectors.hpp"

#include "catch.hpp"

#include <cmath>
#include <utility>
#include <vector>

using namespace attnwalk;
using kernels::Side;
using kernels::SpmvPlan;

namespace {

const double eps = 0x1p-52;

/// Rows of random length up to `longest`; row `heavy` is full: a global token.
Csr<double> matrix(Index rows, Index cols, Index longest, Index heavy, bool valued) {
  Csr<double> A;
  A.rows = rows;
  A.cols = cols;
  for (Index i = 0; i < rows; ++i) {
    RandomStream draws({7, 0}, static_cast<std::uint64_t>(i));
    const auto step = 1 + static_cast<Index>(draws.below(static_cast<std::uint64_t>(cols)));
    const auto some = static_cast<Index>(draws.below(static_cast<std::uint64_t>(longest) + 1));
    const Index degree = i == heavy ? cols : some;
    for (Index j = 0, d = 0; j < cols && d < degree; j += i == heavy ? 1 : step, ++d) {
      A.columns.push_back(j);
      if (valued)
        A.values.push_back(draws.normal());
    }
    A.offsets.push_back(static_cast<Index>(A.columns.size()));
  }
  return A;
}

std::vector<double> gaussian(Index n, std::uint64_t seed) {
  std::vector<double> x(static_cast<std::size_t>(n));
  RandomStream draws({seed, 1});
  for (double& value : x)
    value = draws.normal();
  return x;
}

/// The slow twin: diag(left) A diag(right) x, or with A', entry by entry; and the sum of absolute
/// values, which bounds the rounding.
struct Twin {
  std::vector<double> y, size;
};
Twin twin(const CsrView<double>& A, Side side, const std::vector<double>& x,
          const std::vector<double>& left, const std::vector<double>& right) {
  Twin out{std::vector<double>(left.size()), std::vector<double>(left.size())};
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const auto r = static_cast<std::size_t>(side == Side::plain ? i : A.columns[e]);
      const auto c = static_cast<std::size_t>(side == Side::plain ? A.columns[e] : i);
      const double term = left[r] * A.value(e) * right[c] * x[c];
      out.y[r] += term;
      out.size[r] += std::abs(term);
    }
  return out;
}

} // namespace

TEST_CASE("spmv: agrees with plain loops, both sides, patterns and values, scaled or not",
          "[kernels][spmv]") {
  const bool valued = GENERATE(false, true);
  const Side side = GENERATE(Side::plain, Side::transposed);
  const auto [rows, cols] =
      // 65536 columns are the most that 16 bits name.
      GENERATE(std::pair<Index, Index>{1, 1}, std::pair<Index, Index>{3, 40},
               std::pair<Index, Index>{257, 20000}, std::pair<Index, Index>{20000, 64},
               std::pair<Index, Index>{5, 65536}, std::pair<Index, Index>{5, 65537},
               std::pair<Index, Index>{65536, 5}, std::pair<Index, Index>{65537, 5});
  const auto A = matrix(rows, cols, 9, rows / 2, valued);
  const SpmvPlan plan(A.view(), side);
  REQUIRE(plan.rows() == (side == Side::plain ? rows : cols));
  REQUIRE(plan.cols() == (side == Side::plain ? cols : rows));
  REQUIRE(plan.entries() == A.view().entries());
  REQUIRE((plan.half() != nullptr) == (plan.cols() <= 65536));
  REQUIRE((plan.narrow() != nullptr) == (plan.cols() > 65536));
  const auto x = gaussian(plan.cols(), 1);
  const auto left = gaussian(plan.rows(), 2);
  const auto right = gaussian(plan.cols(), 3);
  std::vector<double> y(left.size(), NAN);
  std::vector<double> work(static_cast<std::size_t>(plan.workspace()));

  const double tol = static_cast<double>(cols + rows) * eps; // of a sum of that many terms
  const auto check = [&](const Twin& expected) {
    for (std::size_t i = 0; i < y.size(); ++i)
      REQUIRE(std::abs(y[i] - expected.y[i]) <= tol * expected.size[i]);
  };
  kernels::spmv(plan, x.data(), y.data(), work.data());
  check(twin(A.view(), side, x, std::vector<double>(left.size(), 1),
             std::vector<double>(right.size(), 1)));
  kernels::spmv(plan, x.data(), y.data(), work.data(), {left.data(), right.data()}, 2);
  check(twin(A.view(), side, x, left, right));
}

TEST_CASE("spmv: gives the same bits for 1 to 5 threads, with a row that is split",
          "[kernels][spmv]") {
  const Side side = GENERATE(Side::plain, Side::transposed);
  const auto A = matrix(20000, 20000, 12, 77, true);
  const SpmvPlan plan(A.view(), side);
  if (side == Side::plain)
    REQUIRE(plan.split().split_rows.size() == 1);
  const auto x = gaussian(plan.cols(), 4);
  std::vector<double> work(static_cast<std::size_t>(plan.workspace()));
  std::vector<double> one(static_cast<std::size_t>(plan.rows()));
  kernels::spmv(plan, x.data(), one.data(), work.data(), {nullptr, x.data()}, 1);
  for (int threads = 2; threads <= 5; ++threads) {
    std::vector<double> many(one.size());
    kernels::spmv(plan, x.data(), many.data(), work.data(), {nullptr, x.data()}, threads);
    REQUIRE(many == one);
  }
}

TEST_CASE("SpmvPlan: chunks cover every entry once and hold at most a grain of them",
          "[kernels][spmv]") {
  const auto A = matrix(9000, 30000, 40, 8999, false);
  const SpmvPlan plan(A.view());
  Index covered = 0;
  for (const auto& chunk : plan.split().chunks) {
    CHECK(chunk.begin == covered);
    CHECK(chunk.end - chunk.begin <= SpmvPlan::grain);
    covered = chunk.end;
  }
  CHECK(covered == plan.entries());
  CHECK(plan.split().chunks.size() >= 4);
}

TEST_CASE("SpmvPlan: accepts empty shapes", "[kernels][spmv]") {
  const Csr<double> empty;
  const SpmvPlan plan(empty.view());
  kernels::spmv(plan, nullptr, nullptr, nullptr);
  CHECK(plan.entries() == 0);
  const auto none = matrix(5, 3, 0, -1, false);
  const SpmvPlan rows(none.view());
  const std::vector<double> x(3, 1);
  std::vector<double> y(5, NAN);
  std::vector<double> work(static_cast<std::size_t>(rows.workspace()));
  kernels::spmv(rows, x.data(), y.data(), work.data());
  CHECK(y == std::vector<double>(5, 0));
}

TEST_CASE("dot, axpy, combine: agree with plain loops, same bits for any thread count",
          "[kernels][vectors]") {
  const Index n = GENERATE(0, 1, 255, 257, 100003);
  const auto x = gaussian(n, 5);
  const auto y = gaussian(n, 6);
  const auto z = gaussian(n, 8);
  long double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += static_cast<long double>(x[i]) * y[i];
  const double one = kernels::dot(n, x.data(), y.data());
  CHECK(std::abs(one - static_cast<double>(sum)) <= 4 * eps * static_cast<double>(n));
  CHECK(kernels::dot(n, x.data(), y.data(), 3) == one);

  auto a = y;
  kernels::axpy(n, 2, x.data(), a.data(), 2);
  auto b = y;
  kernels::combine(n, 2, x.data(), 1, b.data(), 0, nullptr, 2);
  CHECK(a == b);
  kernels::combine(n, 2, x.data(), -3, b.data(), 0.5, z.data(), 2);
  bool same = true;
  for (std::size_t i = 0; i < x.size(); ++i)
    same = same && b[i] == 2 * x[i] + -3 * a[i] + 0.5 * z[i];
  CHECK(same);
}
