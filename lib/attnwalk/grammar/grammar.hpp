// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The grammar of pattern specs: docs/grammar.md.
///
///     layers = spec {";" spec}
///     spec   = term {"+" term}
///     term   = filter "(" spec ")" | name [":" key "=" value {"," key "=" value}]
///
/// Spaces, tabs and line breaks are free between names, values and signs, not inside them.
namespace attnwalk::grammar {

/// What the value of a key looks like.
enum class ValueKind {
  integer, ///< decimal digits
  real,    ///< a decimal number, exponent allowed
  boolean, ///< true or false
  choice,  ///< one of a list of words
  text,    ///< a file name, in double quotes if it holds one of , + ; : = ( ) or a space
  seed,    ///< an integer of 64 bits without sign
};

/// A key of a term. The same table drives the parser, its messages, the help and docs/grammar.md.
struct KeyRule {
  std::string_view name;
  ValueKind kind = ValueKind::integer;
  std::string_view fallback = {}; ///< the value where the key is left out; empty: it is required
  std::string_view choices = {};  ///< of kind choice, separated by single spaces
  double min = 0;                 ///< smallest and largest value of integers and reals
  double max = 9007199254740992;  ///< 2^53
  bool even = false;              ///< of an integer
  int form = 0;                   ///< terms with two lists of keys: 1 or 2; 0 goes with both
};

/// Queries and keys.
struct Sizes {
  Index n = 0;
  Index m = 0;
};

struct Term;   // below
struct Scope;  // evaluate.hpp
struct Models; // evaluate.hpp

/// A term of the grammar: its definition in a line, and the functions that evaluate it. The parser,
/// the evaluation, `attnwalk pattern --list` and docs/grammar.md read this one table.
struct TermRule {
  std::string_view name;
  bool random = false;      ///< takes `seed`
  bool rectangular = false; ///< goes with any number of queries and keys; else both must be equal
  std::span<const KeyRule> keys = {};
  std::string_view edge;    ///< entry (i, j) is stored iff
  std::string_view loops;   ///< "L" included, "-" none, "+-" as they fall
  std::string_view misfit;  ///< what is refused
  std::string_view example; ///< a spec of this term

  /// The pattern of a filter from that of the spec in its parentheses; null for generators.
  pattern::Pattern (*filter)(const pattern::Pattern& inner) = nullptr;
  /// The size that a generator's arguments fix whatever else is asked for; null: none ever.
  std::optional<Sizes> (*fixed)(const Term& term, Models& models) = nullptr;
  /// Predicted entries for n queries and m keys, at least those of the largest array that is made.
  double (*entries)(const Term& term, double n, double m) = nullptr;
  /// The pattern of a generator; null for filters.
  pattern::Pattern (*make)(const Term& term, const Scope& scope) = nullptr;
};

/// All terms, in the order of docs/grammar.md.
[[nodiscard]] std::span<const TermRule> term_rules();
/// The rule of that name, null if there is none.
[[nodiscard]] const TermRule* find_rule(std::string_view name);
/// How a term is written: "ring:w[,stride=1]"; "causal(X)" for filters. Terms with two lists of
/// keys give both, joined by " or ". `seed` is left out, as in the table.
[[nodiscard]] std::string signature(const TermRule& rule);
/// The terms with their definitions and an example each, aligned: `attnwalk pattern --list`.
[[nodiscard]] std::string grammar_list();
/// The terms with their definitions as the Markdown table of docs/grammar.md.
[[nodiscard]] std::string grammar_table();

/// A key of a spec with its value, and where both stand in the text.
struct Argument {
  using Value = std::variant<Index, double, bool, std::string, std::uint64_t>;
  std::string key;
  Value value;
  std::size_t key_at = 0;
  std::size_t value_at = 0;
};

/// A term of a spec: a generator with arguments, or a filter over `inner`.
struct Term {
  const TermRule* rule = nullptr; ///< never null in a parsed spec
  std::vector<Argument> arguments;
  std::vector<Term> inner;   ///< of a filter: the terms that it takes the union of
  std::uint64_t ordinal = 0; ///< how many terms of this name stand before it in the spec
  std::size_t at = 0;        ///< where it stands in the text

  [[nodiscard]] std::string_view name() const { return rule->name; }
  /// The argument of that key, null where it is left out.
  [[nodiscard]] const Argument* find(std::string_view key) const;
  /// The value of a key, the rule's fallback where it is left out. @throws std::bad_variant_access
  /// if the rule gives the key another kind
  [[nodiscard]] Index integer(std::string_view key) const;
  [[nodiscard]] double real(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key) const;
  [[nodiscard]] std::string text(std::string_view key) const; ///< of kinds choice and text
  /// The term's own seed, else `global`.
  [[nodiscard]] std::uint64_t seed(std::uint64_t global) const;
};

/// A parsed spec, not evaluated: the union of its terms. `grammar::build` makes the pattern.
struct Spec {
  std::vector<Term> terms;
  std::shared_ptr<const std::string> text; ///< what was parsed: all layers, for messages
};

/// Same terms with the same arguments, wherever they stand in the text.
[[nodiscard]] bool operator==(const Term& a, const Term& b);
[[nodiscard]] bool operator==(const Spec& a, const Spec& b);

/// Parses one spec.
///
/// @throws Error{domain}: a sentence, then the text and a caret under the offending character
/// @cost   O(text), at most 64 KiB and 64 nested filters
[[nodiscard]] Spec parse(std::string_view text);
/// The same for layers, at least one.
[[nodiscard]] std::vector<Spec> parse_layers(std::string_view text);

/// The spec as text that parses to an equal one, without spaces.
[[nodiscard]] std::string to_string(const Spec& spec);
[[nodiscard]] std::string to_string(const Term& term);

/// `sentence`, then the line of `text` around position `at` and a caret under it.
[[nodiscard]] std::string pointing_at(std::string_view sentence, std::string_view text,
                                      std::size_t at);

} // namespace attnwalk::grammar
