// SPDX-License-Identifier: Apache-2.0
#include "families.hpp"

#include "attnwalk/pattern/banded.hpp"
#include "attnwalk/pattern/grids.hpp"
#include "attnwalk/pattern/simple.hpp"

#include <cstdlib>

namespace attnwalk::support {
namespace {

using pattern::Rows;

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
      all.push_back({at("window", {n, w}), n, n, [=](Rows r) { return pattern::window(n, w, r); },
                     [=](Index i, Index j) { return std::abs(i - j) <= w; }});
      for (const Index stride : {1, 2, 3, 6, 50}) {
        all.push_back({at("dilated", {n, w, stride}), n, n,
                       [=](Rows r) { return pattern::dilated(n, w, stride, r); },
                       [=](Index i, Index j) {
                         return multiple(i - j, stride) && std::abs(i - j) / stride <= w;
                       }});
        if (2 * w + 1 <= n)
          all.push_back({at("ring", {n, w, stride}), n, n,
                         [=](Rows r) { return pattern::ring(n, w, stride, r); },
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
      all.push_back(
          {at("blockwindow", {n, w}), n, n, [=](Rows r) { return pattern::block_window(n, w, r); },
           [=](Index i, Index j) {
             bool together = false;
             for (Index start = 0; start < n; start += w / 2)
               together = together || (start <= i && i < start + w && start <= j && j < start + w);
             return together;
           }});
  for (const Index n : sizes)
    for (const Index stride : {1, 2, 5, 100})
      all.push_back({at("strided", {n, stride}), n, n,
                     [=](Rows r) { return pattern::strided(n, stride, r); },
                     [=](Index i, Index j) { return i % stride == j % stride; }});
}

void add_simple(std::vector<Family>& all) {
  for (const Index n : sizes)
    for (const Index m : {0, 1, 7, 16}) {
      all.push_back({at("full", {n, m}), n, m, [=](Rows r) { return pattern::full(n, m, r); },
                     [](Index, Index) { return true; }});
      all.push_back({at("none", {n, m}), n, m, [=](Rows r) { return pattern::none(n, m, r); },
                     [](Index, Index) { return false; }});
    }
  for (const Index n : sizes)
    for (Index g = 0; g < n; g += 1 + g / 2)
      all.push_back({at("star", {n, g}), n, n, [=](Rows r) { return pattern::star(n, g, r); },
                     [=](Index i, Index j) { return (i < g) != (j < g); }});
}

void add_grids(std::vector<Family>& all) {
  for (const Index n : {1, 2, 4, 16, 64})
    all.push_back({at("hypercube", {n}), n, n, [=](Rows r) { return pattern::hypercube(n, r); },
                   [](Index i, Index j) {
                     Index power = 1;
                     while (power < (i ^ j))
                       power *= 2;
                     return power == (i ^ j);
                   }});
  for (const Index a : {3, 4, 7})
    for (const Index b : {3, 5, 8})
      all.push_back({at("torus", {a, b}), a * b, a * b,
                     [=](Rows r) { return pattern::torus(a, b, r); },
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
            {at("axial", {n, cols}), n, n, [=](Rows r) { return pattern::axial(n, cols, r); },
             [=](Index i, Index j) { return i / cols == j / cols || i % cols == j % cols; }});
}

} // namespace

std::vector<Family> families() {
  std::vector<Family> all;
  add_banded(all);
  add_simple(all);
  add_grids(all);
  return all;
}

} // namespace attnwalk::support
