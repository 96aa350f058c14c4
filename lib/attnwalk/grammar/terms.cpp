// SPDX-License-Identifier: Apache-2.0
// The table of terms, joined from its families, and the texts that it gives.
#include "attnwalk/grammar/evaluate.hpp"
#include "attnwalk/pattern/algebra.hpp"

#include <algorithm>
#include <array>

namespace attnwalk::grammar {
namespace {

constexpr std::array filters{
    TermRule{.name = "causal",
             .rectangular = true,

             .keys = {},
             .edge = "X and j <= i; rectangular: the last query aligned with the last key",
             .loops = "+-",
             .misfit = "",
             .example = "causal(full)",
             .filter = pattern::causal},
    TermRule{.name = "symmetric",

             .keys = {},
             .edge = "X or its transpose",
             .loops = "+-",
             .misfit = "rectangular",
             .example = "symmetric(random:d=2)",
             .filter = pattern::symmetrize},
    TermRule{.name = "loops",

             .keys = {},
             .edge = "X with the diagonal",
             .loops = "L",
             .misfit = "rectangular",
             .example = "loops(exponential)",
             .filter = pattern::with_loops},
    TermRule{.name = "noloops",

             .keys = {},
             .edge = "X without the diagonal",
             .loops = "-",
             .misfit = "rectangular",
             .example = "noloops(window:w=2)",
             .filter = pattern::without_loops},
};

std::vector<TermRule> joined() {
  std::vector<TermRule> all;
  for (const std::span<const TermRule> family :
       {banded_terms(), random_terms(), algebraic_terms(), published_terms(),
        std::span<const TermRule>(filters)})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

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
  static const std::vector<TermRule> all = joined();
  return all;
}

const TermRule* find_rule(std::string_view name) {
  for (const TermRule& rule : term_rules())
    if (rule.name == name)
      return &rule;
  return nullptr;
}

std::string signature(const TermRule& rule) {
  if (rule.filter != nullptr)
    return std::string(rule.name) + "(X)";
  const bool two_forms = std::any_of(rule.keys.begin(), rule.keys.end(),
                                     [](const KeyRule& key) { return key.form == 2; });
  std::string text = one_signature(rule, 1);
  if (two_forms)
    text += " or " + one_signature(rule, 2);
  return text;
}

std::string grammar_list() {
  std::string text = "layers = spec {\";\" spec}   spec = term {\"+\" term}\n"
                     "term   = filter \"(\" spec \")\" | name [\":\" key \"=\" value {\",\" key "
                     "\"=\" value}]\n"
                     "Terms marked * are random and also take the key seed. L: holds every (i, i), "
                     "-: none, +-: some.\n\n";
  std::size_t width = 0;
  for (const TermRule& rule : term_rules())
    width = std::max(width, signature(rule).size());
  for (const TermRule& rule : term_rules()) {
    std::string line = "  " + signature(rule);
    line.resize(width + 3, ' ');
    line += rule.random ? "* " : "  ";
    line += std::string(rule.loops) + std::string(4 - rule.loops.size(), ' ');
    const std::string indent(line.size(), ' ');
    text += line;
    text += rule.edge;
    text += "\n" + indent + "for example ";
    text += rule.example;
    text += "\n";
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
  std::string text = "| term | edge (i, j) iff | L | refused |\n|---|---|---|---|\n";
  for (const TermRule& rule : term_rules())
    text += "| `" + signature(rule) + "`" + (rule.random ? " *" : "") + " | " + cell(rule.edge) +
            " | " + std::string(rule.loops) + " | " + cell(rule.misfit) + " |\n";
  return text;
}

} // namespace attnwalk::grammar
