// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/report/answer.hpp"
#include "attnwalk/report/canvas.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/plots.hpp"
#include "attnwalk/report/svg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace attnwalk::report {
namespace {

const double left = 216, wide = 470, top = 78;
const double words_at = left + wide + 24; // the column of numbers
const double width = words_at + 296;
const double line_height = 16, twin_height = 18; // of a line of names, of a further report
const double arrow = 7;                          // its length

/// Rows of one report look alike where they print alike: one row with all their names.
struct Row {
  std::vector<std::string> names;
  std::vector<const spectral::Gap*> gaps; ///< one per report; null where it has none to draw
  double height = 0;
};

bool drawable(const spectral::Gap& g) {
  return g.gap || g.gap_lo || g.gap_hi;
}

std::string numbers_of(const spectral::Gap& g) {
  const std::string ends = interval(g.gap_lo, g.gap_hi, 6);
  return g.gap ? gap_words(g) + " " + ends : ends;
}

bool alike(const Row& a, const Row& b) {
  return std::equal(a.gaps.begin(), a.gaps.end(), b.gaps.begin(), [](const auto* x, const auto* y) {
    if (x == nullptr || y == nullptr)
      return x == y;
    return x->status == y->status && numbers_of(*x) == numbers_of(*y);
  });
}

/// The names of a row in lines that fit beside the axis.
std::vector<std::string> name_lines(const Row& row, bool labeled) {
  std::vector<std::string> lines = broken(listed(row.names), labeled ? 17 : 25);
  for (std::string& line : lines)
    line = shortened(line, labeled ? 19 : 27);
  return lines;
}

/// What some report has a number of, in order of first appearance; equal rows once.
std::vector<Row> rows_of(std::span<const GapSeries> series) {
  std::vector<Row> rows;
  for (std::size_t at = 0; at < series.size(); ++at)
    for (const auto& g : series[at].report->gaps) {
      if (!drawable(g))
        continue;
      auto row = std::find_if(rows.begin(), rows.end(),
                              [&](const Row& r) { return r.names.front() == g.name; });
      if (row == rows.end())
        row = rows.insert(rows.end(),
                          {{g.name}, std::vector<const spectral::Gap*>(series.size()), 0});
      row->gaps[at] = &g;
    }
  std::vector<Row> merged;
  for (Row& row : rows) {
    const auto twin =
        std::find_if(merged.begin(), merged.end(), [&](const Row& m) { return alike(m, row); });
    if (twin == merged.end())
      merged.push_back(std::move(row));
    else
      twin->names.push_back(row.names.front());
  }
  for (Row& row : merged)
    row.height =
        14 + std::max(line_height * static_cast<double>(name_lines(row, series.size() > 1).size()),
                      twin_height * static_cast<double>(series.size()) - 2);
  return merged;
}

/// From gap to pixels, linear over [0, 1] or more, or logarithmic.
struct Scale {
  bool log = false;
  double lo = 0;
  double hi = 1;
  double noise = 0; ///< less is rounding

  [[nodiscard]] bool shows(double gap) const { return gap >= (log ? lo : -noise); }
  [[nodiscard]] double operator()(double gap) const {
    const double t =
        log ? std::log(std::max(gap, lo) / lo) / std::log(hi / lo) : (gap - lo) / (hi - lo);
    return left + wide * std::clamp(t, 0.0, 1.0);
  }
};

/// What is least in a picture: the rates set its scale. The coefficients of a single hop, which are
/// often tiny, and ends of wide intervals may stretch it by two decades, rounding not at all.
double least_drawn(const std::vector<Row>& rows, double noise) {
  double rate = 1;
  double least = 1;
  for (const Row& row : rows) {
    const bool one_hop = row.names.front() == "doeblin" || row.names.front() == "dobrushin";
    for (const spectral::Gap* g : row.gaps) {
      if (g == nullptr)
        continue;
      for (const auto& x : {g->gap, g->gap_lo, g->gap_hi})
        if (x && *x > noise)
          least = std::min(least, *x);
      if (g->gap && *g->gap > noise && !one_hop)
        rate = std::min(rate, *g->gap);
    }
  }
  return std::max(least, rate / 100);
}

const int log_ticks = 9; // at most so many steps

Scale scale_of(const std::vector<Row>& rows, std::span<const GapSeries> series) {
  Scale scale;
  double tokens = 1;
  for (const auto& s : series)
    tokens = std::max(tokens, static_cast<double>(s.report->structure.rows));
  scale.noise = std::max(1e-12, 32 * tokens * std::numeric_limits<double>::epsilon());
  double most = 0;
  for (const Row& row : rows)
    for (const spectral::Gap* g : row.gaps)
      if (g != nullptr)
        for (const auto& x : {g->gap, g->gap_hi})
          if (x && std::isfinite(*x))
            most = std::max(most, *x);
  const double least = least_drawn(rows, scale.noise);
  scale.log = least < 0.02;
  if (scale.log) {
    const int last = static_cast<int>(std::ceil(std::log10(std::max(most, 10 * least)) - 1e-9));
    const int decades = last - static_cast<int>(std::floor(std::log10(least) + 1e-9));
    const int step = (decades - 1) / log_ticks + 1;
    scale.hi = std::pow(10.0, last);
    scale.lo = std::pow(10.0, last - (decades + step - 1) / step * step); // a tick at both ends
  } else if (most > 1) {
    const std::vector<double> ticks = round_ticks(0, most, 5);
    scale.hi = std::ceil(most / ticks[1] - 1e-9) * ticks[1];
  }
  return scale;
}

void draw_scale(Canvas& canvas, const Scale& scale, double bottom) {
  const auto tick = [&](double gap, const std::string& label) {
    canvas.line(scale(gap), top, scale(gap), bottom, "grid");
    canvas.text(scale(gap), bottom + 18, label, "muted small", Anchor::middle);
  };
  if (scale.log) {
    const int first = static_cast<int>(std::lround(std::log10(scale.lo)));
    const int last = static_cast<int>(std::lround(std::log10(scale.hi)));
    const int step = (last - first - 1) / log_ticks + 1;
    for (int e = first; e <= last; e += step)
      tick(std::pow(10.0, e), power_of_ten(e));
  } else {
    for (const double t : round_ticks(scale.lo, scale.hi, 5))
      tick(t, number_within(t, 0));
  }
  canvas.line(left, bottom, left + wide, bottom, "axis");
  canvas.text(left + wide / 2, bottom + 40, scale.log ? "gap (log scale)" : "gap", "ink",
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

void draw_gap(Canvas& canvas, const spectral::Gap* g, const Scale& scale, double y,
              const std::string& label) {
  if (!label.empty())
    canvas.text(left - 14, y + 4, label, "muted small", Anchor::end);
  if (g == nullptr) {
    canvas.text(words_at, y + 4, "not given", "muted small");
    return;
  }
  draw_interval(canvas, *g, scale, y);
  if (g->gap && scale.shows(*g->gap))
    draw_point(canvas, scale(*g->gap), y, g->status);
  canvas.text(words_at, y + 4, numbers_of(*g), "ink small");
}

/// The statuses that occur, and what bars and arrows mean.
void draw_legend(Canvas& canvas, const std::vector<Row>& rows, double y) {
  double x = 20;
  for (const auto status : {spectral::Status::certified, spectral::Status::probable,
                            spectral::Status::estimate, spectral::Status::not_converged}) {
    const bool occurs = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
      return std::any_of(row.gaps.begin(), row.gaps.end(),
                         [&](const auto* g) { return g != nullptr && g->status == status; });
    });
    if (!occurs)
      continue;
    canvas.line(x, y - 4, x + 28, y - 4, line_class(status));
    draw_point(canvas, x + 14, y - 4, status);
    const std::string label = status == spectral::Status::not_converged
                                  ? "not converged"
                                  : std::string(spectral::to_string(status));
    canvas.text(x + 36, y, label, "muted small");
    x += 62 + 7 * static_cast<double>(label.size());
  }
  canvas.text(x, y, "bar: interval; arrow: beyond the scale or unknown", "muted small");
}

/// What "gap" means for the quantities that are drawn.
std::string meaning(const std::vector<Row>& rows) {
  std::vector<std::string> themselves;
  bool least = false;
  bool others = false;
  for (const Row& row : rows)
    for (const std::string& name : row.names)
      if (name == "chatterjee" || name == "pseudo_gap" || name == "doeblin")
        themselves.push_back(name);
      else if (name == "lambda_n")
        least = true;
      else
        others = true;
  std::string words;
  if (others)
    words = "The gap of a quantity is 1 - value";
  if (least)
    words += words.empty() ? "The gap of lambda_n is 1 + value" : ", of lambda_n 1 + value";
  if (!themselves.empty())
    words +=
        message(words.empty() ? "The gap of " : ", of ", listed(themselves), " the value itself");
  return words.empty() ? words : words + ".";
}

/// What is not drawn, a sentence per report and cause.
std::vector<std::string> absences(std::span<const GapSeries> series) {
  std::vector<std::string> sentences;
  for (const auto& s : series) {
    const std::string label = s.label.empty() ? "" : s.label + ": ";
    for (const Refusal& cause : refusals(*s.report))
      sentences.push_back(message(label, "not given: ", listed(cause.names), ": ", cause.reason));
    for (const auto& g : s.report->gaps)
      if (g.status != spectral::Status::refused && !drawable(g))
        sentences.push_back(message(label, "not given: ", g.name, ": ",
                                    g.reason.empty() ? "no number was found" : g.reason));
  }
  return sentences;
}

} // namespace

std::string intervals_svg(std::span<const GapSeries> series, const std::string& title,
                          const std::string& what, const std::string& note) {
  const std::vector<Row> rows = rows_of(series);
  const Scale scale = scale_of(rows, series);
  double bottom = top + (rows.empty() ? 30 : 0);
  for (const Row& row : rows)
    bottom += row.height;
  std::vector<std::string> below = absences(series);
  if (!note.empty())
    below.insert(below.begin(), note);
  std::vector<std::string> notes;
  for (const std::string& sentence : below)
    for (const std::string& line : broken(sentence, 138))
      notes.push_back(line);
  Canvas canvas(width, bottom + 84 + line_height * static_cast<double>(notes.size()), title, what);
  canvas.headline(title, what);
  canvas.text(words_at, top - 12, "gap  [interval]", "muted small");
  draw_scale(canvas, scale, bottom);
  double y = top;
  const bool labeled = series.size() > 1;
  for (const Row& row : rows) {
    const std::vector<std::string> names = name_lines(row, labeled);
    double at = y + row.height / 2 + 4 - line_height * static_cast<double>(names.size() - 1) / 2;
    for (const std::string& line : names) {
      canvas.text(labeled ? 20 : left - 14, at, line, "ink", labeled ? Anchor::start : Anchor::end);
      at += line_height;
    }
    at = y + row.height / 2 - twin_height * static_cast<double>(series.size() - 1) / 2;
    for (std::size_t k = 0; k < series.size(); ++k, at += twin_height)
      draw_gap(canvas, row.gaps[k], scale, at, series[k].label);
    y += row.height;
    if (&row != &rows.back())
      canvas.line(20, y, width - 20, y, "grid");
  }
  draw_legend(canvas, rows, bottom + 68);
  double at = bottom + 90;
  for (const std::string& line : notes) {
    canvas.text(20, at, line, "muted small");
    at += line_height;
  }
  return canvas.finish();
}

std::string gaps_svg(std::span<const GapSeries> series, const std::string& title) {
  std::string what;
  for (const auto& s : series) {
    const auto& structure = s.report->structure;
    what += message(what.empty() ? "" : "; ", s.label, s.label.empty() ? "" : ": ",
                    size_words(structure.rows, structure.cols, structure.entries), ", ",
                    spectral::to_string(s.report->kind));
  }
  return intervals_svg(series, title, what, meaning(rows_of(series)));
}

} // namespace attnwalk::report
