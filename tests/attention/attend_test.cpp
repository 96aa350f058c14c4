// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/attention.hpp"
#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/reference/attention.hpp"

#include "support/dense.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace attnwalk;
using attention::AttendOptions;
using attention::Attention;
using attention::Backend;
using pattern::Pattern;
using pattern::PatternBatch;
using support::random_dense;

namespace {

// Rows of very different length: a band, one full row, one empty row, a full column.
Pattern mixed(Index rows, Index cols, Index shift = 0) {
  return support::pattern_where(rows, cols, [&](Index i, Index j) {
    return i != 1 && (i == rows / 2 || j == cols / 3 || std::abs(i - j) <= 2 + shift);
  });
}

template <class T>
double difference(const Dense<T>& a, const Dense<T>& b) {
  if (!(a.shape() == b.shape()))
    return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (Index x = 0; x < a.shape().size(); ++x) {
    const double error = std::abs(static_cast<double>(a.data()[x] - b.data()[x]));
    if (a.data()[x] != b.data()[x])
      worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
  }
  return worst;
}

std::vector<double> doubles(View<const double> X, Index b, Index h) {
  std::vector<double> out;
  for (Index i = 0; i < X.shape.tokens; ++i)
    out.insert(out.end(), X.row(b, h, i), X.row(b, h, i) + X.shape.width);
  return out;
}

// Softmax weights times numbers of size about 1.
const double double_tol = 1e-12;
const double float_tol = 1e-5;

} // namespace

TEST_CASE("attend: fused, graphblas and plain loops agree, forward and backward",
          "[attention][attend]") {
  const Index n = GENERATE(1, 2, 31, 64);
  const Index width = GENERATE(1, 7, 32);
  const Index heads = 4;
  const Index key_heads = GENERATE(1, 2, 4);
  const double dropout = GENERATE(0.0, 0.25);
  const Index keys = n + 3;
  const PatternBatch P(
      std::vector<Pattern>{mixed(n, keys), mixed(n, keys, 1), mixed(n, keys, 2), mixed(n, keys, 3)},
      1, heads);
  const auto Q = random_dense<double>({2, heads, n, width}, 1);
  const auto K = random_dense<double>({2, key_heads, keys, width}, 2);
  const auto V = random_dense<double>({2, key_heads, keys, width + 2}, 3);
  const auto G = random_dense<double>({2, heads, n, width + 2}, 4);
  AttendOptions how{.dropout = dropout, .key = {3, 4}, .lse = true, .d_score = true};
  const auto fused = attention::attend<double>(Q.view(), K.view(), V.view(), P, how);
  const auto back =
      attention::attend_backward<double>(Q.view(), K.view(), V.view(), P, fused, G.view());
  how.backend = Backend::graphblas;
  const auto grb = attention::attend<double>(Q.view(), K.view(), V.view(), P, how);
  const auto grb_back =
      attention::attend_backward<double>(Q.view(), K.view(), V.view(), P, grb, G.view());
  CHECK(difference(fused.Z, grb.Z) <= double_tol);
  CHECK(difference(fused.lse, grb.lse) <= double_tol);
  CHECK(difference(back.dQ, grb_back.dQ) <= double_tol);
  CHECK(difference(back.dK, grb_back.dK) <= double_tol);
  CHECK(difference(back.dV, grb_back.dV) <= double_tol);
  REQUIRE(back.d_score.size() == grb_back.d_score.size());
  for (std::size_t e = 0; e < back.d_score.size(); ++e)
    CHECK(std::abs(back.d_score[e] - grb_back.d_score[e]) <= double_tol);

  if (dropout == 0) { // plain loops know nothing of keys and heads
    const auto q = doubles(Q.view(), 1, 3), k = doubles(K.view(), 1, key_heads - 1);
    const auto v = doubles(V.view(), 1, key_heads - 1);
    const auto wanted =
        kernels::reference::attention(P.at(1, 3).view(), {width,
                                                          width + 2,
                                                          q.data(),
                                                          k.data(),
                                                          v.data(),
                                                          nullptr,
                                                          nullptr,
                                                          1 / std::sqrt(static_cast<double>(width)),
                                                          {}});
    const auto z = doubles(fused.Z.view(), 1, 3);
    for (std::size_t x = 0; x < z.size(); ++x)
      CHECK(std::abs(z[x] - wanted.Z[x]) <= double_tol);
  }
}

TEST_CASE("attend: float agrees with double to 1e-5 for every width", "[attention][attend]") {
  const Index width = GENERATE(1, 7, 32, 64, 80, 128);
  const Shape shape{1, 2, 97, width};
  const auto Q = random_dense<float>(shape, 1), K = random_dense<float>(shape, 2);
  const auto V = random_dense<float>(shape, 3), G = random_dense<float>(shape, 4);
  const auto wide = [](const Dense<float>& X) {
    Dense<double> out(X.shape());
    std::copy_n(X.data(), X.shape().size(), out.data());
    return out;
  };
  const Dense<double> Qd = wide(Q), Kd = wide(K), Vd = wide(V), Gd = wide(G);
  const PatternBatch P(mixed(97, 97));
  const AttendOptions how{.lse = true};
  const auto f = attention::attend<float>(Q.view(), K.view(), V.view(), P, how);
  const auto d = attention::attend<double>(Qd.view(), Kd.view(), Vd.view(), P, how);
  CHECK(difference(wide(f.Z), d.Z) <= float_tol);
  const auto fb = attention::attend_backward<float>(Q.view(), K.view(), V.view(), P, f, G.view());
  const auto db =
      attention::attend_backward<double>(Qd.view(), Kd.view(), Vd.view(), P, d, Gd.view());
  const double scale = std::sqrt(static_cast<double>(width)); // g . v grows with the width
  CHECK(difference(wide(fb.dQ), db.dQ) <= float_tol * scale * 4);
  CHECK(difference(wide(fb.dK), db.dK) <= float_tol * scale * 8); // one key is in every row
  CHECK(difference(wide(fb.dV), db.dV) <= float_tol * 8);
}

TEST_CASE("attend_backward: equals central differences, edge bias included",
          "[attention][attend]") {
  const Shape shape{1, 2, 9, 5};
  auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2);
  auto V = random_dense<double>(shape, 3);
  const auto G = random_dense<double>(shape, 4);
  const PatternBatch P(mixed(9, 9));
  std::vector<double> bias(static_cast<std::size_t>(P.at(0, 0).entries()));
  RandomStream draw({12, 0});
  for (double& x : bias)
    x = draw.normal();
  const AttendOptions how{.dropout = 0.2, .key = {5, 6}, .lse = true, .d_score = true};
  const Attention<double> layer(P, 10, true);
  const auto forward = [&] { return layer.forward(Q.view(), K.view(), V.view(), how, bias); };
  const auto g = layer.backward(Q.view(), K.view(), V.view(), forward(), G.view(), bias);
  const double tol = 1e-8; // step^2 times third derivatives of order 1, and rounding eps / step
  const auto slope = [&](double& x) {
    return support::slope(x, [&] { return support::loss(forward().Z, G); });
  };
  for (Index x = 0; x < shape.size(); ++x) {
    CHECK(std::abs(slope(Q.data()[x]) - g.dQ.data()[x]) <= tol);
    CHECK(std::abs(slope(K.data()[x]) - g.dK.data()[x]) <= tol);
    CHECK(std::abs(slope(V.data()[x]) - g.dV.data()[x]) <= tol);
  }
  // The bias is shared by both heads: its gradient is the sum over heads of dL/ds.
  for (std::size_t e = 0; e < bias.size(); ++e)
    CHECK(std::abs(slope(bias[e]) - (g.d_score[e] + g.d_score[e + bias.size()])) <= tol);
}

TEST_CASE("Attention: an earlier result's memory is written into", "[attention][attend]") {
  const Shape shape{1, 2, 33, 7};
  const auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2);
  const auto V = random_dense<double>(shape, 3), G = random_dense<double>(shape, 4);
  const Attention<double> layer(mixed(33, 33), 14, true);
  const AttendOptions how{.lse = true};
  const auto fresh = layer.forward(Q.view(), K.view(), V.view(), how);
  auto old = layer.forward(V.view(), Q.view(), K.view(), how); // of other numbers
  const double* memory = old.Z.data();
  const auto again = layer.forward(Q.view(), K.view(), V.view(), how, {}, {}, std::move(old));
  CHECK(again.Z.data() == memory);
  CHECK(difference(again.Z, fresh.Z) == 0);
  CHECK(difference(again.lse, fresh.lse) == 0);
}

TEST_CASE("attend: same bits for any number of threads", "[attention][attend]") {
  const Index width = GENERATE(24, 64);
  const double dropout = GENERATE(0.0, 0.1);
  const Shape shape{1, 3, 301, width};
  const auto Q = random_dense<float>(shape, 1), K = random_dense<float>(shape, 2);
  const auto V = random_dense<float>(shape, 3), G = random_dense<float>(shape, 4);
  const PatternBatch P(mixed(301, 301, 20));
  const auto run = [&](int threads) {
    const AttendOptions how{.dropout = dropout, .lse = true, .threads = threads};
    auto z = attention::attend<float>(Q.view(), K.view(), V.view(), P, how);
    auto g = attention::attend_backward<float>(Q.view(), K.view(), V.view(), P, z, G.view());
    return std::pair(std::move(z), std::move(g));
  };
  const auto one = run(1);
  CHECK(one.second.d_score.empty()); // nobody asked
  for (const int threads : {2, 3}) {
    const auto more = run(threads);
    CHECK(difference(one.first.Z, more.first.Z) == 0);
    CHECK(difference(one.second.dQ, more.second.dQ) == 0);
    CHECK(difference(one.second.dK, more.second.dK) == 0);
    CHECK(difference(one.second.dV, more.second.dV) == 0);
  }
}

TEST_CASE("attend: under a causal mask later tokens change nothing, and get no gradient",
          "[attention][attend]") {
  const Index n = 29, first = 12; // tokens from `first` on change; the loss looks before them
  const Backend backend = GENERATE(Backend::fused, Backend::graphblas);
  const double dropout = GENERATE(0.0, 0.3);
  const Shape shape{1, 2, n, 9};
  const PatternBatch P(support::pattern_where(
      n, n, [](Index i, Index j) { return j <= i && (i - j < 4 || j % 5 == 0); }));
  const AttendOptions how{.dropout = dropout, .key = {6, 7}, .lse = true, .backend = backend};
  const auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2);
  const auto V = random_dense<double>(shape, 3);
  auto q = random_dense<double>(shape, 5), k = random_dense<double>(shape, 6);
  auto v = random_dense<double>(shape, 7), G = random_dense<double>(shape, 4);
  for (Index h = 0; h < 2; ++h)
    for (Index i = 0; i < n; ++i) {
      if (i >= first) {
        std::fill_n(G.view().row(0, h, i), shape.width, 0.0);
        continue;
      }
      std::copy_n(Q.view().row(0, h, i), shape.width, q.view().row(0, h, i));
      std::copy_n(K.view().row(0, h, i), shape.width, k.view().row(0, h, i));
      std::copy_n(V.view().row(0, h, i), shape.width, v.view().row(0, h, i));
    }
  const auto one = attention::attend<double>(Q.view(), K.view(), V.view(), P, how);
  const auto two = attention::attend<double>(q.view(), k.view(), v.view(), P, how);
  const auto back =
      attention::attend_backward<double>(Q.view(), K.view(), V.view(), P, one, G.view());
  double earlier = 0, later = 0, changed = 0;
  for (Index h = 0; h < 2; ++h)
    for (Index i = 0; i < n; ++i)
      for (Index c = 0; c < shape.width; ++c) {
        if (i < first)
          changed += std::abs(one.Z.view().row(0, h, i)[c] - two.Z.view().row(0, h, i)[c]);
        for (const Dense<double>* gradient : {&back.dQ, &back.dK, &back.dV})
          (i < first ? earlier : later) += std::abs(gradient->view().row(0, h, i)[c]);
      }
  CHECK(changed == 0); // exactly
  CHECK(later == 0);
  CHECK(earlier > 0);
}

TEST_CASE("attend: bfloat16 storage rounds K and V to 8 bits and nothing else",
          "[attention][attend]") {
  const Shape shape{1, 1, 64, 40};
  const auto Q = random_dense<float>(shape, 1);
  auto K = random_dense<float>(shape, 2), V = random_dense<float>(shape, 3);
  const auto G = random_dense<float>(shape, 4);
  const PatternBatch P(mixed(64, 64));
  const AttendOptions how{.lse = true, .d_score = true, .storage = attention::Storage::bfloat16};
  const auto half = attention::attend<float>(Q.view(), K.view(), V.view(), P, how);
  const auto half_back =
      attention::attend_backward<float>(Q.view(), K.view(), V.view(), P, half, G.view());
  // Rounded beforehand, to nearest even, the full path gives the same to float rounding.
  for (Dense<float>* X : {&K, &V})
    for (Index x = 0; x < shape.size(); ++x) {
      const float scale = std::ldexp(1.0F, std::ilogb(X->data()[x]) - 7);
      X->data()[x] = std::nearbyint(X->data()[x] / scale) * scale;
    }
  const auto full = attention::attend<float>(Q.view(), K.view(), V.view(), P, {.lse = true});
  CHECK(difference(half.Z, full.Z) <= float_tol);
  const auto full_back =
      attention::attend_backward<float>(Q.view(), K.view(), V.view(), P, full, G.view());
  CHECK(difference(half_back.dQ, full_back.dQ) <= 10 * float_tol);
  CHECK(difference(half_back.dK, full_back.dK) <= 10 * float_tol);
  CHECK(difference(half_back.dV, full_back.dV) <= 10 * float_tol);
  // Each row's scores only matter up to a constant, so their gradients cancel.
  double sum = 0;
  for (Index e = P.at(0, 0).view().offsets[32]; e < P.at(0, 0).view().offsets[33]; ++e)
    sum += static_cast<double>(half_back.d_score[static_cast<std::size_t>(e)]);
  CHECK(std::abs(sum) <= 10 * float_tol);
}

TEST_CASE("attend: an empty row gives zeros, or an error on request", "[attention][attend]") {
  const auto X = random_dense<double>({1, 1, 4, 3}, 1);
  const PatternBatch P(support::pattern_where(4, 4, [](Index i, Index) { return i != 2; }));
  const Backend backend = GENERATE(Backend::fused, Backend::graphblas);
  const auto out =
      attention::attend<double>(X.view(), X.view(), X.view(), P, {.lse = true, .backend = backend});
  for (Index c = 0; c < 3; ++c)
    CHECK(out.Z(2, c) == 0);
  CHECK(out.lse(2, 0) == -std::numeric_limits<double>::infinity());
  CHECK_THROWS_WITH(attention::attend<double>(X.view(), X.view(), X.view(), P,
                                              {.empty_rows = attention::EmptyRows::error}),
                    "query 2 may attend no key; add one or choose the policy zero for empty rows");
}

TEST_CASE("attend: one query against a history equals the last row of the whole",
          "[attention][attend]") {
  const Shape shape{1, 2, 50, 16};
  const auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2);
  const auto V = random_dense<double>(shape, 3);
  const auto causal = support::pattern_where(50, 50, [](Index i, Index j) { return j <= i; });
  const auto last = support::pattern_where(1, 50, [](Index, Index) { return true; });
  const auto whole = attention::attend<double>(Q.view(), K.view(), V.view(), PatternBatch(causal));
  // A view of the last token alone: the strides stay those of the whole.
  const View<const double> q(Q.view().row(0, 0, 49), {1, 2, 1, 16}, Q.view().strides);
  const auto step = attention::attend<double>(q, K.view(), V.view(), PatternBatch(last));
  for (Index h = 0; h < 2; ++h)
    for (Index c = 0; c < 16; ++c)
      CHECK(std::abs(step.Z.view().row(0, h, 0)[c] - whole.Z.view().row(0, h, 49)[c]) <=
            double_tol);
}

TEST_CASE("attend: padded and packed sequences equal each alone", "[attention][attend]") {
  const Pattern P = mixed(20, 20);
  const std::vector<Index> lengths{20, 7};
  const Shape shape{2, 1, 20, 6};
  const auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2);
  const auto V = random_dense<double>(shape, 3);
  const auto padded =
      attention::attend<double>(Q.view(), K.view(), V.view(), pattern::padded(P, lengths));
  const auto short_pattern =
      support::pattern_where(7, 7, [&](Index i, Index j) { return P.contains(i, j); });
  const auto cut = [](const Dense<double>& X) {
    return View<const double>(X.view().row(1, 0, 0), {1, 1, 7, 6}, X.view().strides);
  };
  const auto alone = attention::attend<double>(cut(Q), cut(K), cut(V), PatternBatch(short_pattern));
  for (Index i = 0; i < 20; ++i)
    for (Index c = 0; c < 6; ++c)
      CHECK(padded.Z.view().row(1, 0, i)[c] == (i < 7 ? alone.Z(i, c) : 0));

  // Packed: 20 tokens of the first sequence, then 7 of the second, in one row of 27.
  Dense<double> q(27, 6), k(27, 6), v(27, 6);
  const auto pack = [](Dense<double>& to, const Dense<double>& from) {
    for (Index i = 0; i < 27; ++i)
      std::copy_n(from.view().row(i < 20 ? 0 : 1, 0, i % 20), 6, to.view().row(i));
  };
  pack(q, Q);
  pack(k, K);
  pack(v, V);
  const std::vector<Pattern> both{P, short_pattern};
  const auto packed =
      attention::attend<double>(q.view(), k.view(), v.view(), PatternBatch(pattern::packed(both)));
  for (Index i = 0; i < 27; ++i)
    for (Index c = 0; c < 6; ++c)
      CHECK(std::abs(packed.Z(i, c) - padded.Z.view().row(i < 20 ? 0 : 1, 0, i % 20)[c]) <=
            double_tol);
}

TEST_CASE("attend: misfits end in one sentence before any work", "[attention][attend]") {
  const auto X = random_dense<double>({1, 2, 4, 3}, 1);
  const PatternBatch P(mixed(4, 4));
  const auto call = [&](const Dense<double>& Q, const Dense<double>& K, const Dense<double>& V,
                        const PatternBatch& patterns, AttendOptions how = {},
                        std::vector<double> bias = {}) {
    return attention::attend<double>(Q.view(), K.view(), V.view(), patterns, how, bias);
  };
  const Dense<double> three(Shape{1, 3, 4, 3}), wide(Shape{1, 2, 4, 9}), tall(Shape{1, 2, 5, 3});
  CHECK_THROWS_WITH(call(three, X, X, P), "Q has 3 heads, not a multiple of the 2 heads of K");
  CHECK_THROWS_WITH(call(X, wide, X, P), "K is 1 x 2 x 4 x 9 where 1 x 2 x 4 x 3 is needed");
  CHECK_THROWS_WITH(call(X, X, tall, P), "V is 1 x 2 x 5 x 3 where 1 x 2 x 4 x 3 is needed");
  CHECK_THROWS_WITH(call(tall, X, X, P),
                    "Q has 5 tokens and the pattern 4 queries; they must agree");
  CHECK_THROWS_WITH(call(X, X, X, PatternBatch({mixed(4, 4), mixed(4, 4), mixed(4, 4)}, 1, 3)),
                    "a pattern batch of 1 x 3 does not fit 1 sequences of 2 heads");
  CHECK_THROWS_WITH(call(X, X, X, P, {.dropout = 1}), "dropout = 1 must be in [0, 1)");
  CHECK_THROWS_WITH(call(X, X, X, P, {}, {1.0}),
                    message("1 edge biases given for ", P.at(0, 0).entries(), " entries"));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double number : {nan, std::numeric_limits<double>::infinity()}) {
    Dense<double> bad = random_dense<double>({1, 2, 4, 3}, 1);
    bad.view().row(0, 1, 2)[1] = number;
    const std::string rest =
        message(" at batch 0, head 1, row 2, column 1 is ", number, "; it must be finite");
    CHECK_THROWS_WITH(call(bad, X, X, P), "Q" + rest);
    CHECK_THROWS_WITH(call(X, bad, X, P), "K" + rest);
    CHECK_THROWS_WITH(call(X, X, bad, P), "V" + rest);
  }
  CHECK_THROWS_WITH(call(X, X, X, P, {.storage = attention::Storage::bfloat16}),
                    "bfloat16 storage is for float inputs, not double");
  CHECK_THROWS_AS(PatternBatch({mixed(4, 4), mixed(5, 5)}, 1, 2), Error);
}

TEST_CASE("PatternBatch::stacked: shares the columns of the concatenated CSR",
          "[attention][attend]") {
  Csr<double> all;
  all.rows = 4;
  all.cols = 3;
  all.offsets = {0, 1, 3, 3, 4};
  all.columns = {2, 0, 1, 2};
  const Index* columns = all.columns.data();
  const PatternBatch P = PatternBatch::stacked(std::move(all), 1, 2);
  CHECK(P.rows() == 2);
  CHECK(P.at(0, 0).entries() == 3);
  CHECK(P.at(0, 1).entries() == 1);
  CHECK(P.at(0, 1).contains(1, 2));
  CHECK(P.at(0, 1).view().columns == columns + 3);
  Csr<double> falling; // its first pattern would read beyond the columns
  falling.rows = 4;
  falling.cols = 3;
  falling.offsets = {0, 1, 1000, 1000, 4};
  falling.columns = {2, 0, 1, 2};
  CHECK_THROWS_WITH(PatternBatch::stacked(std::move(falling), 1, 2),
                    "5 offsets do not describe 4 columns in 4 rows");
}

TEST_CASE("attend: one without patterns says so", "[attention][attend]") {
  const attention::Attention<float> none;
  const Dense<float> X(2, 3);
  CHECK_THROWS_WITH(none.forward(X.view(), X.view(), X.view()), Catch::Contains("no patterns"));
}
