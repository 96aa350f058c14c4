// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/report/answer.hpp"
#include "attnwalk/report/lookup.hpp"
#include "attnwalk/report/ranking.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/report/text_parts.hpp"

#include <algorithm>

namespace attnwalk::report {
namespace {

using workflow::Compared;
using workflow::CompareResult;

std::string hop_words(const std::optional<double>& x) {
  return x ? hops(*x) : "-";
}

void add_row(Table& table, const Compared& input, const std::string& by) {
  const Answer found = answer(input.report);
  const spectral::Gap* g = known(input.report, by);
  const auto rows = static_cast<double>(std::max<Index>(input.origin.queries, 1));
  table.add(
      {input.at ? approximate(*input.at) : "",
       input.rank == 0 ? "-"
                       : (is_proved(input.rank_status) ? "" : "~") + std::to_string(input.rank),
       count(input.origin.entries),
       approximate(static_cast<double>(input.origin.entries) / rows, 4), hop_words(found.hops_lo),
       hop_words(found.hops_hi), g != nullptr ? approximate(*g->gap, 4) : "-",
       g != nullptr ? interval(g->gap_lo, g->gap_hi, 4) : "",
       g != nullptr ? std::string(spectral::to_string(g->status)) : "refused",
       spaced(workflow::title(input.origin))});
}

std::string ranking_table(const CompareResult& result) {
  Table table({{result.varied, Align::right},
               {"rank", Align::right},
               {"entries", Align::right},
               {"a row", Align::right},
               {"hops >=", Align::right},
               {"hops <=", Align::right},
               {result.by + " gap", Align::right},
               {"interval"},
               {"status"},
               {"input"}});
  bool open = false;
  for (const RankedGroup& group : ranked(result))
    for (const Compared* input : group.inputs) {
      add_row(table, *input, result.by);
      open = open || (input->rank > 0 && !is_proved(input->rank_status));
    }
  return table.text(page_columns) +
         (open
              ? "\n" + wrapped("~ before a rank: not proved, as the interval meets that of another "
                               "input, or a number is an estimate.")
              : "");
}

/// Why inputs have no rank, each cause once.
std::string refusal_lines(const CompareResult& result) {
  std::string out;
  std::vector<std::string> seen;
  for (const Compared& input : result.inputs)
    for (const spectral::Gap& g : input.report.gaps) {
      if (g.name != result.by || g.gap)
        continue;
      const std::string line = message("no ", result.by, " gap: ", compared_name(input), ": ",
                                       g.reason.empty() ? "no number was found" : g.reason);
      if (std::find(seen.begin(), seen.end(), line) == seen.end())
        out += wrapped(line);
      seen.push_back(line);
    }
  return out.empty() ? out : "\n" + out;
}

std::string overlap_table(const workflow::Overlap& o) {
  return "\n" + facts_table({{"common entries", count(o.common)},
                             {"only in the first", count(o.only_a)},
                             {"only in the second", count(o.only_b)},
                             {"Jaccard", approximate(o.jaccard, 5)},
                             {"TV between rows",
                              message("mean ", approximate(o.tv_mean, 4), ", largest ",
                                      approximate(o.tv_max, 4), " in row ", o.tv_max_row)},
                             {"Frobenius", approximate(o.frobenius, 5)}})
                    .text();
}

/// What a quantity or fact is of every input, one column each; rows in order of first appearance.
template <class Rows>
std::string side_by_side(const std::string& title, const CompareResult& result, Rows rows_of) {
  std::vector<Column> columns{{title}};
  std::vector<std::string> names;
  std::vector<std::vector<Fact>> all;
  for (const Compared& input : result.inputs) {
    columns.push_back({input.at ? message(result.varied, " = ", approximate(*input.at), ", ",
                                          compared_name(input))
                                : compared_name(input)});
    all.push_back(rows_of(input.report));
    for (const Fact& fact : all.back())
      if (std::find(names.begin(), names.end(), fact.name) == names.end())
        names.push_back(fact.name);
  }
  Table table(columns);
  for (const std::string& name : names) {
    std::vector<std::string> cells{name};
    for (const std::vector<Fact>& facts : all) {
      const auto same = std::find_if(facts.begin(), facts.end(),
                                     [&](const Fact& fact) { return fact.name == name; });
      cells.push_back(same == facts.end() ? "-" : same->value);
    }
    table.add(std::move(cells));
  }
  return "\n" + table.text();
}

std::vector<Fact> gap_facts(const spectral::GapReport& report) {
  std::vector<Fact> facts;
  for (const spectral::Gap& g : report.gaps) {
    const std::string ends = interval(g.lo, g.hi, 6);
    facts.push_back({g.name, g.value        ? value_words(g) + " " + ends
                             : ends.empty() ? std::string(spectral::to_string(g.status))
                                            : ends});
  }
  return facts;
}

} // namespace

std::string compare_text(const CompareResult& result, const TextOptions& how) {
  const Compared& first = result.inputs.front();
  std::string sentences;
  for (const std::string& sentence : ranking_sentences(result))
    sentences += wrapped(sentence);
  std::string out = painted(message("ranked by the ", result.by, " gap"), "1", how) +
                    (result.varied.empty() ? message(", ", count(first.origin.queries), " x ",
                                                     count(first.origin.keys))
                                           : "") +
                    message(", seed ", first.origin.seed, "\n\n") + sentences + "\n" +
                    ranking_table(result) + refusal_lines(result);
  if (result.overlap)
    out += overlap_table(*result.overlap);
  if (how.all)
    out += side_by_side("value", result, gap_facts) +
           side_by_side("structure", result, [](const spectral::GapReport& report) {
             return structure_facts(report.structure);
           });
  else
    out += "\nEvery number: --all.\n";
  return out + time_line(result.timings);
}

} // namespace attnwalk::report
