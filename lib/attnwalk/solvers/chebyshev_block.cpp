// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/chebyshev_block.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace attnwalk::solvers {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
/// Sums are made in this many fixed chunks of rows: the order does not depend on the threads.
constexpr Index chunks = 256;
/// Below this many numbers a parallel region costs more than it saves.
constexpr Index parallel_above = 1 << 15;

struct Range {
  Index begin, end;
};

Range rows_of(Index chunk, Index n) {
  const Index length = (n + chunks - 1) / chunks;
  return {std::min(n, chunk * length), std::min(n, (chunk + 1) * length)};
}

} // namespace

double smallest_block_component(double failure) {
  return std::sqrt(std::sqrt(std::sqrt(24 * failure)) / (2 * std::numbers::pi));
}

ChebyshevBlock::ChebyshevBlock(const pattern::Pattern& P, const Options& how)
    : plan_(P.view()), n_(P.rows()), degree_(P.degree(0)), edge_(how.edge), threads_(how.threads),
      now_(static_cast<std::size_t>(block_width * n_)), next_(now_.size()),
      parts_(static_cast<std::size_t>(chunks)) {
#pragma omp parallel for schedule(static) num_threads(threads_) if (n_ * degree_ > parallel_above)
  for (Index c = 0; c < chunks; ++c) {
    Sums& sums = parts_[c];
    const Range rows = rows_of(c, n_);
    for (Index i = rows.begin; i < rows.end; ++i) {
      RandomStream draw(how.key, static_cast<std::uint64_t>(i));
      for (std::size_t u = 0; u < block_width; ++u) {
        const std::size_t at = static_cast<std::size_t>(block_width * i) + u;
        next_[at] = draw.unit() - 0.5;
        now_[at] = 0;
        sums[u] += next_[at];
      }
    }
  }
  center();
}

void ChebyshevBlock::step() {
  const bool first = degree() == 0;
  const double slope = (first ? 1 : 2) / (edge_ * static_cast<double>(degree_));
#pragma omp parallel for schedule(static) num_threads(threads_) if (n_ * degree_ > parallel_above)
  for (Index c = 0; c < chunks; ++c) {
    const Range rows = rows_of(c, n_);
    kernels::block_step(plan_, rows.begin, rows.end, slope, first ? 0 : 1, now_.data(),
                        next_.data(), parts_[c].data());
  }
  double squares = 0;
  for (const Sums& sums : parts_)
    squares += std::accumulate(sums.begin() + block_width, sums.end(), 0.0);
  const double quotient = std::sqrt(squares) / (static_cast<double>(degree_) * norm());
  if (std::isfinite(quotient)) // an overflow says nothing from below
    quotient_ = std::max(quotient_, quotient);
  center();
}

/// Takes the column means out of `next`, appends its norm and makes it `now`. The constant vector
/// would else grow from rounding as T_j(1 / e) does.
void ChebyshevBlock::center() {
  std::array<double, block_width> mean{};
  for (const Sums& sums : parts_)
    for (std::size_t u = 0; u < block_width; ++u)
      mean[u] += sums[u];
  for (double& m : mean)
    m /= static_cast<double>(n_);
#pragma omp parallel for schedule(static) num_threads(threads_) if (n_ * degree_ > parallel_above)
  for (Index c = 0; c < chunks; ++c) {
    const Range rows = rows_of(c, n_);
    kernels::block_shift(rows.end - rows.begin, mean.data(),
                         next_.data() + block_width * rows.begin, parts_[c].data());
  }
  double squares = 0;
  for (const Sums& sums : parts_)
    squares += std::accumulate(sums.begin(), sums.begin() + block_width, 0.0);
  norms_.push_back(std::sqrt(squares));
  now_.swap(next_);
}

bool ChebyshevBlock::excludes(double y, double t) const {
  // A step adds d numbers a row, of a vector that |A| / d does not lengthen, and a few more; the
  // first rounding is that of X. eps is twice what one operation may be off.
  const double growth = static_cast<double>(degree_ + 8) * eps * (2 / edge_ + 1);
  double left = t - 4 * eps * start();
  double largest = 0;
  double before = 1;
  double now = 1; // T_j(y)
  const Index k = degree();
  for (Index j = 0; j < k; ++j) {
    largest = std::max(largest, norms_[j]);
    const double after = j == 0 ? y : 2 * y * now - before;
    before = now;
    now = after;
    left -= static_cast<double>(k - j) * growth * largest / now;
  }
  // The margin covers the rounding of norms and polynomials themselves.
  return left > 0 && std::isfinite(norm()) && now * left >= norm() * (1 + 1e-6);
}

} // namespace attnwalk::solvers
