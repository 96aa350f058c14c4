// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/fields.hpp"
#include "attnwalk/core/index.hpp"
#include "attnwalk/report/json_writer.hpp"

#include "catch.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace attnwalk;
using report::JsonWriter;

namespace {

struct Inner {
  std::string name;
  double x = 0;
};
template <class Visitor>
void fields(const Inner& inner, Visitor& v) {
  v("x", inner.x);
}

struct Outer {
  std::vector<Inner> list;
  std::optional<Index> none;
  bool yes = true;
};
template <class Visitor>
void fields(const Outer& outer, Visitor& v) {
  v("list", outer.list);
  v("named", ByName(outer.list));
  v("none", outer.none);
  v("yes", outer.yes);
  v.bulk("long", known_if(!outer.list.empty(), outer.list));
  v("group", Group{[](auto& w) { w("word", "a"); }});
}

template <class T>
std::string written(const T& x, int indent = -1, bool bulk = false) {
  JsonWriter j(indent, bulk);
  j.value(x);
  return j.str();
}

} // namespace

TEST_CASE("JsonWriter: a description becomes an object, field by field", "[report][json]") {
  const Outer outer{{{"a", 0.5}, {"b", 2}}, {}, true};
  CHECK(written(outer) == R"({"list":[{"x":0.5},{"x":2.0}],"named":{"a":{"x":0.5},"b":{"x":2.0}},)"
                          R"("none":null,"yes":true,"group":{"word":"a"}})");
  CHECK(written(outer, -1, true).find(R"("long":[{"x":0.5})") != std::string::npos);
  CHECK(written(Outer{}, 2) == R"({
  "list": [],
  "named": {},
  "none": null,
  "yes": true,
  "group": {
    "word": "a"
  }
})");
  CHECK(written(std::vector<Index>{1, -2}, 1) == "[\n 1,\n -2\n]");
}

TEST_CASE("JsonWriter: numbers keep all bits, what is no number is null", "[report][json]") {
  CHECK(written(0.1) == "0.1");
  CHECK(written(0.9808315265164675) == "0.9808315265164675");
  CHECK(written(1e300) == "1e+300");
  CHECK(written(-0.0) == "-0.0");
  CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(written(std::nan("")) == "null");
  CHECK(written(-std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("JsonWriter: texts are escaped, empty ones are null", "[report][json]") {
  CHECK(written(std::string()) == "null");
  CHECK(written("a\"b\\c\n\x01") == R"("a\"b\\c\u000a\u0001")");
  CHECK(written("caf\xC3\xA9 \xE9.") == "\"caf\xC3\xA9 \xEF\xBF\xBD.\"");
}
