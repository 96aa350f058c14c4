// SPDX-License-Identifier: Apache-2.0
// Rows of the table of terms: what arithmetic and coordinates make.
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/generators/grids.hpp"
#include "attnwalk/generators/simple.hpp"
#include "attnwalk/grammar/evaluate.hpp"

#include <array>
#include <cmath>

namespace attnwalk::grammar {
namespace {

using enum ValueKind;

constexpr std::array lps_keys{KeyRule{.name = "p", .min = 2}, KeyRule{.name = "q", .min = 2}};
constexpr std::array torus_keys{KeyRule{.name = "a", .min = 3}, KeyRule{.name = "b", .min = 3}};
constexpr std::array axial_keys{KeyRule{.name = "cols", .min = 1}};
constexpr std::array debruijn_keys{KeyRule{.name = "b", .min = 1}};
constexpr std::array star_keys{KeyRule{.name = "g"}};

std::optional<Sizes> lps_tokens(const Term& t, Models& /*models*/) {
  const Index n = pattern::lps_size(t.integer("p"), t.integer("q"));
  return Sizes{n, n};
}

std::optional<Sizes> torus_tokens(const Term& t, Models& /*models*/) {
  const Index a = t.integer("a");
  const Index b = t.integer("b");
  // Both are below 2^53, so their product is compared as a double.
  require(static_cast<double>(a) * static_cast<double>(b) <= 9007199254740992.0, Code::domain,
          "a b = ", a, " x ", b, " tokens are more than 2^53");
  return Sizes{a * b, a * b};
}

constexpr std::array rules{
    TermRule{.name = "margulis",
             .keys = {},
             .edge = "support of the 8 Margulis-Gabber-Galil maps on Z_m^2",
             .loops = "+-",
             .misfit = "n is not m^2",
             .example = "margulis",
             .entries = [](const Term&, double n, double) { return 8 * n; },
             .make = [](const Term&, const Scope& s) { return pattern::margulis(s.size.n); }},
    TermRule{.name = "lps",
             .keys = lps_keys,
             .edge = "Lubotzky-Phillips-Sarnak X^{p,q}; n = q(q^2-1), halved if (p/q) = 1",
             .loops = "-",
             .misfit = "not distinct primes = 1 mod 4, or q^2 <= 4p",
             .example = "lps:p=5,q=13",
             .fixed = lps_tokens,
             .entries = [](const Term& t, double n, double) { return n * (real_of(t, "p") + 1); },
             .make = [](const Term& t,
                        const Scope&) { return pattern::lps(t.integer("p"), t.integer("q")); }},
    TermRule{.name = "paley",
             .keys = {},
             .edge = "i-j a nonzero square mod n",
             .loops = "-",
             .misfit = "n not a prime = 1 mod 4",
             .example = "paley",
             .entries = [](const Term&, double n, double) { return n * n / 2; },
             .make = [](const Term&, const Scope& s) { return pattern::paley(s.size.n); }},
    TermRule{.name = "hypercube",
             .keys = {},
             .edge = "i xor j a power of two",
             .loops = "-",
             .misfit = "n is not 2^m",
             .example = "hypercube",
             .entries = [](const Term&, double n, double) { return n * std::log2(n + 1); },
             .make = [](const Term&, const Scope& s) { return pattern::hypercube(s.size.n); }},
    TermRule{.name = "torus",
             .keys = torus_keys,
             .edge = "4 cyclic neighbors, i = x b + y",
             .loops = "-",
             .misfit = "ab is not n; a or b < 3",
             .example = "torus:a=8,b=8",
             .fixed = torus_tokens,
             .entries = [](const Term&, double n, double) { return 4 * n; },
             .make = [](const Term& t,
                        const Scope&) { return pattern::torus(t.integer("a"), t.integer("b")); }},
    TermRule{.name = "axial",
             .keys = axial_keys,
             .edge = "same row or same column of the grid, i = x cols + y",
             .loops = "L",
             .misfit = "cols does not divide n",
             .example = "axial:cols=8",
             .entries = [](const Term& t, double n,
                           double) { return n * (real_of(t, "cols") + n / real_of(t, "cols")); },
             .make = [](const Term& t,
                        const Scope& s) { return pattern::axial(s.size.n, t.integer("cols")); }},
    TermRule{.name = "exponential",
             .keys = {},
             .edge = "j-i mod n in {0} and 2^l < n; directed",
             .loops = "L",
             .misfit = "",
             .example = "exponential",
             .entries = [](const Term&, double n, double) { return n * (std::log2(n + 1) + 1); },
             .make = [](const Term&, const Scope& s) { return pattern::exponential(s.size.n); }},
    TermRule{.name = "debruijn",
             .keys = debruijn_keys,
             .edge = "j = b i + c mod n, 0 <= c < b; directed",
             .loops = "+-",
             .misfit = "b > n; exact mixing only for n = b^m",
             .example = "debruijn:b=2",
             .entries = [](const Term& t, double n, double) { return n * real_of(t, "b"); },
             .make = [](const Term& t,
                        const Scope& s) { return pattern::debruijn(s.size.n, t.integer("b")); }},
    TermRule{.name = "star",
             .keys = star_keys,
             .edge = "exactly one of i, j < g",
             .loops = "-",
             .misfit = "g >= n",
             .example = "star:g=1",
             .entries = [](const Term& t, double n, double) { return 2 * n * real_of(t, "g"); },
             .make = [](const Term& t,
                        const Scope& s) { return pattern::star(s.size.n, t.integer("g")); }},
    TermRule{.name = "full",
             .rectangular = true,
             .keys = {},
             .edge = "all",
             .loops = "L",
             .misfit = "predicted bytes beyond memory",
             .example = "full",
             .entries = [](const Term&, double n, double m) { return n * m; },
             .make = [](const Term&, const Scope& s) { return pattern::full(s.size.n, s.size.m); }},
    TermRule{.name = "none",
             .rectangular = true,
             .keys = {},
             .edge = "nothing",
             .loops = "-",
             .misfit = "",
             .example = "none",
             .entries = [](const Term&, double, double) { return 0.0; },
             .make = [](const Term&, const Scope& s) { return pattern::none(s.size.n, s.size.m); }},
};

} // namespace

std::span<const TermRule> algebraic_terms() {
  return rules;
}

} // namespace attnwalk::grammar
