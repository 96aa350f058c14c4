// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/text_parts.hpp"

#include <cmath>

namespace attnwalk::report {

std::string export_text(const workflow::ExportResult& result, const std::string& output,
                        const TextOptions& how) {
  const auto& [b, c] = result.block;
  const bool sized = result.form != exports::Form::index_lists;
  Table table({{"order"},
               {"blocks", Align::right},
               {"full", Align::right},
               {"partial", Align::right},
               {"most in a row", Align::right},
               {"pairs computed", Align::right},
               {"per entry", Align::right},
               {"bandwidth", Align::right}});
  for (const auto& [order, cost] : result.costs)
    table.add(
        {std::string(to_string(order)) + (order == result.order && !output.empty() ? " *" : ""),
         count(cost.blocks), count(cost.full_blocks), count(cost.partial_blocks),
         count(cost.most_blocks), count(cost.pairs),
         std::isnan(cost.inflation) ? "" : number(cost.inflation, 4, Rounding::up),
         count(cost.bandwidth)});
  const std::string form =
      message(to_string(result.form),
              sized ? message(", blocks of ", b, " x ", c) : std::string(", a list a query"),
              output.empty() ? "" : "; * is written");
  return heading(result.origin, "", how) + form + "\n\n" + table.text() + output_line(output) +
         time_line(result.origin.timings);
}

} // namespace attnwalk::report
