// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/report/answer.hpp"
#include "attnwalk/report/lookup.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/report/text_parts.hpp"

#include <algorithm>

namespace attnwalk::report {
namespace {

std::string hop_words(const std::optional<double>& x) {
  return x ? hops(*x) : "-";
}

std::string gap_of(const spectral::GapReport& report, std::string_view name) {
  const spectral::Gap* g = known(report, name);
  return g != nullptr ? approximate(*g->gap, 3) : "-";
}

/// "16 heads: 3 fast, 2 moderate, 11 slow", the slowest and the fastest named.
std::string summary(const workflow::HeadsResult& result) {
  std::vector<Index> counts(names_of(Verdict{}).size(), 0);
  const workflow::HeadGap* slowest = nullptr;
  const workflow::HeadGap* fastest = nullptr;
  const auto slem = [](const workflow::HeadGap& head) {
    const spectral::Gap* g = known(head.report, "slem");
    return g != nullptr ? *g->gap : 0;
  };
  for (const workflow::HeadGap& head : result.heads) {
    ++counts[static_cast<std::size_t>(answer(head.report).verdict)];
    if (slowest == nullptr || slem(head) < slem(*slowest))
      slowest = &head;
    if (fastest == nullptr || slem(head) > slem(*fastest))
      fastest = &head;
  }
  std::string words = count(static_cast<Index>(result.heads.size())) +
                      (result.heads.size() == 1 ? " head:" : " heads:");
  bool first = true;
  for (const auto& [verdict, name] : names_of(Verdict{})) {
    const Index number = counts[static_cast<std::size_t>(verdict)];
    if (number == 0)
      continue;
    const std::string verb = verdict == Verdict::never     ? "do not mix"
                             : verdict == Verdict::no_walk ? "are no walks"
                             : verdict == Verdict::unclear ? "mix, how fast is not proved"
                             : verdict == Verdict::slow    ? "mix slowly"
                             : verdict == Verdict::fast    ? "mix fast"
                                                           : "mix at a moderate speed";
    words += message(first ? " " : ", ", count(number), " ", verb);
    first = false;
  }
  if (result.heads.size() > 1)
    words += message(". Slowest: layer ", slowest->layer, ", head ", slowest->head,
                     "; fastest: layer ", fastest->layer, ", head ", fastest->head);
  return words + ".";
}

} // namespace

std::string heads_text(const workflow::HeadsResult& result, const TextOptions& how) {
  const Provenance& origin = result.origin;
  std::string out =
      painted(file_title(origin), "1", how) + "\n" +
      message(count(result.stored_layers), result.stored_layers == 1 ? " layer" : " layers", " of ",
              count(result.stored_heads), result.stored_heads == 1 ? " head, " : " heads, ",
              count(origin.queries), " tokens\n\n");
  out += wrapped(summary(result)) + "\n";
  const bool limit = std::any_of(result.heads.begin(), result.heads.end(), [](const auto& head) {
    return walk_facts(head.report).pi_positive;
  });
  Table table({{"layer", Align::right},
               {"head", Align::right},
               {"mixes"},
               {"hops at least", Align::right},
               {"at most", Align::right},
               {"slem gap", Align::right},
               {"interval"},
               {limit ? "from uniform" : "", Align::right},
               {"status"}});
  for (const workflow::HeadGap& head : result.heads) {
    const Answer found = answer(head.report);
    const spectral::Gap* slem = known(head.report, "slem");
    table.add({std::to_string(head.layer), std::to_string(head.head),
               std::string(to_string(found.verdict)), hop_words(found.hops_lo),
               hop_words(found.hops_hi), gap_of(head.report, "slem"),
               slem != nullptr ? interval(slem->gap_lo, slem->gap_hi, 4) : "",
               limit && !head.report.stationary.method.empty()
                   ? approximate(head.report.stationary.tv_uniform, 2)
                   : "",
               slem != nullptr ? std::string(spectral::to_string(slem->status)) : "refused"});
  }
  return out + table.text() + time_line(origin.timings);
}

} // namespace attnwalk::report
