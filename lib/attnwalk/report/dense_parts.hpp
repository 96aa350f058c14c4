// SPDX-License-Identifier: Apache-2.0
// Private: summaries of dense arrays in tables and JSON.
#pragma once

#include "attnwalk/report/dense.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/json_parts.hpp"

namespace attnwalk::report {

[[nodiscard]] inline Json dense_json(const DenseSummary& x) {
  return {{"shape", {x.shape.batch, x.shape.heads, x.shape.tokens, x.shape.width}},
          {"largest", real(x.largest)},
          {"frobenius", real(x.frobenius)},
          {"spread", real(x.spread)},
          {"checksum", x.checksum}};
}

[[nodiscard]] inline Table dense_table() {
  return Table({{"array"},
                {"batch x heads x tokens x width"},
                {"max |x|", Align::right},
                {"Frobenius", Align::right},
                {"spread", Align::right},
                {"checksum"}});
}

inline void add_row(Table& table, const std::string& name, const DenseSummary& x) {
  table.add({name,
             message(x.shape.batch, " x ", x.shape.heads, " x ", count(x.shape.tokens), " x ",
                     x.shape.width),
             approximate(x.largest, 6), approximate(x.frobenius, 6), approximate(x.spread, 6),
             x.checksum});
}

} // namespace attnwalk::report
