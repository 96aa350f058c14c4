// SPDX-License-Identifier: Apache-2.0
// Diffusion along every generator of the grammar: fused, GraphBLAS and plain loops in double
// agree, forward and backward, in double and in float.
#include "attnwalk/diffusion/diffuse.hpp"

#include "diffusion/cases.hpp"
#include "support/specs.hpp"

#include <algorithm>
#include <cmath>

using namespace attnwalk;
using diffusion::Backend;
using diffusion::Method;

namespace {

constexpr double alpha = 0.15;

/// Uneven positive weights on the entries of a pattern, each row divided by its sum.
Csr<double> walk_on(const pattern::Pattern& P) {
  Csr<double> A;
  A.rows = A.cols = P.rows();
  RandomStream draw({24, 0});
  for (Index i = 0; i < P.rows(); ++i) {
    double sum = 0;
    const std::size_t begin = A.values.size();
    for (const Index j : P.row(i)) {
      A.columns.push_back(j);
      A.values.push_back(std::exp(draw.normal()));
      sum += A.values.back();
    }
    for (std::size_t e = begin; e < A.values.size(); ++e)
      A.values[e] /= sum;
    A.offsets.push_back(static_cast<Index>(A.columns.size()));
  }
  return A;
}

/// Z, dV and dA of one method after some hops, by loops over the entries.
struct Loops {
  std::vector<double> Z, dV, dA;
};

Loops loops(const Csr<double>& A, const Dense<double>& V, const Dense<double>& G, Method method,
            Index hops) {
  const Index n = A.rows, width = V.shape().width;
  const auto size = static_cast<std::size_t>(n * width);
  // Both methods are Z_{k+1} = (1-a) A Z_k + a V, from V or from a V.
  const double start = method == Method::diffuser ? 1 : alpha;
  std::vector<std::vector<double>> Z(1, std::vector<double>(size));
  for (std::size_t x = 0; x < size; ++x)
    Z[0][x] = start * V.data()[x];
  const auto each = [&](const auto& visit) {
    for (Index i = 0; i < n; ++i)
      for (Index e = A.offsets[static_cast<std::size_t>(i)];
           e < A.offsets[static_cast<std::size_t>(i) + 1]; ++e)
        for (Index c = 0; c < width; ++c) {
          const Index j = A.columns[static_cast<std::size_t>(e)];
          visit(static_cast<std::size_t>(e), static_cast<std::size_t>(i * width + c),
                static_cast<std::size_t>(j * width + c));
        }
  };
  for (Index k = 0; k < hops; ++k) {
    std::vector<double> next(size);
    for (std::size_t x = 0; x < size; ++x)
      next[x] = alpha * V.data()[x];
    each([&](std::size_t e, std::size_t to, std::size_t from) {
      next[to] += (1 - alpha) * A.values[e] * Z.back()[from];
    });
    Z.push_back(std::move(next));
  }
  Loops out{Z.back(), std::vector<double>(size), std::vector<double>(A.values.size())};
  std::vector<double> upstream(G.data(), G.data() + size);
  for (Index k = hops; k > 0; --k) {
    std::vector<double> before(size);
    for (std::size_t x = 0; x < size; ++x)
      out.dV[x] += alpha * upstream[x];
    each([&](std::size_t e, std::size_t to, std::size_t from) {
      out.dA[e] += (1 - alpha) * upstream[to] * Z[static_cast<std::size_t>(k) - 1][from];
      before[from] += (1 - alpha) * A.values[e] * upstream[to];
    });
    upstream = std::move(before);
  }
  for (std::size_t x = 0; x < size; ++x)
    out.dV[x] += start * upstream[x];
  return out;
}

template <class Found>
double worst(const Found* found, const std::vector<double>& wanted) {
  double error = 0;
  for (std::size_t x = 0; x < wanted.size(); ++x)
    error = std::max(error, std::abs(static_cast<double>(found[x]) - wanted[x]));
  return error;
}

/// One precision on one walk; `tolerance` is of the forward pass, whose rows sum to 1.
template <Real T>
void compare(const Csr<double>& A, Index width, double tolerance) {
  const Index n = A.rows;
  Csr<T> walk;
  walk.rows = walk.cols = n;
  walk.offsets = A.offsets;
  walk.columns = A.columns;
  walk.values.assign(A.values.begin(), A.values.end());
  const Dense<double> V = support::random_values(n, width, 1),
                      G = support::random_values(n, width, 2);
  Dense<T> v(n, width), g(n, width);
  std::copy_n(V.data(), V.shape().size(), v.data());
  std::copy_n(G.data(), G.shape().size(), g.data());
  // A column of A' sums to at most n, an entry's gradient is a product of `width` terms a hop.
  const double grown = tolerance * static_cast<double>(n + 4 * width + 1);
  for (const Method method : {Method::diffuser, Method::truncated})
    for (const Index hops : {1, 4}) {
      const Loops wanted = loops(A, V, G, method, hops);
      INFO(sizeof(T) << " bytes, n " << n << ", width " << width << ", "
                     << diffusion::to_string(method) << ", hops " << hops);
      for (const Backend backend : {Backend::fused, Backend::graphblas}) {
        // Rounding A to float moves its row sums by 1e-7, which the scan of A would refuse.
        const diffusion::DiffuseOptions how{.method = method,
                                            .alpha = alpha,
                                            .hops = hops,
                                            .backend = backend,
                                            .assumed_valid = true,
                                            .threads = 1};
        CHECK(worst(diffusion::diffuse<T>(walk.view(), v.view(), how).Z.data(), wanted.Z) <=
              tolerance);
      }
      const auto forward = diffusion::diffuse<T>(
          walk.view(), v.view(),
          {.method = method, .alpha = alpha, .hops = hops, .assumed_valid = true, .threads = 1});
      const auto back = diffusion::diffuse_backward<T>(walk.view(), v.view(), forward, g.view());
      CHECK(worst(back.dV.data(), wanted.dV) <= grown);
      CHECK(worst(back.dA.data(), wanted.dA) <= grown);
    }
}

} // namespace

TEST_CASE("diffuse: fused, graphblas and double loops agree on every generator",
          "[diffusion][generators]") {
  for (const std::string& spec : support::specs())
    for (const Index n : {0, 1, 2, 37, 64}) {
      const auto P = support::built(spec, n);
      if (!P)
        continue;
      INFO(spec);
      const Csr<double> A = walk_on(*P);
      for (const Index width : {1, 7, 32}) {
        compare<double>(A, width, 1e-12);
        compare<float>(A, width, 1e-5);
      }
    }
}

TEST_CASE("diffuse: fused, graphblas and double loops agree for every width",
          "[diffusion][generators]") {
  const Csr<double> A = walk_on(*support::built("window:w=3", 61));
  for (const Index width : {1, 7, 32, 64, 80, 128}) {
    compare<double>(A, width, 1e-12);
    compare<float>(A, width, 1e-5);
  }
}
