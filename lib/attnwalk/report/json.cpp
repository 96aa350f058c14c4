// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"

#include "attnwalk/report/json_parts.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace attnwalk::report {
namespace {

// A causal pattern has a closed class per isolated token: a list of a million helps nobody.
const std::size_t most_classes = 64;

Json closed_classes(const pattern::Structure& s) {
  std::vector<pattern::ClosedClass> classes = s.closed_classes;
  std::stable_sort(classes.begin(), classes.end(),
                   [](const auto& a, const auto& b) { return a.size > b.size; });
  classes.resize(std::min(classes.size(), most_classes));
  Json list = Json::array();
  for (const auto& c : classes)
    list.push_back({{"label", c.label}, {"size", c.size}, {"period", c.period}});
  return list;
}

Json structure(const pattern::Structure& s) {
  Json reach = Json::array();
  for (const auto& r : s.reach)
    reach.push_back(
        {{"hops", r.hops}, {"fraction", real(r.fraction)}, {"lo", real(r.lo)}, {"hi", real(r.hi)}});
  Json j{{"rows", s.rows}, {"cols", s.cols}, {"entries", s.entries}, {"density", real(s.density)}};
  j["row_degree"] = degrees(s.row_degree);
  j["column_degree"] = degrees(s.column_degree);
  j["empty_rows"] = s.empty_rows;
  j["empty_columns"] = s.empty_columns;
  j["loops"] = s.loops;
  j["min_loop_weight"] = real(s.min_loop_weight);
  j["symmetric"] = s.symmetric;
  j["causal"] = s.causal;
  j["regular"] = optional(s.regular);
  j["components"] = s.components;
  j["largest_component"] = s.largest_component;
  j["bipartite_components"] = s.bipartite_components;
  j["strong_components"] = s.strong_components;
  j["closed_class_count"] = s.closed_classes.size();
  j["closed_classes"] = closed_classes(s);
  j["transient"] = s.transient;
  j["period"] = s.period;
  j["diameter_at_least"] = s.diameter_at_least;
  j["diameter_at_most"] = optional(s.diameter_at_most);
  j["diameter_method"] = text(s.diameter_method);
  j["doeblin"] = real(s.doeblin);
  j["reach"] = std::move(reach);
  j["reach_exact"] = s.reach_exact;
  j["full_reach"] = optional(s.full_reach);
  j["full_reach_status"] = text(s.full_reach_status);
  return j;
}

Json gap(const spectral::Gap& g) {
  Json j{{"value", optional(g.value)},   {"lo", optional(g.lo)},
         {"hi", optional(g.hi)},         {"gap", optional(g.gap)},
         {"gap_lo", optional(g.gap_lo)}, {"gap_hi", optional(g.gap_hi)}};
  j["method"] = text(g.method);
  j["status"] = spectral::to_string(g.status);
  j["residual"] = real(g.residual);
  j["confidence"] = real(g.confidence);
  j["reason"] = text(g.reason);
  return j;
}

Json stationary(const spectral::Stationary& s, bool whole) {
  const bool known = !s.method.empty();
  const auto number = [known](double x) { return known ? real(x) : Json(nullptr); };
  Json j{{"method", text(s.method)},
         {"residual", number(s.residual)},
         {"error_bound", optional(s.error_bound)},
         {"min", number(s.min)},
         {"max", number(s.max)},
         {"tv_uniform", number(s.tv_uniform)},
         {"reversibility_defect", number(s.reversibility_defect)},
         {"status", text(s.status)}};
  if (whole)
    j["pi"] = s.pi.empty() ? Json(nullptr) : Json(s.pi);
  return j;
}

Json sweep(const std::optional<spectral::SweepCut>& cut) {
  if (!cut)
    return nullptr;
  return {{"conductance", real(cut->conductance)},
          {"size", cut->size},
          {"rayleigh", real(cut->rayleigh)},
          {"set", cut->set.empty() ? Json(nullptr) : Json(cut->set)}};
}

Json spectrum(const spectral::Spectrum& s) {
  if (s.points.empty() && s.method.empty() && s.reason.empty())
    return nullptr;
  Json points = Json::array();
  for (const auto& p : s.points)
    points.push_back(
        {{"real", real(p.real)}, {"imag", real(p.imag)}, {"density", real(p.density)}});
  return {{"method", text(s.method)}, {"reason", text(s.reason)}, {"points", std::move(points)}};
}

/// The parts of a gap report, appended to `j`.
void add_gap(Json& j, const spectral::GapReport& report, const JsonOptions& how) {
  Json gaps = Json::object();
  for (const auto& g : report.gaps)
    gaps[g.name] = gap(g);
  Json bounds = Json::object();
  for (const auto& b : report.bounds)
    bounds[b.name] = {
        {"value", optional(b.value)}, {"method", text(b.method)}, {"reason", text(b.reason)}};
  j["kind"] = spectral::to_string(report.kind);
  j["structure"] = structure(report.structure);
  j["empty_rows_looped"] = report.empty_rows_looped;
  j["gaps"] = std::move(gaps);
  j["multiplicity_at_least"] = report.multiplicity_at_least;
  j["stationary"] = stationary(report.stationary, how.pi);
  j["sweep"] = sweep(report.sweep);
  j["bounds"] = std::move(bounds);
  j["spectrum"] = spectrum(report.spectrum);
}

std::string summary_json(const char* schema, const char* part, const Provenance& from,
                         const Summary& s, const std::string& output, const JsonOptions& how) {
  Json j{{"schema", schema}, {"input", input(from)}};
  j[part] = summary(s);
  if (std::string_view(part) == "attention")
    j["attended"] = nullptr;
  j["output"] = text(output);
  j["timings"] = timings(from.timings);
  return dump(j, how);
}

} // namespace

std::string provenance_json(const Provenance& from, const JsonOptions& how) {
  return dump({{"schema", "attnwalk.provenance/1"}, {"input", input(from)}}, how);
}

std::string pattern_json(const Provenance& from, const Summary& s, const std::string& output,
                         const JsonOptions& how) {
  return summary_json("attnwalk.pattern/1", "pattern", from, s, output, how);
}

std::string attend_json(const Provenance& from, const Summary& s, const std::string& output,
                        const JsonOptions& how) {
  return summary_json("attnwalk.attend/1", "attention", from, s, output, how);
}

std::string info_json(const Provenance& from, const pattern::Structure& s, const JsonOptions& how) {
  Json j{{"schema", "attnwalk.info/1"}, {"input", input(from)}};
  j["structure"] = structure(s);
  if (how.expected != nullptr)
    j["expected"] = model_json(*how.expected);
  j["timings"] = timings(from.timings);
  return dump(j, how);
}

std::string gap_json(const Provenance& from, const spectral::GapReport& report,
                     const JsonOptions& how) {
  Json j{{"schema", "attnwalk.gap/1"}, {"input", input(from)}};
  add_gap(j, report, how);
  if (how.expected != nullptr)
    j["expected"] = model_json(*how.expected);
  j["timings"] = timings(report.timings, timings(from.timings));
  return dump(j, how);
}

std::string compare_json(const Provenance& a, const Provenance& b, const Comparison& both,
                         const JsonOptions& how) {
  Json j = Json::object();
  j["schema"] = "attnwalk.compare/1";
  j["a"]["input"] = input(a);
  add_gap(j["a"], both.a, how);
  j["a"]["timings"] = timings(both.a.timings, timings(a.timings));
  j["b"]["input"] = input(b);
  add_gap(j["b"], both.b, how);
  j["b"]["timings"] = timings(both.b.timings, timings(b.timings));
  const Overlap& o = both.overlap;
  j["overlap"] = {{"common", o.common},         {"only_a", o.only_a},
                  {"only_b", o.only_b},         {"jaccard", real(o.jaccard)},
                  {"tv_mean", real(o.tv_mean)}, {"tv_max", real(o.tv_max)},
                  {"tv_max_row", o.tv_max_row}, {"frobenius", real(o.frobenius)}};
  j["timings"] = timings(both.timings);
  return dump(j, how);
}

} // namespace attnwalk::report
