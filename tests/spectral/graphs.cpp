// SPDX-License-Identifier: Apache-2.0
#include "graphs.hpp"

#include "attnwalk/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

namespace attnwalk::support {

namespace {

using Edges = std::vector<std::pair<Index, Index>>;

/// Symmetric weights f(i, j) >= 0 from a function, zeros left out.
Csr<double> from(Index n, const std::function<double(Index, Index)>& weight) {
  Csr<double> W;
  W.rows = W.cols = n;
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j)
      if (weight(i, j) > 0) {
        W.columns.push_back(j);
        W.values.push_back(weight(i, j));
      }
    W.offsets.push_back(static_cast<Index>(W.columns.size()));
  }
  return W;
}

Index mod(Index a, Index n) {
  return ((a % n) + n) % n;
}

} // namespace

Csr<double> symmetric(Index n, const Edges& edges) {
  std::vector<std::map<Index, double>> rows(static_cast<std::size_t>(n));
  for (const auto& [i, j] : edges) {
    rows[static_cast<std::size_t>(i)][j] += 1;
    if (i != j)
      rows[static_cast<std::size_t>(j)][i] += 1;
  }
  Csr<double> W;
  W.rows = W.cols = n;
  for (const auto& row : rows) {
    for (const auto& [j, w] : row) {
      W.columns.push_back(j);
      W.values.push_back(w);
    }
    W.offsets.push_back(static_cast<Index>(W.columns.size()));
  }
  return W;
}

Csr<double> cycle(Index n) {
  return ring_band(n, 1, false);
}

Csr<double> path(Index n) {
  Edges edges;
  for (Index i = 0; i + 1 < n; ++i)
    edges.emplace_back(i, i + 1);
  return symmetric(n, edges);
}

Csr<double> complete(Index n) {
  return from(n, [](Index i, Index j) { return i == j ? 0 : 1; });
}

Csr<double> uniform(Index n) {
  return from(n, [](Index, Index) { return 1; });
}

Csr<double> ring_band(Index n, Index w, bool loops, Index stride) {
  Edges edges;
  for (Index i = 0; i < n; ++i) {
    if (loops)
      edges.emplace_back(i, i);
    for (Index k = 1; k <= w; ++k)
      edges.emplace_back(i, mod(i + k * stride, n));
  }
  return symmetric(n, edges);
}

Csr<double> line_band(Index n, Index w) {
  Edges edges;
  for (Index i = 0; i < n; ++i)
    for (Index j = i; j <= std::min(n - 1, i + w); ++j)
      edges.emplace_back(i, j);
  return symmetric(n, edges);
}

Csr<double> chunk_band(Index chunks, Index h, bool ring) {
  Edges edges;
  for (Index i = 0; i < chunks * h; ++i)
    for (Index j = i; j < chunks * h; ++j) {
      const Index apart = j / h - i / h;
      if (apart <= 1 || (ring && apart == chunks - 1))
        edges.emplace_back(i, j);
    }
  return symmetric(chunks * h, edges);
}

Csr<double> star(Index leaves, bool loops) {
  Edges edges;
  for (Index i = 0; i <= leaves; ++i) {
    if (i > 0)
      edges.emplace_back(0, i);
    if (loops)
      edges.emplace_back(i, i);
  }
  return symmetric(leaves + 1, edges);
}

Csr<double> complete_bipartite(Index a, Index b) {
  return from(a + b, [a](Index i, Index j) { return (i < a) != (j < a) ? 1 : 0; });
}

Csr<double> hypercube(Index m) {
  Edges edges;
  for (Index i = 0; i < (Index{1} << m); ++i)
    for (Index bit = 0; bit < m; ++bit)
      if ((i ^ (Index{1} << bit)) > i)
        edges.emplace_back(i, i ^ (Index{1} << bit));
  return symmetric(Index{1} << m, edges);
}

Csr<double> torus(Index a, Index b) {
  Edges edges;
  for (Index x = 0; x < a; ++x)
    for (Index y = 0; y < b; ++y) {
      edges.emplace_back(x * b + y, mod(x + 1, a) * b + y);
      edges.emplace_back(x * b + y, x * b + mod(y + 1, b));
    }
  return symmetric(a * b, edges);
}

Csr<double> paley(Index q) {
  std::vector<char> square(static_cast<std::size_t>(q));
  for (Index x = 1; x < q; ++x)
    square[static_cast<std::size_t>(x * x % q)] = 1;
  return from(q, [&](Index i, Index j) { return square[static_cast<std::size_t>(mod(i - j, q))]; });
}

Csr<double> petersen() {
  Edges edges;
  for (Index i = 0; i < 5; ++i) {
    edges.emplace_back(i, (i + 1) % 5);
    edges.emplace_back(i, i + 5);
    edges.emplace_back(5 + i, 5 + (i + 2) % 5);
  }
  return symmetric(10, edges);
}

Csr<double> cocktail(Index pairs) {
  return from(2 * pairs, [](Index i, Index j) { return i / 2 == j / 2 ? 0 : 1; });
}

Csr<double> rook(Index s) {
  return from(s * s, [s](Index i, Index j) {
    return static_cast<double>((i / s == j / s) + (i % s == j % s));
  });
}

Csr<double> ring_and_global(Index n, Index w, Index g) {
  return from(n + g, [=](Index i, Index j) {
    const Index apart = std::min(mod(i - j, n), mod(j - i, n));
    return i >= n || j >= n || apart <= w ? 1 : 0;
  });
}

Csr<double> margulis(Index m) {
  std::vector<double> a(static_cast<std::size_t>(m * m * m * m));
  const Index n = m * m;
  for (Index x = 0; x < m; ++x)
    for (Index y = 0; y < m; ++y)
      for (const Index sign : {-1, 1})
        for (const Index extra : {0, 1}) {
          const Index across = mod(x + sign * (2 * y + extra), m) * m + y;
          const Index along = x * m + mod(y + sign * (2 * x + extra), m);
          a[static_cast<std::size_t>((x * m + y) * n + across)] += 1;
          a[static_cast<std::size_t>((x * m + y) * n + along)] += 1;
        }
  return from(n, [&](Index i, Index j) { return a[static_cast<std::size_t>(i * n + j)]; });
}

Csr<double> chordal(Index p) {
  Edges edges{{0, 0}};
  for (Index x = 0; x < p; ++x) {
    edges.emplace_back(x, (x + 1) % p);
    for (Index y = x; y < p; ++y)
      if (x * y % p == 1)
        edges.emplace_back(x, y);
  }
  return symmetric(p, edges);
}

Csr<double> barbell(Index n) {
  Edges edges{{n - 1, n}};
  for (const Index first : {Index{0}, n})
    for (Index i = 0; i < n; ++i)
      for (Index j = i + 1; j < n; ++j)
        edges.emplace_back(first + i, first + j);
  return symmetric(2 * n, edges);
}

Csr<double> block_model(Index k, Index size, double p, double q) {
  return from(k * size, [=](Index i, Index j) { return i / size == j / size ? p : q; });
}

Csr<double> permutations(Index n, Index d, std::uint64_t seed) {
  Edges edges;
  for (Index k = 0; k < d / 2; ++k) {
    std::vector<Index> image(static_cast<std::size_t>(n));
    std::iota(image.begin(), image.end(), 0);
    RandomStream draws({seed, 0}, static_cast<std::uint64_t>(k));
    for (auto i = static_cast<std::size_t>(n); i > 1; --i)
      std::swap(image[i - 1], image[static_cast<std::size_t>(draws.below(i))]);
    for (Index i = 0; i < n; ++i) {
      edges.emplace_back(i, image[static_cast<std::size_t>(i)]);
      if (image[static_cast<std::size_t>(i)] == i)
        edges.emplace_back(i, i); // a loop stands for both directions
    }
  }
  return symmetric(n, edges);
}

Csr<double> random_weights(Index n, double density, std::uint64_t seed) {
  std::vector<double> a(static_cast<std::size_t>(n * n));
  RandomStream draws({seed, 3});
  for (Index i = 0; i < n; ++i)
    for (Index j = i; j < n; ++j)
      if (draws.unit() < density || j == i + 1)
        a[static_cast<std::size_t>(i * n + j)] = a[static_cast<std::size_t>(j * n + i)] =
            1 - draws.unit();
  return from(n, [&](Index i, Index j) { return a[static_cast<std::size_t>(i * n + j)]; });
}

Csr<double> beside(const Csr<double>& a, const Csr<double>& b) {
  Csr<double> W = a;
  W.rows = W.cols = a.rows + b.rows;
  for (Index i = 0; i < b.rows; ++i)
    W.offsets.push_back(a.view().entries() + b.offsets[static_cast<std::size_t>(i) + 1]);
  for (const Index j : b.columns)
    W.columns.push_back(a.rows + j);
  W.values.insert(W.values.end(), b.values.begin(), b.values.end());
  return W;
}

std::vector<double> normalized(const CsrView<double>& W) {
  const auto n = static_cast<std::size_t>(W.rows);
  std::vector<double> a(n * n), degree(n);
  for (Index i = 0; i < W.rows; ++i)
    for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e)
      degree[static_cast<std::size_t>(i)] += W.value(e);
  for (Index i = 0; i < W.rows; ++i)
    for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e) {
      const auto r = static_cast<std::size_t>(i);
      const auto c = static_cast<std::size_t>(W.columns[e]);
      a[r * n + c] = W.value(e) / std::sqrt(degree[r] * degree[c]);
    }
  return a;
}

std::vector<double> jacobi(std::vector<double> a, Index size) {
  const auto n = static_cast<std::size_t>(size);
  for (int sweep = 0; sweep < 30; ++sweep) {
    double off = 0;
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) {
        const double apq = a[p * n + q];
        off += apq * apq;
        if (std::abs(apq) < 1e-300)
          continue;
        const double tau = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        const double t = (tau >= 0 ? 1 : -1) / (std::abs(tau) + std::sqrt(1 + tau * tau));
        const double c = 1 / std::sqrt(1 + t * t);
        const double s = t * c;
        for (std::size_t k = 0; k < n; ++k) {
          const double kp = a[k * n + p];
          const double kq = a[k * n + q];
          a[k * n + p] = c * kp - s * kq;
          a[k * n + q] = s * kp + c * kq;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const double pk = a[p * n + k];
          const double qk = a[q * n + k];
          a[p * n + k] = c * pk - s * qk;
          a[q * n + k] = s * pk + c * qk;
        }
      }
    if (off < 1e-34)
      break;
  }
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i)
    values[i] = a[i * n + i];
  std::sort(values.begin(), values.end(), std::greater<>());
  return values;
}

std::vector<double> walk_spectrum(const CsrView<double>& W) {
  return jacobi(normalized(W), W.rows);
}

std::vector<Named> sixteen() {
  std::vector<Named> all;
  all.push_back({"cycle 12", cycle(12)});
  all.push_back({"cycle 15", cycle(15)});
  all.push_back({"path 10", path(10)});
  all.push_back({"complete 8", complete(8)});
  all.push_back({"uniform 9", uniform(9)});
  all.push_back({"ring band 30, 3", ring_band(30, 3, true)});
  all.push_back({"line band 40, 4", line_band(40, 4)});
  all.push_back({"star 20", star(20, false)});
  all.push_back({"star 20 with loops", star(20, true)});
  all.push_back({"hypercube 4", hypercube(4)});
  all.push_back({"Petersen", petersen()});
  all.push_back({"Paley 13", paley(13)});
  all.push_back({"barbell 6", barbell(6)});
  all.push_back({"ring and global 24, 2, 1", ring_and_global(24, 2, 1)});
  all.push_back({"random weights 40", random_weights(40, .15, 1)});
  all.push_back({"complete bipartite 3, 5", complete_bipartite(3, 5)});
  return all;
}

} // namespace attnwalk::support
