// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/report/canvas.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace attnwalk::report {
namespace {

const double left = 84, top = 84;
const double wide = 640, high = 300; // of the line plots
const double disc = 560;             // of the complex plane

using Points = std::vector<spectral::SpectrumPoint>;

const spectral::Gap* named(const spectral::GapReport& report, std::string_view name) {
  for (const auto& g : report.gaps)
    if (g.name == name && g.value)
      return &g;
  return nullptr;
}

/// A linear map from numbers to pixels.
struct Axis {
  double lo, hi, from, to;
  [[nodiscard]] double operator()(double x) const {
    return from + (x - lo) / (hi - lo) * (to - from);
  }
};

std::string subtitle(const spectral::GapReport& report) {
  const auto& s = report.structure;
  std::string words = size_words(s.rows, s.cols, s.entries);
  if (!report.spectrum.method.empty())
    words += message("; ", report.spectrum.points.size(), " points, ", report.spectrum.method);
  return words;
}

void draw_frame(Canvas& canvas, const Axis& x, const Axis& y, const std::string& ylabel) {
  for (const double t : round_ticks(y.lo, y.hi, 5)) {
    canvas.line(left, y(t), left + wide, y(t), "grid");
    canvas.text(left - 8, y(t) + 4, number_within(t, 0), "muted small", Anchor::end);
  }
  for (const double t : round_ticks(x.lo, x.hi, 8)) {
    canvas.line(x(t), top + high, x(t), top + high + 5, "axis");
    canvas.text(x(t), top + high + 19, number_within(t, 0), "muted small", Anchor::middle);
  }
  canvas.line(left, top + high, left + wide, top + high, "axis");
  canvas.vertical_text(24, top + high / 2, ylabel, "ink");
}

/// Vertical marks at lambda_n, lambda_2 and 1, labeled above the frame; labels give way to each
/// other.
void draw_marks(Canvas& canvas, const spectral::GapReport& report, const Axis& x) {
  double free_to = left + wide + 60;
  canvas.line(x(1), top, x(1), top + high, "axis dash");
  for (const char* name : {"lambda_2", "lambda_n"}) {
    const spectral::Gap* g = named(report, name);
    if (g == nullptr)
      continue;
    const double at = x(*g->value);
    canvas.line(at, top, at, top + high, "red-line mark");
    const bool near_one = name == std::string_view("lambda_2") && g->gap && *g->gap < 1e-3;
    const double shown = std::abs(*g->value) < 1e-12 ? 0 : *g->value; // less is rounding
    const std::string label =
        message(name, " = ", near_one ? "1 - " + approximate(*g->gap, 4) : approximate(shown, 6));
    const double half = 3.6 * static_cast<double>(label.size());
    const double center =
        std::clamp(std::min(at, free_to - half - 8), left + half, left + wide - half);
    canvas.text(center, top - 10, label, "red small", Anchor::middle);
    free_to = center - half;
  }
}

void draw_bulk_band(Canvas& canvas, const Axis& x, const SpectrumOptions& how) {
  if (!how.bulk)
    return;
  canvas.rect(x(-*how.bulk), top, x(*how.bulk) - x(-*how.bulk), high, "band soft");
  canvas.text(20, top + high + 84,
              message("shaded: bulk of a random regular graph of this degree, |", "\u03bb| \u2264 ",
                      number(*how.bulk, 4)),
              "muted small");
}

std::string line_svg(const spectral::GapReport& report, const SpectrumOptions& how) {
  const Points& points = report.spectrum.points;
  Canvas canvas(left + wide + 40, top + high + 100, how.title, subtitle(report));
  canvas.headline(how.title, subtitle(report));
  const auto [least, most] = std::minmax_element(
      points.begin(), points.end(), [](const auto& a, const auto& b) { return a.real < b.real; });
  const Axis x{std::min(-1.0, least->real), std::max(1.0, most->real), left, left + wide};
  const int bins = 81; // odd: 0 lies in the middle of one, on whichever side rounding put it
  std::vector<double> counts(bins, 0);
  for (const auto& p : points)
    counts[static_cast<std::size_t>(
        std::clamp(static_cast<int>((p.real - x.lo) / (x.hi - x.lo) * bins), 0, bins - 1))] += 1;
  const Axis y{0, std::max(4.0, *std::max_element(counts.begin(), counts.end()) * 1.04), top + high,
               top}; // ticks are whole numbers
  draw_bulk_band(canvas, x, how);
  draw_frame(canvas, x, y, "eigenvalues in a bin");
  std::string bars;
  for (int b = 0; b < bins; ++b)
    if (const double many = counts[static_cast<std::size_t>(b)]; many > 0) // a pixel at least
      bars += message("M", coordinate(left + wide * b / bins + .5), " ", coordinate(top + high),
                      "V", coordinate(std::min(y(many), top + high - 1)), "h",
                      coordinate(wide / bins - 1), "V", coordinate(top + high), "z");
  canvas.path(bars, "blue");
  std::string rug; // equal pixels once
  double last = -1;
  for (const auto& p : points) {
    const double at = std::round(x(p.real) * 4) / 4;
    if (at != last)
      rug += message("M", coordinate(at), " ", coordinate(top + high + 28), "v10");
    last = at;
  }
  canvas.path(rug, "blue-line thin");
  draw_marks(canvas, report, x);
  canvas.text(left + wide / 2, top + high + 60, "eigenvalue \u03bb", "ink", Anchor::middle);
  return canvas.finish();
}

std::string density_svg(const spectral::GapReport& report, const SpectrumOptions& how) {
  Points points = report.spectrum.points;
  std::sort(points.begin(), points.end(),
            [](const auto& a, const auto& b) { return a.real < b.real; });
  Canvas canvas(left + wide + 40, top + high + 100, how.title, subtitle(report));
  canvas.headline(how.title, subtitle(report));
  double peak = 0;
  for (const auto& p : points)
    peak = std::max(peak, p.density);
  const Axis x{std::min(-1.0, points.front().real), std::max(1.0, points.back().real), left,
               left + wide};
  const Axis y{0, peak > 0 ? peak * 1.05 : 1, top + high, top};
  draw_bulk_band(canvas, x, how);
  draw_frame(canvas, x, y, "density of eigenvalues");
  std::string curve;
  for (const auto& p : points)
    curve +=
        message(curve.empty() ? "M" : "L", coordinate(x(p.real)), " ", coordinate(y(p.density)));
  canvas.path(message(curve, "L", coordinate(x(points.back().real)), " ", coordinate(top + high),
                      "L", coordinate(x(points.front().real)), " ", coordinate(top + high), "z"),
              "blue area");
  canvas.path(curve, "blue-line mark");
  draw_marks(canvas, report, x);
  canvas.text(left + wide / 2, top + high + 46, "eigenvalue \u03bb", "ink", Anchor::middle);
  return canvas.finish();
}

/// Half the side of the part of the plane that is shown: all of the unit disc, or less where all
/// eigenvalues but 1 lie near 0.
double shown_radius(const Points& points, const SpectrumOptions& how) {
  double reach = how.bulk.value_or(0);
  for (const auto& p : points)
    if (std::hypot(p.real - 1, p.imag) > 1e-6)
      reach = std::max(reach, std::hypot(p.real, p.imag));
  if (reach > 0.4 || reach < 1e-6)
    return 1.05;
  return 1.15 * reach;
}

std::string plane_svg(const spectral::GapReport& report, const SpectrumOptions& how) {
  Canvas canvas(left + disc + 40, top + disc + 100, how.title, subtitle(report));
  canvas.headline(how.title, subtitle(report));
  const Points& points = report.spectrum.points;
  const double radius = shown_radius(points, how);
  const bool whole = radius > 1;
  const Axis x{-radius, radius, left, left + disc};
  const Axis y{-radius, radius, top + disc, top};
  for (const double t : round_ticks(-radius, radius, 5)) {
    canvas.line(x(t), top, x(t), top + disc, "grid");
    canvas.line(left, y(t), left + disc, y(t), "grid");
    canvas.text(x(t), top + disc + 18, number_within(t, 0), "muted small", Anchor::middle);
    canvas.text(left - 8, y(t) + 4, number_within(t, 0), "muted small", Anchor::end);
  }
  const double unit = x(1) - x(0);
  std::string words = "enlarged: the eigenvalue 1 lies outside";
  if (whole) {
    canvas.circle(x(0), y(0), unit, "frame");
    words = "outer circle: |\u03bb| = 1";
  }
  if (const spectral::Gap* g = named(report, "slem"))
    words += "; slem " + approximate(g->value.value_or(0), 6);
  canvas.text(20, top + disc + 68, words, "muted small");
  if (how.bulk) {
    canvas.circle(x(0), y(0), *how.bulk * unit, "red-line mark dash");
    canvas.text(20, top + disc + 86,
                "dashed: bulk of a random matrix of these row weights, |\u03bb| \u2264 " +
                    number(*how.bulk, 4),
                "muted small");
  }
  const double dot = points.size() > 600 ? 1.8 : 2.8;
  for (const auto& p : points)
    if (whole || std::max(std::abs(p.real), std::abs(p.imag)) <= radius)
      canvas.circle(x(std::clamp(p.real, -radius, radius)), y(std::clamp(p.imag, -radius, radius)),
                    dot, "blue soft");
  canvas.text(left + disc / 2, top + disc + 40, "real part", "ink", Anchor::middle);
  canvas.vertical_text(24, top + disc / 2, "imaginary part", "ink");
  return canvas.finish();
}

} // namespace

std::string spectrum_svg(const spectral::GapReport& report, const SpectrumOptions& how) {
  const Points& points = report.spectrum.points;
  if (points.empty()) {
    Canvas canvas(900, 110, how.title, "no spectrum");
    canvas.headline(how.title, subtitle(report));
    canvas.text(20, 84,
                shortened("no spectrum: " + (report.spectrum.reason.empty()
                                                 ? std::string("it was not asked for")
                                                 : report.spectrum.reason),
                          118));
    return canvas.finish();
  }
  const double rounding = 1e-9; // of conjugate pairs that should be real
  const bool complex = std::any_of(points.begin(), points.end(),
                                   [&](const auto& p) { return std::abs(p.imag) > rounding; });
  if (complex)
    return plane_svg(report, how);
  // All eigenvalues carry a density as well, 1 / n each.
  const bool density = report.spectrum.method == "kernel polynomial";
  return density ? density_svg(report, how) : line_svg(report, how);
}

std::optional<double> bulk_radius(const CsrView<double>& A, const spectral::GapReport& report) {
  sparse::validate_weights(A);
  if (A.rows != A.cols || A.entries() == 0)
    return std::nullopt;
  if (report.kind == spectral::Kind::undirected) {
    if (!report.structure.regular || A.values != nullptr)
      return std::nullopt;
    const auto d = static_cast<double>(*report.structure.regular);
    return 2 * std::sqrt(d - 1) / d;
  }
  if (report.kind != spectral::Kind::directed)
    return std::nullopt;
  double squares = 0;
  for (Index i = 0; i < A.rows; ++i) {
    double sum = 0;
    double row = 0;
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      sum += A.value(e);
      row += A.value(e) * A.value(e);
    }
    squares += sum > 0 ? row / (sum * sum) : 0;
  }
  const auto n = static_cast<double>(A.rows);
  return std::sqrt(std::max(0.0, squares / n - 1 / n));
}

} // namespace attnwalk::report
