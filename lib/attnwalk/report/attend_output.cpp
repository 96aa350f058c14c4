// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/attend.hpp"
#include "attnwalk/report/dense_parts.hpp"
#include "attnwalk/report/json_parts.hpp"
#include "attnwalk/report/text_parts.hpp"

namespace attnwalk::report {

std::string attended_json(const AttendResult& result, const std::string& output,
                          const JsonOptions& how) {
  const attention::AttendOptions& used = result.how;
  Json j{{"schema", "attnwalk.attend/1"}, {"input", input(result.from)}};
  j["attention"] = summary(result.summary);
  j["attended"] = {{"precision", to_string(result.precision)},
                   {"backend", name_of(used.backend)},
                   {"scale", real(used.scale)},
                   {"dropout", real(used.dropout)},
                   {"importance", to_string(result.importance)},
                   {"q", dense_json(result.q)},
                   {"k", dense_json(result.k)},
                   {"v", dense_json(result.v)},
                   {"z", dense_json(result.z)},
                   {"lse", nullptr}};
  if (used.lse)
    j["attended"]["lse"] = {{"min", real(result.lse_min)}, {"max", real(result.lse_max)}};
  j["output"] = text(output);
  j["timings"] = timings(result.from.timings);
  return dump(j, how);
}

std::string attended_text(const AttendResult& result, const std::string& output,
                          const TextOptions& how) {
  const attention::AttendOptions& used = result.how;
  std::vector<Fact> facts = summary_facts(result.summary);
  facts.push_back(
      {"computed", message("in ", to_string(result.precision), " by ", name_of(used.backend),
                           ", scale ", approximate(used.scale, 6))});
  if (result.importance != Importance::none)
    facts.push_back({"read as", message("a sample of every pair: scores less the logarithms of ",
                                        "their rates, ", to_string(result.importance))});
  if (used.dropout > 0)
    facts.push_back(
        {"dropout", message(approximate(used.dropout), " of the edges, seed ", result.from.seed)});
  if (used.lse)
    facts.push_back(
        {"log-sum-exp", approximate(result.lse_min, 6) + " to " + approximate(result.lse_max, 6)});
  Table arrays = dense_table();
  add_row(arrays, "q", result.q);
  add_row(arrays, "k", result.k);
  add_row(arrays, "v", result.v);
  add_row(arrays, "z", result.z);
  std::string out =
      heading(result.from, "", how) + facts_table(facts).text() + "\n" + arrays.text();
  if (!output.empty())
    out += "\nwritten to " + output + "\n";
  return out + time_line(result.from.timings);
}

} // namespace attnwalk::report
