// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/open_spec.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace attnwalk::workflow {
namespace {

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || c == '_';
}

/// The name that ends before `end`, spaces left out; `end` becomes where it begins.
std::string name_before(const std::string& text, std::size_t& end) {
  while (end > 0 && text[end - 1] == ' ')
    --end;
  std::size_t begin = end;
  while (begin > 0 && in_name(text[begin - 1]))
    --begin;
  const std::string name = text.substr(begin, end - begin);
  end = begin;
  return name;
}

/// Builds patterns with values for the open number and remembers the best.
class Search {
public:
  Search(const OpenSpec& spec, double wanted, const InputOptions& how)
      : spec_(spec), wanted_(wanted), how_(how) {}

  /// Entries with that value; none where the spec refuses it.
  std::optional<Index> entries(const std::string& value) {
    try {
      const grammar::Built built = grammar::build(spec_.with(value), {.queries = how_.queries,
                                                                      .keys = how_.keys,
                                                                      .seed = how_.seed,
                                                                      .threads = how_.threads,
                                                                      .monitor = how_.monitor});
      const Index count = built.pattern.entries();
      const double off = std::abs(static_cast<double>(count) - wanted_);
      if (!best_ || off < best_off_ || (off == best_off_ && count < best_->entries)) {
        best_ = Found{spec_.key, value, count};
        best_off_ = off;
      }
      return count;
    } catch (const Error& error) {
      if (error.code() != Code::domain && error.code() != Code::memory)
        throw;
      refusal_ = error.what();
      return std::nullopt;
    }
  }

  [[nodiscard]] Found best() const {
    require(best_.has_value(), Code::domain, "no value of ", spec_.key, " fits: ", refusal_);
    return *best_;
  }
  [[nodiscard]] bool exact() const { return best_ && best_off_ == 0; }

private:
  const OpenSpec& spec_;
  double wanted_;
  const InputOptions& how_;
  std::optional<Found> best_;
  double best_off_ = 0;
  std::string refusal_;
};

/// Whole numbers: doubled until the count passes the wanted one, then halved in between.
void search_integers(Search& search, const grammar::KeyRule& rule, double wanted, Index most) {
  const Index step = rule.even ? 2 : 1;
  const auto even = [&](Index k) { return rule.even ? k + k % 2 : k; };
  // Some values fit nothing, as odd degrees of odd graphs: the next few may.
  const auto probe = [&](Index& k, Index end) -> std::optional<double> {
    for (const Index last = std::min(end, k + 8 * step); k < last; k += step)
      if (const auto count = search.entries(std::to_string(k)))
        return static_cast<double>(*count);
    return std::nullopt;
  };
  Index low = even(static_cast<Index>(rule.min)); // has not passed
  std::optional<double> count = probe(low, most + 1);
  while (!count && low <= most)
    count = probe(low = even(2 * low), most + 1);
  if (!count)
    return;
  const bool grows = *count < wanted;
  double last = *count;
  Index high = most + 1; // too far: it has passed, or is not allowed
  bool passed = false;
  while (high - low > step && !search.exact()) {
    const Index middle =
        passed ? even(low + (high - low) / 2) : std::min(even(std::max(2 * low, low + step)), most);
    Index k = middle;
    count = probe(k, high);
    if (!count || (grows ? *count >= wanted : *count <= wanted)) {
      high = middle;
      passed = true;
      continue;
    }
    if (!passed && !grows && *count > last)
      return; // more is wrong in both directions
    last = *count;
    low = k;
  }
}

/// Real numbers of six digits: probabilities, with which entries grow.
void search_reals(Search& search, const grammar::KeyRule& rule, double wanted, double share) {
  const auto entries = [&](double x) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), x,
                                   std::chars_format::general, 6);
    return search.entries(std::string(digits.data(), end.ptr));
  };
  double low = rule.min;
  double high = std::min(rule.max, 1.0);
  double x = std::clamp(share, low, high); // doubled until it passes, so that no pattern is huge
  for (int round = 0; round < 40 && high - low > 1e-6 * high && !search.exact(); ++round) {
    const auto count = entries(x);
    const bool passed = !count || static_cast<double>(*count) >= wanted;
    (passed ? high : low) = x;
    x = passed ? (low + high) / 2 : std::min(2 * x, (low + high) / 2);
    if (low == high)
      break;
  }
}

} // namespace

std::optional<OpenSpec> open_spec(const std::string& text) {
  const std::size_t at = text.find('?');
  if (at == std::string::npos || names_file(text))
    return std::nullopt;
  require(text.find('?', at + 1) == std::string::npos, Code::domain, text,
          " leaves two numbers open where one can be found");
  OpenSpec open{text.substr(0, at), text.substr(at + 1), {}, nullptr};
  std::size_t end = at;
  while (end > 0 && text[end - 1] == ' ')
    --end;
  std::string term;
  if (end > 0 && text[end - 1] == '=') {
    open.key = name_before(text, --end);
    const std::size_t colon = text.rfind(':', end);
    if (colon != std::string::npos) {
      end = colon;
      term = name_before(text, end);
    }
  }
  if (const grammar::TermRule* rule = grammar::find_rule(term))
    for (const grammar::KeyRule& key : rule->keys)
      if (key.name == open.key)
        open.rule = &key;
  require(open.rule != nullptr && (open.rule->kind == grammar::ValueKind::integer ||
                                   open.rule->kind == grammar::ValueKind::real),
          Code::domain, text, ": a question mark stands for a number of a term, as in window:w=?");
  return open;
}

Found with_entries(const OpenSpec& spec, double per_row, const InputOptions& how) {
  require(how.queries.has_value(), Code::domain, "`queries` is needed to find ", spec.key, " in ",
          spec.with("?"));
  const Index rows = *how.queries;
  const Index cols = how.keys.value_or(rows);
  require(per_row > 0 && per_row <= static_cast<double>(cols), Code::domain,
          "`per_row` = ", per_row, " must be above 0 and at most the number of keys, ", cols);
  const double wanted = per_row * static_cast<double>(rows);
  Search search(spec, wanted, how);
  if (spec.rule->kind == grammar::ValueKind::real)
    search_reals(search, *spec.rule, wanted, per_row / static_cast<double>(cols));
  else
    search_integers(
        search, *spec.rule, wanted,
        static_cast<Index>(std::min(spec.rule->max, static_cast<double>(std::max(rows, cols)))));
  return search.best();
}

} // namespace attnwalk::workflow
