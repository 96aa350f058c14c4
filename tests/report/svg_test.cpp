// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/report/canvas.hpp"
#include "attnwalk/report/svg.hpp"

#include "catch.hpp"
#include "samples.hpp"
#include "support/words.hpp"

#include <array>
#include <cmath>
#include <string>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::report;

using words::contains;
using words::count_of;

namespace {

/// Elements balance, attributes are quoted, text has no stray < or &: enough of XML for what we
/// write.
bool well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < xml.size(); ++at) {
    if (xml[at] == '&') {
      const std::string entity = xml.substr(at, xml.find(';', at) - at);
      if (entity != "&amp" && entity != "&lt" && entity != "&gt" && entity != "&quot")
        return false;
    }
    if (xml[at] != '<')
      continue;
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos)
      return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (tag.find('<') != std::string::npos || std::count(tag.begin(), tag.end(), '"') % 2 != 0)
      return false;
    const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
    if (name.front() == '/') {
      if (open.empty() || "/" + open.back() != name)
        return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end;
  }
  return open.empty();
}

Csr<double> diagonal(Index n) {
  Csr<double> A;
  A.rows = A.cols = n;
  A.offsets.resize(static_cast<std::size_t>(n) + 1);
  A.columns.resize(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    A.offsets[static_cast<std::size_t>(i) + 1] = i + 1;
    A.columns[static_cast<std::size_t>(i)] = i;
  }
  A.offsets[0] = 0;
  return A;
}

} // namespace

TEST_CASE("escaped: entities for markup, '?' for control characters and broken UTF-8",
          "[report][svg]") {
  CHECK(escaped("a<b & \"c\"") == "a&lt;b &amp; &quot;c&quot;");
  CHECK(escaped("\x01\xE9 \u03bb") == "?? \u03bb");
  CHECK(escaped("\xCE") == "?");
}

TEST_CASE("shortened: cuts between characters", "[report][svg]") {
  CHECK(shortened("abcdef", 6) == "abcdef");
  CHECK(shortened("abcdef", 5) == "abcd\u2026");
  CHECK(shortened("\u03bb\u03bb\u03bb", 2) == "\u03bb\u2026");
}

TEST_CASE("round_ticks: steps of 1, 2 or 5 inside the range", "[report][svg]") {
  CHECK(round_ticks(0, 1, 5).size() == 6);
  CHECK(round_ticks(0, 63, 6) == std::vector<double>{0, 20, 40, 60});
  CHECK(round_ticks(1, 1, 5).empty());
}

TEST_CASE("mask_svg: small masks have a cell per pair, large ones blocks", "[report][svg]") {
  for (const Index n : {0, 1, 7, 64, 192, 193, 4096}) {
    const auto A = diagonal(n);
    const std::string svg = mask_svg(A.view(), {.title = "a < b & c"});
    INFO("n = " << n);
    CHECK(well_formed(svg));
    CHECK(contains(svg, "a &lt; b &amp; c"));
    CHECK(contains(svg, "pairs</desc>") == (n > 192));
    if (n <= 64)
      CHECK(count_of(svg, "M") == static_cast<std::size_t>(n));
  }
  CHECK_THROWS_AS(mask_svg(diagonal(2).view(), {.cells = 0}), Error);
}

TEST_CASE("mask_svg: without tokens there is a sentence and no axes", "[report][svg]") {
  const std::string svg = mask_svg(diagonal(0).view());
  CHECK(contains(svg, "no entries"));
  CHECK_FALSE(contains(svg, "query i"));
  CHECK(contains(mask_svg(diagonal(1).view()), "1 x 1, 1 entry, "));
}

TEST_CASE("headline: a title that would leave the picture is set smaller, then cut",
          "[report][svg]") {
  const auto drawn = [](std::size_t length) {
    Canvas canvas(440, 60, "", "");
    canvas.headline(std::string(length, 'x'), "");
    return canvas.finish();
  };
  CHECK(contains(drawn(33), "class=\"ink title\""));
  CHECK(contains(drawn(40), "class=\"ink strong\""));
  CHECK(contains(drawn(40), std::string(40, 'x') + "</text>"));
  CHECK(contains(drawn(60), std::string(42, 'x') + "\u2026</text>"));
}

TEST_CASE("mask_svg: rectangular shapes and weights", "[report][svg]") {
  const Csr<double> A{2, 300, {0, 2, 3}, {0, 299, 5}, {.999, .001, 1}};
  const std::string svg = mask_svg(A.view());
  CHECK(well_formed(svg));
  CHECK(contains(svg, "log scale"));
  CHECK(contains(svg, ">mean weight<"));
}

TEST_CASE("spectrum_svg: bars, disc, curve, or a sentence", "[report][svg]") {
  auto report = samples::report();
  const std::string none = spectrum_svg(report, {.title = "t"});
  CHECK(well_formed(none));
  CHECK(contains(none, "no spectrum: it was not asked for"));

  report.spectrum.method = "dense";
  for (int k = 0; k < 64; ++k)
    report.spectrum.points.push_back({std::cos(k), 0, 0});
  const std::string real = spectrum_svg(report, {.bulk = 0.7});
  CHECK(well_formed(real));
  CHECK(contains(real, "eigenvalues in a bin"));
  CHECK(contains(real, "lambda_2 = 0.98083"));

  // A multiple eigenvalue 0 is one bar, on whichever side rounding put it.
  auto zeros = report;
  zeros.spectrum.points = {{1e-15, 0, 0}, {-1e-15, 0, 0}, {0, 0, 0}};
  CHECK(contains(spectrum_svg(zeros), ">3<"));

  for (auto& p : report.spectrum.points)
    p.imag = 0.1;
  const std::string disc = spectrum_svg(report, {.bulk = 0.2});
  CHECK(well_formed(disc));
  CHECK(contains(disc, "imaginary part"));
  CHECK(count_of(disc, "blue soft") == 64);

  report.spectrum.method = "kernel polynomial";
  report.spectrum.points = {{-1, 0, 0}, {0, 0, 2}, {1, 0, 0.5}};
  CHECK(contains(spectrum_svg(report), "density of eigenvalues"));
}

TEST_CASE("bulk_radius: Kesten-McKay for regular graphs, the circular law for directed ones",
          "[report][svg]") {
  const auto A = diagonal(4);
  auto report = samples::report(); // undirected, 7-regular
  CHECK(*bulk_radius(A.view(), report) == Approx(2 * std::sqrt(6.0) / 7));
  report.structure.regular.reset();
  CHECK_FALSE(bulk_radius(A.view(), report));
  report.kind = spectral::Kind::directed; // ||I||_F^2 / n - 1 / n = 3 / 4
  CHECK(*bulk_radius(A.view(), report) == Approx(std::sqrt(0.75)));
  report.kind = spectral::Kind::causal;
  CHECK_FALSE(bulk_radius(A.view(), report));
}
