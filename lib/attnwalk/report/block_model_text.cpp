// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/version.hpp"
#include "attnwalk/report/block_model.hpp"
#include "attnwalk/report/json_parts.hpp"
#include "attnwalk/report/text_parts.hpp"

#include <cmath>

namespace attnwalk::report {
namespace {

std::string share_words(const theory::Share& share) {
  return message(approximate(share.value, 4), " [", approximate(share.lo, 3), ", ",
                 approximate(share.hi, 3), "]");
}

std::string fit_words(const SampleReport& report) {
  const sbm::GoodnessOfFit& fit = *report.fit;
  Table table({{"test"},
               {"statistic", Align::right},
               {"freedom", Align::right},
               {"p-value", Align::right}});
  for (const sbm::FitTest& test : fit.tests)
    table.add({test.name, approximate(test.statistic, 5),
               test.freedom > 0 ? approximate(test.freedom, 7) : "normal",
               approximate(test.p_value, 4)});
  const std::string verdict =
      fit.accepted(report.level)
          ? message("accepted: p = ", approximate(fit.p_value, 3), " over all tests")
          : message("REJECTED: p = ", approximate(fit.p_value, 3), " over all tests, below ",
                    approximate(report.level, 3), ", with ", fit.impossible, " impossible entries");
  return "\n" + report.tested + ", " + approximate(fit.entries, 7) + " entries each where " +
         approximate(fit.expected, 7) + " are expected\n\n" + table.text() + verdict + "\n";
}

Json fit_json(const SampleReport& report) {
  if (!report.fit)
    return nullptr;
  Json tests = Json::array();
  for (const sbm::FitTest& test : report.fit->tests)
    tests.push_back({{"name", test.name},
                     {"statistic", real(test.statistic)},
                     {"freedom", real(test.freedom)},
                     {"p_value", real(test.p_value)}});
  Json j{{"tested", report.tested}, {"draws", report.fit->draws}};
  j["entries"] = real(report.fit->entries);
  j["expected"] = real(report.fit->expected);
  j["impossible"] = report.fit->impossible;
  j["p_value"] = real(report.fit->p_value);
  j["level"] = real(report.level);
  j["accepted"] = report.fit->accepted(report.level);
  j["tests"] = std::move(tests);
  return j;
}

Json share_json(const theory::Share& share) {
  return {{"value", real(share.value)}, {"lo", real(share.lo)}, {"hi", real(share.hi)}};
}

} // namespace

std::string model_text(const ModelReport& report) {
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
  if (report.queries == report.keys)
    facts.push_back({"expected slem", number(report.spectrum.slem(), 7)});
  facts.push_back({"expected sigma_2", number(report.spectrum.sigma_2(), 7)});
  const std::string sigma_2 = approximate(report.sampled.sigma_2, 3);
  facts.push_back({"of a drawn mask",
                   report.queries == report.keys
                       ? message("slem about ", approximate(report.sampled.slem, 3),
                                 ", sigma_2 about ", approximate(report.sampled.walk_sigma_2, 3),
                                 " (scaled by degrees ", sigma_2, ")")
                       : "sigma_2 about " + sigma_2});
  facts.push_back(
      {"blocks visible", message(report.detectability.visible ? "yes" : "no", ": d lb^2 = ",
                                 approximate(report.detectability.signal, 4), " against 1")});
  return facts_table(facts).text();
}

std::string expected_text(const std::optional<ModelReport>& report) {
  return report ? "\nthe block model, without drawing\n" + model_text(*report) : "";
}

std::string sample_text(const SampleReport& report, const TextOptions& how) {
  std::string out = painted(report.name, "1", how) + "\n" +
                    size_words(report.mask.rows, report.mask.cols, report.mask.entries) +
                    message(", ", sbm::to_string(report.method), ", seed ", report.seed) + "\n\n";
  out += model_text(report.model);
  std::vector<Fact> facts = summary_facts(report.mask);
  facts.push_back({"predicted time", message("sparse ", duration(report.cost.sparse_ns * 1e-9),
                                             ", tiled ", duration(report.cost.tiled_ns * 1e-9))});
  if (!report.output.empty())
    facts.push_back({"written to", report.output});
  out += "\n" + facts_table(facts).text();
  if (report.fit)
    out += fit_words(report);
  return out + time_line(report.timings);
}

Json model_json(const ModelReport& report) {
  Json j{{"queries", report.queries}, {"keys", report.keys}};
  j["query_clusters"] = report.query_clusters;
  j["key_clusters"] = report.key_clusters;
  j["delta"] = real(report.delta);
  j["loops"] = report.loops;
  j["entries"] = real(report.entries);
  j["density"] = real(report.density);
  j["row_degree"] = real(report.row_degree);
  j["rate_bound"] = real(report.rate_bound);
  j["half_squared_rates"] = real(report.half_squared_rates);
  j["poisson_empty_rows"] = real(report.poisson_empty_rows);
  const bool square = report.queries == report.keys;
  j["slem"] = square ? real(report.spectrum.slem()) : Json(nullptr);
  j["sigma_2"] = real(report.spectrum.sigma_2());
  j["singular"] = report.spectrum.singular;
  j["normalized"] = report.spectrum.normalized;
  j["signal"] = real(report.detectability.signal);
  j["visible"] = report.detectability.visible;
  j["sampled_slem"] = real(report.sampled.slem);
  j["sampled_sigma_2"] = real(report.sampled.sigma_2);
  j["sampled_walk_sigma_2"] = real(report.sampled.walk_sigma_2);
  return j;
}

std::string sample_json(const SampleReport& report, const JsonOptions& how) {
  Json j{{"schema", "attnwalk.sample/1"},
         {"input", {{"source", report.name}, {"seed", report.seed}, {"version", version}}}};
  j["model"] = model_json(report.model);
  j["method"] = sbm::to_string(report.method);
  j["cost"] = {{"sparse_ns", real(report.cost.sparse_ns)},
               {"tiled_ns", real(report.cost.tiled_ns)},
               {"entries", real(report.cost.entries)},
               {"proposals", real(report.cost.proposals)},
               {"bytes", real(report.cost.bytes)}};
  j["mask"] = summary(report.mask);
  j["fit"] = fit_json(report);
  j["output"] = text(report.output);
  j["timings"] = timings(report.timings);
  return dump(j, how);
}

std::string universality_text(const UniversalityReport& report, const TextOptions& how) {
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
  table.add({"all hear of all", std::string(to_string(u.reach)),
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

std::string universality_json(const UniversalityReport& report, const JsonOptions& how) {
  const theory::Universality& u = report.conditions;
  Json j{{"schema", "attnwalk.universality/1"},
         {"input",
          {{"source", report.name},
           {"tokens", report.tokens},
           {"layers", report.layers},
           {"seed", report.seed},
           {"version", version}}}};
  j["holds"] = u.holds();
  j["loops"] = {{"verdict", to_string(u.loops)}, {"missing", u.missing_loops}};
  j["path"] = {{"verdict", to_string(u.path)}, {"method", u.path_method}, {"order", u.order}};
  j["reach"] = {{"verdict", to_string(u.reach)}, {"s", optional(u.s)}, {"method", u.reach_method}};
  j["odds"] = nullptr;
  if (report.odds)
    j["odds"] = {{"draws", report.odds->draws},
                 {"log_loops", real(report.odds->log_loops)},
                 {"loops", share_json(report.odds->loops)},
                 {"path", share_json(report.odds->path)},
                 {"reach", share_json(report.odds->reach)},
                 {"mean_s", real(report.odds->mean_s)}};
  j["timings"] = timings(report.timings);
  return dump(j, how);
}

} // namespace attnwalk::report
