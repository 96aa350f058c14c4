// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/universality.hpp"

#include "attnwalk/grammar/block_model.hpp"
#include "attnwalk/grammar/build.hpp"

#include <utility>

namespace attnwalk::workflow {
namespace {

/// One pattern per layer: those of a file, or of specs joined by semicolons.
std::vector<pattern::Pattern> layers_of(const InputOptions& in) {
  if (names_file(in.source))
    return {resolve(in).pattern};
  require(!in.source.empty(), Code::domain, "no input: name specs or a file");
  std::vector<pattern::Pattern> layers;
  for (grammar::Built& built : grammar::build_layers(in.source, {.queries = in.queries,
                                                                .keys = in.keys,
                                                                .seed = in.seed,
                                                                .threads = in.threads,
                                                                .monitor = in.monitor}))
    layers.push_back(std::move(built.pattern));
  return layers;
}

/// The block model whose masks the odds are about.
grammar::BlockModel model_of(const UniversalityInputs& inputs, Index layers) {
  const InputOptions& in = inputs.input;
  std::optional<grammar::BlockModel> found;
  if (layers == 1 && !names_file(in.source))
    found =
        grammar::block_model(in.source, {.queries = in.queries, .keys = in.keys, .seed = in.seed});
  require(found.has_value(), Code::domain, "`draws` = ", inputs.draws,
          " belongs to a block model: one term sbm");
  return std::move(*found);
}

} // namespace

UniversalityResult universality(const UniversalityInputs& inputs, theory::UniversalityOptions how) {
  const InputOptions& in = inputs.input;
  how.key = {in.seed, stream_of("universality")};
  how.monitor = in.monitor;
  UniversalityResult result;
  result.name = in.source;
  result.seed = in.seed;
  const std::vector<pattern::Pattern> layers =
      timed(result.timings, "build", [&] { return layers_of(in); });
  result.tokens = layers.front().rows();
  result.layers = static_cast<Index>(layers.size());
  result.conditions =
      timed(result.timings, "conditions", [&] { return theory::universality(layers, how); });
  if (inputs.draws == 0)
    return result;
  const grammar::BlockModel drawn = model_of(inputs, result.layers);
  result.odds = timed(result.timings, "odds", [&] {
    return theory::universality_odds(
        drawn.model, 1, inputs.draws,
        {.key = drawn.key, .threads = in.threads, .monitor = in.monitor}, how);
  });
  return result;
}

} // namespace attnwalk::workflow
