// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/report/canvas.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace attnwalk::report {
namespace {

const double left = 176, wide = 470, top = 78;
const double words_at = left + wide + 24; // the column of numbers
const double width = words_at + 296;
const double row_height = 30, twin_height = 18;
const double arrow = 7;            // its length
const double least_decade = 1e-12; // smaller ones are rounding noise: an arrow, not the scale

/// From gap to pixels, linear over [0, 1] or more, or logarithmic.
struct Scale {
  bool log = false;
  double lo = 0;
  double hi = 1;

  [[nodiscard]] bool shows(double gap) const { return gap >= (log ? lo : -least_decade); }
  [[nodiscard]] double operator()(double gap) const {
    const double t =
        log ? std::log(std::max(gap, lo) / lo) / std::log(hi / lo) : (gap - lo) / (hi - lo);
    return left + wide * std::clamp(t, 0.0, 1.0);
  }
};

Scale scale_of(std::span<const GapSeries> series) {
  double least = 1;
  double most = 0;
  for (const auto& s : series)
    for (const auto& g : s.report->gaps)
      for (const auto& x : {g.gap, g.gap_lo, g.gap_hi}) {
        if (!x || !std::isfinite(*x))
          continue;
        most = std::max(most, *x);
        if (*x > least_decade)
          least = std::min(least, *x);
      }
  Scale scale;
  scale.log = least < 0.02;
  scale.lo = scale.log ? std::pow(10.0, std::floor(std::log10(least))) : 0;
  scale.hi = scale.log ? std::pow(10.0, std::ceil(std::log10(std::max(most, 10 * scale.lo)) - 1e-9))
                       : std::max(1.0, most);
  return scale;
}

std::string power_of_ten(int exponent) {
  if (exponent == 0)
    return "1";
  const std::array<const char*, 10> superscripts{"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                                 "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
  std::string text = exponent < 0 ? "10\u207b" : "10";
  for (const char digit : std::to_string(std::abs(exponent)))
    text += superscripts[static_cast<std::size_t>(digit - '0')];
  return text;
}

void draw_scale(Canvas& canvas, const Scale& scale, double bottom) {
  const auto tick = [&](double gap, const std::string& label) {
    canvas.line(scale(gap), top, scale(gap), bottom, "grid");
    canvas.text(scale(gap), bottom + 18, label, "muted small", Anchor::middle);
  };
  if (scale.log) {
    const int first = static_cast<int>(std::lround(std::log10(scale.lo)));
    const int last = static_cast<int>(std::lround(std::log10(scale.hi)));
    const int step = (last - first) / 9 + 1;
    for (int e = first; e <= last; e += step)
      tick(std::pow(10.0, e), power_of_ten(e));
  } else {
    for (const double t : round_ticks(scale.lo, scale.hi, 5))
      tick(t, number_within(t, 0));
  }
  canvas.line(left, bottom, left + wide, bottom, "axis");
  canvas.text(left + wide / 2, bottom + 40,
              scale.log ? "gap: distance from 1 (log scale)" : "gap: distance from 1", "ink",
              Anchor::middle);
}

/// Shape and color both say the status, so that either suffices.
void draw_point(Canvas& canvas, double x, double y, spectral::Status status) {
  switch (status) {
  case spectral::Status::certified:
    canvas.circle(x, y, 5, "blue");
    return;
  case spectral::Status::probable:
    canvas.path(
        message("M", coordinate(x), " ", coordinate(y - 6.5), "l6.5 6.5l-6.5 6.5l-6.5 -6.5z"),
        "green");
    return;
  case spectral::Status::estimate:
    canvas.circle(x, y, 4.5, "hollow");
    canvas.circle(x, y, 4.5, "orange-line mark");
    return;
  case spectral::Status::not_converged:
    canvas.path(message("M", coordinate(x), " ", coordinate(y - 6), "l6 11h-12z"), "red");
    return;
  case spectral::Status::refused:
    return;
  }
}

const char* line_class(spectral::Status status) {
  switch (status) {
  case spectral::Status::certified:
    return "blue-line bar";
  case spectral::Status::probable:
    return "green-line bar";
  case spectral::Status::estimate:
    return "orange-line bar";
  default:
    return "red-line bar";
  }
}

void draw_arrow(Canvas& canvas, double tip, double y, double toward) {
  canvas.path(message("M", coordinate(tip), " ", coordinate(y), "l", coordinate(-toward * arrow),
                      " -5v10z"),
              "muted");
}

/// The bar from gap_lo to gap_hi, with an arrow for what lies beyond the scale or is unknown.
void draw_interval(Canvas& canvas, const spectral::Gap& g, const Scale& scale, double y) {
  const bool known = g.gap_lo || g.gap_hi;
  const bool low_end = g.gap_lo && scale.shows(*g.gap_lo);
  const bool high_end = g.gap_hi ? scale.shows(*g.gap_hi) : known;
  if (high_end) {
    const double from = low_end ? scale(*g.gap_lo) : left;
    const double to = g.gap_hi ? scale(*g.gap_hi) : left + wide;
    canvas.line(from, y, std::max(to, from + .5), y, line_class(g.status));
  }
  if (known ? !low_end : !scale.shows(*g.gap))
    draw_arrow(canvas, left - arrow, y, -1);
  if (known && !g.gap_hi)
    draw_arrow(canvas, left + wide + arrow, y, 1);
}

/// Two lines at most, broken between words.
void draw_reason(Canvas& canvas, const std::string& why, double y, bool room_for_two) {
  const std::size_t columns = 116;
  const double half = room_for_two ? row_height / 2 - 1 : twin_height / 2;
  canvas.rect(left - 1, y - half, wide + 2, 2 * half, "paper"); // no grid behind words
  const std::size_t space = why.size() <= columns ? why.size() : why.rfind(' ', columns);
  if (!room_for_two || space == why.size() || space == std::string::npos) {
    canvas.text(left + 8, y + 4, shortened(why, columns), "muted small");
    return;
  }
  canvas.text(left + 8, y - 3, why.substr(0, space), "muted small");
  canvas.text(left + 8, y + 11, shortened(why.substr(space + 1), columns), "muted small");
}

void draw_gap(Canvas& canvas, const spectral::Gap& g, const Scale& scale, double y,
              const std::string& label) {
  if (!label.empty())
    canvas.text(left - 14, y + 4, label, "muted small", Anchor::end);
  if (!g.gap && !g.gap_lo && !g.gap_hi) {
    draw_reason(canvas,
                message(spectral::to_string(g.status), g.reason.empty() ? "" : ": ", g.reason), y,
                label.empty());
    return;
  }
  draw_interval(canvas, g, scale, y);
  if (g.gap && scale.shows(*g.gap))
    draw_point(canvas, scale(*g.gap), y, g.status);
  const std::string ends = interval(g.gap_lo, g.gap_hi, 6);
  canvas.text(words_at, y + 4, g.gap ? gap_words(g) + " " + ends : ends, "ink small");
}

void draw_legend(Canvas& canvas, double y) {
  double x = 20;
  for (const auto status : {spectral::Status::certified, spectral::Status::probable,
                            spectral::Status::estimate, spectral::Status::not_converged}) {
    canvas.line(x, y - 4, x + 28, y - 4, line_class(status));
    draw_point(canvas, x + 14, y - 4, status);
    const std::string label(spectral::to_string(status));
    canvas.text(x + 36, y, label, "muted small");
    x += 62 + 7 * static_cast<double>(label.size());
  }
  canvas.text(x, y, "bar: interval; arrow: beyond the scale or unknown", "muted small");
}

/// Every name of any series, in order of first appearance.
std::vector<std::string> names_of(std::span<const GapSeries> series) {
  std::vector<std::string> names;
  for (const auto& s : series)
    for (const auto& g : s.report->gaps)
      if (std::find(names.begin(), names.end(), g.name) == names.end())
        names.push_back(g.name);
  return names;
}

} // namespace

std::string gaps_svg(std::span<const GapSeries> series, const std::string& title) {
  const std::vector<std::string> names = names_of(series);
  const Scale scale = scale_of(series);
  const double each = series.size() > 1
                          ? row_height + twin_height * static_cast<double>(series.size() - 1)
                          : row_height;
  const double bottom = top + each * static_cast<double>(std::max<std::size_t>(names.size(), 1));
  std::string what;
  for (const auto& s : series) {
    const auto& structure = s.report->structure;
    what += message(what.empty() ? "" : "; ", s.label, s.label.empty() ? "" : ": ",
                    size_words(structure.rows, structure.cols, structure.entries), ", ",
                    spectral::to_string(s.report->kind));
  }
  Canvas canvas(width, bottom + 84, title, what);
  canvas.headline(title, what);
  canvas.text(words_at, top - 12, "gap  [interval]", "muted small");
  draw_scale(canvas, scale, bottom);
  double y = top;
  for (const std::string& name : names) {
    canvas.text(series.size() > 1 ? 20 : left - 14, y + each / 2 + 4, name, "ink",
                series.size() > 1 ? Anchor::start : Anchor::end);
    double at = y + row_height / 2;
    for (const auto& s : series) {
      for (const auto& g : s.report->gaps)
        if (g.name == name)
          draw_gap(canvas, g, scale, at, s.label);
      at += twin_height;
    }
    y += each;
    canvas.line(20, y, width - 20, y, "grid");
  }
  draw_legend(canvas, bottom + 68);
  return canvas.finish();
}

} // namespace attnwalk::report
