// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/cpu/edge_table.hpp"
#include "attnwalk/kernels/edge_ops.hpp"
#include "attnwalk/kernels/plan.hpp"
#include "attnwalk/kernels/reference/attention.hpp"
#include "attnwalk/pattern/batch.hpp"

#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace attnwalk;
using kernels::Op;
using kernels::PassArgs;
using kernels::Plan;
using kernels::PlanView;
using kernels::RowsOf;

namespace {

std::vector<double> normals(Index size, std::uint64_t substream) {
  RandomStream draw({7, 1}, substream);
  std::vector<double> out(static_cast<std::size_t>(size));
  for (double& x : out)
    x = draw.normal();
  return out;
}

// Rows padded with zeros to a multiple of `lanes`, rounded to T.
template <class T>
struct Padded {
  Padded(const std::vector<double>& source, Index rows, Index width, Index lanes)
      : stride((width + lanes - 1) / lanes * lanes),
        data(static_cast<std::size_t>(rows * stride), T{0}) {
    for (Index i = 0; i < rows && !source.empty(); ++i)
      for (Index c = 0; c < width; ++c)
        data[static_cast<std::size_t>(i * stride + c)] =
            static_cast<T>(source[static_cast<std::size_t>(i * width + c)]);
  }
  RowsOf<const T> in() const { return {data.data(), stride}; }
  RowsOf<T> out() { return {data.data(), stride}; }
  double worst_against(const std::vector<double>& wanted, Index rows, Index width) const {
    double worst = 0;
    for (Index i = 0; i < rows; ++i)
      for (Index c = 0; c < width; ++c) {
        const double x = data[static_cast<std::size_t>(i * stride + c)];
        const double error = std::abs(x - wanted[static_cast<std::size_t>(i * width + c)]);
        worst =
            std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
      }
    return worst;
  }
  Index stride;
  std::vector<T> data;
};

template <class T>
double worst(const std::vector<T>& found, const std::vector<double>& wanted) {
  double error = 0;
  for (std::size_t e = 0; e < wanted.size(); ++e)
    error = std::max(error, std::abs(static_cast<double>(found[e]) - wanted[e]));
  return error;
}

struct Case {
  Index n = 0, m = 0, width = 0, value_width = 0;
  Index chunk = 4096;
  Index row_bytes = 0;
  double rate = 0;
  bool dense = false; ///< two thirds of all keys a row, else a band, a full row and a full column
  bool plain = false; ///< no bias, and row i attends every key before i: rows of every length
};

// Runs every pass on a mixed pattern and compares all it writes with the reference.
template <class T>
void compare(const Case& c, Isa isa, double tolerance) {
  INFO(to_string(isa) << ", n = " << c.n << ", m = " << c.m << ", widths " << c.width << " and "
                      << c.value_width << ", chunk " << c.chunk << ", row_bytes " << c.row_bytes);
  const auto P = support::pattern_where(c.n, c.m, [&](Index i, Index j) {
    if (c.plain)
      return j < i;
    if (c.dense)
      return i != 1 && (i + j) % 3 != 0;
    return i != 1 && (i == c.n / 2 || j == c.m / 3 || std::abs(i - j) < 5 || (i * 7 + j) % 11 == 0);
  });
  const auto entries = static_cast<std::size_t>(P.entries());
  const auto Q = normals(c.n * c.width, 1), K = normals(c.m * c.width, 2);
  const auto V = normals(c.m * c.value_width, 3), G = normals(c.n * c.value_width, 4);
  const auto bias = normals(P.entries(), 5);
  kernels::reference::Inputs in{c.width,
                                c.value_width,
                                Q.data(),
                                K.data(),
                                V.data(),
                                G.data(),
                                c.plain ? nullptr : bias.data(),
                                0.5,
                                {}};
  if (c.rate > 0)
    in.dropout = {.key = 99,
                  .threshold = static_cast<std::uint32_t>(c.rate * 0x1p32),
                  .keep_scale = 1 / (1 - c.rate)};
  const auto wanted = kernels::reference::attention(P.view(), in);

  const auto& kernel = kernels::edge_table<T>(isa);
  const Plan plan(P.view(), {.transpose = true,
                             .row_bytes = c.row_bytes,
                             .cache_bytes = 2048,
                             .block_entries = 2,
                             .chunk_entries = c.chunk,
                             .reuse = 1});
  if (c.row_bytes > 0 && c.n > 30)
    REQUIRE((plan.by_query().blocks > 1 && plan.by_key().blocks > 1));
  const Padded<T> q(Q, c.n, c.width, kernel.lanes), k(K, c.m, c.width, kernel.lanes);
  const Padded<T> v(V, c.m, c.value_width, kernel.lanes), g(G, c.n, c.value_width, kernel.lanes);
  Padded<T> z({}, c.n, c.value_width, kernel.lanes), dq({}, c.n, c.width, kernel.lanes);
  Padded<T> dk({}, c.m, c.width, kernel.lanes), dv({}, c.m, c.value_width, kernel.lanes);
  const std::vector<T> b(bias.begin(), bias.end());
  std::vector<T> edge(entries), lse(static_cast<std::size_t>(c.n));
  std::vector<T> state(static_cast<std::size_t>(2 * c.n)), delta(lse.size());
  const Index parts = std::max(plan.by_query().partials, plan.by_key().partials);
  std::vector<T> partials(
      static_cast<std::size_t>(parts * kernels::partial_size(q.stride, v.stride)));

  PassArgs<T> args;
  args.Q = q.in();
  args.K = k.in();
  args.V = v.in();
  args.G = g.in();
  args.out = z.out();
  args.width = q.stride;
  args.value_width = v.stride;
  args.scale = static_cast<T>(in.scale);
  args.bias = c.plain ? nullptr : b.data();
  args.lse = args.lse_out = lse.data();
  args.delta = delta.data();
  args.edge = edge.data();
  args.state = state.data();
  args.partials = partials.data();
  args.dropout = in.dropout;
  const auto run = [&](Op op, const PlanView& view) {
    for (Index chunk = 0; chunk < view.chunk_count; ++chunk)
      kernel.pass_of(op)(view, view.chunks[chunk], args);
    for (Index split = 0; split < view.split_count && kernel.merge_of(op) != nullptr; ++split)
      kernel.merge_of(op)(view.split_rows[split], args);
  };

  run(Op::forward, plan.by_query());
  CHECK(z.worst_against(wanted.Z, c.n, c.value_width) <= tolerance);
  for (std::size_t i = 0; i < lse.size(); ++i)
    CHECK((lse[i] == wanted.lse[i] || std::abs(lse[i] - wanted.lse[i]) <= tolerance * 10));

  for (std::size_t i = 0; i < delta.size(); ++i)
    for (Index x = 0; x < v.stride; ++x)
      delta[i] += g.in()[static_cast<Index>(i)][x] * z.out()[static_cast<Index>(i)][x];
  args.out = dq.out();
  run(Op::backward_queries, plan.by_query());
  CHECK(worst(edge, wanted.d_score) <= 10 * tolerance);
  CHECK(dq.worst_against(wanted.dQ, c.n, c.width) <= 20 * tolerance);
  const std::vector<T> with_scores = dq.data;
  args.edge = nullptr; // nobody asks for dL/dscore
  run(Op::backward_queries, plan.by_query());
  CHECK(dq.data == with_scores);
  args.edge = edge.data();
  args.out = dv.out();
  args.dK = dk.out();
  run(Op::backward_keys, plan.by_key());
  CHECK(dv.worst_against(wanted.dV, c.m, c.value_width) <= 20 * tolerance);
  CHECK(dk.worst_against(wanted.dK, c.m, c.width) <= 20 * tolerance);

  // The three separate passes give the same weights and the same sum (without dropout).
  run(Op::scores, plan.by_query());
  std::fill(lse.begin(), lse.end(), T{0});
  run(Op::softmax, plan.by_query());
  CHECK(worst(edge, wanted.weights) <= tolerance);
  for (std::size_t i = 0; i < lse.size(); ++i)
    CHECK((lse[i] == wanted.lse[i] || std::abs(lse[i] - wanted.lse[i]) <= tolerance * 10));
  if (c.rate == 0) {
    args.out = z.out();
    args.scale = 1;
    args.weight = edge.data();
    run(Op::sum, plan.by_query());
    CHECK(z.worst_against(wanted.Z, c.n, c.value_width) <= tolerance);
  }
}

std::vector<Isa> sets() {
  std::vector<Isa> out;
  for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512})
    if (isa <= best_isa())
      out.push_back(isa);
  return out;
}

// Weighted sums of at most 130 terms of size about 1, over widths up to 130.
const double float_tol = 1e-5;
const double double_tol = 2e-14;

} // namespace

TEST_CASE("edge kernels: equal the reference for every width and set", "[kernels][edge]") {
  const Index width = GENERATE(1, 7, 32, 64, 80, 128);
  const Index value_width = GENERATE(1, 8, 33, 130);
  for (const Isa isa : sets()) {
    compare<float>({61, 61, width, value_width}, isa, float_tol);
    compare<double>({61, 61, width, value_width}, isa, double_tol);
  }
}

TEST_CASE("edge kernels: split rows, column blocks, dropout, cross attention", "[kernels][edge]") {
  const Index chunk = GENERATE(1, 3, 50);
  const Index row_bytes = GENERATE(0, 256);
  const double rate = GENERATE(0.0, 0.3);
  for (const Isa isa : sets()) {
    compare<double>({64, 64, 16, 24, chunk, row_bytes, rate}, isa, double_tol);
    compare<float>({37, 130, 16, 24, chunk, row_bytes, rate}, isa, float_tol);
    compare<double>({3, 300, 5, 7, chunk, row_bytes, rate}, isa, double_tol);
  }
}

TEST_CASE("edge kernels: rows of many tiles, in one piece, in column blocks, in split rows",
          "[kernels][edge]") {
  // 467 entries a row: the maximum rises from tile to tile and from block to block.
  const Index chunk = GENERATE(100, 1 << 20);
  const Index row_bytes = GENERATE(0, 256);
  const double rate = GENERATE(0.0, 0.3);
  for (const Isa isa : sets()) {
    compare<double>({20, 700, 16, 24, chunk, row_bytes, rate, true}, isa, double_tol);
    compare<float>({20, 700, 7, 33, chunk, row_bytes, rate, true}, isa, float_tol);
    compare<double>({150, 150, 5, 8, chunk, row_bytes, rate, true}, isa, double_tol);
  }
  const auto P =
      support::pattern_where(20, 700, [](Index i, Index j) { return i != 1 && (i + j) % 3 != 0; });
  CHECK(Plan(P.view(), {.row_bytes = 256, .cache_bytes = 2048}).by_query().blocks > 1);
}

TEST_CASE("edge kernels: without a bias, at widths of two and of four vectors", "[kernels][edge]") {
  // The backward passes keep such rows in registers: every number of entries left over, in one
  // piece, in column blocks, in split rows, with dropout.
  const Index vectors = GENERATE(2, 4);
  const Index chunk = GENERATE(7, 1 << 20);
  const Index row_bytes = GENERATE(0, 256);
  const double rate = GENERATE(0.0, 0.3);
  for (const Isa isa : sets()) {
    const Index wide = vectors * kernels::edge_table<float>(isa).lanes;
    compare<float>({75, 75, wide, wide, chunk, row_bytes, rate, false, true}, isa, float_tol);
    const Index half = vectors * kernels::edge_table<double>(isa).lanes;
    compare<double>({75, 80, half, half - 1, chunk, row_bytes, rate, false, true}, isa, double_tol);
  }
}

TEST_CASE("edge kernels: sizes 1 and 2", "[kernels][edge]") {
  for (const Isa isa : sets()) {
    compare<double>({1, 1, 3, 2}, isa, double_tol);
    compare<double>({2, 2, 3, 2}, isa, double_tol);
    compare<float>({2, 1, 4, 4}, isa, float_tol);
  }
}

TEST_CASE("edge kernels: scores of 1e4 neither overflow nor lose the maximum", "[kernels][edge]") {
  for (const Isa isa : sets()) {
    const auto& kernel = kernels::edge_table<float>(isa);
    const auto P = support::pattern_where(1, 3, [](Index, Index) { return true; });
    const Plan plan(P.view());
    const std::vector<double> Q{100}, K{100, -100, 99}, V{1, 2, 3};
    const Padded<float> q(Q, 1, 1, kernel.lanes), k(K, 3, 1, kernel.lanes);
    const Padded<float> v(V, 3, 1, kernel.lanes);
    Padded<float> z({}, 1, 1, kernel.lanes);
    PassArgs<float> args;
    args.Q = q.in();
    args.K = k.in();
    args.V = v.in();
    args.out = z.out();
    args.width = q.stride;
    args.value_width = v.stride;
    kernel.pass_of(Op::forward)(plan.by_query(), plan.by_query().chunks[0], args);
    CHECK(z.data[0] == 1.0F);
  }
}

TEST_CASE("EdgeOps: every head of a batch has the bits of that head alone", "[kernels][edge]") {
  // Two sequences of three heads, a pattern for each head, one row that is split and column blocks;
  // K and V are shared by the heads of a sequence. Alone, a head has a workspace of its own.
  const Index n = 90, heads = 3, lanes = kernels::row_lanes<double>();
  const auto pattern = [&](Index number) {
    return support::pattern_where(n, n, [=](Index i, Index j) {
      return i == 7 + number || j == 3 || std::abs(i - j) < 3 || (i * 5 + j * 3 + number) % 11 == 0;
    });
  };
  const pattern::PatternBatch P(std::vector<pattern::Pattern>{pattern(0), pattern(1), pattern(2)},
                                1, heads);
  const auto plans = kernels::PlanBatch::of(P, {.transpose = true,
                                                .row_bytes = 16 * lanes,
                                                .cache_bytes = 2048,
                                                .block_entries = 2,
                                                .chunk_entries = 40,
                                                .reuse = 1});
  REQUIRE(plans.at(0, 1).by_query().partials > 0);
  REQUIRE(plans.at(0, 1).by_query().blocks > 1);
  const auto dense = [&](Index batch, Index of_heads, std::uint64_t lane) {
    Dense<double> X(Shape{batch, of_heads, n, lanes});
    const std::vector<double> x = normals(X.shape().size(), lane);
    std::copy(x.begin(), x.end(), X.data());
    return X;
  };
  const Dense<double> Q = dense(2, heads, 1), K = dense(2, 1, 2), V = dense(2, 1, 3);
  const Dense<double> G = dense(2, heads, 4), delta = dense(2, heads, 5);
  const auto passes = [&](const kernels::PlanBatch& on, View<const double> q, View<const double> k,
                          View<const double> v, View<const double> g, const double* d) {
    const Shape shape{q.shape.batch, q.shape.heads, n, lanes};
    kernels::EdgeOps<double> ops(on, shape.batch, shape.heads, 2);
    std::vector<double> edge(static_cast<std::size_t>(ops.entries()));
    std::vector<double> lse(static_cast<std::size_t>(shape.batch * shape.heads * n));
    Dense<double> Z(shape), dQ(shape), dK(shape), dV(shape), sum(shape), back(shape);
    ops.forward(q, k, v, {.scale = .5}, Z.view(), lse.data());
    ops.backward_queries(q, k, v, g, {.scale = .5}, lse.data(), d, dQ.view(), edge.data());
    ops.backward_keys(q, k, v, g, {.scale = .5}, lse.data(), d, dK.view(), dV.view());
    ops.scores(q, k, {.scale = .5}, edge.data());
    ops.softmax(edge.data());
    ops.sum(kernels::By::query, 2, edge.data(), v, sum.view(), g, .25);
    ops.sum(kernels::By::key, 1, edge.data(), g, back.view());
    ops.edge_dot(1, g, v, edge.data());
    return std::pair(std::vector<Dense<double>>{Z, dQ, dK, dV, sum, back}, edge);
  };
  const auto [all, edges] = passes(plans, Q.view(), K.view(), V.view(), G.view(), delta.data());
  Index start = 0;
  for (Index b = 0; b < 2; ++b)
    for (Index h = 0; h < heads; ++h) {
      const auto [one, edge] =
          passes(plans.head(0, h), Q.view().head(b, h), K.view().head(b, 0), V.view().head(b, 0),
                 G.view().head(b, h), delta.data() + (b * heads + h) * n);
      for (std::size_t x = 0; x < one.size(); ++x)
        CHECK(std::equal(one[x].data(), one[x].data() + n * lanes, all[x].view().row(b, h, 0)));
      CHECK(std::equal(edge.begin(), edge.end(), edges.begin() + start));
      start += static_cast<Index>(edge.size());
    }
}
