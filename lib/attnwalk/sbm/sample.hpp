// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/names.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/batch.hpp"
#include "attnwalk/pattern/rows.hpp"
#include "attnwalk/sbm/model.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace attnwalk::sbm {

/// How a mask is drawn. The first two draw a Poisson multigraph, the others Bernoulli masks, all of
/// which follow the same law.
enum class SampleMethod {
  automatic,        ///< of bernoulli and bernoulli_tiled the one predicted to cost less
  poisson,          ///< lambda_ij copies of (i, j) on average, their number kept
  poisson_distinct, ///< the same without the copies: an edge with probability 1 - e^{-lambda}
  bernoulli,        ///< exact thinning of a denser multigraph, in O(entries)
  bernoulli_tiled,  ///< P in tiles by a dense product, then a coin per pair, in O(n m k)
  bernoulli_dense,  ///< the definition, pair by pair: slow, the others' twin
};
[[nodiscard]] constexpr auto names_of(SampleMethod /*which*/) {
  return std::to_array<Name<SampleMethod>>({{SampleMethod::automatic, "automatic"},
                                            {SampleMethod::poisson, "poisson"},
                                            {SampleMethod::poisson_distinct, "poisson_distinct"},
                                            {SampleMethod::bernoulli, "bernoulli"},
                                            {SampleMethod::bernoulli_tiled, "bernoulli_tiled"},
                                            {SampleMethod::bernoulli_dense, "bernoulli_dense"}});
}
[[nodiscard]] constexpr std::string_view to_string(SampleMethod x) {
  return name_of(x);
}

struct SampleOptions {
  SampleMethod method = SampleMethod::automatic;
  Key key = {};                ///< substream r of it draws row r of the concatenated result
  pattern::RowRange rows = {}; ///< of one model: which rows to draw; the shares stack up
  bool probabilities = false;  ///< also p_ij (Poisson: lambda_ij) of every entry
  int threads = 0;
  Monitor* monitor = nullptr;
};

/// What a method would cost, in nanoseconds of one core of the machine on which the constants were
/// fitted: good for comparing methods, on any machine the same.
struct Cost {
  double sparse_ns = 0; ///< poisson, poisson_distinct or bernoulli
  double tiled_ns = 0;  ///< bernoulli_tiled
  double entries = 0;   ///< expected entries
  double proposals = 0; ///< expected draws of the sparse method
  double bytes = 0;     ///< predicted peak of the result and of the workspace
};
/// @throws Error{shape, domain} as `check`
/// @cost   O((n + m) k + k^2)
[[nodiscard]] Cost predict(const Model& model, SampleMethod method, bool probabilities = false);

/// A drawn mask. Entries are counted in the order of the pattern's.
struct Sample {
  pattern::Pattern pattern;
  SampleMethod method = SampleMethod::automatic; ///< the one that drew it, never `automatic`
  Buffer<std::uint32_t> copies; ///< `poisson`: how often each edge was drawn; else empty
  Buffer<double> probability;   ///< on request: p_ij, or lambda_ij of a Poisson graph
  Cost cost;                    ///< what `automatic` compared
};

/// Draws a mask, straight into sorted compressed rows.
///
/// Sparse methods, row by row: a Poisson number of draws per cluster, keys from the cluster's alias
/// table, ordered and stripped of copies through a bitmap of the row. `bernoulli` proposes at rate
/// c_i lambda_ij, c_i = -ln(1 - q_i) / q_i for a bound q_i of the row's rates, and keeps a distinct
/// key with probability p / (1 - e^{-c_i p}); hard keys of weight 1 need no thinning, since
/// -ln(1 - p) is constant on a block. Rows whose bound nears 1 are drawn coin by coin.
///
/// Same bits for equal model, method, key and rows on every machine and for any thread count.
///
/// @throws Error{shape, domain} as `check`; Error{domain} naming a rate above 1 for a Bernoulli
///         method if the model does not clamp; Error{index} for `rows`; Error{memory} with the
///         predicted bytes, before any work
/// @cost   O(entries + (n + m) k + k^2) for hard memberships and sparse rows, n k^2 more for mixed
///         ones with rows denser than k^2 / 8; tables of 8 m k bytes for mixed Z; 4 bytes per entry
///         and m / 8 per thread as workspace
/// @see    [rohe2018]; [walker1977] alias tables; docs/sbm.md
[[nodiscard]] Sample sample(const Model& model, const SampleOptions& how = {});

/// All masks of a layer in one concatenated CSR.
struct SampledBatch {
  pattern::PatternBatch patterns;
  std::vector<SampleMethod> methods; ///< per model
  Buffer<std::uint32_t> copies; ///< as in Sample, entries counted through in the order of models
  Buffer<double> probability;
};

/// Draws batch x heads masks, model number b heads + h for sequence b and head h. The first equals
/// what `sample` draws with the same key.
///
/// @throws Error{shape} if there are not batch * heads models or their sizes differ; Error as
///         `sample`; Error{index} if how.rows is not the whole
[[nodiscard]] SampledBatch sample_batch(std::span<const Model> models, Index batch, Index heads,
                                        const SampleOptions& how = {});

} // namespace attnwalk::sbm
