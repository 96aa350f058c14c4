// SPDX-License-Identifier: Apache-2.0
// Random patterns against the spectra that theory and published draws give them (spectral.md 2.6,
// 3.7, 5.1; diffuser.md), by dense solvers. Weak tests of a law, strong tests of correlations that
// tests of single entries miss.
#include "attnwalk/generators/diffuser.hpp"
#include "attnwalk/generators/erdos.hpp"
#include "attnwalk/generators/random.hpp"
#include "attnwalk/generators/regular.hpp"
#include "attnwalk/sbm/sample.hpp"

#include "catch.hpp"
#include "support/dense_spectra.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;

namespace {

Eigen::MatrixXd dense(const Pattern& P) {
  Eigen::MatrixXd A = Eigen::MatrixXd::Zero(P.rows(), P.cols());
  for (Index i = 0; i < P.rows(); ++i)
    for (const Index j : P.row(i))
      A(i, j) = 1;
  return A;
}

double second(const Eigen::MatrixXd& W) {
  return support::symmetric_eigenvalues(W)(W.rows() - 2);
}

// Second eigenvalue of D^-1/2 W D^-1/2, W = max(B, B').
double normalized_second(const Eigen::MatrixXd& B) {
  const Eigen::MatrixXd W = B.cwiseMax(B.transpose());
  const Eigen::VectorXd scale = W.rowwise().sum().cwiseSqrt().cwiseInverse();
  return second(scale.asDiagonal() * W * scale.asDiagonal());
}

// Second largest modulus of the walk's eigenvalues.
double slem(const Eigen::MatrixXd& B) {
  const Eigen::VectorXd row = B.rowwise().sum();
  const Eigen::MatrixXd A = row.cwiseInverse().asDiagonal() * B;
  const Eigen::VectorXcd mu = support::eigenvalues(A);
  std::vector<double> sizes;
  for (const std::complex<double>& value : mu)
    sizes.push_back(std::abs(value));
  std::sort(sizes.rbegin(), sizes.rend());
  return sizes.at(1);
}

Eigen::MatrixXd permutation_sum(Index n, Index d, std::uint64_t seed) {
  Eigen::MatrixXd A = Eigen::MatrixXd::Zero(n, n);
  for (Index p = 0; p < d; ++p)
    A += dense(random(n, n, 1,
                      {.model = RandomModel::permutations,
                       .key = {seed, stream_of("permutation", static_cast<std::uint64_t>(p))}}));
  return A;
}

} // namespace

TEST_CASE("regular: second eigenvalues of many draws (oracle 36)",
          "[generators][regular][spectrum]") {
  struct Case {
    Index n;
    Index d;
    double mean;
    double sd;
    int draws;
  };
  const Case c = GENERATE(Case{500, 3, 2.8164, .0084, 8}, Case{500, 8, 5.2135, .050, 8},
                          Case{1000, 4, 3.4493, .0089, 2});
  double mean = 0;
  for (int seed = 0; seed < c.draws; ++seed)
    mean +=
        second(dense(regular(c.n, c.d, {.key = {static_cast<std::uint64_t>(seed), 1}}))) / c.draws;
  CHECK(std::abs(mean - c.mean) < 4 * c.sd / std::sqrt(c.draws));
}

TEST_CASE("regular: close to Ramanujan at n = 1024 (diffuser.md)",
          "[generators][regular][spectrum]") {
  struct Case {
    Index d;
    double e;
  };
  // For d = 64 the table's .249 is a multigraph's value: simple graphs, networkx's too, have
  // 2 sqrt((d-1)(1-d/n))/d = .240.
  const Case c = GENERATE(Case{8, .660}, Case{16, .482}, Case{32, .345}, Case{64, .240});
  const double one_draw = 0.02; // draws differ by about 1 %
  const Eigen::VectorXd mu =
      support::symmetric_eigenvalues(dense(regular(1024, c.d, {.key = {0, 2}}))) /
      static_cast<double>(c.d);
  CHECK(std::max(mu(1022), -mu(0)) == Approx(c.e).epsilon(one_draw));
}

TEST_CASE("erdos: bulk edge of G(1000, .05) (oracle 37)", "[generators][erdos][spectrum]") {
  const Eigen::MatrixXd W = dense(erdos(1000, .05, {.key = {0, 3}}));
  CHECK(normalized_second(W) == Approx(2 * std::sqrt(.95 / 50)).epsilon(.05));
}

TEST_CASE("random: permutation sums mix like 1/sqrt d (oracle 38)",
          "[generators][random][spectrum]") {
  const Index n = 400;
  const double d = 16;
  const Eigen::MatrixXd A = permutation_sum(n, 16, 4) / d;
  CHECK(slem(A) == Approx(1 / std::sqrt(d)).epsilon(.05));
  const Eigen::MatrixXd D = A - Eigen::MatrixXd::Constant(n, n, 1.0 / static_cast<double>(n));
  const double s2 = std::sqrt(support::symmetric_eigenvalues(D.transpose() * D)(n - 1));
  CHECK(s2 == Approx(2 * std::sqrt(d - 1) / d).epsilon(.05));
}

TEST_CASE("random: directed models mix like 1/sqrt d (spectral.md 2.6)",
          "[generators][random][spectrum]") {
  const RandomModel model =
      GENERATE(RandomModel::row, RandomModel::edges, RandomModel::permutations);
  // Rows of `edges` vary in size, which adds about 1/(2d) to the law; 8 % at n = 400.
  CHECK(slem(dense(random(400, 400, 16, {.model = model, .key = {1, 5}}))) ==
        Approx(0.25).epsilon(.08));
}

TEST_CASE("regular: a window with random edges has the gap of free convolution (3.7)",
          "[generators][regular][spectrum]") {
  // n = 1000 instead of 4000; the window's own gap adds what the tolerance leaves room for.
  struct Case {
    Index w;
    Index r;
    double gap;
  };
  const Case c = GENERATE(Case{4, 4, .21466}, Case{3, 16, .51684});
  const Index n = 1000;
  Eigen::MatrixXd W = dense(regular(n, c.r, {.key = {2, 6}}));
  for (Index i = 0; i < n; ++i)
    for (Index k = -c.w; k <= c.w; ++k)
      W(i, (i + k + n) % n) += 1;
  const double entries = static_cast<double>(2 * c.w + 1 + c.r);
  CHECK(1 - second(W) / entries == Approx(c.gap).epsilon(.03));
}

TEST_CASE("diffuser: second eigenvalues of the parts of the released pattern (diffuser.md)",
          "[generators][diffuser][spectrum]") {
  const Index n = 1024;
  const auto square = [&](const std::function<bool(Index, Index)>& edge) {
    Eigen::MatrixXd B = Eigen::MatrixXd::Zero(n, n);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        B(i, j) = edge(i, j) ? 1 : 0;
    return B;
  };
  const auto G = diffuser_globals(64, 64, 64);
  const auto in_G = [&](Index i) { return std::binary_search(G.begin(), G.end(), i); };
  const Eigen::MatrixXd local =
      square([](Index i, Index j) { return std::abs(i / 32 - j / 32) <= 1; });
  const Eigen::MatrixXd pairs = dense(diffuser_pairs(64)).topLeftCorner(n, n);
  const Eigen::MatrixXd global = square([&](Index i, Index j) { return in_G(i) || in_G(j); });
  const double digits = 5.01e-6; // as many as are printed
  CHECK(normalized_second(local) == Approx(.99665).margin(digits));
  CHECK(normalized_second(pairs) == Approx(.33956).margin(digits));
  CHECK(normalized_second(local.cwiseMax(pairs)) == Approx(.74955).margin(digits));
  CHECK(normalized_second(local.cwiseMax(global)) == Approx(.81035).margin(digits));
  CHECK(normalized_second(dense(diffuser(n, 64, 64, 64))) == Approx(.63805).margin(digits));
}

TEST_CASE("planted_model: the second eigenvalue is that of the blocks or the bulk's (4.2)",
          "[generators][planted][spectrum]") {
  // 2 blocks of 200, mean degree 30: the blocks' (p - q)/(p + q), and below the threshold the bulk.
  struct Case {
    double in;
    double out;
  };
  const Case c = GENERATE(Case{.13, .02}, Case{.08, .07});
  const double degree = 200 * (c.in + c.out);
  const double blocks = (c.in - c.out) / (c.in + c.out);
  CHECK(slem(dense(
            sbm::sample(sbm::planted_model(400, 400, 2, c.in, c.out), {.key = {1, 7}}).pattern)) ==
        Approx(std::max(blocks, 1 / std::sqrt(degree))).epsilon(.08));
}
