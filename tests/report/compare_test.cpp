// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/csv.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"

#include "catch.hpp"
#include "samples.hpp"
#include "support/words.hpp"
#include "svg_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::report;

using words::contains;

namespace {

/// Without the breaks of lines.
std::string flat(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

workflow::Compared input(const char* spec, double gap, double lo, double hi,
                         spectral::Status status = spectral::Status::certified) {
  workflow::Compared one;
  one.asked = one.origin.spec = spec;
  one.origin.queries = one.origin.keys = 64;
  one.origin.entries = 448;
  one.report = samples::report();
  spectral::Gap g = samples::certified();
  g.name = "slem";
  g.gap = gap;
  g.gap_lo = lo;
  g.gap_hi = hi;
  g.status = status;
  one.report.gaps = {g};
  return one;
}

workflow::CompareResult ranked_result(std::vector<workflow::Compared> inputs) {
  workflow::CompareResult result;
  result.by = "slem";
  workflow::rank(inputs, "slem");
  result.inputs = std::move(inputs);
  return result;
}

/// Two inputs over three sizes, the first falling as n^-2.
workflow::CompareResult sweep() {
  workflow::CompareResult result;
  result.by = "slem";
  result.varied = "n";
  for (const double n : {100., 200., 400.}) {
    std::vector<workflow::Compared> pair{
        input("ring:w=3", 80 / (n * n), 79 / (n * n), 81 / (n * n)),
        input("regular:d=7", .4, .39, .41)};
    for (auto& one : pair)
      one.at = n;
    workflow::rank(pair, "slem");
    result.inputs.insert(result.inputs.end(), pair.begin(), pair.end());
  }
  return result;
}

} // namespace

TEST_CASE("compare_text: who mixes fastest, by how much, and whether that is proved",
          "[report][compare]") {
  auto result =
      ranked_result({input("ring:w=3", .02, .019, .021), input("regular:d=7", .4, .39, .41)});
  std::string text = compare_text(result);
  // .39 / .021 = 18.57
  CHECK(contains(flat(text),
                 "regular:d=7 mixes fastest: its slem gap is 0.4, at least 18.5 times that of "
                 "ring:w=3"));
  CHECK(contains(flat(text), "certified: the intervals do not meet"));
  CHECK(text.find("regular:d=7", text.find("rank")) < text.find("ring:w=3", text.find("rank")));
  CHECK_FALSE(contains(text, "~"));
  result = ranked_result({input("ring:w=3", .02, .019, .03), input("regular:d=7", .03, .025, .04)});
  text = compare_text(result);
  CHECK(contains(flat(text), "1.50 times that of ring:w=3 (not proved"));
  CHECK(contains(text, "~1"));
  CHECK(contains(text, "~ before a rank: not proved"));
  result = ranked_result({input("none", 0, 0, 0), input("star:g=1", 0, 0, 0)});
  CHECK(contains(compare_text(result), "None of them mixes"));
  result.inputs[0].report.gaps[0].gap.reset();
  result.inputs[0].report.gaps[0].reason = "there is no walk";
  workflow::rank(result.inputs, "slem");
  CHECK(contains(compare_text(result), "no slem gap: none: there is no walk"));
  result.overlap = workflow::Overlap{.common = 7};
  CHECK(contains(compare_text(result), "common entries      7"));
}

TEST_CASE("compare_text: lines fit 100 columns, all quantities stand side by side on request",
          "[report][compare]") {
  auto result = ranked_result(
      {input("ring:w=3", .02, .019, .021),
       input("causal(window:w=16+global:g=4)+random:d=32,seed=17+expander:d=64", .4, .39, .41)});
  const std::string text = compare_text(result);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    CHECK(end - at <= 100);
    at = end + 1;
  }
  result.inputs[1].report.gaps.push_back(samples::refused());
  const std::string all = compare_text(result, {.all = true});
  CHECK(contains(all, "\nchatterjee "));
  CHECK(contains(all, "\nentries in a row "));
}

TEST_CASE("compare_text: a sweep says how gaps grow", "[report][compare]") {
  const std::string text = compare_text(sweep());
  CHECK(contains(text, "ring:w=3: slem gap 0.008 at n = 100, 5e-4 at n = 400: as n^-2.0.\n"));
  CHECK(contains(text, "At n = 400 regular:d=7 mixes fastest"));
}

TEST_CASE("compare_csv: what was asked and found before the columns of gaps", "[report][compare]") {
  auto result = ranked_result({input("window:w=?", .02, .019, .021), input("full", 1, 1, 1)});
  result.inputs[0].found = workflow::Found{"w", "4", 448};
  const std::string text = compare_csv(result);
  CHECK(text.starts_with("asked,found,at,rank,rank_status,input,layer,"));
  CHECK(contains(text, "\nwindow:w=?,4,,2,certified,"));
  CHECK(contains(text, "\nfull,,,1,certified,"));
}

TEST_CASE("compare_svg: a row per input by rank, or a line per input", "[report][compare]") {
  const std::string ranks = compare_svg(
      ranked_result({input("ring:w=3", .02, .019, .021), input("regular:d=7", .4, .39, .41),
                     input("ring:w=4", .02, .019, .021)}));
  std::vector<std::string> rows;
  for (const Element& e : elements(ranks))
    if (e.is("text", "ink") && e.attributes.at("text-anchor") == "end")
      rows.push_back(e.text);
  // The two rings cannot be told apart.
  CHECK(rows == std::vector<std::string>{"1. regular:d=7", "~2. ring:w=3, ~2.", "ring:w=4"});
  CHECK(collision(ranks).empty());

  const std::string lines = compare_svg(sweep());
  CHECK(collision(lines).empty());
  for (const char* label : {">100<", ">200<", ">400<", ">ring:w=3<", ">regular:d=7<"})
    CHECK(contains(lines, label));
  const std::string path = first(lines, "path", "blue-line mark").attributes.at("d");
  CHECK(std::count(path.begin(), path.end(), 'L') == 2);
  // n^-2 is straight on two logarithmic axes: equal steps down.
  double x = 0;
  double y1 = 0;
  double y2 = 0;
  double y3 = 0;
  REQUIRE(std::sscanf(path.c_str(), "M%lf %lfL%lf %lfL%lf %lf", &x, &y1, &x, &y2, &x, &y3) == 6);
  CHECK(y3 - y2 == Approx(y2 - y1).margin(.02)); // coordinates have two decimals
  CHECK(y2 > y1);
}
