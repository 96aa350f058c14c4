// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/phrases.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/report/format.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace attnwalk::report {
namespace {

std::string degree_words(const pattern::Degrees& d) {
  if (d.min == d.max)
    return count(d.min) + " in every one";
  return message(count(d.min), " to ", count(d.max), ", mean ", approximate(d.mean, 4), ", sd ",
                 approximate(d.sd, 3));
}

std::string percent(double fraction) {
  if (fraction == 1)
    return "100 %";
  // 99.9999 % must not read as all of it
  const double shown = fraction > 0.9995 ? 100 * fraction : std::min(100 * fraction, 99.95);
  return number(shown, fraction > 0.9995 ? 7 : 3, Rounding::down) + " %";
}

std::string component_words(const pattern::Structure& s) {
  if (s.components == 1)
    return s.bipartite_components == 1 ? "1 (bipartite: no odd cycle)" : "1";
  std::string words = count(s.components) + ", the largest of " + count(s.largest_component);
  if (s.bipartite_components > 0)
    words += ", " + count(s.bipartite_components) + " without odd cycles";
  return words;
}

std::string class_words(const pattern::Structure& s) {
  if (s.closed_classes.empty())
    return "none";
  const auto largest =
      std::max_element(s.closed_classes.begin(), s.closed_classes.end(),
                       [](const auto& a, const auto& b) { return a.size < b.size; });
  const auto classes = static_cast<Index>(s.closed_classes.size());
  std::string words = classes == 1 ? "1, of " + count(largest->size)
                                   : count(classes) + ", the largest of " + count(largest->size);
  return words + ", period " + count(s.period) + ", transient tokens " + count(s.transient);
}

std::string diameter_words(const pattern::Structure& s) {
  if (!s.diameter_at_most)
    return message("infinite; ", s.diameter_method.starts_with("exact") ? "" : "at least ",
                   count(s.diameter_at_least), " where there is a path");
  if (*s.diameter_at_most == s.diameter_at_least)
    return count(s.diameter_at_least);
  return count(s.diameter_at_least) + " to " + count(*s.diameter_at_most);
}

std::string reach_words(const pattern::Structure& s) {
  std::string words;
  for (const auto& r : s.reach)
    words += (words.empty() ? "" : ", ") + message(r.hops, ": ", percent(r.fraction));
  return words + (s.reach_exact ? "" : " (sampled rows)");
}

} // namespace

std::string size_words(Index rows, Index cols, Index entries) {
  std::string words = count(rows) + " x " + count(cols) + ", " + count(entries) +
                      (entries == 1 ? " entry" : " entries");
  if (rows > 0)
    words +=
        ", " + approximate(static_cast<double>(entries) / static_cast<double>(rows), 4) + " a row";
  return words;
}

std::string value_words(const spectral::Gap& gap) {
  if (!gap.value)
    return "-";
  double width = gap.residual; // NaN where there is none
  if (gap.lo && gap.hi)
    width = std::isnan(width) ? *gap.hi - *gap.lo : std::min(width, *gap.hi - *gap.lo);
  if (width > 0) // more than twelve digits serve no reader of a table; --json has them all
    width = std::max(width, 1e-11 * std::abs(*gap.value));
  return number_within(*gap.value, width);
}

std::string gap_words(const spectral::Gap& gap) {
  if (!gap.gap)
    return "-";
  double width = gap.residual;
  if (gap.gap_lo && gap.gap_hi) {
    const double certified = *gap.gap_hi - *gap.gap_lo;
    width = std::isnan(width) ? certified : std::min(width, certified);
  }
  // more than eight digits of a gap serve no reader of a table; --json has them all
  return number_within(*gap.gap, std::max(width, 1e-7 * std::abs(*gap.gap)));
}

workflow::Provenance without_folders(workflow::Provenance origin) {
  const auto name = [](std::string& file) {
    if (file != "-")
      file = std::filesystem::path(file).filename().string();
  };
  name(origin.file);
  if (workflow::names_file(origin.mask))
    name(origin.mask);
  return origin;
}

std::string picture_title(const workflow::Provenance& origin) {
  return workflow::title(without_folders(origin));
}

std::vector<Fact> structure_facts(const pattern::Structure& s) {
  const bool square = s.rows == s.cols;
  std::vector<Fact> facts;
  const auto add = [&](const char* name, std::string value) {
    facts.push_back({name, std::move(value)});
  };
  add("shape", size_words(s.rows, s.cols, s.entries));
  add("density", percent(s.density));
  add("entries in a row", degree_words(s.row_degree));
  add("entries in a column", degree_words(s.column_degree));
  if (s.regular)
    add("regular", "of degree " + count(*s.regular));
  if (s.empty_rows > 0)
    add("empty rows", count(s.empty_rows));
  if (s.empty_columns > 0)
    add("empty columns", count(s.empty_columns));
  if (square)
    add("self loops",
        count(s.loops) +
            (s.min_loop_weight > 0 ? ", smallest weight " + number(s.min_loop_weight, 3) : ""));
  add("symmetric", s.symmetric ? "yes" : "no");
  add("causal", s.causal ? "yes" : "no");
  add("components", component_words(s));
  if (square) {
    add("strong components", count(s.strong_components));
    add("closed classes", class_words(s));
  }
  if (square)
    add("diameter", diameter_words(s) + " (" + s.diameter_method + ")");
  add("doeblin", approximate(s.doeblin));
  if (!s.reach.empty())
    add("reached in hops", reach_words(s));
  add("full reach",
      s.full_reach ? "after " + count(*s.full_reach) + " hops"
                   : (s.full_reach_status.empty() ? std::string("never") : s.full_reach_status));
  return facts;
}

std::string timing_words(const std::vector<Timing>& timings) {
  std::string words;
  for (const auto& t : timings)
    words += (words.empty() ? "" : ", ") + t.what + " " + duration(t.seconds);
  return words;
}

} // namespace attnwalk::report
