// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/diffusion/propagate.hpp"
#include "attnwalk/workflow/input.hpp"

#include <functional>
#include <string>
#include <vector>

/// Walks over any semiring on the inputs of verbs.
namespace attnwalk::workflow {

/// Walks from where, on what, and which of them are wanted.
struct PropagateInputs {
  InputOptions input;
  std::vector<Index> from_tokens = {}; ///< walks that start there (what they reach); or
  std::vector<Index> to_tokens = {};   ///< walks that end there (what reaches them); neither: all
  bool normalize = false;              ///< divide each row by its sum first
  std::string pairs = {};              ///< spec or file: only these entries of the result
  std::vector<double> theta = {};      ///< sum_k theta_k A^k on `pairs` in place of one power
  bool rollout = false;           ///< product over layers: `layers` of `input.qk`, or a spec with ;
  std::vector<Index> layers = {}; ///< of `input.qk`, first to last
  double residual = 0.5;          ///< weight of the identity mixed into each layer of a rollout
};

/// The fields that each kind of result reads.
[[nodiscard]] FieldRules rules(const PropagateInputs& inputs,
                               const diffusion::PropagateOptions& how);

struct PropagateResult {
  Provenance origin;
  diffusion::PropagateOptions how;
  std::string what; ///< "walks of exactly 3 hops"
  std::vector<diffusion::Growth> growth;
  Csr<double> X;
  double min = 0; ///< over the stored entries
  double max = 0;
  double sum = 0;
  std::vector<std::string> remarks; ///< sentences on what the numbers are not

  /// What a file of X says of itself: "ring:w=2: walks of exactly 3 hops", the seed, the version.
  [[nodiscard]] pattern::Certificate certificate() const;
};

/// @param forecast  called once before the first product, if there is one, with the bytes that its
///                  result takes at most; may be empty
/// @throws Error{index} for a token that does not exist; Error{domain} for options that do not go
///         together, or if a number of the result leaves double's range; else as resolve and as diffusion::propagate, multihop_weights and rollout
[[nodiscard]] PropagateResult propagate(const PropagateInputs& inputs,
                                        diffusion::PropagateOptions how,
                                        const std::function<void(double bytes)>& forecast = {});

} // namespace attnwalk::workflow
