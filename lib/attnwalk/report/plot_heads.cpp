// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/report/answer.hpp"
#include "attnwalk/report/canvas.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/lookup.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text_parts.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace attnwalk::report {
namespace {

const double left = 96, top = 96;
const double wide = 76, high = 40; // of a cell

/// Places of numbers in an ascending list.
Index place(const std::vector<Index>& numbers, Index number) {
  return std::lower_bound(numbers.begin(), numbers.end(), number) - numbers.begin();
}

std::vector<Index> distinct(const workflow::HeadsResult& result, Index workflow::HeadGap::*field) {
  std::vector<Index> numbers;
  numbers.reserve(result.heads.size());
  for (const auto& head : result.heads)
    numbers.push_back(head.*field);
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

/// What a cell shows: the speed of one head in (0, 1], and its number in words.
struct Cell {
  double speed = 0;
  std::string words;
};

/// Whether speed means hops until the attention has drained, as of causal heads.
bool drains(const workflow::HeadsResult& result) {
  return std::any_of(result.heads.begin(), result.heads.end(), [](const auto& head) {
    return walk_facts(head.report).shape == WalkShape::draining && answer(head.report).hops_hi;
  });
}

std::optional<Cell> cell_of(const workflow::HeadGap& head, bool by_hops) {
  if (by_hops) {
    const Answer found = answer(head.report);
    if (found.hops_hi)
      return Cell{1 / *found.hops_hi, hops(*found.hops_hi)};
    return found.hops_lo ? std::optional(Cell{1 / *found.hops_lo, "> " + hops(*found.hops_lo)})
                         : std::nullopt;
  }
  const spectral::Gap* g = known(head.report, "slem");
  return g != nullptr ? std::optional(Cell{*g->gap, approximate(*g->gap, 2)}) : std::nullopt;
}

/// The decades that the speeds span, at least one.
struct Decades {
  int lo = -1; ///< powers of ten
  int hi = 0;

  /// 0 for the slowest, the last level for the fastest.
  [[nodiscard]] int level(double speed) const {
    const double t = speed > 0 ? (std::log10(speed) - lo) / (hi - lo) : 0;
    return std::clamp(static_cast<int>(t * Canvas::levels), 0, Canvas::levels - 1);
  }
};

Decades decades_of(const workflow::HeadsResult& result, bool by_hops) {
  double least = 1;
  double most = 0;
  for (const auto& head : result.heads)
    if (const auto cell = cell_of(head, by_hops); cell && cell->speed > 0) {
      least = std::min(least, cell->speed);
      most = std::max(most, cell->speed);
    }
  const int hi = most > 0 ? static_cast<int>(std::ceil(std::log10(most) - 1e-9)) : 0;
  return {std::min(hi - 1, static_cast<int>(std::floor(std::log10(least) + 1e-9))), hi};
}

} // namespace

std::string heads_svg(const workflow::HeadsResult& result) {
  const bool by_hops = drains(result);
  const std::string title = file_title(without_folders(result.origin));
  const std::vector<Index> layers = distinct(result, &workflow::HeadGap::layer);
  const std::vector<Index> heads = distinct(result, &workflow::HeadGap::head);
  const double bottom = top + high * static_cast<double>(layers.size());
  const double right = left + wide * static_cast<double>(heads.size());
  const std::string what =
      by_hops ? "hops until 3/4 of the attention is on token 0; strong colors are few hops"
              : "SLEM gap of every head; strong colors mix fast";
  Canvas canvas(std::max(right + 40, 640.0), bottom + 110, title, what);
  canvas.headline(title, what);
  const Decades scale = decades_of(result, by_hops);
  canvas.text(left + (right - left) / 2, top - 26, "head", "ink", Anchor::middle);
  canvas.vertical_text(28, top + (bottom - top) / 2, "layer", "ink");
  for (const Index head : heads)
    canvas.text(left + wide * (static_cast<double>(place(heads, head)) + .5), top - 8,
                std::to_string(head), "muted small", Anchor::middle);
  for (const Index layer : layers)
    canvas.text(left - 12, top + high * (static_cast<double>(place(layers, layer)) + .5) + 4,
                std::to_string(layer), "muted small", Anchor::end);
  for (const auto& head : result.heads) {
    const double x = left + wide * static_cast<double>(place(heads, head.head));
    const double y = top + high * static_cast<double>(place(layers, head.layer));
    const auto cell = cell_of(head, by_hops);
    if (!cell) {
      canvas.rect(x + 1, y + 1, wide - 2, high - 2, "frame");
      canvas.text(x + wide / 2, y + high / 2 + 4, "not given", "muted small", Anchor::middle);
      continue;
    }
    const int level = scale.level(cell->speed);
    canvas.rect(x + 1, y + 1, wide - 2, high - 2, message("level", level));
    canvas.text(x + wide / 2, y + high / 2 + 4, cell->words,
                2 * level < Canvas::levels ? "ink small" : "on-level small", Anchor::middle);
  }
  const double bar = 22; // the legend: one box a level
  for (int level = 0; level < Canvas::levels; ++level)
    canvas.rect(left + bar * level, bottom + 34, bar, 14, message("level", level));
  const double per_decade = bar * Canvas::levels / (scale.hi - scale.lo);
  const int step = (scale.hi - scale.lo - 1) / 6 + 1; // labels have room for seven
  for (int decade = scale.hi; decade >= scale.lo; decade -= step) {
    const double x = left + per_decade * (decade - scale.lo);
    canvas.line(x, bottom + 48, x, bottom + 53, "axis");
    canvas.text(x, bottom + 66,
                by_hops ? hops(std::pow(10.0, -decade)) : number_within(std::pow(10.0, decade), 0),
                "muted small", Anchor::middle);
  }
  canvas.text(left + bar * Canvas::levels + 30, bottom + 46,
              by_hops ? "hops (log scale)" : "gap (log scale)", "muted small");
  return canvas.finish();
}

} // namespace attnwalk::report
