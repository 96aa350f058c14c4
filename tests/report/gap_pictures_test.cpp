// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/svg.hpp"

#include "catch.hpp"
#include "samples.hpp"
#include "support/words.hpp"
#include "svg_reader.hpp"

#include <array>
#include <cmath>
#include <string>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::report;

using words::contains;
using words::count_of;

namespace {

std::string drawn(const spectral::GapReport& report) {
  const GapSeries only{"", &report};
  return gaps_svg({&only, 1}, "title");
}

spectral::GapReport computed(const char* spec, Index n, const spectral::GapOptions& how = {}) {
  return spectral::gap(grammar::build(spec, n).pattern, how);
}

spectral::Gap number(const char* name, double gap) {
  spectral::Gap g = samples::certified();
  g.name = name;
  g.gap = g.gap_lo = g.gap_hi = gap;
  return g;
}

/// Names of the rows from top to bottom: what stands left of the axis.
std::vector<std::string> row_names(const std::string& svg) {
  std::vector<std::string> names;
  for (const Element& e : elements(svg))
    if (e.is("text", "ink") && e.attributes.at("text-anchor") == "end")
      names.push_back(e.text);
  return names;
}

/// Positions of the vertical grid lines.
std::vector<double> ticks(const std::string& svg) {
  std::vector<double> at;
  for (const Element& e : elements(svg))
    if (e.is("line", "grid") && e.number("x1") == e.number("x2"))
      at.push_back(e.number("x1"));
  std::sort(at.begin(), at.end());
  return at;
}

} // namespace

TEST_CASE("gaps_svg: rows that print alike are one row with all their names", "[report][svg]") {
  // A reversible walk has slem = sigma_2 and additive = chatterjee = lambda_2.
  const std::string svg = drawn(computed("regular:d=8", 64));
  CHECK(row_names(svg) == std::vector<std::string>{"lambda_2, additive,", "chatterjee",
                                                   "lambda_n, slem, sigma_2,", "k_step, consensus",
                                                   "pseudo_gap", "doeblin, dobrushin"});
  CHECK(collision(svg) == "");
  auto report = samples::report(); // the same number, but of another status
  report.gaps = {number("slem", 0.5), number("sigma_2", 0.5)};
  CHECK(row_names(drawn(report)) == std::vector<std::string>{"slem, sigma_2"});
  report.gaps[1].status = spectral::Status::estimate;
  CHECK(row_names(drawn(report)) == std::vector<std::string>{"slem", "sigma_2"});
}

TEST_CASE("gaps_svg: the axis says what a gap is of the quantities that are drawn",
          "[report][svg]") {
  auto report = samples::report();
  report.gaps = {number("slem", 0.5)};
  CHECK(contains(drawn(report), ">The gap of a quantity is 1 - value.<"));
  report.gaps = {number("slem", 0.5), number("lambda_n", 1.5), number("doeblin", 0.1),
                 number("chatterjee", 0.2)};
  const std::string svg = drawn(report);
  CHECK(contains(svg, ">The gap of a quantity is 1 - value, of lambda_n 1 + value, of doeblin, "
                      "chatterjee the value itself.<"));
  CHECK_FALSE(contains(svg, "distance from 1"));
}

TEST_CASE("gaps_svg: what was refused stands below the axis, a sentence for each cause",
          "[report][svg]") {
  auto report = samples::report();
  report.gaps.insert(report.gaps.begin(), samples::refused());
  report.gaps.front().name = "lambda_n";
  const std::string svg = drawn(report);
  CHECK(row_names(svg) == std::vector<std::string>{"lambda_2", "dobrushin"});
  const double axis = first(svg, "line", "axis").number("y1");
  const std::string sentence =
      "not given: lambda_n, chatterjee: two closed classes, of 3 & 4 tokens: <no> single limit";
  bool seen = false;
  for (const Element& e : elements(svg))
    if (e.text == sentence) {
      seen = true;
      CHECK(e.number("y") > axis);
    }
  CHECK(seen);
  report.gaps[0].reason = std::string(100, 'a') + " " + std::string(100, 'b');
  const std::string wrapped = drawn(report); // over as many lines as it needs
  CHECK(contains(wrapped, std::string(100, 'a') + "</text>"));
  CHECK(contains(wrapped, ">" + std::string(100, 'b') + "</text>"));
  CHECK(collision(wrapped) == "");
}

TEST_CASE("gaps_svg: a tick at both ends of the axis", "[report][svg]") {
  auto report = samples::report();
  for (const double least : {.4, 3e-3, 2e-7, 5e-11})
    for (const double most : {.02, .9, 1.11, 1.9}) {
      report.gaps = {number("slem", least), number("lambda_n", most)};
      const std::string svg = drawn(report);
      INFO(least << " to " << most);
      const Element axis = first(svg, "line", "axis");
      const std::vector<double> at = ticks(svg);
      REQUIRE(at.size() >= 2);
      CHECK(at.front() == axis.number("x1"));
      CHECK(at.back() == axis.number("x2"));
      for (const Element& e : elements(svg)) // no point beyond the ends
        if (e.is("circle", "blue")) {
          CHECK(e.number("cx") >= at.front() - 242); // the legend's own lies left of the axis
          CHECK(e.number("cx") <= at.back());
        }
      CHECK(collision(svg) == "");
    }
}

TEST_CASE("gaps_svg: rounding and coefficients of one hop do not set the scale", "[report][svg]") {
  auto report = samples::report();
  report.gaps = {number("slem", 3e-2)};
  const auto scale = [&](const char* name, double gap) {
    auto with = report;
    with.gaps.push_back(number(name, gap));
    return drawn(with);
  };
  const std::string alone = drawn(report);
  CHECK(contains(scale("sigma_2", 3e-4), ">10\u207b\u2074<")); // a rate does
  for (const double tiny : {3e-15, 0.0, -0.5, 1e-300, 4e-13}) {
    const std::string svg = scale("sigma_2", tiny);
    INFO(tiny);
    CHECK(ticks(svg) == ticks(alone));
    CHECK_FALSE(contains(svg, "nan"));
    CHECK_FALSE(contains(svg, "inf\""));
  }
  const std::string hop = scale("dobrushin", 2e-12); // certified, far above its own rounding
  CHECK(contains(hop, "log scale"));
  CHECK(contains(hop, ">10\u207b\u2074<"));
  CHECK_FALSE(contains(hop, ">10\u207b\u2075<"));
  CHECK(count_of(hop, "-5v10z") == 1); // an arrow: it lies beyond
  // On a linear scale rounding below 0 is a point at 0.
  const std::string linear = scale("sigma_2", -3e-15);
  CHECK(count_of(linear, "-5v10z") == 0);
  CHECK(count_of(linear, "class=\"blue\"") == 3); // with the legend's
}

TEST_CASE("gaps_svg: several reports share rows", "[report][svg]") {
  const auto report = samples::report();
  const std::array<GapSeries, 2> two{{{"A", &report}, {"B", &report}}};
  const std::string both = gaps_svg(two, "rings");
  CHECK(count_of(both, ">lambda_2<") == 1);
  CHECK(count_of(both, ">B<") == 2);
  CHECK(contains(both, ">B: not given: chatterjee: "));
  CHECK(collision(both) == "");
  CHECK(collision(gaps_svg({}, "")) == "");
}

TEST_CASE("picture_title: files without their folders", "[report][svg]") {
  auto origin = samples::provenance();
  CHECK(picture_title(origin) == "ring:w=3");
  origin.source = workflow::Source::head;
  origin.file = "/somewhere/else/diffuser.npz";
  origin.mask = "masks/causal.mtx";
  origin.layer = 2;
  CHECK(picture_title(origin) == "diffuser.npz, layer 2, head 0, mask causal.mtx");
}

TEST_CASE("spectrum_svg: real spectra that gap() computed are counted in bars", "[report][svg]") {
  const auto report = computed("window:w=3", 60, {.whole_spectrum = true});
  REQUIRE(report.spectrum.points.size() == 60);
  const std::string svg = spectrum_svg(report, {.title = "t"});
  CHECK(contains(svg, ">eigenvalues in a bin<"));
  CHECK_FALSE(contains(svg, "density of eigenvalues"));
  CHECK(collision(svg) == "");
  // Heights of the bars, as multiples of one eigenvalue's: the ticks say how high that is.
  const std::string bars = first(svg, "path", "blue").attributes.at("d");
  const double base = first(svg, "line", "axis dash").number("y2");
  double one = 0;
  for (const Element& e : elements(svg))
    if (e.is("text", "muted small") && e.attributes.at("text-anchor") == "end" && e.text != "0")
      one = (base + 4 - e.number("y")) / std::stod(e.text);
  REQUIRE(one > 0);
  double sum = 0;
  for (std::size_t at = bars.find('V'); at != std::string::npos; at = bars.find('V', at + 1))
    sum += base - std::strtod(bars.c_str() + at + 1, nullptr);
  CHECK(sum / one == Approx(60).epsilon(.002)); // coordinates have two decimals
}

TEST_CASE("spectrum_svg: a disc whose eigenvalues lie near 0 is enlarged", "[report][svg]") {
  auto report = computed("random:d=40", 60, {.whole_spectrum = true});
  const std::string near = spectrum_svg(report, {.title = "t"});
  CHECK(contains(near, "enlarged: the eigenvalue 1 lies outside"));
  CHECK(count_of(near, "blue soft") == 59);
  CHECK(collision(near) == "");
  report.spectrum.points.push_back({-0.7, 0, 0});
  CHECK(contains(spectrum_svg(report, {.title = "t"}), "outer circle"));
}

TEST_CASE("mask_svg: the first and the last token are marked, the paper has a meaning",
          "[report][svg]") {
  for (const Index n : {1, 2, 3, 8, 50, 102, 256, 1000, 4096}) {
    const std::string svg = mask_svg(grammar::build("window:w=1", n).pattern.view());
    INFO(n);
    CHECK(count_of(svg, ">0</text>") >= 2);
    CHECK(count_of(svg, ">" + std::to_string(n - 1) + "</text>") >= 2);
    CHECK(contains(svg, ">no entry<"));
    CHECK(collision(svg) == "");
  }
  // Weights over more than six decades: the lightest color stands for all that is smaller.
  const Csr<double> wide{1, 3, {0, 3}, {0, 1, 2}, {1, 1e-3, 1e-9}};
  CHECK(contains(mask_svg(wide.view()), ">\u2264 1.0e-6<"));
}

TEST_CASE("heads_svg: the scale spans the heads, with a label for each decade", "[report][svg]") {
  workflow::HeadsResult result;
  result.origin.file = "/somewhere/model.npz";
  for (const double gap : {3e-4, 2e-2}) {
    auto report = samples::report();
    report.gaps = {number("slem", gap)};
    result.heads.push_back({0, static_cast<Index>(result.heads.size()), 448, report});
  }
  const std::string svg = heads_svg(result);
  CHECK(contains(svg, ">model.npz, stored attention<"));
  for (const char* label : {">1e-4<", ">0.001<", ">0.01<", ">0.1<"})
    CHECK(contains(svg, label));
  CHECK_FALSE(contains(svg, ">1</text>\n</svg>"));
  CHECK(collision(svg) == "");
}
