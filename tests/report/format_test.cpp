// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/report/format.hpp"

#include "catch.hpp"

#include <cmath>
#include <string>

using namespace attnwalk;
using namespace attnwalk::report;

TEST_CASE("number: significant digits, plain or with a short exponent", "[report][format]") {
  CHECK(number(0) == "0");
  CHECK(number(1.0 / 3, 4) == "0.3333");
  CHECK(number(1234567, 3) == "1230000");
  CHECK(number(2.75790001e-8, 5) == "2.7579e-8");
  CHECK(number(12345678, 3) == "1.23e7");
  CHECK(number(0.001, 2) == "0.0010");
  CHECK(number(0.9999, 2) == "1.0");
  CHECK(number(-0.25, 3) == "-0.250");
  CHECK(approximate(0.25, 4) == "0.25");
  CHECK(approximate(1.5e-9, 4) == "1.5e-9");
  CHECK(number(std::nan("")) == "nan");
  CHECK(number(-INFINITY) == "-inf");
}

TEST_CASE("number: rounding down never exceeds, rounding up never falls short",
          "[report][format]") {
  CHECK(number(0.12349, 3, Rounding::down) == "0.123");
  CHECK(number(0.12341, 3, Rounding::up) == "0.124");
  CHECK(number(-0.12341, 3, Rounding::down) == "-0.124");
  CHECK(number(9.991, 3, Rounding::up) == "10.0");
  CHECK(number(0.5, 3, Rounding::up) == "0.500");
  RandomStream draw({1, 0}); // seed 1
  for (int t = 0; t < 2000; ++t) {
    const double x = draw.normal() * std::pow(10.0, static_cast<double>(draw.below(40)) - 20);
    const int digits = 1 + static_cast<int>(draw.below(15));
    const double down = std::stod(number(x, digits, Rounding::down));
    const double up = std::stod(number(x, digits, Rounding::up));
    INFO("x = " << x << ", digits = " << digits);
    CHECK(down <= x);
    CHECK(x <= up);
    // one unit of the last digit apart, two where the exponent changes between them
    CHECK(up - down <= 2.0001 * std::pow(10.0, std::floor(std::log10(std::abs(x))) + 1 - digits));
  }
}

TEST_CASE("number_within: digits follow the width of the interval", "[report][format]") {
  CHECK(number_within(0.98083152651, 1e-4) == "0.98083");
  CHECK(number_within(0.98083152651, 0) == "0.98083152651");
  CHECK(number_within(0.98, 10) == "0.98");
  CHECK(number_within(2.7579e-8, 1e-12) == "2.75790e-8");
  CHECK(number_within(0.5, std::nan("")) == "0.5");
}

TEST_CASE("interval: printed ends contain the true ones; absent ends are one-sided",
          "[report][format]") {
  CHECK(interval(0.12341, 0.12349) == "[0.123410, 0.123490]");
  CHECK(interval(0.1, 0.3) == "[0.10, 0.30]");
  CHECK(interval(1e-12, 0.3) == "[1.0e-12, 0.30]");
  CHECK(interval(0.5, 0.5) == "[0.5, 0.5]");
  CHECK(interval(1.0 / 3, 1.0 / 3) == "[0.333333333333, 0.333333333334]");
  CHECK(interval(0.9901, 0.99999523) == "[0.9901, 0.9999953]"); // not 1.000
  CHECK(interval(-0.99999523, 0.5, 4) == "[-1.000, 0.50]");     // four digits are all there are
  CHECK(interval(0.5, {}) == ">= 0.500000");
  CHECK(interval({}, 0.1234567) == "<= 0.123457");
  CHECK(interval({}, {}).empty());
}

TEST_CASE("count: commas every three digits", "[report][format]") {
  CHECK(count(0) == "0");
  CHECK(count(999) == "999");
  CHECK(count(1147411) == "1,147,411");
  CHECK(count(-1234) == "-1,234");
}

TEST_CASE("duration: the unit that reads best", "[report][format]") {
  CHECK(duration(2.5e-4) == "250 us");
  CHECK(duration(0.0123) == "12.3 ms");
  CHECK(duration(1.5) == "1.50 s");
  CHECK(duration(200) == "3 min 20 s");
}

TEST_CASE("display_width: columns on a terminal, not bytes", "[report][format]") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\u03bb\u2082") == 2);
  CHECK(display_width("e\u0301") == 1);           // e and a combining accent
  CHECK(display_width("\u6ce8\u610f") == 4);      // two ideographs
  CHECK(display_width("\U0001F600") == 2);        // outside the first plane
  CHECK(display_width(std::string("\xCE")) >= 0); // cut short: no reading past the end
}

TEST_CASE("Table::text: columns align over wide characters; empty ones vanish", "[report][table]") {
  Table table({{"name"}, {"value", Align::right}, {"nothing"}, {"note"}});
  table.add({"\u03bb\u2082", "1.5", "", "first"});
  table.add({"slem", "10.25", "", ""});
  CHECK(table.text() == "name  value  note\n"
                        "\u03bb\u2082      1.5  first\n"
                        "slem  10.25\n");
  CHECK_THROWS_AS(table.add({"one"}), Error);
  CHECK(Table({{""}, {""}}).text().empty());
}
