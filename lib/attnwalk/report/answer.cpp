// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/answer.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/lookup.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace attnwalk::report {
namespace {

using spectral::Bound;
using spectral::Gap;
using spectral::GapReport;

/// A cut limits a walk if at most this share of its tokens' attention crosses it.
constexpr double narrow_cut = 0.25;
using spectral::Status;

constexpr std::array<WalkFacts, 7> table{{
    // shape                   powers one limit settles pi > 0
    {WalkShape::empty, false, false, false, false},
    {WalkShape::single_token, true, true, true, true},
    {WalkShape::rectangular, false, false, false, false},
    {WalkShape::split, true, false, false, false},
    {WalkShape::periodic, true, true, false, true},
    {WalkShape::draining, true, true, true, false},
    {WalkShape::mixing, true, true, true, true},
}};

WalkShape shape_of(const GapReport& report) {
  const pattern::Structure& s = report.structure;
  if (s.rows == 0 || s.cols == 0)
    return WalkShape::empty;
  if (s.rows != s.cols || report.kind == spectral::Kind::bipartite)
    return WalkShape::rectangular;
  if (s.rows == 1)
    return WalkShape::single_token;
  if (s.closed_classes.size() > 1)
    return WalkShape::split;
  if (s.period > 1)
    return WalkShape::periodic;
  return s.transient > 0 ? WalkShape::draining : WalkShape::mixing;
}

/// Statuses from the most to the least certain.
int doubt(Status status) {
  switch (status) {
  case Status::certified:
    return 0;
  case Status::probable:
    return 1;
  case Status::estimate:
    return 2;
  case Status::not_converged:
    return 3;
  case Status::refused:
    return 4;
  }
  return 4;
}

/// The least certain of the numbers that the hops rest on.
Status weakest(const GapReport& report) {
  Status worst = Status::certified;
  for (const char* name : {"slem", "sigma_2", "pseudo_gap"})
    if (const Gap* g = known(report, name); g != nullptr && doubt(g->status) > doubt(worst))
      worst = g->status;
  return worst;
}

std::string trust(Status status) {
  switch (status) {
  case Status::certified:
    return "certified";
  case Status::probable:
    return "proved up to a small chance of error";
  case Status::estimate:
    return "an estimate, not proved";
  default:
    return "not converged";
  }
}

/// "52 %" of a share that a reader can picture, else "5.6e-6".
std::string share(double x) {
  return x >= 1e-3 ? approximate(100 * x, 2) + " %" : "a share of " + approximate(x, 2);
}

std::string hop_range(const Answer& a) {
  if (!a.hops_hi)
    return "at least " + hops(*a.hops_lo) + " hops; no upper bound is proved";
  if (!a.hops_lo)
    return "at most " + hops(*a.hops_hi) + " hops";
  if (*a.hops_lo == *a.hops_hi)
    return hops(*a.hops_hi) + (*a.hops_hi == 1 ? " hop" : " hops");
  return hops(*a.hops_lo) + " to " + hops(*a.hops_hi) + " hops";
}

Verdict verdict_of(const Answer& a) {
  if (a.hops_hi && *a.hops_hi <= fast_hops)
    return Verdict::fast;
  if (a.hops_lo && *a.hops_lo > slow_hops)
    return Verdict::slow;
  return a.hops_hi ? Verdict::moderate : Verdict::unclear;
}

const char* opening(Verdict verdict) {
  switch (verdict) {
  case Verdict::fast:
    return "Mixes fast";
  case Verdict::slow:
    return "Mixes slowly";
  case Verdict::unclear:
    return "Mixes; how fast is known roughly";
  default:
    return "Mixes at a moderate speed";
  }
}

/// The least k with (1 - gap)^k <= rest.
std::optional<double> hops_above(double gap, double rest) {
  if (gap <= 0 || gap >= 1)
    return std::nullopt;
  return std::max(1.0, std::ceil(std::log(rest) / std::log1p(-gap) - 1e-9));
}

/// What keeps a mixing walk from being faster.
std::string limit_of(const GapReport& report, const Answer& a) {
  const pattern::Structure& s = report.structure;
  const Gap* positive = known(report, "lambda_2");
  const Gap* negative = known(report, "lambda_n");
  std::string words;
  if (positive != nullptr && negative != nullptr && *negative->gap < *positive->gap / 2) {
    words = message(
        " Alternation limits it: two groups of tokens attend mostly to each other, so what tells"
        " the groups apart changes sides at each hop (lambda_n = ",
        approximate(*negative->value, 3), "); attention to oneself weakens that.");
  } else if (s.full_reach && a.hops_lo && *a.hops_lo <= 2 * static_cast<double>(*s.full_reach)) {
    words = message(" The pattern itself limits it: the farthest tokens are ", count(*s.full_reach),
                    *s.full_reach == 1 ? " hop apart." : " hops apart.");
  } else if (report.sweep && report.sweep->size > 0 && report.sweep->conductance <= narrow_cut) {
    words = message(" A bottleneck limits it: ", count(report.sweep->size), " of ", count(s.rows),
                    " tokens send only ", share(report.sweep->conductance),
                    " of their attention to the others.");
  } else if (s.full_reach) {
    words = message(" The weights limit it, not the pattern: every token can reach every other in ",
                    count(*s.full_reach), *s.full_reach == 1 ? " hop." : " hops.");
  }
  const spectral::Stationary& pi = report.stationary;
  if (!pi.method.empty() && pi.tv_uniform > 0.5)
    words += message(" The common limit is far from uniform: one token draws ", share(pi.max),
                     " of all attention.");
  return words;
}

void answer_mixing(const GapReport& report, Answer& a) {
  const Gap* slem = known(report, "slem");
  if (const Bound* lo = bound(report, "mixing_time_lo"))
    a.hops_lo = std::max(1.0, std::ceil(*lo->value - 1e-9));
  if (const Bound* hi = bound(report, "mixing_time_hi"))
    a.hops_hi = hi->value;
  a.status = weakest(report);
  a.verdict = verdict_of(a);
  if (slem == nullptr || (!a.hops_lo && !a.hops_hi)) {
    a.sentence =
        "Mixes: every token reaches every other and no period stands in the way. How fast is "
        "not known here.";
    return;
  }
  const std::string range = interval(slem->gap_lo, slem->gap_hi, 4);
  a.sentence = message(opening(a.verdict), ": in the long run each hop removes ", share(*slem->gap),
                       " of what still tells the tokens apart (", trust(slem->status),
                       range.empty() ? "" : ": " + range, "), so it takes ", hop_range(a),
                       a.status == slem->status ? "" : " (" + trust(a.status) + ")",
                       " until every token's attention is within 1/4 of the common limit.",
                       limit_of(report, a));
}

void answer_draining(const GapReport& report, Answer& a) {
  const pattern::Structure& s = report.structure;
  const Index kept = s.rows - s.transient;
  const std::string where =
      s.causal ? "token 0" : message(count(kept), " of ", count(s.rows), " tokens");
  const Bound* mean = bound(report, "absorption_mean");
  const std::string average =
      mean == nullptr
          ? ""
          : message(" A token gets there in ", approximate(*mean->value, 3), " hops on average.");
  const Gap* slem = known(report, "slem");
  if (s.causal && slem != nullptr) // A_ii^k is still on token i after k hops
    a.hops_lo = hops_above(slem->gap_hi.value_or(1), 0.25);
  if (const Bound* time = bound(report, "mixing_time")) {
    a.hops_lo = a.hops_hi = std::max(1.0, *time->value);
    a.status = Status::certified;
    a.verdict = verdict_of(a);
    a.sentence =
        message("Drains into ", where, ": after ", hop_range(a),
                " (certified) at least 3/4 of every token's attention has ended there.", average,
                " That is what repeated hops of causal attention do; it tells nothing about the "
                "first hops.");
    return;
  }
  a.status = slem != nullptr ? slem->status : Status::estimate;
  a.verdict = verdict_of(a);
  a.sentence = message("Drains into ", where, " and does not come back.", average);
  if (a.hops_lo)
    a.sentence += message(" Until 3/4 of every token's attention is there it takes ", hop_range(a),
                          " (", trust(a.status), ").");
  if (slem != nullptr)
    a.sentence += message(" In the long run each hop removes ", share(*slem->gap),
                          " of what still tells the tokens apart (", trust(slem->status), ").");
}

std::string split_words(const GapReport& report) {
  const pattern::Structure& s = report.structure;
  const auto largest =
      std::max_element(s.closed_classes.begin(), s.closed_classes.end(),
                       [](const auto& x, const auto& y) { return x.size < y.size; });
  std::string words = message("Does not mix (certified by graph search): ",
                              count(static_cast<Index>(s.closed_classes.size())),
                              " groups of tokens, the largest of ", count(largest->size),
                              ", never attend outside themselves");
  if (s.transient > 0)
    words += message(", and the other ", count(s.transient), " tokens drain into them");
  return words + ". Where a token's attention ends up depends on where it starts.";
}

} // namespace

WalkFacts walk_facts(const GapReport& report) {
  const WalkShape shape = shape_of(report);
  return *std::find_if(table.begin(), table.end(),
                       [&](const WalkFacts& row) { return row.shape == shape; });
}

Answer answer(const GapReport& report) {
  Answer a{walk_facts(report), Verdict::no_walk, {}, {}, Status::certified, {}};
  switch (a.facts.shape) {
  case WalkShape::empty:
    a.sentence = "There are no tokens, so there is nothing to mix.";
    break;
  case WalkShape::single_token:
    a.sentence = "A single token has nothing to mix with.";
    break;
  case WalkShape::rectangular: {
    a.sentence =
        "Queries and keys are different tokens: there is one hop and no walk, so mixing is "
        "not a question.";
    if (const Gap* g = known(report, "sigma_2_bipartite")) {
      a.status = g->status;
      a.sentence += message(" That hop keeps at most ", share(*g->value),
                            " of what tells the keys apart (", trust(g->status), ").");
    }
    break;
  }
  case WalkShape::split:
    a.verdict = Verdict::never;
    a.sentence = split_words(report);
    break;
  case WalkShape::periodic:
    a.verdict = Verdict::never;
    a.sentence =
        message("Never settles (certified by graph search): the walk goes round with period ",
                count(report.structure.period),
                ", so that even and odd numbers of hops reach different tokens. Self loops "
                "would end that.");
    if (report.structure.period != 2)
      a.sentence =
          message("Never settles (certified by graph search): the walk goes round with period ",
                  count(report.structure.period), ". Self loops would end that.");
    break;
  case WalkShape::draining:
    answer_draining(report, a);
    break;
  case WalkShape::mixing:
    answer_mixing(report, a);
    break;
  }
  return a;
}

} // namespace attnwalk::report
