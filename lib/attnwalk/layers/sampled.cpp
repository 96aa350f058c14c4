// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/layers/sampled.hpp"

#include "attnwalk/attention/checks.hpp"
#include "attnwalk/kernels/edge_ops.hpp"
#include "attnwalk/pattern/rows.hpp"

#include <cmath>
#include <utility>

namespace attnwalk::layers {
namespace {

using kernels::require_finite;
using kernels::require_shape;
using pattern::Pattern;

template <class T>
void require_inputs(View<const T> Q, View<const T> K, View<const T> V,
                    std::span<const sbm::Model> models, const SampledOptions& how) {
  const Shape& q = Q.shape;
  const Index keys = K.shape.tokens;
  require_shape("K", K.shape, {q.batch, q.heads, keys, q.width});
  require_shape("V", V.shape, {q.batch, q.heads, keys, V.shape.width});
  require(static_cast<Index>(models.size()) == q.batch * q.heads, Code::shape, models.size(),
          " models given for ", q.batch, " sequences of ", q.heads, " heads");
  for (const sbm::Model& model : models)
    require(model.queries() == q.tokens && model.keys() == keys, Code::shape, "a model of ",
            model.queries(), " x ", model.keys(), " tokens does not fit ", q.tokens,
            " queries and ", keys, " keys");
  require(how.key_mask.empty() || static_cast<Index>(how.key_mask.size()) == q.batch * keys,
          Code::shape, "key_mask holds ", how.key_mask.size(), " numbers for ", q.batch,
          " sequences of ", keys, " keys");
  require(std::isfinite(how.scale), Code::domain, "scale = ", how.scale, " must be finite");
  attention::require_rate("dropout", how.dropout);
  require(std::isfinite(how.sparsity_weight), Code::domain,
          "sparsity_weight = ", how.sparsity_weight, " must be finite");
  require(how.clip > 0, Code::domain, "clip = ", how.clip, " must be positive");
  require(!how.importance || how.method != sbm::SampleMethod::poisson_distinct, Code::domain,
          "importance needs the number of draws or one coin per pair; the method "
          "poisson_distinct keeps neither");
  if (how.assumed_valid)
    return;
  require_finite("Q", Q, how.threads);
  require_finite("K", K, how.threads);
  require_finite("V", V, how.threads);
}

/// The options of attention on the masks; inputs were checked.
attention::AttendOptions attend_options(const SampledOptions& how) {
  return {.scale = how.scale,
          .empty_rows = how.empty_rows,
          .dropout = how.dropout,
          .key = {how.key.seed, how.key.stream ^ stream_of("attention_dropout")},
          .lse = how.backward,
          .d_score = how.backward,
          .storage = how.storage,
          .assumed_valid = true,
          .threads = how.threads,
          .monitor = how.monitor};
}

/// How often the edges were drawn, and at which rates.
attention::EdgeMultiplicity drawn_of(const sbm::SampledBatch& masks) {
  return {.copies = masks.copies, .rate = masks.probability};
}

/// The entries whose key is no padding, with their copies and rates.
sbm::SampledBatch without_padding(const sbm::SampledBatch& all, const SampledOptions& how) {
  const Index batch = all.patterns.batch();
  const Index heads = all.patterns.heads();
  const Index keys = all.patterns.cols();
  std::vector<Pattern> patterns;
  Buffer<std::uint32_t> copies;
  Buffer<double> probability;
  std::size_t entry = 0;
  for (Index b = 0; b < batch; ++b)
    for (Index h = 0; h < heads; ++h) {
      const Pattern& P = all.patterns.at(b, h);
      const auto attended = [real = how.key_mask.data() + b * keys](Index j) {
        return real[j] != 0;
      };
      patterns.push_back(pattern::build_rows(
          P.rows(), keys, {},
          [&](Index i) { return static_cast<Index>(std::ranges::count_if(P.row(i), attended)); },
          [&](Index i, Index* out) { std::ranges::copy_if(P.row(i), out, attended); },
          how.threads));
      for (Index e = 0; e < P.entries(); ++e, ++entry) {
        if (!attended(P.view().columns[e]))
          continue;
        if (!all.copies.empty())
          copies.push_back(all.copies[entry]);
        if (!all.probability.empty())
          probability.push_back(all.probability[entry]);
      }
    }
  return {
      {std::move(patterns), batch, heads}, all.methods, std::move(copies), std::move(probability)};
}

/// One number per entry of `drawn`: those given for the entries of `masked`, 0 for the others.
template <class T>
std::vector<double> spread(const Pattern& drawn, const Pattern& masked, const T* given) {
  std::vector<double> out(static_cast<std::size_t>(drawn.entries()));
  std::size_t at = 0;
  for (Index i = 0; i < drawn.rows(); ++i) {
    const std::span<const Index> kept = masked.row(i);
    auto next = kept.begin();
    for (const Index j : drawn.row(i)) {
      if (next != kept.end() && *next == j) {
        out[at] = *given++;
        ++next;
      }
      ++at;
    }
  }
  return out;
}

/// to += factor * from.
void add(double factor, const Dense<double>& from, Dense<double>& to) {
  for (Index x = 0; x < to.shape().size(); ++x)
    to.data()[x] += factor * from.data()[x];
}

} // namespace

template <Real T>
SampledResult<T> attend_sampled(View<const T> Q, View<const T> K, View<const T> V,
                                std::span<const sbm::Model> models, const SampledOptions& how) {
  require_inputs(Q, K, V, models, how);
  sbm::SampledBatch masks = sbm::sample_batch(models, Q.shape.batch, Q.shape.heads,
                                              {.method = how.method,
                                               .key = how.key,
                                               .probabilities = how.importance,
                                               .threads = how.threads,
                                               .monitor = how.monitor});
  const pattern::PatternBatch drawn = masks.patterns;
  const double pairs =
      std::max(1.0, static_cast<double>(drawn.rows()) * static_cast<double>(drawn.cols()));
  std::vector<double> density;
  double total = 0;
  for (std::size_t number = 0; number < models.size(); ++number) {
    density.push_back(how.sparsity == Sparsity::expected
                          ? sbm::expected_sparsity(models[number]).value
                          : static_cast<double>(drawn.patterns()[number].entries()) / pairs);
    total += density.back();
  }
  if (!how.key_mask.empty())
    masks = without_padding(masks, how);
  attention::Attention<T> attend(masks.patterns, Q.shape.width + V.shape.width, how.backward,
                                 how.threads);
  attention::Attended<T> attended =
      attend.forward(Q, K, V, attend_options(how), {}, drawn_of(masks));
  SampledOptions kept = how;
  kept.key_mask = {}; // its array may be gone by then, and the masks know it
  return {std::move(attended),
          std::move(masks),
          drawn,
          std::move(density),
          how.sparsity_weight * total / static_cast<double>(models.size()),
          std::move(attend),
          kept};
}

template <Real T>
SampledGradients<T> attend_sampled_backward(View<const T> Q, View<const T> K, View<const T> V,
                                            std::span<const sbm::Model> models,
                                            const SampledResult<T>& result, View<const T> G) {
  const SampledOptions& how = result.options;
  require_inputs(Q, K, V, models, how);
  require(how.backward && result.lse.shape().tokens == Q.shape.tokens, Code::domain,
          "the result holds nothing for the backward pass; ask for it with backward = true");
  if (!how.assumed_valid)
    require_finite("G", G, how.threads);
  attention::AttendGradients<T> attended =
      result.attend.backward(Q, K, V, result, G, {}, drawn_of(result.masks));
  const auto count = static_cast<Index>(models.size());
  const std::span<const Pattern> masked = result.masks.patterns.patterns();
  // The scaled scores of the masked entries, for the rule that reads them.
  Buffer<T> scores;
  if (how.rule == sbm::GradientRule::score) {
    const Index lanes = kernels::row_lanes<T>();
    kernels::EdgeOps<T> ops(result.attend.plans(), Q.shape.batch, Q.shape.heads, how.threads);
    scores.resize(static_cast<std::size_t>(ops.entries()));
    ops.scores(kernels::PaddedInput<T>(Q, lanes, how.threads).view(),
               kernels::PaddedInput<T>(K, lanes, how.threads).view(),
               {.scale = static_cast<T>(attention::score_scale(how.scale, Q.shape.width))},
               scores.data());
  }
  const double weight = how.sparsity_weight / static_cast<double>(count);
  const double pairs =
      static_cast<double>(result.drawn.rows()) * static_cast<double>(result.drawn.cols());
  const bool expected = how.sparsity == Sparsity::expected;
  Index start = 0;
  std::vector<sbm::ModelGradients> d_models;
  for (std::size_t at = 0; at < models.size(); ++at) {
    poll(how.monitor, "attend_sampled_backward: models",
         static_cast<double>(at) / static_cast<double>(models.size()));
    const Pattern& drawn = result.drawn.patterns()[at];
    std::vector<double> d_score(static_cast<std::size_t>(drawn.entries()));
    if (!how.importance)
      d_score = spread(drawn, masked[at], attended.d_score.data() + start);
    std::vector<double> score;
    if (!scores.empty())
      score = spread(drawn, masked[at], scores.data() + start);
    start += masked[at].entries();
    const std::vector<double> dp = sbm::probability_gradients(
        d_score, score,
        {.rule = how.rule, .clip = how.clip, .added = expected || pairs == 0 ? 0 : weight / pairs});
    // A mask without padding is what was drawn: attention's plan of it serves once more.
    const auto number = static_cast<Index>(at);
    d_models.push_back(
        masked[at].entries() == drawn.entries()
            ? sbm::model_gradients(
                  models[at], drawn, dp,
                  result.attend.plans().head(number / Q.shape.heads, number % Q.shape.heads),
                  how.threads)
            : sbm::model_gradients(models[at], drawn, dp, how.threads));
    if (!expected || weight == 0)
      continue;
    const sbm::ModelGradients more = sbm::expected_sparsity(models[at]).gradients;
    add(weight, more.dY, d_models[at].dY);
    add(weight, more.dS, d_models[at].dS);
    add(weight, more.dZ, d_models[at].dZ);
  }
  return {std::move(attended), std::move(d_models)};
}

template SampledResult<float> attend_sampled<float>(View<const float>, View<const float>,
                                                    View<const float>, std::span<const sbm::Model>,
                                                    const SampledOptions&);
template SampledResult<double> attend_sampled<double>(View<const double>, View<const double>,
                                                      View<const double>,
                                                      std::span<const sbm::Model>,
                                                      const SampledOptions&);
template SampledGradients<float>
attend_sampled_backward<float>(View<const float>, View<const float>, View<const float>,
                               std::span<const sbm::Model>, const SampledResult<float>&,
                               View<const float>);
template SampledGradients<double>
attend_sampled_backward<double>(View<const double>, View<const double>, View<const double>,
                                std::span<const sbm::Model>, const SampledResult<double>&,
                                View<const double>);

} // namespace attnwalk::layers
