// SPDX-License-Identifier: Apache-2.0
// The table of terms: every row is complete, and the list that people read holds all of it.
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/grammar/grammar.hpp"

#include "catch.hpp"

#include <string>

using namespace attnwalk;
using namespace attnwalk::grammar;

TEST_CASE("build: every row of the table is a filter or a generator, and its example builds",
          "[grammar][build]") {
  for (const grammar::TermRule& rule : grammar::term_rules()) {
    INFO(rule.name);
    CHECK((rule.make != nullptr) == (rule.filter == nullptr));
    CHECK((rule.entries != nullptr) == (rule.make != nullptr));
    const Spec spec = parse(rule.example);
    CHECK(spec.terms.front().name() == rule.name);
    bool built = false; // at one of the sizes that explicit families fit
    for (const Index n : {64, 13, 1092, 2184})
      try {
        built = built || build(rule.example, n).pattern.rows() == n;
      } catch (const Error& misfit) {
        CHECK(misfit.callers_mistake());
      }
    CHECK(built);
  }
}

TEST_CASE("grammar_list: every term with its definition and an example", "[grammar][table]") {
  const std::string list = grammar_list();
  CHECK(list.find("diffuser:w,r,g[,build=4096]") != std::string::npos);
  for (const TermRule& rule : term_rules()) {
    INFO(rule.name);
    CHECK(list.find(signature(rule)) != std::string::npos);
    CHECK(list.find(rule.edge) != std::string::npos);
    CHECK(list.find("for example " + std::string(rule.example) + "\n") != std::string::npos);
  }
}

TEST_CASE("build: n alone is the number of tokens", "[grammar][build]") {
  CHECK(build("window:w=2", 9).pattern == build("window:w=2", {.queries = 9}).pattern);
}
