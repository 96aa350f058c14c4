// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/csv.hpp"

#include "catch.hpp"
#include "samples.hpp"

#include <algorithm>
#include <string>

using namespace attnwalk;
using namespace attnwalk::report;

TEST_CASE("gaps_csv: a row per walk, commas and quotes escaped, unknown cells empty",
          "[report][csv]") {
  workflow::Provenance origin = samples::provenance();
  origin.spec = "random:d=2,seed=\"3\"";
  const spectral::GapReport report = samples::report();
  const CsvRow row{&origin, &report};
  const std::string text = gaps_csv({&row, 1});
  const std::size_t line = text.find('\n');
  const std::string head = text.substr(0, line);
  const std::string cells = text.substr(line + 1);
  CHECK(head.starts_with("input,layer,head,queries,keys,entries,kind,verdict,"));
  CHECK(cells.starts_with("\"random:d=2,seed=\"\"3\"\"\",,,64,64,448,undirected,"));
  CHECK(
      cells.find(",0.9808315265164675,0.0191684734835325,0.01916847348,0.01916847349,certified,") !=
      std::string::npos);
  CHECK(cells.find(",,,,,refused,") != std::string::npos);
  // the quoted cell has one comma of its own
  CHECK(std::count(cells.begin(), cells.end(), ',') ==
        std::count(head.begin(), head.end(), ',') + 1);
}
