// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/heads.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

#include <filesystem>
#include <string>

namespace attnwalk::test {

/// Layers of a stored model, and heads of a layer.
inline constexpr Index trained_layers = 4;
inline constexpr Index trained_heads = 4;

[[nodiscard]] std::filesystem::path trained_file(const std::string& name);

/// The mask of a head's first n tokens: the stored one, else every earlier key.
[[nodiscard]] pattern::Pattern mask_of(const io::Head& head, Index n);

/// Attention of a head's first tokens on a mask of as many.
[[nodiscard]] pattern::Weights weights_of(const io::Head& head, const pattern::Pattern& mask);

/// Checks both ends of every interval, by the dense and by the iterative solvers, against one dense
/// truth. Up to 64 tokens there are only the dense ones.
///
/// @param steps  as in GapOptions: dense norms of that many powers are the cost of a large walk
void check_both_paths(const CsrView<double>& A, spectral::Kind kind, Index steps = 8);

} // namespace attnwalk::test
