// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/grammar/grammar.hpp"

#include "catch.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

using namespace attnwalk;
using namespace attnwalk::grammar;

TEST_CASE("parse: a term with its keys, fallbacks and places", "[grammar][grammar]") {
  const Spec spec = parse("window:w=8 + ring:w=3");
  REQUIRE(spec.terms.size() == 2);
  CHECK(spec.terms[0].name() == "window");
  CHECK(spec.terms[0].integer("w") == 8);
  CHECK(spec.terms[0].at == 0);
  CHECK(spec.terms[1].at == 13);
  CHECK(spec.terms[1].integer("w") == 3);
  CHECK(spec.terms[1].integer("stride") == 1);
  CHECK(spec.terms[1].find("stride") == nullptr);
  REQUIRE(spec.terms[1].find("w") != nullptr);
  CHECK(spec.terms[1].find("w")->key_at == 18);
  CHECK(spec.terms[1].find("w")->value_at == 20);
}

TEST_CASE("parse: every kind of value", "[grammar][grammar]") {
  const Spec spec = parse("erdos:prob=2.5e-3,directed=true,seed=18446744073709551615");
  CHECK(spec.terms[0].real("prob") == 2.5e-3);
  CHECK(spec.terms[0].flag("directed"));
  CHECK(spec.terms[0].seed(7) == 18446744073709551615ULL);
  CHECK(parse("erdos:prob=1").terms[0].seed(7) == 7);
  CHECK(!parse("erdos:prob=1").terms[0].flag("directed"));
  CHECK(parse("erdos:prob=1e-3").terms[0].real("prob") == 1e-3);
  CHECK(parse("erdos:prob=.5").terms[0].real("prob") == 0.5);
  CHECK(parse("expander:d=8").terms[0].real("slack") == 0.05);
  CHECK(parse("expander:d=8,slack=1e+1").terms[0].real("slack") == 10);
  CHECK(parse("global:g=2,at=random").terms[0].text("at") == "random");
  CHECK(parse("global:g=2").terms[0].text("at") == "first");
  CHECK(parse("diffuser:w=64,r=64,g=64").terms[0].integer("build") == 4096);
  const Spec stored = parse("sbm:file=../a-b_c.npz,layer=0,head=11");
  CHECK(stored.terms[0].text("file") == "../a-b_c.npz");
  CHECK(stored.terms[0].integer("head") == 11);
  CHECK(parse("sbm:file=\"my file, v1+2.npz\",layer=0,head=1").terms[0].text("file") ==
        "my file, v1+2.npz");
}

TEST_CASE("parse: filters nest and take unions", "[grammar][grammar]") {
  const Spec spec = parse("causal(symmetric(random:d=4)+full)+none");
  REQUIRE(spec.terms.size() == 2);
  const Term& causal = spec.terms[0];
  CHECK(causal.rule->filter != nullptr);
  REQUIRE(causal.inner.size() == 2);
  CHECK(causal.inner[0].name() == "symmetric");
  REQUIRE(causal.inner[0].inner.size() == 1);
  CHECK(causal.inner[0].inner[0].integer("d") == 4);
  CHECK(causal.inner[1].name() == "full");
  std::string deepest = "full";
  for (int depth = 0; depth < 64; ++depth)
    deepest = (depth % 2 == 0 ? "loops(" : "causal(") + deepest + ")";
  CHECK(to_string(parse(deepest)) == deepest);
}

TEST_CASE("parse: ordinals count the terms of a name, filters or not, in each layer",
          "[grammar][grammar]") {
  const auto layers = parse_layers("random:d=1+causal(random:d=2+full)+random:d=3;random:d=4");
  REQUIRE(layers.size() == 2);
  CHECK(layers[0].terms[0].ordinal == 0);
  CHECK(layers[0].terms[1].inner[0].ordinal == 1);
  CHECK(layers[0].terms[1].inner[1].ordinal == 0);
  CHECK(layers[0].terms[2].ordinal == 2);
  CHECK(layers[1].terms[0].ordinal == 0);
}

TEST_CASE("parse: spaces and line breaks are free between words and signs", "[grammar][grammar]") {
  const std::string tight = "causal(window:w=8+random:d=4,model=edges)+sbm:k=3,in=.5,out=.1";
  const std::string loose = "\n causal ( window : w = 8\t+ random:\r\n d = 4 , model = edges ) + "
                            "sbm : k = 3 , in = .5 , out = .1 ";
  CHECK(parse(loose) == parse(tight));
  CHECK(parse_layers(" full ; none ").size() == 2);
}

TEST_CASE("to_string: parses to an equal spec", "[grammar][grammar]") {
  for (const char* text :
       {"full", "window:w=8", "ring:w=2,stride=5", "ring:stride=5,w=2",
        "causal(loops(noloops(symmetric(none))))", "random:d=8,model=permutations,seed=3",
        "erdos:prob=0.1,directed=true", "erdos:prob=1e-300,directed=false",
        "sbm:file=data/x.npz,layer=1,head=2", "sbm:file=\"a b+c.npz\",layer=1,head=2",
        "sbm:k=3,in=0.30000000000000004,out=0.1", "expander:d=8,slack=0.05+full+full"})
    CHECK(to_string(parse(text)) == text);
  CHECK(to_string(parse(" erdos : prob = 1E-1 ")) == "erdos:prob=0.1");
  CHECK(!(parse("ring:w=1") == parse("ring:w=1,stride=1")));
  CHECK(!(parse("full") == parse("full+full")));
}

namespace {

std::string random_value(const KeyRule& key, RandomStream& draws) {
  switch (key.kind) {
  case ValueKind::integer:
    return std::to_string(static_cast<Index>(key.min) +
                          static_cast<Index>(draws.below(50)) * (key.even ? 2 : 1));
  case ValueKind::real:
    return "0." + std::to_string(1 + draws.below(999999));
  case ValueKind::boolean:
    return draws.below(2) == 0 ? "true" : "false";
  case ValueKind::choice:
    return std::string(key.choices.substr(0, key.choices.find(' ')));
  case ValueKind::text:
    return draws.below(2) == 0 ? "plain/file-1.npz" : "\"with (odd), signs+.npz\"";
  case ValueKind::seed:
    break;
  }
  return std::to_string(draws.bits());
}

std::string random_spec(RandomStream& draws, int depth) {
  std::string text;
  const std::uint64_t terms = 1 + draws.below(3);
  for (std::uint64_t t = 0; t < terms; ++t) {
    text += t == 0 ? "" : "+";
    const TermRule& rule = term_rules()[draws.below(term_rules().size())];
    if (rule.filter != nullptr) {
      text += std::string(rule.name) + "(" +
              (depth > 3 ? std::string("full") : random_spec(draws, depth + 1)) + ")";
      continue;
    }
    text += rule.name;
    const int form = 1 + static_cast<int>(draws.below(2));
    char sign = ':';
    for (const KeyRule& key : rule.keys) {
      if ((key.form != 0 && key.form != form) || (!key.fallback.empty() && draws.below(2) == 0))
        continue;
      text += sign + std::string(key.name) + "=" + random_value(key, draws);
      sign = ',';
    }
    if (rule.random && draws.below(2) == 0)
      text += sign + std::string("seed=") + std::to_string(draws.bits());
  }
  return text;
}

} // namespace

TEST_CASE("to_string: random specs of every term go there and back", "[grammar][grammar]") {
  for (std::uint64_t trial = 0; trial < 2000; ++trial) {
    RandomStream draws({11, 0}, trial);
    const std::string text = random_spec(draws, 0);
    INFO(text);
    const Spec spec = parse(text);
    CHECK(parse(to_string(spec)) == spec);
  }
}

TEST_CASE("parse: never fails with anything but a sentence on random bytes", "[grammar][grammar]") {
  const std::string alphabet = "window:=,+;()\"8.- \n\x80\xff\0sbmfile";
  for (std::uint64_t trial = 0; trial < 20000; ++trial) {
    RandomStream draws({12, 0}, trial);
    std::string text;
    if (trial % 2 == 0) { // broken in one place
      text = random_spec(draws, 2);
      text[draws.below(text.size())] = alphabet[draws.below(alphabet.size())];
    } else {
      for (std::uint64_t k = draws.below(30); k > 0; --k)
        text += alphabet[draws.below(alphabet.size())];
    }
    try {
      const auto layers = parse_layers(text);
      for (const Spec& layer : layers)
        CHECK(parse(to_string(layer)) == layer);
    } catch (const Error& error) {
      REQUIRE(error.code() == Code::domain);
    }
  }
}

TEST_CASE("signature: as grammar.md writes the terms", "[grammar][grammar]") {
  CHECK(signature(*find_rule("ring")) == "ring:w[,stride=1]");
  CHECK(signature(*find_rule("dilated")) == "dilated:w,stride");
  CHECK(signature(*find_rule("expander")) == "expander:d[,slack=.05]");
  CHECK(signature(*find_rule("margulis")) == "margulis");
  CHECK(signature(*find_rule("sbm")) == "sbm:k,in,out or sbm:file,layer,head");
  CHECK(signature(*find_rule("loops")) == "loops(X)");
  CHECK(find_rule("Window") == nullptr);
}

TEST_CASE("grammar_table: is the table of docs/grammar.md", "[grammar][grammar]") {
  const char* const data = std::getenv("ATTNWALK_DATA");
  if (data == nullptr) {
    WARN("ATTNWALK_DATA is not set: docs/grammar.md was not compared");
    return;
  }
  std::ifstream page(std::string(data) + "/../docs/grammar.md");
  REQUIRE(page.good());
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  const bool holds_the_table = text.find(grammar_table()) != std::string::npos;
  CHECK(holds_the_table);
}
