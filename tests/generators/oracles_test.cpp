// SPDX-License-Identifier: Apache-2.0
// The closed forms of docs/spectral.md that depend on the pattern alone, by Eigen's dense solvers.
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/grids.hpp"
#include "attnwalk/generators/simple.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"
#include "attnwalk/pattern/algebra.hpp"

#include "catch.hpp"
#include "support/dense_spectra.hpp"
#include "support/matrices.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;

namespace {

// Relative, as the closed forms are given; LAPACK-like solvers lose about n ulp.
const double tol = 1e-10;

// (i, j) iff A has a walk of exactly `hops` steps from i to j; hops >= 1.
Pattern power(const Pattern& A, Index hops) {
  Pattern X = A;
  for (Index hop = 2; hop <= hops; ++hop)
    X = Pattern(grb::to_csr<double>(
        grb::mxm(X.matrix(), A.matrix(), {.semiring = grb::Semiring::any_pair})));
  return X;
}

Eigen::MatrixXd walk(const Pattern& P) {
  Eigen::MatrixXd A = Eigen::MatrixXd::Zero(P.rows(), P.cols());
  for (Index i = 0; i < P.rows(); ++i)
    for (const Index j : P.row(i))
      A(i, j) = 1.0 / static_cast<double>(P.degree(i));
  return A;
}

// The eigenvalues of D^-1/2 W D^-1/2, descending.
std::vector<double> spectrum(const Pattern& P) {
  REQUIRE(symmetric(P));
  Eigen::MatrixXd N = Eigen::MatrixXd::Zero(P.rows(), P.cols());
  for (Index i = 0; i < P.rows(); ++i)
    for (const Index j : P.row(i))
      N(i, j) = 1 / std::sqrt(static_cast<double>(P.degree(i) * P.degree(j)));
  const Eigen::VectorXd up = support::symmetric_eigenvalues(N);
  std::vector<double> values(up.data(), up.data() + up.size());
  std::ranges::reverse(values);
  return values;
}

void check_ends(const Pattern& P, double second, double last) {
  const std::vector<double> values = spectrum(P);
  CHECK(values[0] == Approx(1).epsilon(tol));
  CHECK(values[1] == Approx(second).epsilon(tol).margin(tol));
  CHECK(values.back() == Approx(last).epsilon(tol).margin(tol));
}

double distance_to_uniform(const Eigen::MatrixXd& A) {
  return (A.array() - 1 / static_cast<double>(A.rows())).abs().maxCoeff();
}

Index multiplicity(const std::vector<double>& values, double of) {
  return std::ranges::count_if(values, [of](double v) { return std::abs(v - of) < 1e-9; });
}

Pattern directed_cycle(Index n) {
  return support::pattern_where(n, n, [n](Index i, Index j) { return j == (i + 1) % n; });
}

} // namespace

TEST_CASE("ring, window: cycles, paths and bands have their closed forms", "[generators][oracle]") {
  check_ends(without_loops(ring(101, 1)), .9980655971335943, -.9995162822919881);             // 1
  CHECK(spectrum(without_loops(ring(12, 1)))[1] == Approx(.8660254037844386).epsilon(tol));   // 1
  CHECK(spectrum(without_loops(window(10, 1)))[1] == Approx(.9396926207859084).epsilon(tol)); // 2
  CHECK(spectrum(without_loops(window(50, 1)))[1] == Approx(.9979453927503363).epsilon(tol)); // 2
  check_ends(ring(64, 3), .9808315265164675, -.2326272538316628);                             // 3
  check_ends(without_loops(ring(64, 3)), .9776367809358787, -.4380651294702733);              // 4
  CHECK(spectrum(ring(60, 2, {.stride = 7}))[1] == Approx(.9890677984408316).epsilon(tol));   // 5
  CHECK(multiplicity(spectrum(ring(60, 2, {.stride = 6})), 1) == 6);                          // 5
  CHECK(1 - spectrum(window(200, 3))[1] == Approx(5.019745856968e-4).epsilon(1e-9));          // 6
}

TEST_CASE("ring: the band of 33 at n = 1024", "[generators][oracle]") {
  check_ends(ring(1024, 16), .9982940929134036, -.2177304431625716); // 3
}

TEST_CASE("block_window: chunks on a line and on a circle", "[generators][oracle]") {
  const double digits = 1e-12;
  // J_h (x) T has the nonzero eigenvalues of h T: the chunk's size does not matter.
  CHECK(spectrum(block_window(16 * 4, 8))[1] == Approx(.9860579431713).margin(digits)); // 7
  CHECK(spectrum(block_window(128, 2))[1] == Approx(.9997971046278).margin(digits));    // 7
  const Index n = 256;
  const Index h = 8;
  std::vector<Index> shift(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i)
    shift[static_cast<std::size_t>(i)] = (i + h) % n;
  const Pattern line = block_window(n, 2 * h);
  const Pattern circle = unite(line, permute(line, shift));
  CHECK(spectrum(circle)[1] == Approx(.987190186935487).epsilon(tol)); // 8, 32 chunks
}

TEST_CASE("full, star, hypercube, torus, paley, axial: have few eigenvalues",
          "[generators][oracle]") {
  check_ends(without_loops(full(64, 64)), -.01587301587301587, -.01587301587301587); // 9
  check_ends(full(64, 64), 0, 0);                                                    // 10
  check_ends(star(65, 1), 0, -1);                                                    // 11
  check_ends(with_loops(star(65, 1)), .5, -.4846153846153846);                       // 12
  check_ends(star(20, 7), 0, -1);                                                    // 13
  const std::vector<double> cube = spectrum(hypercube(16));                          // 14
  for (const auto& [k, times] : {std::pair{0, 1}, {1, 4}, {2, 6}, {3, 4}, {4, 1}})
    CHECK(multiplicity(cube, 1 - k / 2.0) == times);
  CHECK(spectrum(torus(8, 8))[1] == Approx(.8535533905932738).epsilon(tol));          // 15
  check_ends(paley(13), .2171292729553324, -.3837959396219991);                       // 16
  const std::vector<double> party = spectrum(subtract(full(12, 12), strided(12, 6))); // 18
  CHECK(multiplicity(party, 0) == 6);
  CHECK(multiplicity(party, -.2) == 5);
  CHECK(spectrum(axial(64, 8))[1] == Approx(7.0 / 15).epsilon(tol)); // 20, support: .4667
}

TEST_CASE("subtract: Petersen's graph is the complement of the line graph of K_5",
          "[generators][oracle]") {
  std::vector<std::pair<Index, Index>> pairs;
  for (Index a = 0; a < 5; ++a)
    for (Index b = 0; b < a; ++b)
      pairs.emplace_back(a, b);
  const Pattern meeting = support::pattern_where(10, 10, [&](Index i, Index j) {
    const auto [a, b] = pairs[static_cast<std::size_t>(i)];
    const auto [c, d] = pairs[static_cast<std::size_t>(j)];
    return a == c || a == d || b == c || b == d;
  });
  const std::vector<double> values = spectrum(subtract(full(10, 10), meeting)); // 17
  CHECK(multiplicity(values, 1.0 / 3) == 5);
  CHECK(multiplicity(values, -2.0 / 3) == 4);
}

TEST_CASE("exponential: SLEM and second singular value are 1 - 2/(L+1)", "[generators][oracle]") {
  const Eigen::MatrixXd A = walk(exponential(64)); // 22; A is normal and doubly stochastic
  const Eigen::MatrixXd rest = A.array() - 1.0 / 64;
  CHECK(support::eigenvalues(rest).cwiseAbs().maxCoeff() == Approx(.7142857142857143).epsilon(tol));
  CHECK(support::singular_values(rest)(0) == Approx(.7142857142857143).epsilon(tol));
  Eigen::MatrixXd product = Eigen::MatrixXd::Identity(64, 64); // 23
  for (Index step = 1; step < 64; step *= 2)
    product *= walk(with_loops(power(directed_cycle(64), step)));
  CHECK(distance_to_uniform(product) < 1e-15);
}

TEST_CASE("debruijn: m steps are exactly uniform, m - 1 are not", "[generators][oracle]") {
  for (const auto& [b, m] : {std::pair<Index, int>{2, 6}, {4, 4}, {32, 2}, {2, 8}}) {
    Index n = 1;
    for (int t = 0; t < m; ++t)
      n *= b;
    const Eigen::MatrixXd A = walk(debruijn(n, b)); // 24
    Eigen::MatrixXd before = A;
    for (int t = 2; t < m; ++t)
      before = before * A;
    CHECK(distance_to_uniform(before * A) == 0);
    const double apart = (before.row(0).array() - 1.0 / static_cast<double>(n)).abs().sum() / 2;
    CHECK(apart == Approx(1 - 1.0 / static_cast<double>(b)).epsilon(tol));
  }
}

TEST_CASE("causal: triangular spectra and roots of unity", "[generators][oracle]") {
  const Eigen::VectorXcd roots = support::eigenvalues(walk(directed_cycle(12))); // 26
  for (Index k = 0; k < 12; ++k)
    CHECK(std::abs(std::pow(roots(k), 12) - 1.0) < 1e-9);
  CHECK(power(directed_cycle(12), 12) == window(12, 0));
  const Index w = 5;
  const Eigen::VectorXd diagonal = walk(causal(window(40, w - 1))).diagonal(); // 29
  for (Index i = 0; i < 40; ++i)
    CHECK(diagonal(i) == 1 / static_cast<double>(std::min(i + 1, w)));
}

TEST_CASE("margulis: the support at m = 5", "[generators][oracle]") {
  CHECK(spectrum(margulis(25))[1] == Approx(.6377).margin(5e-5)); // 34, support
}

TEST_CASE("lps: X^{5,13} is bipartite and its second eigenvalue is 4.249720849061",
          "[generators][oracle][lps]") {
  const Pattern P = lps(5, 13);
  // Even distances from vertex 0 are one side; W = [0 B; B' 0] has the eigenvalues +-sigma(B).
  const Pattern even = power(with_loops(power(P, 2)), 20);
  std::vector<Index> side;
  std::vector<Index> place(2184, -1);
  for (const Index i : even.row(0)) {
    place[static_cast<std::size_t>(i)] = static_cast<Index>(side.size());
    side.push_back(i);
  }
  REQUIRE(side.size() == 1092);
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(1092, 1092); // B B'
  for (Index r = 0; r < 1092; ++r)
    for (const Index k : P.row(side[static_cast<std::size_t>(r)]))
      for (const Index j : P.row(k)) {
        REQUIRE(place[static_cast<std::size_t>(j)] >= 0);
        gram(r, place[static_cast<std::size_t>(j)]) += 1;
      }
  const Eigen::VectorXd squares = support::symmetric_eigenvalues(gram);
  CHECK(std::sqrt(squares(1091)) == Approx(6).epsilon(tol)); // 32
  CHECK(std::sqrt(squares(1090)) == Approx(4.249720849061).margin(1e-11));
}
