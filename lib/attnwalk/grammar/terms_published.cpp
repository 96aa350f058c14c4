// SPDX-License-Identifier: Apache-2.0
// Rows of the table of terms: published patterns, and the block models.
#include "attnwalk/generators/bigbird.hpp"
#include "attnwalk/generators/diffuser.hpp"
#include "attnwalk/generators/published.hpp"
#include "attnwalk/grammar/evaluate.hpp"
#include "attnwalk/sbm/sample.hpp"

#include <array>

namespace attnwalk::grammar {
namespace {

using enum ValueKind;

constexpr std::array diffuser_keys{KeyRule{.name = "w", .min = 2, .even = true},
                                   KeyRule{.name = "r"}, KeyRule{.name = "g"},
                                   KeyRule{.name = "build", .fallback = "4096", .min = 1}};
constexpr std::array bigbird_keys{KeyRule{.name = "block", .min = 1}, KeyRule{.name = "rblocks"},
                                  KeyRule{.name = "gblocks"}};
constexpr std::array longformer_keys{KeyRule{.name = "width", .even = true}, KeyRule{.name = "g"}};
constexpr std::array sbm_keys{KeyRule{.name = "k", .min = 1, .form = 1},
                              KeyRule{.name = "in", .kind = real, .max = 1, .form = 1},
                              KeyRule{.name = "out", .kind = real, .max = 1, .form = 1},
                              KeyRule{.name = "file", .kind = text, .form = 2},
                              KeyRule{.name = "layer", .form = 2},
                              KeyRule{.name = "head", .form = 2}};

double diffuser_entries(const Term& t, double n, double m) {
  // Blocks and globals are cut to n x n; the random pairs are thinned by (n / build)^2.
  return n * (1.5 * real_of(t, "w") + 2 * real_of(t, "g")) +
         m * n / real_of(t, "build") * real_of(t, "r");
}

double planted_entries(const Term& t, double n, double m) {
  if (t.find("file") != nullptr)
    return 0; // the sampler predicts from the stored model
  const double blocks = real_of(t, "k");
  return n * m * (t.real("in") / blocks + t.real("out") * (1 - 1 / blocks));
}

/// The size of the stored model that the term names, which is read here; none of a planted one.
std::optional<Sizes> stored_tokens(const Term& t, Models& models) {
  if (t.find("file") == nullptr)
    return std::nullopt;
  const io::StoredModel& model =
      models.read.emplace(&t, io::read_model(t.text("file"), t.integer("layer"), t.integer("head")))
          .first->second;
  return Sizes{model.queries, model.keys};
}

pattern::Pattern block_model_mask(const Term& t, const Scope& s) {
  return sbm::sample(model_of(t, s.size, s.models),
                     {.key = s.key(t), .threads = s.how.threads, .monitor = s.how.monitor})
      .pattern;
}

constexpr std::array rules{
    TermRule{.name = "diffuser",
             .random = true,
             .keys = diffuser_keys,
             .edge =
                 "blockwindow, build r random pairs, g globals >= w, made at `build`, leading n "
                 "x n part",
             .loops = "L",
             .misfit = "n > build",
             .example = "diffuser:w=4,r=2,g=2,build=80",
             .entries = diffuser_entries,
             .make =
                 [](const Term& t, const Scope& s) {
                   return pattern::diffuser(
                       s.size.n, t.integer("w"), t.integer("r"), t.integer("g"),
                       {.build = t.integer("build"), .key = s.key(t), .threads = s.how.threads});
                 }},
    TermRule{.name = "bigbird",
             .random = true,
             .keys = bigbird_keys,
             .edge = "blocks: own and neighbors, first gblocks both ways, rblocks other random "
                     "blocks per block row",
             .loops = "L",
             .misfit = "tail cut; too few blocks",
             .example = "bigbird:block=4,rblocks=1,gblocks=1",
             .entries =
                 [](const Term& t, double n, double) {
                   return n * real_of(t, "block") *
                          (3 + real_of(t, "rblocks") + 2 * real_of(t, "gblocks"));
                 },
             .make =
                 [](const Term& t, const Scope& s) {
                   return pattern::bigbird(s.size.n, t.integer("block"), t.integer("rblocks"),
                                           t.integer("gblocks"),
                                           {.key = s.key(t), .threads = s.how.threads});
                 }},
    TermRule{.name = "longformer",
             .keys = longformer_keys,
             .edge = "|i-j| <= width/2, first g global",
             .loops = "L",
             .misfit = "width odd",
             .example = "longformer:width=6,g=2",
             .entries = [](const Term& t, double n,
                           double) { return n * (real_of(t, "width") + 1 + 2 * real_of(t, "g")); },
             .make =
                 [](const Term& t, const Scope& s) {
                   return pattern::longformer(s.size.n, t.integer("width"), t.integer("g"));
                 }},
    TermRule{.name = "sbm",
             .random = true,
             .rectangular = true,
             .keys = sbm_keys,
             .edge =
                 "contiguous near-equal blocks, each ordered pair on its own; or a stored model "
                 "with its delta",
             .loops = "+-",
             .misfit = "k > n",
             .example = "sbm:k=3,in=0.6,out=0.1",
             .fixed = stored_tokens,
             .entries = planted_entries,
             .make = block_model_mask},
};

} // namespace

std::span<const TermRule> published_terms() {
  return rules;
}

} // namespace attnwalk::grammar
