// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/generators/numbers.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace attnwalk::pattern {
namespace {

// (a, b; c, d) over the integers mod q.
struct Matrix2 {
  Index a = 0;
  Index b = 0;
  Index c = 0;
  Index d = 0;
};

bool square_mod(Index p, Index q) {
  return power_mod(p, (q - 1) / 2, q) == 1;
}

// A root of -1 mod a prime q = 1 mod 4: t^((q-1)/4) for any t that is no square.
Index root_of_minus_one(Index q) {
  Index t = 2;
  while (square_mod(t, q))
    ++t;
  return power_mod(t, (q - 1) / 4, q);
}

// The quaternions a0 + a1 i + a2 j + a3 k of norm p with a0 odd and positive, hence a1, a2, a3
// even, as matrices mod q. No two are proportional: both have norm p, so the factor would be +-1,
// and the coefficients, at most sqrt p < q/2, would agree themselves up to that sign.
std::vector<Matrix2> generators(Index p, Index q) {
  const Index root = root_of_minus_one(q);
  const auto mod = [q](Index x) { return (x % q + q) % q; };
  std::vector<Matrix2> all;
  const auto add = [&](Index a0, Index a1, Index a2, Index a3) {
    all.push_back(
        {mod(a0 + root * a1), mod(a2 + root * a3), mod(-a2 + root * a3), mod(a0 - root * a1)});
  };
  for (Index a0 = 1; a0 * a0 <= p; a0 += 2) {
    const Index first = floor_sqrt(p - a0 * a0) / 2 * 2;
    for (Index a1 = -first; a1 <= first; a1 += 2) {
      const Index second = floor_sqrt(p - a0 * a0 - a1 * a1) / 2 * 2;
      for (Index a2 = -second; a2 <= second; a2 += 2) {
        const Index rest = p - a0 * a0 - a1 * a1 - a2 * a2;
        const Index a3 = floor_sqrt(rest);
        if (a3 * a3 != rest)
          continue;
        add(a0, a1, a2, a3);
        if (a3 != 0)
          add(a0, a1, a2, -a3);
      }
    }
  }
  return all;
}

// The invertible matrices up to scale, or those whose determinant is a square, numbered: the first
// entry that is not zero is scaled to 1, so (1, b; c, bc + e) or (0, 1; c, d) with units e and c.
class ProjectiveGroup {
public:
  ProjectiveGroup(Index q, bool squares_only)
      : q_(q), rank_(static_cast<std::size_t>(q), -1), inverse_(static_cast<std::size_t>(q), 0) {
    for (Index e = 1; e < q; ++e) {
      inverse_[e] = power_mod(e, q - 2, q);
      if (squares_only && !square_mod(e, q))
        continue;
      rank_[e] = static_cast<Index>(units_.size());
      units_.push_back(e);
    }
  }

  [[nodiscard]] Matrix2 element(Index number) const {
    const auto units = static_cast<Index>(units_.size());
    const Index corner = q_ * q_ * units; // the first of the (0, 1; c, d)
    if (number >= corner)
      return {0, 1, unit((number - corner) / q_), (number - corner) % q_};
    const Index b = number / units / q_;
    const Index c = number / units % q_;
    return {1, b, c, (b * c + unit(number % units)) % q_};
  }

  [[nodiscard]] Index number(const Matrix2& M) const {
    const auto units = static_cast<Index>(units_.size());
    if (M.a == 0) {
      const Index scale = inverse_[M.b];
      return q_ * q_ * units + rank(M.c * scale % q_) * q_ + M.d * scale % q_;
    }
    const Index scale = inverse_[M.a];
    const Index b = M.b * scale % q_;
    const Index c = M.c * scale % q_;
    return (b * q_ + c) * units + rank((M.d * scale + (q_ - b) * c) % q_);
  }

  [[nodiscard]] Matrix2 product(const Matrix2& M, const Matrix2& N) const {
    return {(M.a * N.a + M.b * N.c) % q_, (M.a * N.b + M.b * N.d) % q_,
            (M.c * N.a + M.d * N.c) % q_, (M.c * N.b + M.d * N.d) % q_};
  }

private:
  [[nodiscard]] Index unit(Index k) const { return units_[k]; }
  [[nodiscard]] Index rank(Index e) const { return rank_[e]; }

  Index q_;
  std::vector<Index> units_; // the admitted determinants; -1 is a square, so c = -det as well
  std::vector<Index> rank_;  // of each unit among units_
  std::vector<Index> inverse_;
};

} // namespace

Index lps_size(Index p, Index q) {
  for (const auto& [name, value] : {std::pair{"p", p}, std::pair{"q", q}})
    require(is_pythagorean_prime(value), Code::domain, name, " = ", value,
            " must be a prime that is 1 mod 4: the nearest is ", nearest_pythagorean_prime(value));
  require(p != q, Code::domain, "p = ", p, " and q = ", q, " must be distinct");
  const Index largest = 1 << 20; // keeps q^3 and all products of the group below 2^61
  require(q <= largest, Code::domain, "q = ", q, " must be at most ", largest);
  require(p <= q * q / 4, Code::domain, "q = ", q, " is too small for p = ", p,
          ": q^2 must exceed 4 p = ", 4.0 * static_cast<double>(p));
  return q * (q * q - 1) / (square_mod(p, q) ? 2 : 1);
}

Pattern lps(Index p, Index q, RowRange range) {
  const Index n = lps_size(p, q);
  const auto made = static_cast<double>(resolved(range, n).size());
  require_room(made, static_cast<double>(n), made * static_cast<double>(p + 1));
  const ProjectiveGroup group(q, square_mod(p, q));
  const std::vector<Matrix2> steps = generators(p, q);
  return build_rows(
      n, n, range, [&](Index) { return static_cast<Index>(steps.size()); },
      [&](Index i, Index* out) {
        const Matrix2 M = group.element(i);
        Index* const end = std::transform(steps.begin(), steps.end(), out, [&](const Matrix2& g) {
          return group.number(group.product(M, g));
        });
        std::sort(out, end);
      });
}

} // namespace attnwalk::pattern
