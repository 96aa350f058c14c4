// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/pattern/certificate.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include <concepts>
#include <optional>
#include <string_view>
#include <vector>

/// Evaluates pattern specs, including the terms that need more than `pattern` knows: `expander`
/// (spectral certificates) and `sbm` (samplers, stored models).
namespace attnwalk::grammar {

struct BuildOptions {
  std::optional<Index> queries = std::nullopt; ///< -n; may be left out where a term fixes it
  std::optional<Index> keys = std::nullopt;    ///< -n NxM; equal to queries if left out
  std::uint64_t seed = 0;                      ///< for random terms without a seed of their own
  int threads = 0;                             ///< 0: OMP_NUM_THREADS, else all cores
  Monitor* monitor = nullptr;
};

/// A pattern and its provenance.
struct Built {
  pattern::Pattern pattern;
  pattern::Certificate certificate;
};

/// Parses and builds one spec: docs/grammar.md.
///
/// @throws Error{domain} with the text and a caret under the offending character, or naming the
///         nearest n that fits; Error{index, io} from the file of a stored block model;
///         Error{memory} with the predicted bytes; Error{cancelled}
/// @cost   O(entries), parallel; same bits for every thread count
[[nodiscard]] Built build(std::string_view text, const BuildOptions& how = {});

/// The same for n tokens. A template, so that `{}` stays empty options and is not a size of 0.
template <std::integral Size>
[[nodiscard]] Built build(std::string_view text, Size n) {
  return build(text, BuildOptions{.queries = n});
}

/// The same for `spec; spec; ...`, one pattern per layer.
[[nodiscard]] std::vector<Built> build_layers(std::string_view text, const BuildOptions& how = {});

} // namespace attnwalk::grammar
