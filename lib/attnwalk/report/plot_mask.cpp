// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/report/canvas.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace attnwalk::report {
namespace {

const double side = 576;          // pixels of the longer side, a multiple of 192
const double left = 84, top = 76; // of the matrix
const double decades = 6;         // of a logarithmic scale, at most

/// Means over square blocks of pairs.
struct Raster {
  Index block = 1;
  Index rows = 0;
  Index cols = 0;
  std::vector<double> mean; ///< rows x cols; 0 where there is no entry
};

Raster rasterize(const CsrView<double>& A, Index cells) {
  Raster r;
  const auto longest = std::max<Index>({A.rows, A.cols, 1});
  r.block = (longest + cells - 1) / cells;
  r.rows = (A.rows + r.block - 1) / r.block;
  r.cols = (A.cols + r.block - 1) / r.block;
  r.mean.assign(static_cast<std::size_t>(r.rows * r.cols), 0);
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      r.mean[static_cast<std::size_t>(i / r.block * r.cols + A.columns[e] / r.block)] += A.value(e);
  for (Index i = 0; i < r.rows; ++i)
    for (Index j = 0; j < r.cols; ++j) {
      const Index high = std::min(r.block, A.rows - i * r.block);
      const Index wide = std::min(r.block, A.cols - j * r.block);
      r.mean[static_cast<std::size_t>(i * r.cols + j)] /= static_cast<double>(high * wide);
    }
  return r;
}

/// Values to color levels: logarithmic if they spread over more than a factor of 20.
struct Scale {
  bool flat = true; ///< one value only
  bool log = false;
  bool clipped = false; ///< smaller values count as lo
  double lo = 0;
  double hi = 0;

  [[nodiscard]] double position(double x) const {
    if (flat)
      return 1;
    const double t = log ? std::log(x / lo) / std::log(hi / lo) : (x - lo) / (hi - lo);
    return std::clamp(t, 0.0, 1.0);
  }
  [[nodiscard]] int level(double x) const {
    return std::min(Canvas::levels - 1, static_cast<int>(position(x) * Canvas::levels));
  }
};

Scale scale_of(const std::vector<double>& values) {
  Scale s;
  double least = 0;
  for (const double x : values) {
    if (!(x > 0))
      continue;
    least = least == 0 ? x : std::min(least, x);
    s.hi = std::max(s.hi, x);
  }
  s.lo = least;
  s.flat = !(s.hi > least * (1 + 1e-9));
  s.log = s.hi > 20 * least;
  if (s.log) {
    s.lo = std::max(least, s.hi * std::pow(10.0, -decades));
    s.clipped = s.lo > least;
  }
  if (!s.log && !s.flat)
    s.lo = 0;
  return s;
}

/// One path per color level; neighbors in a row are one rectangle unless cells are drawn apart.
void draw_cells(Canvas& canvas, const Raster& r, const Scale& scale, double pixels) {
  std::array<std::string, Canvas::levels> paths;
  const bool apart = pixels >= 8;
  const std::string inset = coordinate(apart ? 1 - 1 / pixels : 1);
  for (Index i = 0; i < r.rows; ++i)
    for (Index j = 0; j < r.cols;) {
      const double* row = r.mean.data() + i * r.cols;
      if (!(row[j] > 0)) {
        ++j;
        continue;
      }
      const int level = scale.level(row[j]);
      Index end = j + 1;
      while (!apart && end < r.cols && row[end] > 0 && scale.level(row[end]) == level)
        ++end;
      const std::string wide = apart ? inset : std::to_string(end - j);
      const std::string high = apart ? inset : "1";
      paths[static_cast<std::size_t>(level)] +=
          message("M", j, " ", i, "h", wide, "v", high, "h-", wide, "z");
      j = end;
    }
  const std::string place = message("translate(", coordinate(left), " ", coordinate(top),
                                    ") scale(", coordinate(pixels), ")");
  for (int level = 0; level < Canvas::levels; ++level)
    if (!paths[static_cast<std::size_t>(level)].empty())
      canvas.path(paths[static_cast<std::size_t>(level)],
                  message("level", level, apart ? "" : " crisp"), place);
}

/// Token numbers to print along n tokens, about so many pixels apart: powers of two for a power of
/// two, else round numbers; and the last token, which a neighbor gives way to.
std::vector<Index> token_ticks(Index n, double pixels, double apart) {
  std::vector<Index> ticks;
  if (n <= 0)
    return ticks;
  const int wanted = std::clamp(static_cast<int>(pixels / apart), 1, 8);
  if (std::has_single_bit(static_cast<std::uint64_t>(n)) && n >= 8) {
    const Index step = n / (wanted >= 8 ? 8 : wanted >= 4 ? 4 : wanted >= 2 ? 2 : 1);
    for (Index t = 0; t < n; t += step)
      ticks.push_back(t);
  } else {
    for (const double t : round_ticks(0, static_cast<double>(n - 1), wanted))
      if (t == std::floor(t))
        ticks.push_back(static_cast<Index>(t));
  }
  const double room = static_cast<double>(n) * apart / (2 * pixels); // half a step, in tokens
  while (ticks.size() > 1 && static_cast<double>(n - 1 - ticks.back()) < room)
    ticks.pop_back();
  if (ticks.empty() || ticks.back() != n - 1)
    ticks.push_back(n - 1);
  return ticks;
}

void draw_axes(Canvas& canvas, const CsrView<double>& A, const Raster& r, double pixels) {
  const double wide = static_cast<double>(r.cols) * pixels;
  const double high = static_cast<double>(r.rows) * pixels;
  const double token = pixels / static_cast<double>(r.block);
  const double center = token / 2; // token t lies at t + 1/2
  for (const Index t : token_ticks(A.cols, wide, 70)) {
    const double x = left + static_cast<double>(t) * token + center;
    canvas.line(x, top - 6, x, top - 1, "axis");
    canvas.text(x, top - 10, std::to_string(t), "muted small", Anchor::middle);
  }
  for (const Index t : token_ticks(A.rows, high, 35)) {
    const double y = top + static_cast<double>(t) * token + center;
    canvas.line(left - 6, y, left - 1, y, "axis");
    canvas.text(left - 10, y + 4, std::to_string(t), "muted small", Anchor::end);
  }
  canvas.rect(left - .5, top - .5, wide + 1, high + 1, "frame");
  canvas.text(left + wide / 2, top + high + 22, "key j \u2192", "ink", Anchor::middle);
  canvas.vertical_text(22, top + high / 2, "\u2190 query i", "ink");
}

/// Colors with what they stand for, and the paper, where nothing is stored.
void draw_legend(Canvas& canvas, const Scale& scale, double x, bool weighted, bool exact) {
  const double high = 16;
  const auto empty_box = [&](double y) {
    canvas.rect(x + .5, y + .5, high - 1, high - 1, "frame");
    canvas.text(x + 22, y + 13, "no entry", "muted small");
  };
  if (scale.hi == 0) {
    canvas.text(x, top + 12, "no entries", "muted small");
    return;
  }
  if (scale.flat) {
    canvas.rect(x, top, high, high, message("level", Canvas::levels - 1));
    canvas.text(x + 22, top + 13, exact && !weighted ? "entry" : number(scale.hi, 3),
                "muted small");
    empty_box(top + high + 6);
    return;
  }
  canvas.text(x, top + 10, weighted ? exact ? "weight" : "mean weight" : "share of pairs",
              "muted small");
  canvas.text(x, top + 26,
              exact      ? "of a pair"
              : weighted ? "in a cell"
                         : "stored in a cell",
              "muted small");
  const double first = top + 38;
  for (int level = 0; level < Canvas::levels; ++level) // the darkest on top
    canvas.rect(x, first + (Canvas::levels - 1 - level) * high, 16, high,
                message("level", level, " crisp"));
  for (const double at : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const double value = scale.log ? scale.lo * std::pow(scale.hi / scale.lo, at)
                                   : scale.lo + at * (scale.hi - scale.lo);
    const double y = first + (1 - at) * Canvas::levels * high;
    canvas.line(x + 16, y, x + 20, y, "axis");
    canvas.text(x + 24, y + 4, (at == 0 && scale.clipped ? "\u2264 " : "") + number(value, 2),
                "muted small");
  }
  const double last = first + Canvas::levels * high + 14;
  empty_box(last);
  canvas.text(x, last + 34, scale.log ? "(log scale)" : "", "muted small");
}

} // namespace

std::string mask_svg(const CsrView<double>& A, const MaskOptions& how) {
  require(how.cells >= 1 && how.cells <= 1024, Code::domain, "cells = ", how.cells,
          " must be in [1, 1024]");
  sparse::validate(A);
  const Raster r = rasterize(A, how.cells);
  const Scale scale = scale_of(r.mean);
  const bool weighted = A.values != nullptr;
  const auto longest = static_cast<double>(std::max<Index>({r.rows, r.cols, 1}));
  const double pixels = std::clamp(std::floor(side / longest), 1.0, 48.0);
  const double wide = static_cast<double>(r.cols) * pixels;
  const double high = static_cast<double>(r.rows) * pixels;
  const double legend = left + wide + 26;
  const double width = std::max(520.0, legend + 112);
  const double height = top + std::max(high + 40, scale.flat ? 90.0 : 310.0);

  std::string what = size_words(A.rows, A.cols, A.entries());
  if (A.rows > 0 && A.cols > 0)
    what += ", density " +
            number(100 * static_cast<double>(A.entries()) /
                       (static_cast<double>(A.rows) * static_cast<double>(A.cols)),
                   3) +
            " %";
  if (r.block > 1)
    what += message("; a cell is ", r.block, " x ", r.block, " pairs");
  Canvas canvas(width, height, how.title, what);
  canvas.headline(how.title, what);
  if (A.rows > 0 && A.cols > 0) {
    draw_cells(canvas, r, scale, pixels);
    draw_axes(canvas, A, r, pixels);
  }
  draw_legend(canvas, scale, legend, weighted, r.block == 1);
  return canvas.finish();
}

} // namespace attnwalk::report
