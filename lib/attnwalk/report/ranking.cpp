// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/ranking.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/report/answer.hpp"
#include "attnwalk/report/lookup.hpp"
#include "attnwalk/report/phrases.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::report {
namespace {

using spectral::Gap;
using spectral::Status;
using workflow::Compared;
using workflow::CompareResult;

/// "mixes fastest", "drains fastest", "has the largest sigma_2 gap"; of several inputs "mix ...".
std::string superlative(const RankedGroup& group, const std::string& by, bool several) {
  if (by != "slem")
    return (several ? "have the largest " : "has the largest ") + by + " gap";
  const bool draining =
      std::all_of(group.inputs.begin(), group.inputs.end(), [](const Compared* input) {
        return walk_facts(input->report).shape == WalkShape::draining;
      });
  if (draining)
    return several ? "drain fastest" : "drains fastest";
  return several ? "mix fastest" : "mixes fastest";
}

/// ", 1,640 times that of NEXT", ", 3.2 % above that of NEXT": at least, where both ends are proved.
std::string lead_words(const Gap& first, const Gap& second, const std::string& next, bool proved) {
  if (*second.gap <= 0)
    return "; the gap of the next, " + next + ", is 0";
  const double ratio =
      proved && *second.gap_hi > 0 ? *first.gap_lo / *second.gap_hi : *first.gap / *second.gap;
  const std::string lead = ratio < 1.1 ? number(100 * (ratio - 1), 2, Rounding::down) + " % above"
                           : ratio >= 1000 ? count(static_cast<Index>(ratio)) + " times"
                                           : number(ratio, 3, Rounding::down) + " times";
  return (proved ? ", at least " : ", ") + lead + " that of " + next;
}

std::string trust(Status status) {
  switch (status) {
  case Status::certified:
    return "certified: the intervals do not meet";
  case Status::probable:
    return "proved up to a small chance of error: the intervals do not meet";
  default:
    return "not proved: the intervals meet, or a number is an estimate";
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string words;
  for (std::size_t at = 0; at < names.size(); ++at)
    words += (at == 0 ? "" : at + 1 == names.size() ? " and " : ", ") + names[at];
  return words;
}

std::string group_sentence(const CompareResult& result, const RankedGroup& group) {
  std::vector<std::string> first;
  const Compared* next = nullptr;
  for (const Compared* input : group.inputs) {
    if (input->rank == 1)
      first.push_back(compared_name(*input));
    else if (input->rank > 1 && next == nullptr)
      next = input;
  }
  if (first.empty())
    return message("No input has a ", result.by, " gap.");
  const Compared& leader = *group.inputs.front();
  const Gap& gap = *known(leader.report, result.by);
  if (*gap.gap <= 0 && result.by == "slem")
    return "None of them mixes: every slem gap is 0.";
  const bool several = first.size() > 1;
  const std::string what = message("slem" == result.by && !several ? "its " : "the ", result.by,
                                   " gap is ", approximate(*gap.gap, 3));
  std::string words = joined(first) + " " + superlative(group, result.by, several) +
                      (several ? " alike: " : ": ") + what;
  if (next == nullptr)
    return words + ".";
  const bool proved = is_proved(leader.rank_status);
  words += message(lead_words(gap, *known(next->report, result.by), compared_name(*next), proved),
                   " (", trust(leader.rank_status), ").");
  const bool all = std::all_of(group.inputs.begin(), group.inputs.end(), [](const Compared* input) {
    return input->rank == 0 || input->rank_status == Status::certified;
  });
  if (group.inputs.size() > 2 && all)
    words += " All ranks are certified.";
  return words;
}

/// How the gap of one input goes from the first to the last value of what varies.
std::string growth_sentence(const CompareResult& result, const std::string& asked) {
  const Compared* first = nullptr;
  const Compared* last = nullptr;
  for (const Compared& input : result.inputs) {
    if (input.asked != asked || known(input.report, result.by) == nullptr)
      continue;
    first = first == nullptr ? &input : first;
    last = &input;
  }
  if (first == nullptr || first == last)
    return message(asked, " has no ", result.by, " gap at more than one ", result.varied, ".");
  const double from = *known(first->report, result.by)->gap;
  const double to = *known(last->report, result.by)->gap;
  std::string words =
      message(asked, ": ", result.by, " gap ", approximate(from, 3), " at ", result.varied, " = ",
              approximate(*first->at), ", ", approximate(to, 3), " at ", result.varied, " = ",
              approximate(*last->at));
  if (from > 0 && to > 0 && *first->at > 0 && *last->at > *first->at)
    words += message(": as ", result.varied, "^",
                     number(std::log(to / from) / std::log(*last->at / *first->at), 2));
  return words + ".";
}

} // namespace

std::vector<RankedGroup> ranked(const CompareResult& result) {
  std::vector<RankedGroup> groups;
  for (const Compared& input : result.inputs) {
    if (groups.empty() || groups.back().at != input.at)
      groups.push_back({input.at, {}});
    groups.back().inputs.push_back(&input);
  }
  for (RankedGroup& group : groups)
    std::stable_sort(group.inputs.begin(), group.inputs.end(),
                     [](const Compared* a, const Compared* b) {
                       return b->rank == 0 ? a->rank != 0 : a->rank != 0 && a->rank < b->rank;
                     });
  return groups;
}

std::string compared_name(const Compared& input) {
  return picture_title(input.origin);
}

std::string spaced(const std::string& spec) {
  std::string out;
  for (const char c : spec)
    out += c == '+' ? std::string(" + ") : c == ',' ? std::string(", ") : std::string(1, c);
  return out;
}

std::vector<std::string> ranking_sentences(const CompareResult& result) {
  const std::vector<RankedGroup> groups = ranked(result);
  std::vector<std::string> sentences;
  if (!result.varied.empty())
    for (const Compared& input : result.inputs)
      if (input.at == result.inputs.front().at)
        sentences.push_back(growth_sentence(result, input.asked));
  const RankedGroup& last = groups.back();
  if (last.inputs.size() > 1)
    sentences.push_back(
        (last.at ? message("At ", result.varied, " = ", approximate(*last.at), " ") : "") +
        group_sentence(result, last));
  return sentences;
}

} // namespace attnwalk::report
