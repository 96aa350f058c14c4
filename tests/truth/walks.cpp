// SPDX-License-Identifier: Apache-2.0
#include "truth/walks.hpp"

#include "attnwalk/core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace attnwalk::test {

namespace {

constexpr std::array<std::string_view, walk_kinds> names{"softmax",
                                                         "tied",
                                                         "nearly_reversible",
                                                         "sparse",
                                                         "slow",
                                                         "nearly_periodic",
                                                         "periodic",
                                                         "nearly_cycle",
                                                         "drift",
                                                         "badly_scaled",
                                                         "far_from_normal",
                                                         "undirected",
                                                         "pattern",
                                                         "nearly_bipartite",
                                                         "nearly_disconnected",
                                                         "band",
                                                         "transient",
                                                         "closed_classes",
                                                         "causal",
                                                         "rectangle"};

class Draws {
public:
  Draws(WalkKind kind, Index n, std::uint64_t seed)
      : stream_({seed, 60}, static_cast<std::uint64_t>(1000 * n + static_cast<int>(kind))) {}
  double unit() { return stream_.unit(); }
  double between(double a, double b) { return a + (b - a) * unit(); }
  double normal() { return stream_.normal(); }
  Index below(Index n) { return static_cast<Index>(stream_.below(static_cast<std::uint64_t>(n))); }
  /// 10^-u, u between a and b.
  double tiny(double a, double b) { return std::pow(10.0, -between(a, b)); }
  double weight(double sharpness) { return std::exp(sharpness * normal()); }

private:
  RandomStream stream_;
};

class Weights {
public:
  explicit Weights(Index rows, Index cols) : rows_(rows), cols_(cols), a_(rows * cols, 0.0) {}
  double& operator()(Index i, Index j) { return a_[i * cols_ + j]; }
  /// w at (i, j) and (j, i).
  void both(Index i, Index j, double w) { (*this)(i, j) = (*this)(j, i) = w; }
  [[nodiscard]] Csr<double> csr(bool pattern) const {
    Csr<double> out;
    out.rows = rows_;
    out.cols = cols_;
    for (Index i = 0; i < rows_; ++i) {
      for (Index j = 0; j < cols_; ++j)
        if (const double w = a_[i * cols_ + j]; w != 0) {
          out.columns.push_back(j);
          if (!pattern)
            out.values.push_back(w);
        }
      out.offsets.push_back(static_cast<Index>(out.columns.size()));
    }
    return out;
  }

private:
  Index rows_, cols_;
  std::vector<double> a_;
};

/// Random weights from every token of first..last to every other, as dense as asked for, on a cycle.
void fill(Weights& W, Draws& draw, Index first, Index last, double density, double sharpness) {
  for (Index i = first; i < last; ++i)
    for (Index j = first; j < last; ++j)
      if (j == (i + 1 < last ? i + 1 : first) || i == j || draw.unit() < density)
        W(i, j) = draw.weight(sharpness);
}

void softmax(Weights& W, Draws& draw, Index n, bool tied) {
  const double sharpness = draw.between(.2, 4);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < (tied ? i + 1 : n); ++j)
      W(i, j) = draw.weight(sharpness);
  if (!tied)
    return;
  std::vector<double> scale;
  for (Index i = 0; i < n; ++i)
    scale.push_back(draw.weight(1));
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < i; ++j) {
      const double w = W(i, j);
      W(i, j) = w * scale[i];
      W(j, i) = w * scale[j];
    }
}

/// Symmetric weights: on a cycle with `chords` random edges a token, or on a random graph.
void graph(Weights& W, Draws& draw, Index n, bool unit) {
  const bool cycle = draw.unit() < .6;
  const double loops = draw.unit() < .5 ? .3 : 0;
  const double density = draw.between(1, 4) / static_cast<double>(n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j <= i; ++j) {
      const bool next = cycle && (i == j + 1 || (j == 0 && i == n - 1));
      if ((i == j && draw.unit() < loops) || (i != j && (next || draw.unit() < density)))
        W.both(i, j, unit ? 1 : draw.weight(1));
    }
}

/// Rows of symmetric weights scaled: still reversible, not symmetric any more. Every other walk.
void maybe_scale(Weights& W, Draws& draw, Index n) {
  if (draw.unit() < .5)
    return;
  for (Index i = 0; i < n; ++i) {
    const double scale = draw.weight(1);
    for (Index j = 0; j < n; ++j)
      W(i, j) *= scale;
  }
}

void cyclic_classes(Weights& W, Draws& draw, Index n, double stay) {
  const Index period = 2 + draw.below(std::min<Index>(3, n - 1));
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j)
      if (j % period == (i + 1) % period && (j == (i + 1) % n || draw.unit() < .6))
        W(i, j) = draw.weight(1);
    if (stay > 0 && (i == 0 || draw.unit() < .5))
      W(i, i) = stay * draw.weight(1);
  }
  // n need not be a multiple of the period: every token steps into the next class, whose first token
  // steps on; token 0 is reached from the last class.
  for (Index i = period - 1; i < n; i += period)
    W(i, 0) = draw.weight(1);
  for (Index i = 0; i < n; ++i)
    W(i, (i + 1) % period) = draw.weight(1);
  for (Index j = period; j < n; ++j)
    W((j + period - 1) % period, j) = draw.weight(1);
}

} // namespace

std::string_view name_of(WalkKind kind) {
  return names[static_cast<std::size_t>(kind)];
}

Csr<double> random_weights(WalkKind kind, Index n, std::uint64_t seed) {
  Draws draw(kind, n, seed);
  Weights W(n, kind == WalkKind::rectangle ? n / 2 + 2 : n);
  switch (kind) {
  case WalkKind::softmax:
    softmax(W, draw, n, false);
    break;
  case WalkKind::tied:
    softmax(W, draw, n, true);
    break;
  case WalkKind::nearly_reversible: {
    softmax(W, draw, n, true);
    const double part = draw.tiny(4, 15);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        W(i, j) *= 1 + part * draw.normal();
    break;
  }
  case WalkKind::sparse:
    fill(W, draw, 0, n, 2 / static_cast<double>(n), draw.between(0, 2));
    break;
  case WalkKind::slow: {
    const Index blocks = 2 + draw.below(2);
    for (Index b = 0; b < blocks; ++b)
      fill(W, draw, b * n / blocks, (b + 1) * n / blocks, .6, 1);
    const double tie = draw.tiny(1, 12);
    for (Index b = 0; b < blocks; ++b)
      W(b * n / blocks, (b + 1) % blocks * n / blocks) = tie * draw.weight(1);
    break;
  }
  case WalkKind::nearly_periodic:
    cyclic_classes(W, draw, n, draw.tiny(1, 12));
    break;
  case WalkKind::periodic:
    cyclic_classes(W, draw, n, 0);
    break;
  case WalkKind::nearly_cycle: {
    const double part = draw.tiny(3, 14);
    for (Index i = 0; i < n; ++i) {
      W(i, draw.below(n)) = part * draw.weight(1);
      W(i, (i + 1) % n) = 1;
    }
    break;
  }
  case WalkKind::drift: {
    const double right = draw.between(.05, .95);
    for (Index i = 0; i < n; ++i) {
      W(i, std::max<Index>(i - 1, 0)) = 1 - right;
      W(i, std::min<Index>(i + 1, n - 1)) = right;
    }
    for (Index k = draw.below(4); k > 0; --k)
      W(draw.below(n), draw.below(n)) = draw.tiny(0, 6);
    break;
  }
  case WalkKind::badly_scaled:
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        W(i, j) = std::pow(10.0, 4 * draw.normal());
    break;
  case WalkKind::far_from_normal: {
    const double part = draw.tiny(2, 8);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        W(i, j) = (j == 2 * i % n || j == (2 * i + 1) % n ? 1 : 0) + part * draw.weight(1);
    break;
  }
  case WalkKind::undirected:
  case WalkKind::pattern:
    graph(W, draw, n, kind == WalkKind::pattern);
    break;
  case WalkKind::nearly_bipartite: {
    const double loop = draw.tiny(1, 12);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j <= i; ++j)
        if (i == j ? i == 0 || draw.unit() < .5
                   : (i - j) % 2 != 0 && (i == j + 1 || draw.unit() < .4))
          W.both(i, j, (i == j ? loop : 1) * draw.weight(1));
    maybe_scale(W, draw, n);
    break;
  }
  case WalkKind::nearly_disconnected: {
    const double tie = draw.tiny(1, 12);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j <= i; ++j)
        if ((2 * i < n) == (2 * j < n) && (i - j <= 1 || draw.unit() < .4))
          W.both(i, j, draw.weight(1));
    W.both(n - 1, 0, tie);
    maybe_scale(W, draw, n);
    break;
  }
  case WalkKind::band: {
    const bool directed = draw.unit() < .5;
    const Index width = 1 + draw.below(2);
    for (Index i = 0; i < n; ++i)
      for (Index j = std::max<Index>(0, i - width); j <= i; ++j) {
        W.both(i, j, draw.weight(.3));
        if (directed)
          W(j, i) = draw.weight(.3);
      }
    break;
  }
  case WalkKind::transient:
  case WalkKind::closed_classes: {
    // Classes of different sizes, then tokens that see them and each other.
    const Index open = n / 3;
    const Index first = kind == WalkKind::transient ? n - open : (n - open) / 3;
    fill(W, draw, 0, first, .5, 1);
    if (first < n - open)
      fill(W, draw, first, n - open, .5, 1);
    for (Index i = n - open; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        if (j == (i + 7) % n || j == i || j == 0 || draw.unit() < .4)
          W(i, j) = draw.weight(1) * (j < n - open ? .1 : 1);
    break;
  }
  case WalkKind::causal:
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j <= i; ++j)
        if (j == 0 || i - j <= 1 || draw.unit() < .7)
          W(i, j) = draw.weight(2);
    break;
  case WalkKind::rectangle:
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n / 2 + 2; ++j)
        if (j == i % (n / 2 + 2) || j == (i + 1) % (n / 2 + 2) || draw.unit() < .3)
          W(i, j) = draw.weight(1);
    break;
  }
  return W.csr(kind == WalkKind::pattern);
}

} // namespace attnwalk::test
