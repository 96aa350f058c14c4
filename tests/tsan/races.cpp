// SPDX-License-Identifier: Apache-2.0
// Every parallel pass of the library, on one thread and on four: results must be equal bit for bit,
// and ThreadSanitizer must find no race. Here the kernels and the structure report; modules.cpp
// holds the others.
#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/dense_rows.hpp"
#include "attnwalk/kernels/edge_ops.hpp"
#include "attnwalk/kernels/spmv.hpp"
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/structure/structure.hpp"

#include "check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

using namespace attnwalk;
using kernels::By;
using races::check;
using races::team;

namespace {

constexpr Index n = 4000; // long enough passes that the whole team takes part
int failures = 0;

/// A band, random keys, a global row and a global column.
Csr<double> mixed() {
  Csr<double> A;
  A.rows = A.cols = n;
  A.offsets.assign(1, 0);
  for (Index i = 0; i < n; ++i) {
    RandomStream draw({1, 2}, static_cast<std::uint64_t>(i));
    for (Index j = 0; j < n; ++j)
      if (i == 700 || j == 300 || std::abs(i - j) < 5 || draw.below(150) == 0)
        A.columns.push_back(j);
    A.offsets.push_back(static_cast<Index>(A.columns.size()));
  }
  RandomStream draw({1, 3});
  for (std::size_t e = 0; e < A.columns.size(); ++e)
    A.values.push_back(draw.unit());
  return A;
}

template <Real T>
Dense<T> normals(Index width, std::uint64_t substream) {
  Dense<T> X(n, width);
  RandomStream draw({5, 6}, substream);
  for (Index x = 0; x < X.shape().size(); ++x)
    X.data()[x] = static_cast<T>(draw.normal());
  return X;
}

/// All that the passes write.
template <Real T>
struct Written {
  std::vector<T> scores, weights, dropped, gradient, lse;
  Dense<T> sum, Z, dQ, dK, dV;
  Dense<T> plain_dQ, plain_dK, plain_dV; ///< without dropout
};

template <Real T>
Written<T> passes(const Csr<double>& A, int threads) {
  const Index width = 4 * kernels::row_lanes<T>(); // backward passes keep such rows in registers
  const Index row_bytes = 2 * width * static_cast<Index>(sizeof(T));
  std::vector<kernels::Plan> plan;
  plan.emplace_back(A.view(), kernels::PlanOptions{.transpose = true,
                                                   .row_bytes = row_bytes,
                                                   .cache_bytes = 256 * row_bytes,
                                                   .block_entries = 8,
                                                   .chunk_entries = 512,
                                                   .reuse = 1,
                                                   .threads = threads});
  const kernels::PlanBatch plans(std::move(plan), 1, 1);
  kernels::EdgeOps<T> ops(plans, 1, 1, threads);
  const Dense<T> Q = normals<T>(width, 1), K = normals<T>(width, 2), V = normals<T>(width, 3),
                 G = normals<T>(width, 4);
  Written<T> out;
  out.sum = out.Z = out.dQ = out.dK = out.dV = Dense<T>(n, width);
  out.plain_dQ = out.plain_dK = out.plain_dV = out.Z;
  std::vector<T> edge(static_cast<std::size_t>(ops.entries())), delta(n), sink(n);
  out.dropped = edge;
  out.lse.resize(n);
  const kernels::EdgeDropout dropout{.rate = 0.25, .key = {99, 1}};
  const kernels::ScoreRule<T> plain{.scale = T{0.25}};
  const kernels::ScoreRule<T> dropping{.scale = T{0.25}, .dropout = dropout};
  ops.scores(Q.view(), K.view(), plain, edge.data());
  out.scores = edge;
  ops.softmax(edge.data());
  out.weights = edge;
  ops.drop(edge.data(), dropout, out.dropped.data());
  ops.sum(By::query, T{1}, edge.data(), V.view(), out.sum.view());
  ops.sum(By::key, T{1}, edge.data(), V.view(), out.dV.view());
  ops.gather(V.view(), sink.data());
  ops.forward(Q.view(), K.view(), V.view(), dropping, out.Z.view(), out.lse.data());
  kernels::row_dots<T>(G.view(), std::as_const(out.Z).view(), delta.data(), threads);
  ops.backward_queries(Q.view(), K.view(), V.view(), G.view(), dropping, out.lse.data(),
                       delta.data(), out.dQ.view(), edge.data());
  ops.backward_keys(Q.view(), K.view(), V.view(), G.view(), dropping, out.lse.data(), delta.data(),
                    out.dK.view(), out.dV.view());
  ops.backward_queries(Q.view(), K.view(), V.view(), G.view(), plain, out.lse.data(), delta.data(),
                       out.plain_dQ.view(), nullptr);
  ops.backward_keys(Q.view(), K.view(), V.view(), G.view(), plain, out.lse.data(), delta.data(),
                    out.plain_dK.view(), out.plain_dV.view());
  ops.edge_dot(T{1}, G.view(), V.view(), edge.data());
  ops.softmax_gradient(out.weights.data(), edge.data());
  out.gradient = edge;
  return out;
}

template <Real T>
bool same(const Dense<T>& a, const Dense<T>& b) {
  return std::equal(a.data(), a.data() + a.shape().size(), b.data());
}

template <Real T>
void compare_passes(const Csr<double>& A) {
  const Written<T> one = passes<T>(A, 1);
  // A team that has just woken may leave a short pass to one thread: again, until all take part.
  Written<T> many;
  for (int repetition = 0; repetition < 10; ++repetition)
    many = passes<T>(A, team);
  check(one.scores == many.scores, "scores");
  check(one.weights == many.weights && one.lse == many.lse, "softmax");
  check(one.dropped == many.dropped, "drop");
  check(same(one.sum, many.sum), "neighbor_sum");
  check(same(one.Z, many.Z), "forward");
  check(same(one.dQ, many.dQ), "backward_queries");
  check(same(one.dK, many.dK) && same(one.dV, many.dV), "backward_keys");
  check(same(one.plain_dQ, many.plain_dQ), "backward_queries without dropout");
  check(same(one.plain_dK, many.plain_dK) && same(one.plain_dV, many.plain_dV),
        "backward_keys without dropout");
  check(one.gradient == many.gradient, "edge_dot and softmax_gradient");
}

void compare_products(const Csr<double>& A) {
  std::vector<double> x(n);
  RandomStream draw({8, 8});
  for (double& value : x)
    value = draw.normal();
  for (const kernels::Side side : {kernels::Side::plain, kernels::Side::transposed}) {
    const kernels::SpmvPlan plan(A.view(), side);
    std::vector<double> work(static_cast<std::size_t>(plan.workspace()));
    std::vector<double> one(n), many(n);
    kernels::spmv(plan, x.data(), one.data(), work.data(), {}, 1);
    kernels::spmv(plan, x.data(), many.data(), work.data(), {}, team);
    check(one == many, "spmv");
    check(kernels::dot(n, x.data(), one.data(), 1) == kernels::dot(n, x.data(), one.data(), team),
          "dot");
    kernels::axpy(n, 0.5, x.data(), one.data(), 1);
    kernels::axpy(n, 0.5, x.data(), many.data(), team);
    check(one == many, "axpy");
  }
}

void compare_dense() {
  const Dense<float> X = normals<float>(20, 1), Y = normals<float>(20, 2);
  std::vector<float> one(n * 32), many(n * 32);
  kernels::pad_rows<float>(X.view(), one.data(), 32, 1);
  kernels::pad_rows<float>(X.view(), many.data(), 32, team);
  check(one == many, "pad_rows");
  check(kernels::max_difference<float>(X.view(), Y.view(), 1) ==
            kernels::max_difference<float>(X.view(), Y.view(), team),
        "max_difference");
  check(kernels::first_not_finite<float>(X.view(), team).token == -1, "first_not_finite");
}

void compare_structure(const Csr<double>& A) {
  const auto one = pattern::structure(A.view(), {.threads = 1});
  const auto many = pattern::structure(A.view(), {.threads = team});
  check(one.components == many.components && one.period == many.period &&
            one.diameter_at_least == many.diameter_at_least && one.doeblin == many.doeblin &&
            one.reach.back().fraction == many.reach.back().fraction &&
            one.symmetric == many.symmetric,
        "structure");
}

} // namespace

void races::check(bool ok, const char* what) {
  if (!ok) {
    std::printf("FAILED: %s depends on the number of threads\n", what);
    ++failures;
  }
}

int main() {
  const Csr<double> A = mixed();
  compare_passes<float>(A);
  compare_passes<double>(A);
  compare_products(A);
  compare_dense();
  compare_structure(A);
  races::compare_modules(A);
  std::printf("%s\n", failures == 0 ? "no race, same bits" : "see above");
  return failures == 0 ? 0 : 1;
}
