// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sbm/model.hpp"

#include <span>
#include <vector>

namespace attnwalk::kernels {
class PlanBatch;
} // namespace attnwalk::kernels

/// Gradients through sampled masks. A mask M enters attention as A = softmax(scores) restricted to
/// M; sampling has no derivative, so the estimator hands dL/dM on as dL/dP.
namespace attnwalk::sbm {

/// What a sampled edge's probability receives.
enum class GradientRule {
  logit, ///< clip(dL/ds_ij): exactly dL/dM_ij, so a row sums to 0 before the clip
  score, ///< clip(s_ij dL/ds_ij): the mask read as a factor of the scaled score s_ij
};

struct StraightThroughOptions {
  GradientRule rule = GradientRule::logit;
  double clip = 1;  ///< values are cut to [-clip, clip]; infinity: not at all
  double added = 0; ///< what every edge receives beside, as of a regularizer; before the clip
};

/// dL/dp_e for the sampled edges: A_ij (g_ij - sum_l A_il g_il) = dL/ds_ij of masked attention, g =
/// dL/dA, plus `added`, cut to [-clip, clip]. Pairs that were not sampled receive nothing.
///
/// @param d_score  dL/ds of every edge (attention::AttendGradients::d_score)
/// @param score    the scaled scores s; needed by `score` alone
/// @throws Error{shape} if `score` is needed and has another length; Error{domain} unless clip > 0
/// @cost   O(edges)
/// @see    [cho2022]; docs/sbm.md
[[nodiscard]] std::vector<double> probability_gradients(std::span<const double> d_score,
                                                        std::span<const double> score,
                                                        const StraightThroughOptions& how = {});

/// Gradients of a loss with respect to a model.
struct ModelGradients {
  Dense<double> dY;
  Dense<double> dS;
  Dense<double> dZ;
};

/// From dL/dp on the edges of a mask, G: dY = G (Z S'), dZ = G' (Y S), dS = Y' G Z. The clamp
/// counts as the identity, as in the published estimator; forced loops pass nothing on.
///
/// @param model  mixed or hard; gradients are dense
/// @param edges  queries x keys
/// @param dp     one number per edge
/// @throws Error{shape} for sizes that do not fit; Error{domain} as `check`
/// @cost   O(edges k + n k^2) time, O(edges + (n + m) k) memory; the same bits for any number of
///         threads
[[nodiscard]] ModelGradients model_gradients(const Model& model, const pattern::Pattern& edges,
                                             std::span<const double> dp, int threads = 0);
/// The same on a plan of `edges`, with its transpose, that the caller has: attention's on the mask.
[[nodiscard]] ModelGradients model_gradients(const Model& model, const pattern::Pattern& edges,
                                             std::span<const double> dp,
                                             const kernels::PlanBatch& plan, int threads);

/// The sparsity regularizer: density of the mask or of its expectation.
struct Sparsity {
  double value = 0;
  ModelGradients gradients; ///< of `value`
};
/// Entries / (n m) of the sampled mask; its straight-through gradient is 1 / (n m) per edge.
[[nodiscard]] Sparsity sampled_sparsity(const Model& model, const pattern::Pattern& edges);
/// (1'Y) S (Z'1) / (n m) + delta: deterministic, exact gradient in O((n + m) k + k^2). The clamp
/// and forced loops aside.
[[nodiscard]] Sparsity expected_sparsity(const Model& model);

} // namespace attnwalk::sbm
