// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/answer.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/lookup.hpp"
#include "attnwalk/report/phrases.hpp"

#include <algorithm>
#include <utility>

namespace attnwalk::report {
namespace {

using spectral::Bound;
using spectral::Gap;
using spectral::GapReport;
using spectral::Status;

struct Wanted {
  const char* name;
  const char* meaning;
};

/// The numbers to read first.
std::vector<Wanted> wanted(const GapReport& report) {
  switch (walk_facts(report).shape) {
  case WalkShape::empty:
  case WalkShape::single_token:
    return {};
  case WalkShape::rectangular:
    return {{"sigma_2_bipartite", "removed by the one hop"},
            {"two_step_gap", "to the keys and back"},
            {"cheeger", "least share leaving a set of tokens"}};
  case WalkShape::split:
    return {{"slem", "0: differences between groups stay"},
            {"class 0: slem", "inside the largest group"},
            {"class 0: size", "tokens of the largest group"}};
  case WalkShape::periodic:
    return {{"slem", "0: the walk keeps going round"},
            {"additive", "of the walk that may also stay"},
            {"chatterjee", "of averages over many hops"}};
  case WalkShape::draining:
    return {{"mixing_time", "until 3/4 has drained"},
            {"absorption_mean", "of a token, on average"},
            {"absorption_max", "of the slowest token, on average"},
            {"slem", "removed by a late hop"}};
  case WalkShape::mixing:
    break;
  }
  if (report.kind == spectral::Kind::undirected)
    return {{"slem", "removed by each hop"},
            {"cheeger", "least share leaving a set of tokens"},
            {"mixing_time", "until within 1/4 of the limit"}};
  return {{"slem", "removed by a hop, in the long run"},
          {"sigma_2", "removed by every hop, at least"},
          {"mixing_time", "until within 1/4 of the limit"}};
}

std::optional<KeyNumber> from_gap(const Gap& g, const char* meaning) {
  if (!g.gap && !g.gap_lo && !g.gap_hi)
    return std::nullopt;
  return KeyNumber{g.name + " gap", g.gap ? gap_words(g) : "-", interval(g.gap_lo, g.gap_hi, 6),
                   std::string(spectral::to_string(g.status)), meaning};
}

/// A number of which a report has both ends: name_lo and name_hi.
KeyNumber from_ends(const std::string& name, const std::optional<double>& lo,
                    const std::optional<double>& hi, Status status, const char* meaning) {
  const bool hops_of = name == "mixing_time";
  std::string range;
  if (hops_of && (lo || hi))
    range = (lo ? hops(*lo) : "?") + " to " + (hi ? hops(*hi) : "?") + " hops";
  else
    range = interval(lo, hi, 6);
  return {name, "", range, std::string(spectral::to_string(status)), meaning};
}

std::optional<KeyNumber> key_number(const GapReport& report, const Wanted& want) {
  const std::string name = want.name;
  for (const Gap& g : report.gaps)
    if (g.name == name)
      return from_gap(g, want.meaning);
  if (const Bound* b = bound(report, name)) {
    const bool counted = name == "mixing_time" || name == "class 0: size";
    const bool in_hops = name.starts_with("absorption") || name == "mixing_time";
    const std::string value =
        counted ? count(static_cast<Index>(*b->value)) : approximate(*b->value, 5);
    return KeyNumber{name, value + (in_hops ? " hops" : ""), "", counted ? "certified" : "",
                     want.meaning};
  }
  if (name == "mixing_time") {
    const Answer a = answer(report);
    if (a.hops_lo || a.hops_hi)
      return from_ends(name, a.hops_lo, a.hops_hi, a.status, want.meaning);
  }
  const Bound* lo = bound(report, name + "_lo");
  const Bound* hi = bound(report, name + "_hi");
  if (lo == nullptr || hi == nullptr)
    return std::nullopt;
  const Gap* second = known(report, "lambda_2");
  if (second == nullptr)
    second = known(report, "sigma_2_bipartite");
  return from_ends(name, lo->value, hi->value,
                   second != nullptr ? second->status : Status::estimate, want.meaning);
}

} // namespace

std::vector<KeyNumber> key_numbers(const GapReport& report) {
  std::vector<KeyNumber> rows;
  for (const Wanted& want : wanted(report)) {
    std::optional<KeyNumber> row = key_number(report, want);
    if (row && rows.size() < 3)
      rows.push_back(std::move(*row));
  }
  return rows;
}

std::vector<Refusal> refusals(const GapReport& report) {
  std::vector<Refusal> causes;
  for (const Gap& g : report.gaps) {
    if (g.status != Status::refused)
      continue;
    const auto same = std::find_if(causes.begin(), causes.end(),
                                   [&](const Refusal& r) { return r.reason == g.reason; });
    if (same == causes.end())
      causes.push_back({{g.name}, g.reason});
    else
      same->names.push_back(g.name);
  }
  return causes;
}

} // namespace attnwalk::report
