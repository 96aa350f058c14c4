// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/grammar.hpp"
#include "attnwalk/grammar/suggest.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>

namespace attnwalk::grammar {
namespace {

constexpr std::size_t max_text = 65536;
constexpr int max_depth = 64;

constexpr KeyRule seed_rule{.name = "seed", .kind = ValueKind::seed};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

/// What a value must look like, for messages: "an integer from 0 to 9".
std::string wanted(const KeyRule& key) {
  switch (key.kind) {
  case ValueKind::integer: {
    std::string text = key.even ? "an even integer" : "an integer";
    return text + message(" >= ", static_cast<Index>(key.min));
  }
  case ValueKind::real:
    return message("a number from ", key.min, " to ", key.max);
  case ValueKind::boolean:
    return "true or false";
  case ValueKind::choice: {
    std::string text = "one of";
    for (const std::string_view word : words(key.choices))
      text += " " + std::string(word);
    return text;
  }
  case ValueKind::text:
    return "a file name";
  case ValueKind::seed:
    return "an integer from 0 to 18446744073709551615";
  }
  return {};
}

class Parser {
public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<Spec> layers() {
    if (text_.size() > max_text)
      throw Error(Code::domain, message("a spec of ", text_.size(),
                                        " bytes is longer than the limit of ", max_text));
    const auto whole = std::make_shared<const std::string>(text_);
    std::vector<Spec> result;
    do {
      ordinals_.clear();
      result.push_back({terms(), whole});
    } while (take(';'));
    if (!at_end())
      fail(at_, "expected '+', ';' or the end of the spec, not " + here());
    return result;
  }

private:
  [[noreturn]] void fail(std::size_t at, const std::string& sentence) const {
    throw Error(Code::domain, pointing_at(sentence, text_, at));
  }

  bool at_end() {
    while (at_ < text_.size() && is_space(text_[at_]))
      ++at_;
    return at_ == text_.size();
  }
  bool sees(char c) { return !at_end() && text_[at_] == c; }
  bool take(char c) {
    const bool found = sees(c);
    at_ += found ? 1 : 0;
    return found;
  }
  /// What stands at the cursor, for messages.
  std::string here() { return at_end() ? "the end" : quoted(text_.substr(at_, 1)); }

  std::string_view word() {
    const bool ended = at_end();
    const std::size_t begin = at_;
    while (!ended && at_ < text_.size() && is_word(text_[at_]))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::vector<Term> terms() {
    std::vector<Term> result;
    do
      result.push_back(term());
    while (take('+'));
    return result;
  }

  Term term() {
    const std::string_view name = word();
    Term result;
    result.at = at_ - name.size();
    if (name.empty())
      fail(at_, "expected a term such as window:w=8, not " + here());
    result.rule = find_rule(name);
    if (result.rule == nullptr) {
      std::vector<std::string_view> names;
      for (const TermRule& rule : term_rules())
        names.push_back(rule.name);
      fail(result.at, "unknown term " + quoted(name) + suggestion(name, names));
    }
    result.ordinal = ordinals_[result.rule]++;
    if (result.rule->filter != nullptr) {
      filter_body(result);
    } else {
      if (sees('('))
        fail(at_, std::string(name) + " is no filter: it takes no spec in parentheses");
      if (take(':'))
        arguments(result);
      require_keys(result);
    }
    return result;
  }

  void filter_body(Term& result) {
    const std::string name(result.name());
    if (!take('('))
      fail(at_, name + " is a filter: expected '(' and a spec, not " + here());
    if (++depth_ > max_depth)
      fail(result.at, message("filters are nested deeper than ", max_depth));
    result.inner = terms();
    if (!take(')'))
      fail(at_, "expected '+' or the ')' of " + name + ", not " + here());
    --depth_;
  }

  void arguments(Term& term) {
    do {
      const std::string_view name = word();
      const std::size_t at = at_ - name.size();
      const KeyRule& rule = key_rule(term, name, at);
      if (!take('='))
        fail(at_,
             "expected '=' and " + wanted(rule) + " after " + quoted(name) + ", not " + here());
      Argument argument{std::string(name), {}, at, 0};
      at_end();
      argument.value_at = at_;
      argument.value = value(rule);
      term.arguments.push_back(std::move(argument));
    } while (take(','));
    if (!at_end() && (is_word(text_[at_]) || text_[at_] == ':' || text_[at_] == '='))
      fail(at_,
           "expected ',' before another key, '+' before another term or the end, not " + here());
  }

  const KeyRule& key_rule(const Term& term, std::string_view name, std::size_t at) {
    const TermRule& rule = *term.rule;
    std::vector<std::string_view> names;
    for (const KeyRule& key : rule.keys)
      names.push_back(key.name);
    if (rule.random)
      names.push_back(seed_rule.name);
    if (names.empty())
      fail(at, std::string(rule.name) + " takes no keys");
    if (name.empty())
      fail(at, "expected a key of " + std::string(rule.name) + ", not " + here() +
                   suggestion({}, names));
    if (std::find(names.begin(), names.end(), name) == names.end())
      fail(at, "unknown key " + quoted(name) + " of " + std::string(rule.name) +
                   suggestion(name, names));
    if (term.find(name) != nullptr)
      fail(at, "key " + quoted(name) + " of " + std::string(rule.name) + " is given twice");
    if (name == seed_rule.name)
      return seed_rule;
    const KeyRule& key = *std::find_if(rule.keys.begin(), rule.keys.end(),
                                       [&](const KeyRule& known) { return known.name == name; });
    const KeyRule* other = form_setter(term);
    if (other != nullptr && key.form != 0 && other->form != key.form)
      fail(at, "key " + quoted(name) + " does not go with " + quoted(other->name) + ": " +
                   signature(rule));
    return key;
  }

  /// The first given key that decides between two lists of keys; null if none does.
  static const KeyRule* form_setter(const Term& term) {
    for (const KeyRule& key : term.rule->keys)
      if (key.form != 0 && term.find(key.name) != nullptr)
        return &key;
    return nullptr;
  }

  void require_keys(const Term& term) {
    const KeyRule* setter = form_setter(term);
    const int form = setter == nullptr ? 1 : setter->form;
    for (const KeyRule& key : term.rule->keys)
      if (key.fallback.empty() && (key.form == 0 || key.form == form) &&
          term.find(key.name) == nullptr)
        fail(at_, std::string(term.name()) + " needs " + std::string(key.name) + "=, " +
                      wanted(key) + ": " + signature(*term.rule));
  }

  Argument::Value value(const KeyRule& rule) {
    switch (rule.kind) {
    case ValueKind::integer:
      return integer(rule);
    case ValueKind::real:
      return real(rule);
    case ValueKind::seed:
      return seed(rule);
    case ValueKind::text:
      return text(rule);
    case ValueKind::boolean:
      return chosen(rule, "true false") == "true";
    case ValueKind::choice:
      break;
    }
    return std::string(chosen(rule, rule.choices));
  }

  std::string_view chosen(const KeyRule& rule, std::string_view list) {
    const std::string_view given = word();
    const std::vector<std::string_view> choices = words(list);
    if (std::find(choices.begin(), choices.end(), given) == choices.end())
      fail(at_ - given.size(), std::string(rule.name) + " must be " +
                                   (list == rule.choices ? wanted(rule) : "true or false") +
                                   ", not " +
                                   (given.empty() ? here() : quoted(given) + near(given, choices)));
    return given;
  }

  static std::string near(std::string_view given, const std::vector<std::string_view>& choices) {
    return nearest(given, choices).empty() ? std::string{} : suggestion(given, choices);
  }

  /// Reads a number of type T where the cursor stands; fails at the first character that is not
  /// part of one, and for numbers that T does not hold.
  template <class T>
  T number(const KeyRule& rule) {
    const std::size_t begin = at_;
    const char* const first = text_.data() + at_;
    const char* const last = text_.data() + text_.size();
    // No sign but '-', and none of the words that from_chars takes for infinity and not-a-number.
    const bool minus = begin < text_.size() && *first == '-' && !std::is_unsigned_v<T>;
    const char* const start = first + (minus ? 1 : 0);
    if (start == last || !(is_digit(*start) || (*start == '.' && std::is_floating_point_v<T>)))
      fail(begin, std::string(rule.name) + " must be " + wanted(rule) + ", not " + here());
    T result{};
    const auto [end, trouble] = std::from_chars(first, last, result);
    at_ = begin + static_cast<std::size_t>(end - first);
    if (trouble == std::errc::invalid_argument)
      fail(begin, std::string(rule.name) + " must be " + wanted(rule) + ", not " + here());
    if (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.'))
      fail(at_, quoted(text_.substr(at_, 1)) + " does not belong to the number: " +
                    std::string(rule.name) + " must be " + wanted(rule));
    if (trouble == std::errc::result_out_of_range)
      fail(begin, std::string(rule.name) + " = " + std::string(quoted({first, end})) +
                      " is out of range: it must be " + wanted(rule));
    return result;
  }

  Index integer(const KeyRule& rule) {
    const std::size_t begin = at_;
    const auto result = number<Index>(rule);
    const auto at_least = static_cast<Index>(rule.min);
    const auto at_most = static_cast<Index>(rule.max);
    if (result < at_least || result > at_most)
      fail(begin, message(rule.name, " = ", result, " must be ",
                          result < at_least ? "at least " : "at most ",
                          result < at_least ? at_least : at_most));
    if (rule.even && result % 2 != 0)
      fail(begin, message(rule.name, " = ", result, " must be even; the nearest are ", result - 1,
                          " and ", result + 1));
    return result;
  }

  double real(const KeyRule& rule) {
    const std::size_t begin = at_;
    const auto result = number<double>(rule);
    const bool within = result >= rule.min && result <= rule.max;
    if (!within)
      fail(begin, message(rule.name, " = ", result, " must be ", wanted(rule)));
    return result;
  }

  std::uint64_t seed(const KeyRule& rule) { return number<std::uint64_t>(rule); }

  std::string text(const KeyRule& rule) {
    const std::size_t begin = at_;
    std::string result;
    if (take('"')) {
      const std::size_t end = text_.find('"', at_);
      if (end == std::string_view::npos)
        fail(begin, "the quote that opens here is not closed");
      result = text_.substr(at_, end - at_);
      at_ = end + 1;
    } else {
      at_ = std::min(text_.find_first_of(" \t\r\n,+;:=()\"", at_), text_.size());
      result = text_.substr(begin, at_ - begin);
    }
    if (result.empty())
      fail(begin, std::string(rule.name) + " must be " + wanted(rule) + ", not " + here());
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::map<const TermRule*, std::uint64_t> ordinals_;
};

} // namespace

std::vector<Spec> parse_layers(std::string_view text) {
  return Parser(text).layers();
}

Spec parse(std::string_view text) {
  std::vector<Spec> layers = parse_layers(text);
  if (layers.size() > 1) {
    const std::size_t second = layers[1].terms.front().at;
    throw Error(Code::domain,
                pointing_at("one spec is wanted here, not several layers separated by ';'", text,
                            text.rfind(';', second)));
  }
  return std::move(layers.front());
}

} // namespace attnwalk::grammar
