// SPDX-License-Identifier: Apache-2.0
#include "families.hpp"

#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/grids.hpp"
#include "attnwalk/generators/published.hpp"
#include "attnwalk/generators/simple.hpp"

#include <cstdlib>

namespace attnwalk::support {
namespace {

using pattern::RowRange;

constexpr Index sizes[] = {0, 1, 2, 3, 4, 5, 12, 13, 16, 25, 31, 36, 64};

std::string at(const char* name, std::initializer_list<Index> arguments) {
  std::string text = name;
  for (const Index a : arguments)
    text += ' ' + std::to_string(a);
  return text;
}

bool multiple(Index a, Index n) {
  return a % n == 0;
}

void add_banded(std::vector<Family>& all) {
  for (const Index n : sizes)
    for (const Index w : {0, 1, 2, 3, 7, 40}) {
      all.push_back({at("window", {n, w}), n, n,
                     [=](RowRange r) { return pattern::window(n, w, r); },
                     [=](Index i, Index j) { return std::abs(i - j) <= w; }});
      for (const Index stride : {1, 2, 3, 6, 50}) {
        all.push_back({at("dilated", {n, w, stride}), n, n,
                       [=](RowRange r) { return pattern::dilated(n, w, stride, r); },
                       [=](Index i, Index j) {
                         return multiple(i - j, stride) && std::abs(i - j) / stride <= w;
                       }});
        if (2 * w + 1 <= n)
          all.push_back(
              {at("ring", {n, w, stride}), n, n,
               [=](RowRange r) { return pattern::ring(n, w, {.stride = stride, .rows = r}); },
               [=](Index i, Index j) {
                 bool found = false;
                 for (Index k = -w; k <= w; ++k)
                   found = found || multiple(i + k * stride - j, n);
                 return found;
               }});
      }
    }
  for (const Index n : sizes)
    for (const Index w : {2, 4, 6, 10, 200})
      all.push_back({at("blockwindow", {n, w}), n, n,
                     [=](RowRange r) { return pattern::block_window(n, w, r); },
                     [=](Index i, Index j) {
                       bool together = false;
                       for (Index start = 0; start < n; start += w / 2)
                         together = together ||
                                    (start <= i && i < start + w && start <= j && j < start + w);
                       return together;
                     }});
  for (const Index n : sizes)
    for (const Index stride : {1, 2, 5, 100})
      all.push_back({at("strided", {n, stride}), n, n,
                     [=](RowRange r) { return pattern::strided(n, stride, r); },
                     [=](Index i, Index j) { return i % stride == j % stride; }});
}

void add_simple(std::vector<Family>& all) {
  for (const Index n : sizes)
    for (const Index m : {0, 1, 7, 16}) {
      all.push_back({at("full", {n, m}), n, m, [=](RowRange r) { return pattern::full(n, m, r); },
                     [](Index, Index) { return true; }});
      all.push_back({at("none", {n, m}), n, m, [=](RowRange r) { return pattern::none(n, m, r); },
                     [](Index, Index) { return false; }});
    }
  for (const Index n : sizes)
    for (Index g = 0; g < n; g += 1 + g / 2)
      all.push_back({at("star", {n, g}), n, n, [=](RowRange r) { return pattern::star(n, g, r); },
                     [=](Index i, Index j) { return (i < g) != (j < g); }});
}

void add_grids(std::vector<Family>& all) {
  for (const Index n : {1, 2, 4, 16, 64})
    all.push_back({at("hypercube", {n}), n, n, [=](RowRange r) { return pattern::hypercube(n, r); },
                   [](Index i, Index j) {
                     Index power = 1;
                     while (power < (i ^ j))
                       power *= 2;
                     return power == (i ^ j);
                   }});
  for (const Index a : {3, 4, 7})
    for (const Index b : {3, 5, 8})
      all.push_back({at("torus", {a, b}), a * b, a * b,
                     [=](RowRange r) { return pattern::torus(a, b, r); },
                     [=](Index i, Index j) {
                       const Index dx = std::abs(i / b - j / b);
                       const Index dy = std::abs(i % b - j % b);
                       const bool beside = dy == 1 || dy == b - 1;
                       return (dx == 0 && beside) || (dy == 0 && (dx == 1 || dx == a - 1));
                     }});
  for (const Index n : sizes)
    for (const Index cols : {1, 2, 4, 5, 6, 13})
      if (n % cols == 0)
        all.push_back(
            {at("axial", {n, cols}), n, n, [=](RowRange r) { return pattern::axial(n, cols, r); },
             [=](Index i, Index j) { return i / cols == j / cols || i % cols == j % cols; }});
}

// Whether (x, y) -> (x', y') is one of the eight maps mod m.
bool margulis_edge(Index x, Index y, Index to_x, Index to_y, Index m) {
  const auto moves = [m](Index from, Index to, Index by) {
    return multiple(from + by - to, m) || multiple(from - by - to, m);
  };
  return (y == to_y && (moves(x, to_x, 2 * y) || moves(x, to_x, 2 * y + 1))) ||
         (x == to_x && (moves(y, to_y, 2 * x) || moves(y, to_y, 2 * x + 1)));
}

void add_algebraic(std::vector<Family>& all) {
  for (const Index m : {0, 1, 2, 3, 5, 8, 11})
    all.push_back({at("margulis", {m * m}), m * m, m * m,
                   [=](RowRange r) { return pattern::margulis(m * m, r); },
                   [=](Index i, Index j) { return margulis_edge(i / m, i % m, j / m, j % m, m); }});
  for (const Index n : {5, 13, 17, 61})
    all.push_back({at("paley", {n}), n, n, [=](RowRange r) { return pattern::paley(n, r); },
                   [=](Index i, Index j) {
                     bool square = false;
                     for (Index x = 1; x < n; ++x)
                       square = square || multiple(x * x - (i - j), n);
                     return square;
                   }});
  for (const Index n : sizes) {
    all.push_back({at("exponential", {n}), n, n,
                   [=](RowRange r) { return pattern::exponential(n, r); },
                   [=](Index i, Index j) {
                     bool found = i == j;
                     for (Index power = 1; power < n; power *= 2)
                       found = found || multiple(j - i - power, n);
                     return found;
                   }});
    for (const Index b : {1, 2, 3, 4, 7, 16})
      if (b <= n)
        all.push_back({at("debruijn", {n, b}), n, n,
                       [=](RowRange r) { return pattern::debruijn(n, b, r); },
                       [=](Index i, Index j) {
                         bool found = false;
                         for (Index c = 0; c < b; ++c)
                           found = found || (b * i + c) % n == j;
                         return found;
                       }});
  }
}

void add_published(std::vector<Family>& all) {
  for (const Index n : sizes)
    for (const Index width : {0, 2, 6, 90})
      for (const Index g : {0, 1, 3, 12, 16})
        if (g <= n)
          all.push_back(
              {at("longformer", {n, width, g}), n, n,
               [=](RowRange r) { return pattern::longformer(n, width, g, r); },
               [=](Index i, Index j) { return std::abs(i - j) <= width / 2 || i < g || j < g; }});
}

} // namespace

std::vector<Family> families() {
  std::vector<Family> all;
  add_banded(all);
  add_simple(all);
  add_grids(all);
  add_algebraic(all);
  add_published(all);
  return all;
}

std::vector<Family> large_families() {
  const Index n = 20011; // a prime
  const auto of = [](const char* name, Index size, std::function<pattern::Pattern(RowRange)> make) {
    return Family{name, size, size, std::move(make), {}};
  };
  return {of("window", n, [](RowRange r) { return pattern::window(n, 30, r); }),
          of("ring", n, [](RowRange r) { return pattern::ring(n, 20, {.stride = 77, .rows = r}); }),
          of("blockwindow", n, [](RowRange r) { return pattern::block_window(n, 64, r); }),
          of("dilated", n, [](RowRange r) { return pattern::dilated(n, 20, 13, r); }),
          of("strided", n, [](RowRange r) { return pattern::strided(n, 1000, r); }),
          of("full", 900, [](RowRange r) { return pattern::full(900, 900, r); }),
          of("none", n, [](RowRange r) { return pattern::none(n, n, r); }),
          of("star", n, [](RowRange r) { return pattern::star(n, 3, r); }),
          of("hypercube", 16384, [](RowRange r) { return pattern::hypercube(16384, r); }),
          of("torus", 15000, [](RowRange r) { return pattern::torus(100, 150, r); }),
          of("axial", 15000, [](RowRange r) { return pattern::axial(15000, 150, r); }),
          of("margulis", 22500, [](RowRange r) { return pattern::margulis(22500, r); }),
          of("lps", 12180, [](RowRange r) { return pattern::lps(5, 29, r); }),
          of("paley", 1009, [](RowRange r) { return pattern::paley(1009, r); }),
          of("exponential", n, [](RowRange r) { return pattern::exponential(n, r); }),
          of("debruijn", n, [](RowRange r) { return pattern::debruijn(n, 12, r); }),
          of("longformer", n, [](RowRange r) { return pattern::longformer(n, 32, 5, r); })};
}

} // namespace attnwalk::support
