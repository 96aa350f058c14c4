// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/text_parts.hpp"

#include <cmath>

namespace attnwalk::report {
namespace {

std::string share_words(const theory::Share& share) {
  return message(approximate(share.value, 4), " [", approximate(share.lo, 3), ", ",
                 approximate(share.hi, 3), "]");
}

std::string fit_words(const workflow::TestedFit& report) {
  const sbm::GoodnessOfFit& fit = report.fit;
  Table table({{"test"},
               {"statistic", Align::right},
               {"freedom", Align::right},
               {"p-value", Align::right}});
  for (const sbm::FitTest& test : fit.tests)
    table.add({test.name, approximate(test.statistic, 5),
               test.freedom > 0 ? approximate(test.freedom, 7) : "normal",
               approximate(test.p_value, 4)});
  const std::string verdict =
      report.accepted()
          ? message("accepted: p = ", approximate(fit.p_value, 3), " over all tests")
          : message("REJECTED: p = ", approximate(fit.p_value, 3), " over all tests, below ",
                    approximate(report.level, 3), ", with ", fit.impossible, " impossible entries");
  return "\n" + report.tested + ", " + approximate(fit.entries, 7) + " entries each where " +
         approximate(fit.expected, 7) + " are expected\n\n" + table.text() + verdict + "\n";
}

} // namespace

std::string model_text(const workflow::ModelReport& report) {
  std::vector<Fact> facts{
      {"expected entries",
       message(approximate(report.entries, 7), ", density ", approximate(report.density, 5), ", ",
               approximate(report.row_degree, 5), " a row")},
      {"clusters", message(count(report.query_clusters), " x ", count(report.key_clusters),
                           ", delta ", approximate(report.delta))},
      {"largest probability", "at most " + approximate(report.rate_bound, 5)},
      {"drawn by Poisson",
       message("about ", approximate(report.half_squared_rates, 4), " entries drawn again, ",
               approximate(report.poisson_empty_rows, 4), " empty rows")}};
  const bool square = report.queries == report.keys;
  const sbm::ExpectedSpectrum& expected = report.spectrum;
  if (square && expected.known)
    facts.push_back({"expected slem", number(expected.slem(), 7)});
  facts.push_back({"expected sigma_2", expected.known
                                           ? number(expected.sigma_2(), 7)
                                           : "not computed: too many rates are cut to 1"});
  const std::string slem = std::isnan(report.sampled.slem)
                               ? ""
                               : "slem about " + approximate(report.sampled.slem, 3) + ", ";
  const std::string sigma_2 = approximate(report.sampled.sigma_2, 3);
  facts.push_back({"of a drawn mask", square ? message(slem, "sigma_2 about ",
                                                       approximate(report.sampled.walk_sigma_2, 3),
                                                       " (scaled by degrees ", sigma_2, ")")
                                             : "sigma_2 about " + sigma_2});
  if (expected.known)
    facts.push_back(
        {"blocks visible", message(report.detectability.visible ? "yes" : "no", ": d lb^2 = ",
                                   approximate(report.detectability.signal, 4), " against 1")});
  return facts_table(facts).text();
}

std::string expected_text(const std::optional<workflow::ModelReport>& report) {
  return report ? "\nthe block model, without drawing\n" + model_text(*report) : "";
}

std::string sample_text(const workflow::SampleResult& result, const std::string& output,
                        const TextOptions& how) {
  const workflow::Summary& mask = result.summary;
  const sbm::Cost& cost = result.mask.cost;
  std::string out = painted(result.name, "1", how) + "\n" +
                    size_words(mask.rows, mask.cols, mask.entries) +
                    message(", ", to_string(result.mask.method), ", seed ", result.seed) + "\n\n";
  out += model_text(result.model);
  std::vector<Fact> facts = summary_facts(mask);
  facts.push_back({"predicted time", message("sparse ", duration(cost.sparse_ns * 1e-9), ", tiled ",
                                             duration(cost.tiled_ns * 1e-9))});
  if (!output.empty())
    facts.push_back({"written to", output});
  out += "\n" + facts_table(facts).text();
  if (result.fit)
    out += fit_words(*result.fit);
  return out + time_line(result.timings);
}

std::string universality_text(const workflow::UniversalityResult& report, const TextOptions& how) {
  const theory::Universality& u = report.conditions;
  std::string out = painted(report.name, "1", how) + "\n" +
                    message(count(report.tokens), " tokens, ", report.layers,
                            report.layers == 1 ? " pattern" : " patterns in turn") +
                    "\n\n";
  Index missing = 0;
  for (const Index layer : u.missing_loops)
    missing += layer;
  Table table({{"condition"}, {"verdict"}, {""}});
  table.add({"self loops", std::string(to_string(u.loops)),
             missing > 0 ? message(count(missing), " missing") : ""});
  table.add({"Hamiltonian path", std::string(to_string(u.path)), u.path_method});
  table.add({"every token reaches every other", std::string(to_string(u.reach)),
             u.s ? message("after s = ", *u.s, " layers") : u.reach_method});
  out += table.text();
  if (report.odds) {
    const theory::UniversalityOdds& odds = *report.odds;
    out += message("\nof ", odds.draws, " draws, with 99 % intervals\n");
    out += facts_table({{"self loops", message(share_words(odds.loops), ", ln P = ",
                                               approximate(odds.log_loops, 6), " exactly")},
                        {"Hamiltonian path found", share_words(odds.path)},
                        {"finite s",
                         message(share_words(odds.reach), ", mean ", approximate(odds.mean_s, 4))}})
               .text();
  }
  return out + time_line(report.timings);
}

} // namespace attnwalk::report
