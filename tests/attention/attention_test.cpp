// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/weights.hpp"
#include "attnwalk/core/random.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

using namespace attnwalk;
using attention::EmptyRows;
using attention::row_softmax;
using attention::scores;
using attention::weights;
using pattern::Pattern;
using pattern::Weights;
using support::pattern_where;

namespace {

const double eps = std::numeric_limits<double>::epsilon();

const auto everything = [](Index, Index) { return true; };

Dense<double> normal(Index tokens, Index width, std::uint64_t stream, double size = 1) {
  Dense<double> X(tokens, width);
  RandomStream draw({7, stream});
  for (Index i = 0; i < tokens * width; ++i)
    *(X.data() + i) = size * draw.normal();
  return X;
}

/// About a third of all pairs, and nothing in every fifth row.
Pattern scattered(Index rows, Index cols, std::uint64_t stream) {
  return pattern_where(rows, cols, [&](Index i, Index j) {
    return i % 5 != 4 &&
           RandomStream({7, stream}, static_cast<std::uint64_t>(i * cols + j)).below(3) == 0;
  });
}

/// The slow twin: dense loops, one pair after the other, the textbook softmax in long double.
std::vector<double> twin(const Dense<double>& Q, const Dense<double>& K, const Pattern& P,
                         double scale, bool soft) {
  std::vector<double> values;
  for (Index i = 0; i < P.rows(); ++i) {
    std::vector<long double> row;
    for (Index j = 0; j < P.cols(); ++j)
      if (P.contains(i, j)) {
        long double s = 0;
        for (Index c = 0; c < Q.shape().width; ++c)
          s += static_cast<long double>(Q(i, c)) * K(j, c);
        row.push_back(scale * s);
      }
    long double sum = 0, top = 0;
    for (const long double s : row)
      top = std::max(top, s);
    for (const long double s : row)
      sum += std::exp(s - top);
    for (const long double s : row)
      values.push_back(static_cast<double>(soft ? std::exp(s - top) / sum : s));
  }
  return values;
}

double worst(std::span<const double> got, const std::vector<double>& wanted) {
  REQUIRE(got.size() == wanted.size());
  double error = 0;
  for (std::size_t e = 0; e < wanted.size(); ++e)
    error = std::max(error, std::abs(got[e] - wanted[e]));
  return error;
}

double row_sum(const Weights& A, Index i) {
  const CsrView<double> view = A.view();
  return std::accumulate(view.values + view.offsets[i], view.values + view.offsets[i + 1], 0.0);
}

/// The message of the Error that `call` throws; its code is checked.
std::string refusal(Code code, const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.code() == code);
    return error.what();
  }
  return "nothing was thrown";
}

} // namespace

TEST_CASE("weights: two queries by hand", "[attention][weights]") {
  Dense<double> Q(2, 1), K(3, 1);
  Q(0, 0) = 1, Q(1, 0) = 2;
  K(0, 0) = 0, K(1, 0) = std::log(3.0), K(2, 0) = 100;
  const Pattern P =
      pattern_where(2, 3, [](Index i, Index j) { return j < 2 && (i == 0 || j == 1); });
  const Weights S = scores(Q.view(), K.view(), P);
  CHECK(S.values()[0] == 0);
  CHECK(S.values()[1] == std::log(3.0));
  CHECK(S.values()[2] == 2 * std::log(3.0));
  const Weights A = weights(Q.view(), K.view(), P);
  CHECK(A.values()[0] == Approx(0.25).epsilon(4 * eps));
  CHECK(A.values()[1] == Approx(0.75).epsilon(4 * eps));
  CHECK(A.values()[2] == 1);
  CHECK(A.pattern() == P);
}

TEST_CASE("scores and weights: agree with dense loops at every size", "[attention][oracle]") {
  const Index queries = GENERATE(0, 1, 2, 13, 64);
  const Index keys = GENERATE(0, 1, 17, 64);
  const Index width = GENERATE(0, 1, 7, 32);
  const double scale = GENERATE(0.0, 0.3);
  CAPTURE(queries, keys, width, scale);
  const Dense<double> Q = normal(queries, width, 1), K = normal(keys, width, 2);
  const Pattern P = scattered(queries, keys, 3);
  const double used = scale != 0 ? scale : width > 0 ? 1 / std::sqrt(width) : 0;
  // A dot product of `width` normals of size < 6 in any order, and two roundings of the scale.
  const double tol = (static_cast<double>(width) + 2) * eps * 36 * static_cast<double>(width);
  const Weights S = scores(Q.view(), K.view(), P, {.scale = scale});
  CHECK(worst(S.values(), twin(Q, K, P, used, false)) <= tol);
  CHECK(S.pattern() == P);
  const Weights A = weights(Q.view(), K.view(), P, {.scale = scale});
  CHECK(worst(A.values(), twin(Q, K, P, used, true)) <= 2 * tol + 64 * eps);
  CHECK(A.pattern() == P);
}

TEST_CASE("weights: the full pattern gives the dense softmax", "[attention][weights]") {
  const Index n = 61, width = 16;
  const Dense<double> Q = normal(n, width, 1), K = normal(n, width, 2);
  const Weights A = weights(Q.view(), K.view(), pattern_where(n, n, everything));
  for (Index i = 0; i < n; ++i) {
    std::vector<double> row(static_cast<std::size_t>(n));
    double sum = 0;
    for (Index j = 0; j < n; ++j) {
      double s = 0;
      for (Index c = 0; c < width; ++c)
        s += Q(i, c) * K(j, c);
      sum += row[static_cast<std::size_t>(j)] = std::exp(s / 4); // sqrt(16)
    }
    for (Index j = 0; j < n; ++j)
      CHECK(A.values()[static_cast<std::size_t>(i * n + j)] ==
            Approx(row[static_cast<std::size_t>(j)] / sum).epsilon(200 * eps));
  }
}

TEST_CASE("weights: rows sum to 1, empty rows stay empty", "[attention][weights]") {
  const Index n = 101;
  const Pattern P = scattered(n, n, 4);
  const Weights A = weights(normal(n, 8, 1).view(), normal(n, 8, 2).view(), P);
  const double tol = static_cast<double>(n) * eps;
  for (Index i = 0; i < n; ++i)
    CHECK(std::abs(row_sum(A, i) - (P.degree(i) > 0 ? 1 : 0)) <= tol);
}

TEST_CASE("scores: entries that are exactly zero stay stored", "[attention][scores]") {
  const Index n = 5;
  const Dense<double> zero(n, 3);
  const Pattern P = scattered(n, n, 5);
  const Weights S = scores(zero.view(), zero.view(), P);
  CHECK(S.values().size() == static_cast<std::size_t>(P.entries()));
  CHECK(std::all_of(S.values().begin(), S.values().end(), [](double s) { return s == 0; }));
  const Weights A = weights(zero.view(), zero.view(), P);
  for (Index e = 0, i = 0; i < n; ++i)
    for (Index t = 0; t < P.degree(i); ++t, ++e)
      CHECK(A.values()[static_cast<std::size_t>(e)] == 1 / static_cast<double>(P.degree(i)));
}

TEST_CASE("weights: commute with a permutation of queries and keys", "[attention][law]") {
  const Index n = 47, width = 8;
  const Dense<double> Q = normal(n, width, 1), K = normal(n, width, 2);
  const Pattern P = scattered(n, n, 6);
  const auto to = [&](Index i) { return 5 * i % n; }; // gcd(5, 47) = 1
  Dense<double> permuted_q(n, width), permuted_k(n, width);
  for (Index i = 0; i < n; ++i)
    for (Index c = 0; c < width; ++c) {
      permuted_q(to(i), c) = Q(i, c);
      permuted_k(to(i), c) = K(i, c);
    }
  std::vector<Index> back(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i)
    back[static_cast<std::size_t>(to(i))] = i;
  const auto old = [&](Index i) { return back[static_cast<std::size_t>(i)]; };
  const Pattern permuted =
      pattern_where(n, n, [&](Index i, Index j) { return P.contains(old(i), old(j)); });

  const Weights original = weights(Q.view(), K.view(), P);
  const Weights moved = weights(permuted_q.view(), permuted_k.view(), permuted);
  const CsrView<double> A = original.view(), B = moved.view();
  std::vector<double> wanted(static_cast<std::size_t>(n * n));
  for (Index i = 0; i < n; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      wanted[static_cast<std::size_t>(to(i) * n + to(A.columns[e]))] = A.values[e];
  for (Index i = 0; i < n; ++i)
    for (Index e = B.offsets[i]; e < B.offsets[i + 1]; ++e)
      CHECK(B.values[e] == Approx(wanted[static_cast<std::size_t>(i * n + B.columns[e])])
                               .epsilon(static_cast<double>(n) * eps));
}

TEST_CASE("row_softmax: a constant added to a row changes nothing", "[attention][softmax]") {
  const Pattern P = scattered(23, 31, 7);
  const Weights S = scores(normal(23, 4, 1).view(), normal(31, 4, 2).view(), P);
  Buffer<double> shifted(S.values().begin(), S.values().end());
  const double shift = 1024; // scores of size < 32 lose 5 more bits
  for (double& s : shifted)
    s += shift;
  const Weights A = row_softmax(S), B = row_softmax(Weights(P, std::move(shifted)));
  CHECK(worst(B.values(), {A.values().begin(), A.values().end()}) <= 4 * shift * eps);
}

TEST_CASE("row_softmax: is the second half of weights", "[attention][softmax]") {
  const Pattern P = scattered(20, 20, 8);
  const Dense<double> Q = normal(20, 4, 1), K = normal(20, 4, 2);
  const Weights A = weights(Q.view(), K.view(), P);
  CHECK(worst(row_softmax(scores(Q.view(), K.view(), P)).values(),
              {A.values().begin(), A.values().end()}) <= 4 * eps);
}

TEST_CASE("weights: huge logits neither overflow nor lose a row", "[attention][weights]") {
  const Index n = 11;
  const double size = GENERATE(1e3, 1e100, 1e150);
  const Dense<double> Q = normal(n, 4, 1, size), K = normal(n, 4, 2, size);
  const Weights A = weights(Q.view(), K.view(), pattern_where(n, n, everything));
  for (Index i = 0; i < n; ++i)
    CHECK(row_sum(A, i) == 1);
  CHECK(A.pattern().entries() == n * n);
}

TEST_CASE("row_softmax: the largest double and its negative in one row", "[attention][softmax]") {
  const double top = std::numeric_limits<double>::max();
  Buffer<double> values{top, -top, top};
  const Weights A = row_softmax(Weights(pattern_where(1, 3, everything), std::move(values)));
  CHECK(A.values()[0] == 0.5);
  CHECK(A.values()[1] == 0);
  CHECK(A.values()[2] == 0.5);
}

TEST_CASE("weights: a view with strides reads one head of several", "[attention][weights]") {
  const Index heads = 3, n = 9, width = 4;
  Dense<double> Q(Shape{2, heads, n, width}), K(Shape{2, heads, n, width});
  RandomStream draw({7, 9});
  for (Index i = 0; i < Q.shape().size(); ++i) {
    Q.data()[i] = draw.normal();
    K.data()[i] = draw.normal();
  }
  Dense<double> q(n, width), k(n, width);
  for (Index i = 0; i < n; ++i)
    for (Index c = 0; c < width; ++c) {
      q(i, c) = Q.view().row(1, 2, i)[c];
      k(i, c) = K.view().row(1, 2, i)[c];
    }
  const Pattern P = scattered(n, n, 10);
  const Weights A = weights(Q.view().head(1, 2), K.view().head(1, 2), P);
  const Weights B = weights(q.view(), k.view(), P);
  CHECK(std::equal(A.values().begin(), A.values().end(), B.values().begin()));
  CHECK(refusal(Code::shape, [&] { (void)weights(Q.view(), k.view(), P); }) ==
        "Q holds 2 batches of 3 heads; pass one head, Q.head(b, h)");
}

TEST_CASE("scores and weights: every misfit is one sentence", "[attention][refusal]") {
  const Pattern P = scattered(5, 6, 11); // row 4 is empty
  Dense<double> Q = normal(5, 3, 1), K = normal(6, 3, 2);
  const auto sentence = [&](Code code, const attention::WeightsOptions& how = {}) {
    const std::string text = refusal(code, [&] { (void)scores(Q.view(), K.view(), P, how); });
    CHECK(refusal(code, [&] { (void)weights(Q.view(), K.view(), P, how); }) == text);
    return text;
  };
  SECTION("widths") {
    K = normal(6, 4, 2);
    CHECK(sentence(Code::shape) == "Q has width 3 and K 4; they must agree");
  }
  SECTION("queries") {
    Q = normal(4, 3, 1);
    CHECK(sentence(Code::shape) == "Q has 4 rows and the pattern 5 queries; they must agree");
  }
  SECTION("keys") {
    K = normal(5, 3, 1);
    CHECK(sentence(Code::shape) == "K has 5 rows and the pattern 6 keys; they must agree");
  }
  SECTION("NaN in Q") {
    Q(3, 1) = std::numeric_limits<double>::quiet_NaN();
    CHECK(sentence(Code::domain) == "Q at row 3, column 1 is nan; it must be finite");
  }
  SECTION("infinity in K") {
    K(0, 2) = -std::numeric_limits<double>::infinity();
    CHECK(sentence(Code::domain) == "K at row 0, column 2 is -inf; it must be finite");
  }
  SECTION("scale") {
    CHECK(sentence(Code::domain, {.scale = std::numeric_limits<double>::infinity()}) ==
          "scale = inf must be finite");
  }
  SECTION("overflow") {
    Q(0, 0) = 1e200, K(0, 0) = -1e200;
    CHECK(sentence(Code::domain).starts_with("scores could overflow: width 3 times max |Q| = "));
  }
  SECTION("empty row") {
    CHECK(sentence(Code::domain, {.empty_rows = EmptyRows::error}) ==
          "query 4 may attend no key; add one or choose the policy zero for empty rows");
  }
}

TEST_CASE("row_softmax: refuses scores that are not finite and, on request, empty rows",
          "[attention][refusal]") {
  const Pattern P = pattern_where(3, 3, [](Index i, Index) { return i != 1; });
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Weights S(P, {0, 1, 2, 3, nan, 5});
  CHECK(refusal(Code::domain, [&] { (void)row_softmax(S); }) ==
        "the score of query 2 and key 1 is nan; it must be finite");
  const Weights finite(P, {0, 1, 2, 3, 4, 5});
  CHECK(refusal(Code::domain, [&] { (void)row_softmax(finite, EmptyRows::error); }) ==
        "query 1 may attend no key; add one or choose the policy zero for empty rows");
}

TEST_CASE("row_softmax: nothing to normalize", "[attention][softmax]") {
  const Weights A =
      row_softmax(Weights(pattern_where(4, 2, [](Index, Index) { return false; }), {}));
  CHECK(A.pattern().rows() == 4);
  CHECK(A.values().empty());
}
