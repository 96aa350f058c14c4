// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/gap.hpp"

namespace attnwalk::workflow {

FieldRules rules(const spectral::GapOptions& how) {
  using spectral::Kind;
  return {{"steps", how.steps != spectral::GapOptions{}.steps, how.kind != Kind::bipartite,
           "powers, not to `kind=bipartite`"},
          {"sweep_set", how.sweep_set, how.kind != Kind::directed && how.kind != Kind::causal,
           "`kind=undirected` and bipartite"}};
}

InfoResult info(const InputOptions& input, pattern::StructureOptions how) {
  how.key.seed = input.seed;
  how.threads = input.threads;
  InfoResult result;
  result.input = resolve(input);
  result.structure = timed(result.input.origin.timings, "structure",
                           [&] { return pattern::structure(result.input.view(), how); });
  result.expected = expected_of(result.input.origin);
  return result;
}

GapResult gap(const InputOptions& input, spectral::GapOptions how) {
  require_applicable(rules(how));
  how.key.seed = input.seed;
  how.threads = input.threads;
  GapResult result;
  result.input = resolve(input);
  result.report = spectral::gap(result.input.view(), how);
  result.expected = expected_of(result.input.origin);
  return result;
}

} // namespace attnwalk::workflow
