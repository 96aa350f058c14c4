// SPDX-License-Identifier: Apache-2.0
// Rows of the table of terms: random graphs.
#include "attnwalk/generators/erdos.hpp"
#include "attnwalk/generators/random.hpp"
#include "attnwalk/generators/regular.hpp"
#include "attnwalk/grammar/evaluate.hpp"

#include <array>

namespace attnwalk::grammar {
namespace {

using enum ValueKind;

constexpr std::array random_keys{
    KeyRule{.name = "d"},
    KeyRule{
        .name = "model", .kind = choice, .fallback = "row", .choices = "row edges permutations"}};
constexpr std::array regular_keys{KeyRule{.name = "d"}};
constexpr std::array expander_keys{
    KeyRule{.name = "d", .min = 3},
    KeyRule{.name = "slack", .kind = real, .fallback = ".05", .max = 1e6}};
constexpr std::array erdos_keys{KeyRule{.name = "prob", .kind = real, .max = 1},
                                KeyRule{.name = "directed", .kind = boolean, .fallback = "false"}};

double degree(const Term& t, double n, double /*m*/) {
  return n * real_of(t, "d");
}

constexpr std::array rules{
    TermRule{.name = "random",
             .random = true,
             .rectangular = true,
             .keys = random_keys,
             .edge = "row: d distinct keys per row; edges: n d distinct pairs; permutations: "
                     "union of d of them",
             .loops = "+-",
             .misfit = "d > n",
             .example = "random:d=5,model=edges",
             .entries = degree,
             .make =
                 [](const Term& t, const Scope& s) {
                   return pattern::random(s.size.n, s.size.m, t.integer("d"),
                                          {.model = pattern::parse_random_model(t.text("model")),
                                           .key = s.key(t),
                                           .threads = s.how.threads});
                 }},
    TermRule{.name = "regular",
             .random = true,
             .keys = regular_keys,
             .edge = "uniform simple undirected d-regular graph",
             .loops = "-",
             .misfit = "d >= n, n d odd",
             .example = "regular:d=4",
             .entries = degree,
             .make =
                 [](const Term& t, const Scope& s) {
                   return pattern::regular(
                       s.size.n, t.integer("d"),
                       {.key = s.key(t), .threads = s.how.threads, .monitor = s.how.monitor});
                 }},
    TermRule{.name = "expander",
             .random = true,
             .keys = expander_keys,
             .edge = "regular, redrawn <= 100 times until certified max(|lambda_2|, |lambda_n|) <= "
                     "(1+slack) 2 sqrt(d-1)/d",
             .loops = "-",
             .misfit = "as regular; d < 3",
             .example = "expander:d=4",
             .entries = degree,
             .make = expander},
    TermRule{.name = "erdos",
             .random = true,
             .keys = erdos_keys,
             .edge = "each pair i < j with prob, mirrored; directed: each ordered pair",
             .loops = "-",
             .misfit = "prob outside [0, 1]",
             .example = "erdos:prob=0.2",
             .entries = [](const Term& t, double n, double) { return n * n * t.real("prob"); },
             .make =
                 [](const Term& t, const Scope& s) {
                   return pattern::erdos(
                       s.size.n, t.real("prob"),
                       {.directed = t.flag("directed"), .key = s.key(t), .threads = s.how.threads});
                 }},
};

} // namespace

std::span<const TermRule> random_terms() {
  return rules;
}

} // namespace attnwalk::grammar
