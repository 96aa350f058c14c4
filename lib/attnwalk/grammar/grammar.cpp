// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/grammar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <type_traits>

namespace attnwalk::grammar {
namespace {

const KeyRule& rule_of(const Term& term, std::string_view key) {
  return *std::find_if(term.rule->keys.begin(), term.rule->keys.end(),
                       [&](const KeyRule& rule) { return rule.name == key; });
}

/// A fallback of the table: well-formed by construction.
template <class T>
T number(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The shortest digits that read back as the same number.
template <class T>
std::string digits(T value) {
  std::array<char, 40> room{};
  const auto end = std::to_chars(room.data(), room.data() + room.size(), value).ptr;
  return {room.data(), end};
}

std::string written(const Argument::Value& value) {
  return std::visit(
      [](const auto& x) -> std::string {
        using T = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<T, std::string>)
          return x.find_first_of(" \t\r\n,+;:=()") == std::string::npos ? x : '"' + x + '"';
        else if constexpr (std::is_same_v<T, bool>)
          return x ? "true" : "false";
        else
          return digits(x);
      },
      value);
}

std::string joined(const std::vector<Term>& terms) {
  std::string text;
  for (const Term& term : terms)
    text += (text.empty() ? "" : "+") + to_string(term);
  return text;
}

} // namespace

const Argument* Term::find(std::string_view key) const {
  const auto found = std::find_if(arguments.begin(), arguments.end(),
                                  [&](const Argument& argument) { return argument.key == key; });
  return found == arguments.end() ? nullptr : &*found;
}

Index Term::integer(std::string_view key) const {
  const Argument* given = find(key);
  return given != nullptr ? std::get<Index>(given->value)
                          : number<Index>(rule_of(*this, key).fallback);
}

double Term::real(std::string_view key) const {
  const Argument* given = find(key);
  return given != nullptr ? std::get<double>(given->value)
                          : number<double>(rule_of(*this, key).fallback);
}

bool Term::flag(std::string_view key) const {
  const Argument* given = find(key);
  return given != nullptr ? std::get<bool>(given->value) : rule_of(*this, key).fallback == "true";
}

std::string Term::text(std::string_view key) const {
  const Argument* given = find(key);
  return given != nullptr ? std::get<std::string>(given->value)
                          : std::string(rule_of(*this, key).fallback);
}

std::uint64_t Term::seed(std::uint64_t global) const {
  const Argument* given = find("seed");
  return given != nullptr ? std::get<std::uint64_t>(given->value) : global;
}

bool operator==(const Term& a, const Term& b) {
  const auto same = [](const Argument& x, const Argument& y) {
    return x.key == y.key && x.value == y.value;
  };
  return a.rule == b.rule && a.inner == b.inner &&
         std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(), b.arguments.end(),
                    same);
}

bool operator==(const Spec& a, const Spec& b) {
  return a.terms == b.terms;
}

std::string to_string(const Term& term) {
  std::string text(term.name());
  if (term.rule->filter != nullptr)
    return text + "(" + joined(term.inner) + ")";
  char sign = ':';
  for (const Argument& argument : term.arguments) {
    text += sign + argument.key + "=" + written(argument.value);
    sign = ',';
  }
  return text;
}

std::string to_string(const Spec& spec) {
  return joined(spec.terms);
}

} // namespace attnwalk::grammar
