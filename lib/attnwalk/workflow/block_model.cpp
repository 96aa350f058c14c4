// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/block_model.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/block_model.hpp"
#include "attnwalk/io/stored_model.hpp"
#include "attnwalk/sbm/moments.hpp"

#include <cmath>
#include <utility>

namespace attnwalk::workflow {
namespace {

using sbm::Model;

/// The block of each token of a side: of the sizes given, else of near equal ones.
std::vector<std::uint32_t> blocks_of(const char* side, const std::vector<Index>& sizes,
                                     std::optional<Index> tokens, Index blocks) {
  require(sizes.empty() || static_cast<Index>(sizes.size()) == blocks, Code::domain, sizes.size(),
          " ", side, "-sizes given for ", blocks, " blocks");
  require(tokens || !sizes.empty(), Code::domain, "`queries` or `", side,
          "_sizes` are needed: nothing fixes the number of tokens");
  const Index most = Index{1} << 31;
  Index total = 0;
  for (const Index size : sizes) {
    require(size >= 0 && size < most - total, Code::domain, side, "-sizes add up to ", size, " + ",
            total, " tokens where fewer than 2^31 are allowed");
    total += size;
  }
  const Index n = tokens.value_or(total);
  require(sizes.empty() || n == total, Code::domain, side, "-sizes add up to ", total,
          " tokens where `queries` says ", n);
  std::vector<std::uint32_t> block;
  if (sizes.empty()) {
    const sbm::Membership near_equal = sbm::Membership::contiguous(n, blocks);
    for (Index i = 0; i < n; ++i)
      block.push_back(near_equal.cluster(i));
    return block;
  }
  for (std::size_t b = 0; b < sizes.size(); ++b)
    block.insert(block.end(), static_cast<std::size_t>(sizes[b]), static_cast<std::uint32_t>(b));
  return block;
}

Model model_of_blocks(const ModelOptions& how) {
  const std::size_t width = how.blocks.front().size();
  Dense<double> S(static_cast<Index>(how.blocks.size()), static_cast<Index>(width));
  for (std::size_t u = 0; u < how.blocks.size(); ++u) {
    require(how.blocks[u].size() == width, Code::domain, "row ", u, " of blocks has ",
            how.blocks[u].size(), " numbers where row 0 has ", width);
    std::copy(how.blocks[u].begin(), how.blocks[u].end(), S.view().row(static_cast<Index>(u)));
  }
  std::vector<std::uint32_t> query_block =
      blocks_of("query", how.query_sizes, how.queries, S.shape().tokens);
  // As many keys as queries are the same tokens, whether their number is said or not.
  const auto queries = static_cast<Index>(query_block.size());
  const bool shared =
      how.key_sizes.empty() && how.keys.value_or(queries) == queries && how.blocks.size() == width;
  return sbm::blocks(std::move(query_block), S.view(),
                     blocks_of("key", shared ? how.query_sizes : how.key_sizes,
                               how.keys ? how.keys : how.queries, S.shape().width));
}

std::vector<double> weights(const sbm::Membership& Y, double spread, Key key) {
  std::vector<std::uint32_t> block(static_cast<std::size_t>(Y.tokens()));
  for (Index i = 0; i < Y.tokens() && Y.is_hard(); ++i)
    block[static_cast<std::size_t>(i)] = Y.cluster(i);
  return sbm::block_normalized(block, sbm::lognormal_weights(Y.tokens(), spread, key));
}

/// The sizes of blocks, where the caller gave blocks.
std::string sizes_of(const sbm::Membership& Y) {
  std::vector<Index> sizes(static_cast<std::size_t>(Y.clusters()));
  for (Index i = 0; i < Y.tokens(); ++i)
    ++sizes[Y.cluster(i)];
  std::string text;
  for (const Index size : sizes)
    text += message(text.empty() ? "" : ",", size);
  return text;
}

/// What a model is called: everything that its file or spec does not say follows. Equal models of
/// blocks have equal names, however their sizes were said.
std::string name_of(const ModelOptions& how, const Model& model) {
  std::string name = how.source;
  for (const std::vector<double>& row : how.blocks) {
    name += name.empty() ? "blocks " : ";";
    for (std::size_t v = 0; v < row.size(); ++v)
      name += (v == 0 ? "" : ",") + exact(row[v]);
  }
  if (!how.blocks.empty())
    name += ", query-sizes " + sizes_of(model.Y) + ", key-sizes " + sizes_of(model.Z);
  if (how.spread != 0)
    name += ", spread " + exact(how.spread);
  if (how.degree)
    name += ", degree " + exact(*how.degree);
  if (how.density)
    name += ", density " + exact(*how.density);
  if (how.delta)
    name += ", delta " + exact(*how.delta);
  if (how.clamp)
    name += ", clamp";
  if (how.loops)
    name += ", loops";
  return name;
}

} // namespace

NamedModel resolve_model(const ModelOptions& how) {
  require(!how.source.empty() || !how.blocks.empty(), Code::domain,
          "no model: name a spec such as sbm:k=4,in=.5,out=.05, an .npz file, or `blocks`");
  require(how.source.empty() || how.blocks.empty(), Code::domain, how.source,
          " and `blocks` are two models where one is needed");
  require(!how.blocks.empty() || (how.query_sizes.empty() && how.key_sizes.empty()), Code::domain,
          "query-sizes and key-sizes belong to `blocks`");
  require(!how.degree || !how.density, Code::domain,
          "degree and density are two scales where one is needed");
  NamedModel named{{}, {}, {how.seed, stream_of("sbm")}, {}};
  Model& model = named.model;
  if (!how.blocks.empty()) {
    model = model_of_blocks(how);
  } else if (names_file(how.source)) {
    require(!how.queries, Code::domain, "`queries` = ", how.queries.value_or(0),
            " belongs to a spec: ", how.source, " has its own size");
    model = grammar::stored_model(io::read_model(how.source, 0, 0));
  } else {
    std::optional<grammar::BlockModel> found = grammar::block_model(
        how.source, {.queries = how.queries, .keys = how.keys, .seed = how.seed});
    require(found.has_value(), Code::domain, how.source,
            " is no block model: one term sbm is needed, or an .npz file");
    model = std::move(found->model);
    named.key = found->key;
  }
  named.name = name_of(how, model);
  if (how.spread != 0) {
    const auto side = [&](const sbm::Membership& Y, std::string_view name) {
      return weights(Y, how.spread, {named.key.seed, stream_of(name)});
    };
    const std::vector<double> theta = side(model.Y, "theta");
    model = sbm::degree_corrected(model, theta, side(model.Z, "phi"));
  }
  if (how.delta)
    model.delta = *how.delta;
  model.clamp |= how.clamp || (how.delta && *how.delta > 0);
  model.loops = how.loops;
  if (how.degree)
    model = sbm::with_degree(std::move(model), *how.degree);
  if (how.density)
    model = sbm::with_density(std::move(model), *how.density);
  named.asked_degree = how.degree;
  if (how.density)
    named.asked_degree = *how.density * static_cast<double>(model.keys());
  sbm::check(model);
  return named;
}

ModelReport describe(const Model& model, int threads) {
  ModelReport report;
  report.queries = model.queries();
  report.keys = model.keys();
  report.query_clusters = model.Y.clusters();
  report.key_clusters = model.Z.clusters();
  report.delta = model.delta;
  report.loops = model.loops;
  Model free = model;
  free.loops = false;
  report.spectrum = sbm::expected_spectrum(free, threads);
  report.entries = model.loops ? sbm::expected_edges(model, threads)
                               : report.spectrum.row_degree * static_cast<double>(report.queries);
  const double pairs = static_cast<double>(report.queries) * static_cast<double>(report.keys);
  report.density = pairs > 0 ? report.entries / pairs : 0;
  report.row_degree = report.queries > 0 ? report.entries / static_cast<double>(report.queries) : 0;
  report.rate_bound = sbm::rate_bound(model);
  report.half_squared_rates = sbm::squared_rates(model) / 2;
  report.poisson_empty_rows = sbm::poisson_empty_rows(model);
  report.detectability = sbm::detectability(report.spectrum);
  report.sampled = sbm::sampled_spectrum(free, report.spectrum);
  return report;
}

std::optional<ModelReport> expected_of(const Provenance& origin) {
  if (origin.source != Source::spec)
    return std::nullopt;
  const std::optional<grammar::BlockModel> found =
      grammar::block_model(origin.spec, {.queries = origin.queries, .keys = origin.keys});
  if (!found)
    return std::nullopt;
  return describe(found->model, origin.threads);
}

} // namespace attnwalk::workflow
