// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/stored.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/pattern/draw.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace attnwalk::sbm {
namespace {

void check(View<const double> A, std::string_view name) {
  for (Index i = 0; i < A.shape.tokens; ++i)
    for (Index c = 0; c < A.shape.width; ++c)
      require(std::isfinite(A.row(i)[c]) && A.row(i)[c] >= 0, Code::domain, name, "(", i, ", ", c,
              ") = ", A.row(i)[c], " must be finite and 0 or more");
}

void check(View<const double> Y, View<const double> S, View<const double> Z, double delta) {
  require(Y.shape.width == S.shape.tokens && Z.shape.width == S.shape.width, Code::shape, "Y is ",
          Y.shape.tokens, " x ", Y.shape.width, " and Z is ", Z.shape.tokens, " x ", Z.shape.width,
          ", which needs S of ", Y.shape.width, " x ", Z.shape.width, ", not ", S.shape.tokens,
          " x ", S.shape.width);
  require(delta >= 0 && delta <= 1, Code::domain, "delta = ", delta, " must be in [0, 1]");
  check(Y, "Y");
  check(S, "S");
  check(Z, "Z");
}

// The rows of P = Y S Z' + delta, one at a time. Every sum runs in the order of the columns of Z,
// and rounding is monotone, so the bound of a row holds for its probabilities as computed.
class Probabilities {
public:
  Probabilities(View<const double> Y, View<const double> S, View<const double> Z, double delta)
      : Y_(Y), S_(S), Z_(Z), delta_(delta), most_(static_cast<std::size_t>(Z.shape.width)) {
    for (Index j = 0; j < Z.shape.tokens; ++j)
      for (std::size_t v = 0; v < most_.size(); ++v)
        most_[v] = std::max(most_[v], Z.row(j)[v]);
  }

  // y_i' S
  [[nodiscard]] std::vector<double> row(Index i) const {
    std::vector<double> x(most_.size());
    for (Index u = 0; u < S_.shape.tokens; ++u)
      for (std::size_t v = 0; v < x.size(); ++v)
        x[v] += Y_.row(i)[u] * S_.row(u)[v];
    return x;
  }

  [[nodiscard]] double at(const std::vector<double>& x, Index j) const {
    return std::min(1.0, dot(x, Z_.row(j)) + delta_);
  }
  [[nodiscard]] double bound(const std::vector<double>& x) const {
    return std::min(1.0, dot(x, most_.data()) + delta_);
  }

private:
  static double dot(const std::vector<double>& x, const double* z) {
    double sum = 0;
    for (std::size_t v = 0; v < x.size(); ++v)
      sum += x[v] * z[v];
    return sum;
  }

  View<const double> Y_;
  View<const double> S_;
  View<const double> Z_;
  double delta_;
  std::vector<double> most_; // column maxima of Z
};

} // namespace

pattern::Pattern stored(View<const double> Y, View<const double> S, View<const double> Z,
                        double delta, Key key, pattern::Rows rows, int threads) {
  check(Y, S, Z, delta);
  const Probabilities P(Y, S, Z, delta);
  const Index m = Z.shape.tokens;
  const auto draw_row = [&](Index i, std::vector<Index>& keys) {
    const std::vector<double> x = P.row(i);
    const double q = P.bound(x);
    Draws draw(key, static_cast<std::uint64_t>(i));
    keys.resize(static_cast<std::size_t>(pattern::Binomial(m, q)(draw)));
    pattern::distinct(draw, m, static_cast<Index>(keys.size()), keys.data());
    std::erase_if(keys, [&](Index j) { return draw.unit() * q >= P.at(x, j); });
  };
  return pattern::build_rows(
      Y.shape.tokens, m, rows,
      [&](Index i) {
        std::vector<Index> keys;
        draw_row(i, keys);
        return static_cast<Index>(keys.size());
      },
      [&](Index i, Index* out) {
        std::vector<Index> keys;
        draw_row(i, keys);
        std::copy(keys.begin(), keys.end(), out);
      },
      threads);
}

double expected_density(View<const double> Y, View<const double> S, View<const double> Z,
                        double delta, int threads) {
  check(Y, S, Z, delta);
  const Index n = Y.shape.tokens;
  const Index m = Z.shape.tokens;
  if (n == 0 || m == 0)
    return 0;
  const Probabilities P(Y, S, Z, delta);
  std::vector<double> total(static_cast<std::size_t>(Z.shape.width)); // Z' 1
  for (Index j = 0; j < m; ++j)
    for (std::size_t v = 0; v < total.size(); ++v)
      total[v] += Z.row(j)[v];
  std::vector<double> means(static_cast<std::size_t>(n));
  pattern::in_pieces(
      n,
      [&](Index first, Index last) {
        for (Index i = first; i < last; ++i) {
          const std::vector<double> x = P.row(i);
          double sum = 0;
          if (P.bound(x) < 1) { // nothing is clamped
            for (std::size_t v = 0; v < x.size(); ++v)
              sum += x[v] * total[v];
            sum += delta * static_cast<double>(m);
          } else {
            for (Index j = 0; j < m; ++j)
              sum += P.at(x, j);
          }
          means[static_cast<std::size_t>(i)] = sum / static_cast<double>(m);
        }
      },
      threads);
  double sum = 0;
  for (const double mean : means)
    sum += mean;
  return sum / static_cast<double>(n);
}

} // namespace attnwalk::sbm
