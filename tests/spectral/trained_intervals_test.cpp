// SPDX-License-Identifier: Apache-2.0
// Both ends of every interval of all trained heads hold the dense truth: of their first tokens in
// every build, and of 512 tokens where nothing is instrumented (the tag spectral-full).
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/pattern/algebra.hpp"

#include "catch.hpp"
#include "spectral/interval_checks.hpp"

#include <string>

using namespace attnwalk;
using namespace attnwalk::test;
using pattern::Pattern;
using spectral::Kind;

namespace {

/// Every layer and head of a stored model on its first n tokens.
void check_heads(const std::string& file, Index n, Kind kind) {
  for (Index layer = 0; layer < trained_layers; ++layer)
    for (Index head = 0; head < trained_heads; ++head) {
      CAPTURE(file, layer, head, n);
      const io::Head stored = io::read_head(trained_file(file), layer, head);
      check_both_paths(weights_of(stored, mask_of(stored, n)).view(), kind);
    }
}

/// The same for the heads that sample their masks, and for `uniform` weights for one head a layer.
void check_block_models(Index n, bool uniform) {
  const std::string file = trained_file("sbm.npz").string();
  for (Index layer = 0; layer < trained_layers; ++layer)
    for (Index head = 0; head < trained_heads; ++head) {
      CAPTURE(layer, head, n);
      const std::string term = message("sbm:file=\"", file, "\",layer=", layer, ",head=", head);
      const Pattern mask = pattern::crop(grammar::build(term, {.seed = 5}).pattern, n, n);
      if (uniform && head == layer)
        check_both_paths(mask.view(), Kind::directed);
      check_both_paths(weights_of(io::read_head(trained_file("sbm.npz"), layer, head), mask).view(),
                       Kind::directed);
    }
}

void check_head(Index layer, Index head, Index n) {
  const io::Head stored = io::read_head(trained_file("diffuser.npz"), layer, head);
  check_both_paths(weights_of(stored, mask_of(stored, n)).view(), Kind::directed);
}

} // namespace

TEST_CASE("gap: intervals of all trained heads hold the dense truth",
          "[spectral][intervals][trained]") {
  check_heads("diffuser.npz", 72, Kind::directed);
  check_heads("causal.npz", 96, Kind::causal);
  check_block_models(72, true);
}

TEST_CASE("gap: intervals of slow heads on 260 tokens hold the dense truth",
          "[spectral][intervals][trained]") {
  check_head(3, 1, 256); // pi runs over many decades, where power iteration does not converge
  check_head(1, 3, 260); // nearly reducible
}

TEST_CASE("gap: intervals of all trained heads on 512 tokens hold the dense truth, diffusion",
          "[.spectral-full]") {
  check_heads("diffuser.npz", 512, Kind::directed);
}

TEST_CASE("gap: intervals of all trained heads on 512 tokens hold the dense truth, causal",
          "[.spectral-full]") {
  check_heads("causal.npz", 512, Kind::causal);
}

TEST_CASE("gap: intervals of all trained heads on 512 tokens hold the dense truth, block models",
          "[.spectral-full]") {
  check_block_models(512, false);
}
