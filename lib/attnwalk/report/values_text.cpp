// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/memory.hpp"
#include "attnwalk/report/text_parts.hpp"

#include <algorithm>

namespace attnwalk::report {
namespace {

using workflow::AttendResult;
using workflow::DiffuseResult;
using workflow::PropagateResult;

std::string method_words(const diffusion::DiffuseOptions& how) {
  std::string words = message(to_string(how.method), ", alpha ", approximate(how.alpha));
  if (how.method == diffusion::Method::heat)
    words += message(", time ", approximate(how.time));
  if (how.tolerance)
    words += message(", tolerance ", approximate(*how.tolerance));
  return words + message(", ", to_string(how.backend));
}

std::string steps_words(const std::vector<double>& steps) {
  const std::size_t shown = 6;
  std::string words;
  for (std::size_t s = 0; s < std::min(steps.size(), shown); ++s)
    words += (s == 0 ? "" : ", ") + number(steps[s], 3);
  return steps.size() > shown ? words + " .. " + number(steps.back(), 3) : words;
}

} // namespace

std::string attended_text(const AttendResult& result, const std::string& output,
                          const TextOptions& how) {
  const attention::AttendOptions& used = result.how;
  std::vector<Fact> facts = summary_facts(result.summary);
  facts.push_back(
      {"computed", message("in ", to_string(result.precision), " by ", to_string(used.backend),
                           ", scale ", approximate(used.scale, 6))});
  if (result.importance != workflow::Importance::none)
    facts.push_back({"read as", message("a sample of every pair: scores less the logarithms of ",
                                        "their rates, ", to_string(result.importance))});
  if (used.dropout > 0)
    facts.push_back({"dropout", message(approximate(used.dropout), " of the edges, seed ",
                                        result.origin.seed)});
  if (used.lse)
    facts.push_back(
        {"log-sum-exp", approximate(result.lse_min, 6) + " to " + approximate(result.lse_max, 6)});
  Table arrays = dense_table();
  add_row(arrays, "q", result.q);
  add_row(arrays, "k", result.k);
  add_row(arrays, "v", result.v);
  add_row(arrays, "z", result.z);
  std::string out =
      heading(result.origin, "", how) + facts_table(facts).text() + "\n" + arrays.text();
  return out + output_line(output) + time_line(result.origin.timings);
}

std::string diffuse_text(const DiffuseResult& result, const std::string& output,
                         const TextOptions& how) {
  const diffusion::Diffused<double>& out = result.out;
  std::vector<Fact> facts = summary_facts(result.summary);
  facts.push_back({"method", method_words(result.how)});
  facts.push_back({"hops", count(out.hops) + (out.converged ? "" : ", tolerance not met")});
  facts.push_back({"from the limit",
                   out.bound ? "at most " + number(*out.bound, 3, Rounding::up) + " in every entry"
                             : "unknown: alpha is 0"});
  if (out.missing_mass > 0)
    facts.push_back({"missing mass", number(out.missing_mass, 4) + " of every row"});
  if (!out.steps.empty())
    facts.push_back({"largest change", steps_words(out.steps)});
  facts.push_back({"values", result.values});
  Table arrays = dense_table();
  add_row(arrays, "v", result.v);
  add_row(arrays, "z", result.z);
  std::string text =
      heading(result.origin, "", how) + facts_table(facts).text() + "\n" + arrays.text();
  return text + output_line(output) + time_line(result.origin.timings);
}

std::string bytes_words(double bytes) {
  const std::string_view unit = byte_unit(bytes);
  return approximate(bytes, 4) + " " + std::string(unit);
}

std::string propagate_text(const PropagateResult& result, const std::string& output,
                           const TextOptions& how) {
  const CsrView<double> X = result.X.view();
  const auto pairs = static_cast<double>(X.rows) * static_cast<double>(X.cols);
  std::vector<Fact> facts{{"walks", result.what},
                          {"result", size_words(X.rows, X.cols, X.entries())}};
  if (pairs > 0)
    facts.push_back(
        {"pairs",
         number(100 * static_cast<double>(X.entries()) / pairs, 4, Rounding::down) + " %"});
  if (X.entries() > 0)
    facts.push_back({"values", approximate(result.min, 6) + " to " + approximate(result.max, 6) +
                                   ", sum " + approximate(result.sum, 8)});
  std::string text = heading(result.origin, "", how) + facts_table(facts).text();
  if (!result.growth.empty()) {
    Table hops(
        {{"hop", Align::right}, {"entries", Align::right}, {"forecast at most", Align::right}});
    for (const diffusion::Growth& g : result.growth)
      hops.add({count(g.hop), count(g.entries), bytes_words(g.forecast_bytes)});
    text += "\n" + hops.text();
  }
  return text + output_line(output) + time_line(result.origin.timings);
}

} // namespace attnwalk::report
