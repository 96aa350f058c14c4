// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/attention/attention.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/sbm/sample.hpp"
#include "attnwalk/sbm/straight_through.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace attnwalk::layers {

/// What the regularizer weighs.
enum class Sparsity {
  sampled,  ///< the density of the masks, through the straight-through estimator
  expected, ///< its expectation, with the exact gradient
};

struct SampledOptions {
  double scale = 0; ///< of the scores; 0 means 1/sqrt(width)
  attention::EmptyRows empty_rows = attention::EmptyRows::zero;
  double dropout = 0; ///< of edges, in [0, 1)
  attention::Storage storage = attention::Storage::full;
  sbm::SampleMethod method =
      sbm::SampleMethod::automatic; ///< `poisson`: an edge counts as often as drawn
  /// Read the masks as samples of all pairs: less ln rate on every score, an estimate of full
  /// attention.
  bool importance = false;
  Key key = {}; ///< which edges are drawn and which dropped
  /// batch x keys numbers, 0 for padding, which no query attends; masks are drawn and counted as
  /// without it. Empty: no padding. `forward` alone reads it.
  std::span<const std::uint8_t> key_mask = {};
  double sparsity_weight = 0; ///< of the regularizer, finite
  Sparsity sparsity = Sparsity::sampled;
  sbm::GradientRule rule = sbm::GradientRule::logit; ///< of the straight-through estimator
  double clip = 1;                                   ///< of its values, above 0
  bool backward = true;                              ///< keep what the backward pass needs
  bool assumed_valid = false; ///< skip the scan of the inputs for NaN and infinity
  int threads = 0;            ///< the same bits for any number
  Monitor* monitor = nullptr;
};

/// Z and lse of attention on the drawn masks, and what the backward pass reads.
template <Real T>
struct SampledResult : attention::Attended<T> {
  sbm::SampledBatch masks;        ///< what was attended: one mask per head of each sequence
  pattern::PatternBatch drawn;    ///< the same with edges to padding
  std::vector<double> density;    ///< of each model: entries drawn over n m, or their expectation
  double sparsity = 0;            ///< sparsity_weight times their mean: what to add to the loss
  attention::Attention<T> attend; ///< on `masks`, its plans included
  SampledOptions options;         ///< those of `forward`; the backward pass runs under them
};

template <Real T>
struct SampledGradients : attention::AttendGradients<T> {
  std::vector<sbm::ModelGradients> d_models; ///< of each model
};

/// Attention on masks drawn from block models, one for each head of each sequence:
///
///   M_bh ~ models[b heads + h],   Z_bh = dropout(softmax(scale Q_bh K_bh' on M_bh)) V_bh
///
/// and, added to the caller's loss, sparsity_weight mean_bh |M_bh| / (n m). Any models: a layer's
/// (`SbmAttention`), stored ones, planted ones, other clusters for queries than for keys.
///
/// @param Q  batch x heads x n x width;  @param K  batch x heads x m x width
/// @param V  batch x heads x m x value width
/// @throws Error{shape} for sizes that do not fit; Error{domain} for options out of bounds, NaN or
///         infinity, importance without rates (`poisson_distinct`), empty rows under the policy
///         `error`; Error as sbm::sample_batch
/// @cost   sbm::sample_batch, then O(|E| (width + value width)); no n x m array
/// @see    [cho2022]; docs/layers.md
template <Real T>
[[nodiscard]] SampledResult<T> attend_sampled(View<const T> Q, View<const T> K, View<const T> V,
                                              std::span<const sbm::Model> models,
                                              const SampledOptions& how = {});

/// Gradients for G = dL/dZ from the result of `attend_sampled` with equal models, under its options
/// and on its masks. With w = sparsity_weight / (batch heads n m) for `sampled`:
///
///   dp_ij = clip(dL/ds_ij + w)   or   clip(s_ij dL/ds_ij + w)     on drawn edges, 0 elsewhere
///
/// and d_models = (G (Z S'), Y' G Z, G' (Y S)) for G = dp, to which `expected` adds its own. Under
/// `importance` an edge counts copies / rate, whose mean is 1 for every model: only the regularizer
/// has a gradient with respect to the models.
///
/// @throws Error{shape, domain} as `attend_sampled`; Error{domain} if the result was made with
///         .backward = false
/// @cost   O(|E| (width + value width + k) + (n + m) k^2) a head
/// @see    [cho2022]; docs/layers.md
template <Real T>
[[nodiscard]] SampledGradients<T>
attend_sampled_backward(View<const T> Q, View<const T> K, View<const T> V,
                        std::span<const sbm::Model> models, const SampledResult<T>& result,
                        View<const T> G);

} // namespace attnwalk::layers
