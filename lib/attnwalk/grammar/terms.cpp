// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/grammar.hpp"

#include <algorithm>
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
constexpr std::array lps_keys{KeyRule{.name = "p", .min = 2}, KeyRule{.name = "q", .min = 2}};
constexpr std::array torus_keys{KeyRule{.name = "a", .min = 3}, KeyRule{.name = "b", .min = 3}};
constexpr std::array axial_keys{KeyRule{.name = "cols", .min = 1}};
constexpr std::array debruijn_keys{KeyRule{.name = "b", .min = 1}};
constexpr std::array star_keys{KeyRule{.name = "g"}};
constexpr std::array diffuser_keys{KeyRule{.name = "w", .min = 2, .even = true},
                                   KeyRule{.name = "r"}, KeyRule{.name = "g"},
                                   KeyRule{.name = "build", .fallback = "4096", .min = 1}};
constexpr std::array bigbird_keys{KeyRule{.name = "block", .min = 1}, KeyRule{.name = "rblocks"},
                                  KeyRule{.name = "gblocks"}};
constexpr std::array longformer_keys{KeyRule{.name = "width", .even = true}, KeyRule{.name = "g"}};
constexpr std::array sbm_keys{KeyRule{.name = "k", .min = 1, .form = 1},
                              KeyRule{.name = "in", .kind = real, .max = 1, .form = 1},
                              KeyRule{.name = "out", .kind = real, .max = 1, .form = 1},
                              KeyRule{.name = "file", .kind = text, .form = 2},
                              KeyRule{.name = "layer", .form = 2},
                              KeyRule{.name = "head", .form = 2}};

constexpr std::array rules{
    TermRule{.name = "window",
             .keys = window_keys,
             .edge = "|i-j| <= w",
             .loops = "L",
             .misfit = "w >= n gives full"},
    TermRule{.name = "ring",
             .keys = ring_keys,
             .edge = "j = i + k stride mod n, |k| <= w",
             .loops = "L",
             .misfit = "2w+1 > n"},
    TermRule{.name = "blockwindow",
             .keys = blockwindow_keys,
             .edge = "both in one block [kw/2, kw/2+w)",
             .loops = "L",
             .misfit = "w odd; the tail block is cut"},
    TermRule{.name = "dilated",
             .keys = dilated_keys,
             .edge = "j = i + k stride, |k| <= w, no wrap",
             .loops = "L",
             .misfit = ""},
    TermRule{.name = "strided",
             .keys = strided_keys,
             .edge = "i = j mod stride",
             .loops = "L",
             .misfit = ""},
    TermRule{.name = "global",
             .random = true,
             .keys = global_keys,
             .edge = "i or j in G; first: 0..g-1; spread: floor(k n/g); random: g distinct",
             .loops = "+-",
             .misfit = "g > n"},
    TermRule{.name = "random",
             .random = true,
             .keys = random_keys,
             .edge = "row: d distinct keys per row; edges: n d distinct pairs; permutations: "
                     "union of d of them",
             .loops = "+-",
             .misfit = "d > n"},
    TermRule{.name = "regular",
             .random = true,
             .keys = regular_keys,
             .edge = "uniform simple undirected d-regular graph",
             .loops = "-",
             .misfit = "d >= n, n d odd"},
    TermRule{.name = "expander",
             .random = true,
             .keys = expander_keys,
             .edge = "regular, redrawn <= 100 times until certified max(|lambda_2|, |lambda_n|) <= "
                     "(1+slack) 2 sqrt(d-1)/d",
             .loops = "-",
             .misfit = "as regular; d < 3"},
    TermRule{.name = "erdos",
             .random = true,
             .keys = erdos_keys,
             .edge = "each pair i < j with prob, mirrored; directed: each ordered pair",
             .loops = "-",
             .misfit = "prob outside [0, 1]"},
    TermRule{.name = "margulis",
             .keys = {},
             .edge = "support of the 8 Margulis-Gabber-Galil maps on Z_m^2",
             .loops = "+-",
             .misfit = "n is not m^2"},
    TermRule{.name = "lps",
             .keys = lps_keys,
             .edge = "Lubotzky-Phillips-Sarnak X^{p,q}; n = q(q^2-1), halved if (p/q) = 1",
             .loops = "-",
             .misfit = "not distinct primes = 1 mod 4, or q^2 <= 4p"},
    TermRule{.name = "paley",
             .keys = {},
             .edge = "i-j a nonzero square mod n",
             .loops = "-",
             .misfit = "n not a prime = 1 mod 4"},
    TermRule{.name = "hypercube",
             .keys = {},
             .edge = "i xor j a power of two",
             .loops = "-",
             .misfit = "n is not 2^m"},
    TermRule{.name = "torus",
             .keys = torus_keys,
             .edge = "4 cyclic neighbors, i = x b + y",
             .loops = "-",
             .misfit = "ab is not n; a or b < 3"},
    TermRule{.name = "axial",
             .keys = axial_keys,
             .edge = "same row or same column of the grid, i = x cols + y",
             .loops = "L",
             .misfit = "cols does not divide n"},
    TermRule{.name = "exponential",
             .keys = {},
             .edge = "j-i mod n in {0} and 2^l < n; directed",
             .loops = "L",
             .misfit = ""},
    TermRule{.name = "debruijn",
             .keys = debruijn_keys,
             .edge = "j = b i + c mod n, 0 <= c < b; directed",
             .loops = "+-",
             .misfit = "b > n; exact mixing only for n = b^m"},
    TermRule{.name = "star",
             .keys = star_keys,
             .edge = "exactly one of i, j < g",
             .loops = "-",
             .misfit = "g >= n"},
    TermRule{.name = "full",
             .keys = {},
             .edge = "all",
             .loops = "L",
             .misfit = "predicted bytes beyond memory"},
    TermRule{.name = "none", .keys = {}, .edge = "nothing", .loops = "-", .misfit = ""},
    TermRule{.name = "diffuser",
             .random = true,
             .keys = diffuser_keys,
             .edge =
                 "blockwindow, build r random pairs, g globals >= w, made at `build`, leading n "
                 "x n part",
             .loops = "L",
             .misfit = "n > build"},
    TermRule{.name = "bigbird",
             .random = true,
             .keys = bigbird_keys,
             .edge = "blocks: own and neighbors, first gblocks both ways, rblocks other random "
                     "blocks per block row",
             .loops = "L",
             .misfit = "tail cut; too few blocks"},
    TermRule{.name = "longformer",
             .keys = longformer_keys,
             .edge = "|i-j| <= width/2, first g global",
             .loops = "L",
             .misfit = "width odd"},
    TermRule{.name = "sbm",
             .random = true,
             .keys = sbm_keys,
             .edge =
                 "contiguous near-equal blocks, each ordered pair on its own; or a stored model "
                 "with its delta",
             .loops = "+-",
             .misfit = "k > n"},
    TermRule{.name = "causal",
             .filter = true,
             .keys = {},
             .edge = "X and j <= i; rectangular: the last query aligned with the last key",
             .loops = "+-",
             .misfit = ""},
    TermRule{.name = "symmetric",
             .filter = true,
             .keys = {},
             .edge = "X or its transpose",
             .loops = "+-",
             .misfit = "rectangular"},
    TermRule{.name = "loops",
             .filter = true,
             .keys = {},
             .edge = "X with the diagonal",
             .loops = "L",
             .misfit = "rectangular"},
    TermRule{.name = "noloops",
             .filter = true,
             .keys = {},
             .edge = "X without the diagonal",
             .loops = "-",
             .misfit = "rectangular"},
};

std::string one_signature(const TermRule& rule, int form) {
  std::string text(rule.name);
  char sign = ':';
  for (const KeyRule& key : rule.keys) {
    if (key.form != 0 && key.form != form)
      continue;
    const std::string item = std::string(1, sign) + std::string(key.name);
    text += key.fallback.empty() ? item : "[" + item + "=" + std::string(key.fallback) + "]";
    sign = ',';
  }
  return text;
}

} // namespace

std::span<const TermRule> term_rules() {
  return rules;
}

const TermRule* find_rule(std::string_view name) {
  const auto* const found = std::find_if(rules.begin(), rules.end(),
                                         [&](const TermRule& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : found;
}

std::string signature(const TermRule& rule) {
  if (rule.filter)
    return std::string(rule.name) + "(X)";
  const bool two_forms = std::any_of(rule.keys.begin(), rule.keys.end(),
                                     [](const KeyRule& key) { return key.form == 2; });
  std::string text = one_signature(rule, 1);
  if (two_forms)
    text += " or " + one_signature(rule, 2);
  return text;
}

std::string grammar_help() {
  std::string text = "layers = spec {\";\" spec}   spec = term {\"+\" term}\n"
                     "term   = filter \"(\" spec \")\" | name [\":\" key \"=\" value {\",\" key "
                     "\"=\" value}]\n"
                     "Random terms (*) also take seed. L: self loops included, -: none, +-: as "
                     "they fall.\n\n";
  std::size_t width = 0;
  for (const TermRule& rule : rules)
    width = std::max(width, signature(rule).size());
  for (const TermRule& rule : rules) {
    std::string line = "  " + signature(rule);
    line.resize(width + 3, ' ');
    line += rule.random ? "* " : "  ";
    line += std::string(rule.loops) + (rule.loops.size() == 1 ? "   " : "  ");
    text += line + std::string(rule.edge) + "\n";
  }
  return text;
}

std::string grammar_table() {
  const auto cell = [](std::string_view words) {
    std::string text;
    for (const char c : words)
      text += c == '|' ? "\\|" : std::string(1, c); // a bar would end the cell
    return text;
  };
  std::string text = "| term | edge (i, j) iff | L | misfit |\n|---|---|---|---|\n";
  for (const TermRule& rule : rules)
    text += "| `" + signature(rule) + "`" + (rule.random ? " *" : "") + " | " + cell(rule.edge) +
            " | " + std::string(rule.loops) + " | " + cell(rule.misfit) + " |\n";
  return text;
}

} // namespace attnwalk::grammar
