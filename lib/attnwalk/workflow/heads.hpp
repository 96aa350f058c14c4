// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/workflow/input.hpp"

#include <string>
#include <vector>

namespace attnwalk::workflow {

/// Several heads of one file: `input.qk` or `input.attention`, whose layer and head are not read.
struct HeadsInputs {
  InputOptions input;
  std::string layers = "all"; ///< "all", or numbers and ranges between commas: "0-3,5"
  std::string heads = "all";
};

/// What one head's walk is.
struct HeadGap {
  Index layer = 0;
  Index head = 0;
  Index entries = 0;
  spectral::GapReport report;
};

struct HeadsResult {
  Provenance origin; ///< of the file; .entries is the sum over heads
  Index stored_layers = 0;
  Index stored_heads = 0;     ///< in a layer
  std::vector<HeadGap> heads; ///< by layer, then head
};

/// The numbers that `text` names among 0 .. count-1, ascending, each once.
/// @param what  "layer" or "head": the field in messages
/// @throws Error{domain} for anything but numbers, ranges and "all"; Error{index} beyond count
[[nodiscard]] std::vector<Index> chosen(const std::string& text, Index count,
                                        const std::string& what);

/// Whether `text` may name several: it is not one plain number.
[[nodiscard]] bool names_several(const std::string& text);

/// The gaps of every chosen head. Heads are shared out among the threads, each head on one: the
/// result has the bits of one call per head.
///
/// @throws Error as `resolve`, `chosen` and `spectral::gap`
/// @cost   of each head what `gap` costs on one thread; the file is read once
[[nodiscard]] HeadsResult gap_heads(const HeadsInputs& inputs, spectral::GapOptions how = {});

} // namespace attnwalk::workflow
