// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/core/version.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/grammar/evaluate.hpp"
#include "attnwalk/grammar/grammar.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>

using namespace attnwalk;
using namespace attnwalk::grammar;
using namespace attnwalk::support;
using attnwalk::pattern::Pattern;

namespace {

Pattern of(const std::string& text, Index n, std::uint64_t seed = 0) {
  return build(text, {.queries = n, .seed = seed}).pattern;
}

Index mod(Index a, Index n) {
  return ((a % n) + n) % n;
}
bool power_of_two(Index x) {
  return x > 0 && (x & (x - 1)) == 0;
}

struct Definition {
  const char* text;
  Index n;
  std::function<bool(Index, Index)> edge;
};

const Definition definitions[] = {
    {"window:w=3", 20, [](Index i, Index j) { return std::abs(i - j) <= 3; }},
    {"window:w=99", 20, [](Index, Index) { return true; }},
    {"ring:w=2", 20, [](Index i, Index j) { return mod(i - j, 20) <= 2 || mod(j - i, 20) <= 2; }},
    {"ring:w=2,stride=7", 20,
     [](Index i, Index j) {
       for (Index k = -2; k <= 2; ++k)
         if (mod(i + 7 * k, 20) == j)
           return true;
       return false;
     }},
    {"blockwindow:w=6", 20,
     [](Index i, Index j) {
       for (Index k = 0; k < 20; ++k)
         if (i >= 3 * k && i < 3 * k + 6 && j >= 3 * k && j < 3 * k + 6)
           return true;
       return false;
     }},
    {"dilated:w=2,stride=3", 20,
     [](Index i, Index j) { return (i - j) % 3 == 0 && std::abs(i - j) <= 6; }},
    {"strided:stride=4", 20, [](Index i, Index j) { return i % 4 == j % 4; }},
    {"global:g=2", 20, [](Index i, Index j) { return i < 2 || j < 2; }},
    {"global:g=3,at=spread", 20,
     [](Index i, Index j) {
       const auto in = [](Index x) { return x == 0 || x == 6 || x == 13; };
       return in(i) || in(j);
     }},
    {"hypercube", 16, [](Index i, Index j) { return power_of_two(i ^ j); }},
    {"torus:a=4,b=5", 20,
     [](Index i, Index j) {
       const Index dx = mod(i / 5 - j / 5, 4);
       const Index dy = mod(i % 5 - j % 5, 5);
       return (dx == 0 && (dy == 1 || dy == 4)) || (dy == 0 && (dx == 1 || dx == 3));
     }},
    {"axial:cols=5", 20, [](Index i, Index j) { return i / 5 == j / 5 || i % 5 == j % 5; }},
    {"exponential", 20,
     [](Index i, Index j) {
       const Index step = mod(j - i, 20);
       return step == 0 || power_of_two(step);
     }},
    {"debruijn:b=3", 20,
     [](Index i, Index j) {
       return j == mod(3 * i, 20) || j == mod(3 * i + 1, 20) || j == mod(3 * i + 2, 20);
     }},
    {"star:g=2", 20, [](Index i, Index j) { return (i < 2) != (j < 2); }},
    {"full", 7, [](Index, Index) { return true; }},
    {"none", 7, [](Index, Index) { return false; }},
    {"longformer:width=4,g=2", 20,
     [](Index i, Index j) { return std::abs(i - j) <= 2 || i < 2 || j < 2; }},
    {"paley", 13,
     [](Index i, Index j) {
       const Index x = mod(i - j, 13);
       return x == 1 || x == 3 || x == 4 || x == 9 || x == 10 || x == 12;
     }},
    {"margulis", 25,
     [](Index i, Index j) {
       const Index x = i / 5, y = i % 5, u = j / 5, v = j % 5;
       const bool first = v == y && (u == mod(x + 2 * y, 5) || u == mod(x - 2 * y, 5) ||
                                     u == mod(x + 2 * y + 1, 5) || u == mod(x - 2 * y - 1, 5));
       const bool second = u == x && (v == mod(y + 2 * x, 5) || v == mod(y - 2 * x, 5) ||
                                      v == mod(y + 2 * x + 1, 5) || v == mod(y - 2 * x - 1, 5));
       return first || second;
     }},
    {"causal(full)", 9, [](Index i, Index j) { return j <= i; }},
    {"symmetric(debruijn:b=1)", 5,
     [](Index i, Index j) { return i == j || false; }}, // j = i mod n: the diagonal
    {"symmetric(causal(window:w=1))", 9, [](Index i, Index j) { return std::abs(i - j) <= 1; }},
    {"noloops(window:w=1)", 9, [](Index i, Index j) { return std::abs(i - j) == 1; }},
    {"loops(none)", 9, [](Index i, Index j) { return i == j; }},
    {"loops(star:g=1)", 9, [](Index i, Index j) { return i == j || i == 0 || j == 0; }},
    {"causal(window:w=1+global:g=1)+strided:stride=4", 12,
     [](Index i, Index j) { return (j <= i && (i - j <= 1 || j == 0)) || i % 4 == j % 4; }},
};

/// A spec for every random term, with the tokens it is tried at.
struct Random {
  const char* text;
  Index n;
  Index min_degree;
  Index max_degree;
};
const Random randoms[] = {
    {"global:g=3,at=random", 50, 3, 50},
    {"random:d=5", 50, 5, 5},
    {"random:d=5,model=edges", 50, 0, 50},
    {"random:d=5,model=permutations", 50, 1, 5},
    {"regular:d=4", 50, 4, 4},
    {"expander:d=4,slack=.2", 50, 4, 4},
    {"erdos:prob=.2", 50, 0, 50},
    {"erdos:prob=.2,directed=true", 50, 0, 50},
    {"diffuser:w=4,r=3,g=2,build=64", 50, 4, 50},
    {"bigbird:block=4,rblocks=2,gblocks=1", 50, 4, 50},
    {"sbm:k=3,in=.5,out=.05", 50, 0, 50},
};

std::string refusal(const std::string& text, const BuildOptions& how) {
  try {
    (void)build_layers(text, how);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

} // namespace

TEST_CASE("build: every deterministic term is its definition", "[grammar][build]") {
  for (const Definition& definition : definitions) {
    INFO(definition.text);
    CHECK_THAT(of(definition.text, definition.n),
               SamePattern(pattern_where(definition.n, definition.n, definition.edge)));
  }
}

TEST_CASE("build: every random term has its degrees, its own seed and its bits",
          "[grammar][build]") {
  for (const Random& random : randoms) {
    INFO(random.text);
    const Pattern P = of(random.text, random.n);
    REQUIRE(P.rows() == random.n);
    for (Index i = 0; i < P.rows(); ++i) {
      CHECK(P.degree(i) >= random.min_degree);
      CHECK(P.degree(i) <= random.max_degree);
    }
    sparse::validate(P.view());
    const std::string text = random.text;
    CHECK(of(text, random.n) == P);
    CHECK(!(of(text, random.n, 1) == P));
    CHECK(of(text + ",seed=1", random.n) == of(text, random.n, 1));
    CHECK(of(text + ",seed=1", random.n, 5) == of(text, random.n, 1));
  }
}

TEST_CASE("build: the same bits for every thread count", "[grammar][build]") {
  const auto same = [](const std::string& text, std::optional<Index> n) {
    INFO(text);
    const Pattern one = build(text, {.queries = n, .threads = 1}).pattern;
    for (const int threads : {2, 3, 8})
      CHECK(build(text, {.queries = n, .threads = threads}).pattern == one);
  };
  for (const Random& random : randoms)
    same(random.text, random.n);
  same("random:d=16+random:d=16,model=edges+sbm:k=5,in=.05,out=.001+erdos:prob=.004", 3000);
  same("diffuser:w=16,r=16,g=16,build=3000+bigbird:block=8,rblocks=2,gblocks=1", 3000);
  same("regular:d=10+random:d=3,model=permutations", 3000);
  same("window:w=5+ring:w=2,stride=7+causal(exponential)+symmetric(debruijn:b=3)", 2187);
}

TEST_CASE("build: every step keeps to the threads asked for, and then they are forgotten",
          "[grammar][build]") {
  const int before = threads();
  int steps = 0;
  Monitor monitor;
  monitor.progress = [&](std::string_view /*what*/, double /*fraction*/) {
    ++steps;
    CHECK(threads() == 3);
  };
  static_cast<void>(build("regular:d=4", {.queries = 64, .threads = 3, .monitor = &monitor}));
  CHECK(steps > 0);
  CHECK(threads() == before);
  CHECK_THROWS_AS(build("window:w=1", {.queries = 8, .threads = -1}), Error);
}

TEST_CASE("build: terms of one name draw from streams of their own", "[grammar][build]") {
  const Index n = 400;
  const Pattern one = of("random:d=8", n);
  const Pattern two = of("random:d=8+random:d=8", n);
  // Two independent halves share about d^2 entries a row of n: 8 * 8 / 400 * 400 = 64 in all.
  CHECK(two.entries() > 2 * one.entries() - 130);
  CHECK(two.entries() <= 2 * one.entries());
  for (Index i = 0; i < n; ++i)
    for (const Index j : one.row(i))
      REQUIRE(two.contains(i, j));
  // Terms of other names do not move the streams.
  CHECK(of("random:d=8+regular:d=4", n) == of("regular:d=4+random:d=8", n));
  CHECK(of("none+random:d=8", n) == one);
  CHECK(of("random:d=8,seed=3+random:d=8,seed=3", n).entries() > one.entries());
  const auto layers = build_layers("random:d=8;random:d=8;random:d=8,seed=1", {.queries = n});
  REQUIRE(layers.size() == 3);
  CHECK(layers[0].pattern == layers[1].pattern);
  CHECK(!(layers[0].pattern == layers[2].pattern));
}

TEST_CASE("build: infers n where a term fixes it", "[grammar][build]") {
  CHECK(build("torus:a=4,b=5").pattern.rows() == 20);
  CHECK(build("window:w=1+causal(torus:a=4,b=5)").pattern.rows() == 20);
  CHECK(build("lps:p=5,q=13").pattern.rows() == 2184);
  CHECK(build("torus:a=4,b=5", {.queries = 20}).pattern.rows() == 20);
  const auto layers = build_layers("full;torus:a=4,b=5");
  CHECK(layers[0].pattern.rows() == 20);

  CHECK(refusal("window:w=1", {}) ==
        "the number of tokens n is needed: no term of this spec fixes it\n  window:w=1\n  ^");
  CHECK(refusal("full+torus:a=4,b=5", {.queries = 21}) ==
        "torus:a=4,b=5 has n = 20, but the size given is n = 21\n  full+torus:a=4,b=5\n       ^");
  CHECK(refusal("torus:a=4,b=5+torus:a=4,b=4", {}) ==
        "torus:a=4,b=4 has n = 16, but torus:a=4,b=5 has n = 20\n"
        "  torus:a=4,b=5+torus:a=4,b=4\n                ^");
  CHECK(refusal("torus:a=4,b=5;loops(torus:a=4,b=4)", {})
            .starts_with("torus:a=4,b=4 has n = 16, but torus:a=4,b=5 has n = 20\n"));
  CHECK(refusal("torus:a=9007199254740992,b=9007199254740992", {})
            .find("tokens are more than 2^53") != std::string::npos);
}

TEST_CASE("build: rectangular sizes where the grammar allows them", "[grammar][build]") {
  const BuildOptions wide{.queries = 4, .keys = 7};
  for (const char* text : {"full", "none", "random:d=3", "random:d=3,model=edges", "global:g=2",
                           "global:g=2,at=spread", "global:g=2,at=random", "sbm:k=2,in=.5,out=.1",
                           "causal(full+random:d=2)"}) {
    INFO(text);
    const Pattern P = build(text, wide).pattern;
    CHECK(P.rows() == 4);
    CHECK(P.cols() == 7);
  }
  CHECK_THAT(build("causal(full)", wide).pattern,
             SamePattern(pattern_where(4, 7, [](Index i, Index j) { return j <= i + 3; })));
  CHECK_THAT(build("causal(full)", {.queries = 7, .keys = 4}).pattern,
             SamePattern(pattern_where(7, 4, [](Index i, Index j) { return j <= i - 3; })));
  CHECK(build("window:w=1", {.queries = 5, .keys = 5}).pattern.cols() == 5);
  for (const grammar::TermRule& rule : grammar::term_rules()) {
    const std::string name(rule.name);
    if (rule.filter != nullptr && name != "causal") {
      INFO(name);
      CHECK(refusal(name + "(full)", wide).starts_with(name + " is square: rectangular sizes"));
    }
  }
  CHECK(refusal("full+window:w=2", wide) ==
        "window is square: rectangular sizes, N queries and M keys, go with global, random, full, "
        "none, sbm, causal\n  full+window:w=2\n       ^");
  CHECK(refusal("random:d=2,model=permutations", wide)
            .starts_with("permutations need a square pattern, not 4 x 7\n"));
  CHECK(refusal("torus:a=4,b=5", {.queries = 20, .keys = 21})
            .starts_with("torus:a=4,b=5 has n = 20, but the size given is n = 20x21"));
  CHECK(refusal("full", {.keys = 3}) == "keys = 3 are given without the number of queries");
  CHECK(refusal("full", {.queries = -1}) == "n = -1 must be from 0 to 2^53");
  CHECK(refusal("full", {.queries = 3, .keys = -4}) == "n = -4 must be from 0 to 2^53");
}

TEST_CASE("build: misfits name the term and what fits, before any work", "[grammar][build]") {
  const struct {
    const char* text;
    Index n;
    std::size_t caret;
    const char* saying;
  } misfits[] = {
      {"ring:w=5", 10, 0, "n"},
      {"full+ring:w=5", 10, 5, "n"},
      {"global:g=11", 10, 0, "11"},
      {"full+causal(random:d=11)", 10, 12, "11"},
      {"regular:d=3", 9, 0, "9"},
      {"regular:d=10", 10, 0, "10"},
      {"expander:d=9", 7, 0, "9"},
      {"margulis", 26, 0, "25"},
      {"lps:p=5,q=15", 10, 0, "15"},
      {"paley", 14, 0, "13"},
      {"hypercube", 31, 0, "32"},
      {"axial:cols=7", 20, 0, "21"},
      {"debruijn:b=11", 10, 0, "11"},
      {"star:g=10", 10, 0, "10"},
      {"diffuser:w=4,r=2,g=2,build=64", 65, 0, "64"},
      {"sbm:k=11,in=.5,out=.1", 10, 0, "11"},
      {"bigbird:block=4,rblocks=9,gblocks=1", 16, 0, "9"},
  };
  for (const auto& misfit : misfits) {
    INFO(misfit.text);
    const std::string message = refusal(misfit.text, {.queries = misfit.n});
    INFO(message);
    REQUIRE(message != "accepted");
    CHECK(message.find(misfit.saying) != std::string::npos);
    const std::size_t last_line = message.rfind('\n');
    REQUIRE(last_line != std::string::npos);
    CHECK(message.size() - last_line - 4 == misfit.caret);
  }
}

TEST_CASE("build: predicts the bytes before it starts", "[grammar][build]") {
  for (const char* text :
       {"full", "none", "window:w=1000000", "random:d=100000", "paley", "erdos:prob=.5",
        "sbm:k=3,in=.5,out=.5", "axial:cols=1", "bigbird:block=1000,rblocks=900,gblocks=5",
        "regular:d=10000000", "diffuser:w=64,r=640000,g=64,build=1000000000001"}) {
    INFO(text);
    try {
      (void)build(text, {.queries = 1000000000001});
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == Code::memory);
      CHECK(std::string(error.what()).find("bytes") != std::string::npos);
    }
  }
}

TEST_CASE("build: n = 0 and n = 1 are sizes like any other", "[grammar][build]") {
  for (const char* text :
       {"window:w=2", "dilated:w=1,stride=2", "strided:stride=3", "global:g=0", "random:d=0",
        "full", "none", "erdos:prob=.5", "exponential", "causal(full)", "symmetric(full)",
        "loops(none)", "noloops(full)", "blockwindow:w=2", "longformer:width=2,g=0"})
    for (const Index n : {Index{0}, Index{1}}) {
      INFO(text << " at n = " << n);
      const Pattern P = of(text, n);
      CHECK(P.rows() == n);
      CHECK(P.entries() <= n);
    }
}

TEST_CASE("build: provenance", "[grammar][build]") {
  const Built plain = build(" window : w = 2 + random:d=3 ", {.queries = 30, .seed = 9});
  CHECK(plain.certificate.spec == "window:w=2+random:d=3");
  CHECK(plain.certificate.seed == 9);
  CHECK(plain.certificate.version == version);
  CHECK(!plain.certificate.certified);
  CHECK(build("random:d=3,seed=4", {.queries = 30, .seed = 9}).certificate.seed == 4);
  // The text in a certificate builds the same pattern again.
  CHECK(build(plain.certificate.spec, {.queries = 30, .seed = plain.certificate.seed}).pattern ==
        plain.pattern);
}

TEST_CASE("build: a stored block model of a trained head", "[grammar][build]") {
  const char* const data = std::getenv("ATTNWALK_DATA");
  if (data == nullptr) {
    WARN("ATTNWALK_DATA is not set: the stored model was not sampled");
    return;
  }
  const std::string file = std::string(data) + "/trained/sbm.npz";
  double density = 0;
  for (int head = 0; head < 4; ++head) {
    const Built built =
        build("sbm:file=\"" + file + "\",layer=0,head=" + std::to_string(head), {.seed = 1});
    CHECK(built.pattern.rows() == 1024);
    density += static_cast<double>(built.pattern.entries()) / 1024 / 1024 / 4;
  }
  CHECK(density == Approx(0.283).margin(0.01)); // data/README.md
  CHECK(refusal("sbm:file=\"" + file + "\",layer=4,head=0", {}).find("4") != std::string::npos);
  CHECK(refusal("sbm:file=\"" + file + "\",layer=0,head=0", {.queries = 512})
            .find("has n = 1024, but the size given is n = 512") != std::string::npos);
  CHECK_THROWS_AS(build("sbm:file=nowhere.npz,layer=0,head=0"), Error);
}

TEST_CASE("build: stops when asked", "[grammar][build]") {
  Monitor monitor;
  monitor.cancel();
  try {
    (void)build("full", {.queries = 3, .monitor = &monitor});
    FAIL("not stopped");
  } catch (const Error& error) {
    CHECK(error.code() == Code::cancelled);
  }
}
