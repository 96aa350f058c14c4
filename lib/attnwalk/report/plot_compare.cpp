// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/report/canvas.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/lookup.hpp"
#include "attnwalk/report/plots.hpp"
#include "attnwalk/report/ranking.hpp"
#include "attnwalk/report/svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace attnwalk::report {
namespace {

using workflow::Compared;
using workflow::CompareResult;

const double left = 84, top = 84, wide = 560, high = 320;

std::string gap_title(const CompareResult& result) {
  return result.by + " gap";
}

std::string ranks_svg(const CompareResult& result) {
  spectral::GapReport rows; // a row per input, as if they were quantities of one walk
  rows.structure.rows = result.inputs.front().report.structure.rows;
  bool open = false;
  const std::vector<RankedGroup> groups = ranked(result);
  for (const Compared* input : groups.front().inputs) {
    spectral::Gap row;
    for (const spectral::Gap& g : input->report.gaps)
      if (g.name == result.by)
        row = g;
    const bool proved = is_proved(input->rank_status);
    open = open || (input->rank > 0 && !proved);
    row.name = input->rank == 0
                   ? compared_name(*input)
                   : message(proved ? "" : "~", input->rank, ". ", spaced(compared_name(*input)));
    rows.gaps.push_back(std::move(row));
  }
  const auto& structure = result.inputs.front().report.structure;
  const std::string what =
      message(count(structure.rows), " x ", count(structure.cols), "; a larger gap mixes faster");
  const GapSeries only{"", &rows};
  return intervals_svg({&only, 1}, message(gap_title(result), " of ", rows.gaps.size(), " inputs"),
                       what,
                       open ? "~ before a rank: not proved, as the interval meets that of another "
                              "input, or a number is an estimate."
                            : "");
}

/// One axis, from numbers to pixels.
struct Axis {
  bool log = false;
  double lo = 0;
  double hi = 1;
  double from = 0;
  double to = 1;

  [[nodiscard]] double operator()(double x) const {
    const double t = log ? std::log(x / lo) / std::log(hi / lo) : (x - lo) / (hi - lo);
    return from + std::clamp(t, 0.0, 1.0) * (to - from);
  }
};

/// One input's line.
struct Line {
  std::string name;
  std::vector<std::pair<double, const spectral::Gap*>> points;
};

std::vector<Line> lines_of(const CompareResult& result) {
  std::vector<Line> lines;
  for (const Compared& input : result.inputs) {
    if (input.at == result.inputs.front().at)
      lines.push_back({input.asked, {}});
  }
  for (std::size_t at = 0; at < result.inputs.size(); ++at)
    if (const spectral::Gap* g = known(result.inputs[at].report, result.by))
      lines[at % lines.size()].points.emplace_back(*result.inputs[at].at, g);
  return lines;
}

Axis gap_axis(const std::vector<Line>& lines) {
  double least = 1;
  double most = 0;
  for (const Line& line : lines)
    for (const auto& [at, g] : line.points) {
      most = std::max({most, *g->gap, g->gap_hi.value_or(0)});
      if (*g->gap > 1e-12)
        least = std::min(least, *g->gap);
    }
  Axis axis{most > 20 * least, 0, 1, top + high, top};
  if (axis.log) {
    axis.lo = std::pow(10.0, std::floor(std::log10(least) + 1e-9));
    axis.hi = std::pow(10.0, std::ceil(std::log10(most) - 1e-9));
  } else if (most > 0) {
    const std::vector<double> ticks = round_ticks(0, most, 5);
    axis.hi = std::ceil(most / ticks[1] - 1e-9) * ticks[1];
  }
  return axis;
}

void draw_gap_axis(Canvas& canvas, const Axis& y, const std::string& title) {
  const auto tick = [&](double gap, const std::string& label) {
    canvas.line(left, y(gap), left + wide, y(gap), "grid");
    canvas.text(left - 8, y(gap) + 4, label, "muted small", Anchor::end);
  };
  if (y.log) {
    const int first = static_cast<int>(std::lround(std::log10(y.lo)));
    const int last = static_cast<int>(std::lround(std::log10(y.hi)));
    for (int e = last; e >= first; e -= (last - first - 1) / 8 + 1)
      tick(std::pow(10.0, e), power_of_ten(e));
  } else {
    for (const double t : round_ticks(0, y.hi, 5))
      tick(t, number_within(t, 0));
  }
  canvas.vertical_text(24, top + high / 2, title + (y.log ? " (log scale)" : ""), "ink");
}

/// Ticks at the values themselves, as many as have room.
Axis draw_varied_axis(Canvas& canvas, const CompareResult& result) {
  std::vector<double> values;
  for (const RankedGroup& group : ranked(result))
    values.push_back(*group.at);
  std::sort(values.begin(), values.end());
  Axis x{values.front() > 0 && values.back() >= 8 * values.front(), values.front(), values.back(),
         left + 16, left + wide - 16};
  if (x.lo == x.hi)
    x.hi = x.lo + 1;
  double free_from = 0;
  for (const double value : values) {
    canvas.line(x(value), top + high, x(value), top + high + 5, "axis");
    const std::string label =
        value == std::floor(value) ? count(static_cast<Index>(value)) : approximate(value, 3);
    const double half = 3.6 * static_cast<double>(label.size());
    if (x(value) - half < free_from)
      continue;
    canvas.text(x(value), top + high + 19, label, "muted small", Anchor::middle);
    free_from = x(value) + half + 6;
  }
  canvas.line(left, top + high, left + wide, top + high, "axis");
  canvas.text(left + wide / 2, top + high + 44, result.varied + (x.log ? " (log scale)" : ""),
              "ink", Anchor::middle);
  return x;
}

/// Labels beside the ends of lines, pushed apart.
void draw_labels(Canvas& canvas, const std::vector<Line>& lines,
                 const std::vector<std::string>& hues, const Axis& y) {
  struct Label {
    double y;
    std::size_t line;
  };
  const double apart = 17;
  std::vector<Label> labels;
  for (std::size_t at = 0; at < lines.size(); ++at)
    if (!lines[at].points.empty())
      labels.push_back({y(std::max(*lines[at].points.back().second->gap, y.lo)), at});
  std::stable_sort(labels.begin(), labels.end(),
                   [](const Label& a, const Label& b) { return a.y < b.y; });
  double free_from = top;
  for (Label& label : labels) {
    label.y = std::max(label.y, free_from);
    free_from = label.y + apart;
  }
  double free_to = top + high;
  for (std::size_t k = labels.size(); k-- > 0;) {
    labels[k].y = std::min(labels[k].y, free_to);
    free_to = labels[k].y - apart;
  }
  for (const Label& label : labels)
    canvas.text(left + wide + 8, label.y + 4, shortened(lines[label.line].name, 34),
                hues[label.line % hues.size()] + " small");
}

std::string sweep_svg(const CompareResult& result) {
  const std::vector<Line> lines = lines_of(result);
  const std::vector<std::string> hues{"blue", "red", "green", "orange"};
  const std::string title = gap_title(result) + " against " + result.varied;
  const std::string what = "bars: intervals; open circles: estimates; a larger gap mixes faster";
  Canvas canvas(left + wide + 260, top + high + 64, title, what);
  canvas.headline(title, what);
  const Axis y = gap_axis(lines);
  draw_gap_axis(canvas, y, gap_title(result));
  const Axis x = draw_varied_axis(canvas, result);
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const std::string& hue = hues[k % hues.size()];
    std::string path;
    for (const auto& [at, g] : lines[k].points)
      path += message(path.empty() ? "M" : "L", coordinate(x(at)), " ",
                      coordinate(y(std::max(*g->gap, y.lo))));
    canvas.path(path, hue + "-line mark" + (k < hues.size() ? "" : " dash"));
    for (const auto& [at, g] : lines[k].points) {
      if (g->gap_lo && g->gap_hi)
        canvas.line(x(at), y(std::max(*g->gap_lo, y.lo)), x(at), y(std::max(*g->gap_hi, y.lo)),
                    hue + "-line bar");
      const bool proved = is_proved(g->status);
      canvas.circle(x(at), y(std::max(*g->gap, y.lo)), 4, "hollow");
      canvas.circle(x(at), y(std::max(*g->gap, y.lo)), 4, proved ? hue : hue + "-line mark");
    }
  }
  draw_labels(canvas, lines, hues, y);
  return canvas.finish();
}

} // namespace

std::string compare_svg(const CompareResult& result) {
  return result.varied.empty() ? ranks_svg(result) : sweep_svg(result);
}

} // namespace attnwalk::report
