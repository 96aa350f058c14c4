// SPDX-License-Identifier: Apache-2.0
// Rows of the table of terms: bands, strides and global tokens.
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/global.hpp"
#include "attnwalk/grammar/evaluate.hpp"

#include <array>

namespace attnwalk::grammar {
namespace {

using enum ValueKind;

constexpr std::array window_keys{KeyRule{.name = "w"}};
constexpr std::array ring_keys{KeyRule{.name = "w"},
                               KeyRule{.name = "stride", .fallback = "1", .min = 1}};
constexpr std::array blockwindow_keys{KeyRule{.name = "w", .min = 2, .even = true}};
constexpr std::array dilated_keys{KeyRule{.name = "w"}, KeyRule{.name = "stride", .min = 1}};
constexpr std::array strided_keys{KeyRule{.name = "stride", .min = 1}};
constexpr std::array global_keys{
    KeyRule{.name = "g"},
    KeyRule{.name = "at", .kind = choice, .fallback = "first", .choices = "first spread random"}};

/// Entries within w places of each token, or w strides.
double band(const Term& t, double n, double /*m*/) {
  return n * (2 * real_of(t, "w") + 1);
}

constexpr std::array rules{
    TermRule{.name = "window",
             .keys = window_keys,
             .edge = "|i-j| <= w",
             .loops = "L",
             .misfit = "w >= n gives full",
             .example = "window:w=3",
             .entries = band,
             .make = [](const Term& t,
                        const Scope& s) { return pattern::window(s.size.n, t.integer("w")); }},
    TermRule{.name = "ring",
             .keys = ring_keys,
             .edge = "j = i + k stride mod n, |k| <= w",
             .loops = "L",
             .misfit = "2w+1 > n",
             .example = "ring:w=2,stride=3",
             .entries = band,
             .make =
                 [](const Term& t, const Scope& s) {
                   return pattern::ring(s.size.n, t.integer("w"), {.stride = t.integer("stride")});
                 }},
    TermRule{
        .name = "blockwindow",
        .keys = blockwindow_keys,
        .edge = "both in one block [kw/2, kw/2+w)",
        .loops = "L",
        .misfit = "w odd; the tail block is cut",
        .example = "blockwindow:w=4",
        .entries = [](const Term& t, double n, double) { return 1.5 * real_of(t, "w") * n; },
        .make = [](const Term& t,
                   const Scope& s) { return pattern::block_window(s.size.n, t.integer("w")); }},
    TermRule{.name = "dilated",
             .keys = dilated_keys,
             .edge = "j = i + k stride, |k| <= w, no wrap",
             .loops = "L",
             .misfit = "",
             .example = "dilated:w=2,stride=3",
             .entries = band,
             .make =
                 [](const Term& t, const Scope& s) {
                   return pattern::dilated(s.size.n, t.integer("w"), t.integer("stride"));
                 }},
    TermRule{
        .name = "strided",
        .keys = strided_keys,
        .edge = "i = j mod stride",
        .loops = "L",
        .misfit = "",
        .example = "strided:stride=4",
        .entries = [](const Term& t, double n, double) { return n * (n / real_of(t, "stride")); },
        .make = [](const Term& t,
                   const Scope& s) { return pattern::strided(s.size.n, t.integer("stride")); }},
    TermRule{.name = "global",
             .random = true,
             .rectangular = true,
             .keys = global_keys,
             .edge = "i or j in G; first: 0..g-1; spread: floor(k n/g); random: g distinct",
             .loops = "+-",
             .misfit = "g > n",
             .example = "global:g=2,at=spread",
             .entries = [](const Term& t, double n, double m) { return (n + m) * real_of(t, "g"); },
             .make =
                 [](const Term& t, const Scope& s) {
                   return pattern::global_tokens(s.size.n, s.size.m, t.integer("g"),
                                                 {.at = pattern::parse_global_at(t.text("at")),
                                                  .key = s.key(t),
                                                  .threads = s.how.threads});
                 }},
};

} // namespace

std::span<const TermRule> banded_terms() {
  return rules;
}

} // namespace attnwalk::grammar
