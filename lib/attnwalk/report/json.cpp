// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"

#include "attnwalk/core/version.hpp"
#include "attnwalk/report/answer.hpp"
#include "attnwalk/report/json_writer.hpp"
#include "attnwalk/report/ranking.hpp"
#include "attnwalk/workflow/fields.hpp"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <utility>
#include <vector>

namespace attnwalk::report {
namespace {

using workflow::Summary;
using Timings = std::vector<Timing>;

/// Seconds per step; steps of one name count together.
Group<std::function<void(JsonWriter&)>> seconds(std::initializer_list<const Timings*> lists) {
  Timings sums;
  for (const Timings* list : lists)
    for (const auto& [what, taken] : *list) {
      const auto same = [&name = what](const Timing& t) { return t.what == name; };
      const auto found = std::find_if(sums.begin(), sums.end(), same);
      if (found == sums.end())
        sums.push_back({what, taken});
      else
        found->seconds += taken;
    }
  return Group<std::function<void(JsonWriter&)>>([sums = std::move(sums)](JsonWriter& j) {
    for (const auto& [what, taken] : sums)
      j(what, taken);
  });
}

/// One object: the schema, then what `fill` writes.
template <class Fill>
std::string document(std::string_view schema, const JsonOptions& how, Fill fill) {
  JsonWriter j(how.indent, how.pi);
  j.value(Group{[&](JsonWriter& w) {
    w("schema", schema);
    fill(w);
  }});
  return j.str() + "\n";
}

void expected(JsonWriter& j, const JsonOptions& how) {
  if (how.expected != nullptr)
    j("expected", *how.expected);
}

/// One head of a file.
struct Head {
  const workflow::HeadGap* of;
};
template <class Visitor>
void fields(const Head& head, Visitor& v) {
  v("layer", head.of->layer);
  v("head", head.of->head);
  v("entries", head.of->entries);
  v("answer", answer(head.of->report));
  fields(head.of->report, v);
}

/// One input of a comparison.
struct Side {
  const workflow::Compared* of;
};
template <class Visitor>
void fields(const Side& side, Visitor& v) {
  const workflow::Compared& c = *side.of;
  v("asked", c.asked);
  v("at", c.at);
  v("found", c.found);
  v("rank", known_if(c.rank > 0, c.rank));
  v("rank_status", c.rank_status);
  v("input", c.origin);
  v("answer", answer(c.report));
  fields(c.report, v);
  v("timings", seconds({&c.origin.timings, &c.report.timings}));
}

} // namespace

std::string provenance_json(const Provenance& origin, const JsonOptions& how) {
  return document("attnwalk.provenance/1", how, [&](JsonWriter& j) { j("input", origin); });
}

std::string provenance_json(const workflow::DiffuseResult& result, const JsonOptions& how) {
  return document("attnwalk.provenance/1", how, [&](JsonWriter& j) {
    j("input", result.origin);
    j("diffused", result);
  });
}

std::string provenance_json(const workflow::AttendResult& result, const JsonOptions& how) {
  return document("attnwalk.provenance/1", how, [&](JsonWriter& j) {
    j("input", result.origin);
    j("attended", result);
  });
}

std::string provenance_json(const workflow::ExportResult& result, const JsonOptions& how) {
  return document("attnwalk.provenance/1", how, [&](JsonWriter& j) {
    j("input", result.origin);
    j("exported", result);
  });
}

std::string pattern_json(const Provenance& origin, const Summary& summary,
                         const std::string& output, const JsonOptions& how) {
  return document("attnwalk.pattern/1", how, [&](JsonWriter& j) {
    j("input", origin);
    j("pattern", summary);
    j("output", output);
    j("timings", seconds({&origin.timings}));
  });
}

std::string attend_json(const Provenance& origin, const Summary& summary, const std::string& output,
                        const JsonOptions& how) {
  return document("attnwalk.attend/1", how, [&](JsonWriter& j) {
    j("input", origin);
    j("attention", summary);
    j("attended", std::optional<bool>());
    j("output", output);
    j("timings", seconds({&origin.timings}));
  });
}

std::string attended_json(const workflow::AttendResult& result, const std::string& output,
                          const JsonOptions& how) {
  return document("attnwalk.attend/1", how, [&](JsonWriter& j) {
    j("input", result.origin);
    j("attention", result.summary);
    j("attended", result);
    j("output", output);
    j("timings", seconds({&result.origin.timings}));
  });
}

std::string info_json(const Provenance& origin, const pattern::Structure& structure,
                      const JsonOptions& how) {
  return document("attnwalk.info/1", how, [&](JsonWriter& j) {
    j("input", origin);
    j("structure", structure);
    expected(j, how);
    j("timings", seconds({&origin.timings}));
  });
}

std::string gap_json(const Provenance& origin, const spectral::GapReport& report,
                     const JsonOptions& how) {
  return document("attnwalk.gap/1", how, [&](JsonWriter& j) {
    j("input", origin);
    j("answer", answer(report));
    fields(report, j);
    expected(j, how);
    j("timings", seconds({&origin.timings, &report.timings}));
  });
}

std::string heads_json(const workflow::HeadsResult& result, const JsonOptions& how) {
  std::vector<Head> heads;
  heads.reserve(result.heads.size());
  for (const workflow::HeadGap& head : result.heads)
    heads.push_back({&head});
  return document("attnwalk.heads/1", how, [&](JsonWriter& j) {
    j("input", result.origin);
    j("layers", result.stored_layers);
    j("heads_per_layer", result.stored_heads);
    j("heads", heads);
    j("timings", seconds({&result.origin.timings}));
  });
}

std::string compare_json(const workflow::CompareResult& result, const JsonOptions& how) {
  std::vector<Side> inputs;
  inputs.reserve(result.inputs.size());
  for (const workflow::Compared& input : result.inputs)
    inputs.push_back({&input});
  return document("attnwalk.compare/2", how, [&](JsonWriter& j) {
    j("by", result.by);
    j("varied", result.varied);
    j("sentences", ranking_sentences(result));
    j("inputs", inputs);
    j("overlap", result.overlap);
    j("timings", seconds({&result.timings}));
  });
}

std::string diffuse_json(const workflow::DiffuseResult& result, const std::string& output,
                         const JsonOptions& how) {
  return document("attnwalk.diffuse/1", how, [&](JsonWriter& j) {
    j("input", result.origin);
    j("weights", result.summary);
    j("diffused", result);
    j("output", output);
    j("timings", seconds({&result.origin.timings}));
  });
}

std::string export_json(const workflow::ExportResult& result, const std::string& output,
                        const JsonOptions& how) {
  return document("attnwalk.export/1", how, [&](JsonWriter& j) {
    j("input", result.origin);
    j("exported", result);
    j("output", output);
    j("timings", seconds({&result.origin.timings}));
  });
}

std::string propagate_json(const workflow::PropagateResult& result, const std::string& output,
                           const JsonOptions& how) {
  return document("attnwalk.propagate/1", how, [&](JsonWriter& j) {
    j("input", result.origin);
    j("propagated", result);
    j("output", output);
    j("timings", seconds({&result.origin.timings}));
  });
}

std::string sample_json(const workflow::SampleResult& result, const std::string& output,
                        const JsonOptions& how) {
  return document("attnwalk.sample/1", how, [&](JsonWriter& j) {
    j("input", Group{[&](JsonWriter& w) {
        w("source", result.name);
        w("seed", result.seed);
        w("version", version);
      }});
    j("model", result.model);
    j("method", result.mask.method);
    j("cost", result.mask.cost);
    j("mask", result.summary);
    j("fit", result.fit);
    j("remarks", result.remarks);
    j("output", output);
    j("timings", seconds({&result.timings}));
  });
}

std::string universality_json(const workflow::UniversalityResult& result, const JsonOptions& how) {
  return document("attnwalk.universality/1", how, [&](JsonWriter& j) {
    j("input", Group{[&](JsonWriter& w) {
        w("source", result.name);
        w("tokens", result.tokens);
        w("layers", result.layers);
        w("seed", result.seed);
        w("version", version);
      }});
    fields(result.conditions, j);
    j("odds", result.odds);
    j("timings", seconds({&result.timings}));
  });
}

} // namespace attnwalk::report
