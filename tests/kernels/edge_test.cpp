// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/edge.hpp"
#include "attnwalk/kernels/plan.hpp"
#include "attnwalk/kernels/reference.hpp"

#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace attnwalk;
using kernels::Head;
using kernels::Layout;
using kernels::Plan;
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

  const auto& kernel = kernels::edge_kernels<T>(isa);
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
  std::vector<T> edge(entries), edge2(entries), lse(static_cast<std::size_t>(c.n));
  std::vector<T> state(static_cast<std::size_t>(2 * c.n)), row_dot(lse.size());
  const Index parts = std::max(plan.by_query().partials, plan.by_key().partials);
  std::vector<T> partials(
      static_cast<std::size_t>(parts * kernels::partial_size(q.stride, v.stride)));

  Head<T> head;
  head.Q = q.in();
  head.K = k.in();
  head.V = v.in();
  head.G = g.in();
  head.out = z.out();
  head.width = q.stride;
  head.value_width = v.stride;
  head.scale = static_cast<T>(in.scale);
  head.bias = c.plain ? nullptr : b.data();
  head.lse = lse.data();
  head.row_dot = row_dot.data();
  head.edge = edge.data();
  head.edge2 = edge2.data();
  head.state = state.data();
  head.partials = partials.data();
  head.dropout = in.dropout;
  const auto run = [&](auto pass, const Layout& layout, auto merge) {
    for (const auto& chunk : layout.chunks)
      pass(layout, chunk, head);
    if (merge != nullptr)
      for (const auto& split : layout.split_rows)
        merge(split, head);
  };

  run(kernel.forward, plan.by_query(), kernel.merge_forward);
  CHECK(z.worst_against(wanted.Z, c.n, c.value_width) <= tolerance);
  for (std::size_t i = 0; i < lse.size(); ++i)
    CHECK((lse[i] == wanted.lse[i] || std::abs(lse[i] - wanted.lse[i]) <= tolerance * 10));

  for (std::size_t i = 0; i < row_dot.size(); ++i)
    for (Index x = 0; x < v.stride; ++x)
      row_dot[i] += g.in()[static_cast<Index>(i)][x] * z.out()[static_cast<Index>(i)][x];
  head.out = dq.out();
  run(kernel.backward_queries, plan.by_query(), kernel.merge_queries);
  CHECK(worst(edge, wanted.d_score) <= 10 * tolerance);
  CHECK(dq.worst_against(wanted.dQ, c.n, c.width) <= 20 * tolerance);
  const std::vector<T> with_scores = dq.data;
  head.edge = nullptr; // nobody asks for dL/dscore
  run(kernel.backward_queries, plan.by_query(), kernel.merge_queries);
  CHECK(dq.data == with_scores);
  head.edge = edge.data();
  head.out = dv.out();
  head.out2 = dk.out();
  run(kernel.backward_keys, plan.by_key(), kernel.merge_keys);
  CHECK(dv.worst_against(wanted.dV, c.m, c.value_width) <= 20 * tolerance);
  CHECK(dk.worst_against(wanted.dK, c.m, c.width) <= 20 * tolerance);

  // The three separate passes give the same weights and the same sum (without dropout).
  run(kernel.scores, plan.by_query(), static_cast<decltype(kernel.merge_sum)>(nullptr));
  kernel.softmax(plan.by_query(), {.row = 0, .row_end = c.n}, head);
  CHECK(worst(edge, wanted.weights) <= tolerance);
  if (c.rate == 0) {
    head.out = z.out();
    head.scale = 1;
    run(kernel.neighbor_sum, plan.by_query(), kernel.merge_sum);
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
    const Index wide = vectors * kernels::edge_kernels<float>(isa).lanes;
    compare<float>({75, 75, wide, wide, chunk, row_bytes, rate, false, true}, isa, float_tol);
    const Index half = vectors * kernels::edge_kernels<double>(isa).lanes;
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
    const auto& kernel = kernels::edge_kernels<float>(isa);
    const auto P = support::pattern_where(1, 3, [](Index, Index) { return true; });
    const Plan plan(P.view());
    const std::vector<double> Q{100}, K{100, -100, 99}, V{1, 2, 3};
    const Padded<float> q(Q, 1, 1, kernel.lanes), k(K, 3, 1, kernel.lanes);
    const Padded<float> v(V, 3, 1, kernel.lanes);
    Padded<float> z({}, 1, 1, kernel.lanes);
    Head<float> head;
    head.Q = q.in();
    head.K = k.in();
    head.V = v.in();
    head.out = z.out();
    head.width = q.stride;
    head.value_width = v.stride;
    kernel.forward(plan.by_query(), plan.by_query().chunks.front(), head);
    CHECK(z.data[0] == 1.0F);
  }
}
