// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/structure/structure.hpp"
#include "attnwalk/workflow/input.hpp"

#include <string>
#include <vector>

/// Phrases that tables and pictures share.
namespace attnwalk::report {

/// "65,536 x 65,536, 1,114,040 entries, 17.0 a row".
[[nodiscard]] std::string size_words(Index rows, Index cols, Index entries);

/// "0.9808 [0.98083, 0.98084]" without the interval: digits that the interval or the residual
/// allows.
[[nodiscard]] std::string value_words(const spectral::Gap& gap);
/// The same for the distance from 1.
[[nodiscard]] std::string gap_words(const spectral::Gap& gap);

/// The same origin with files named as a reader would, without their folders: for titles of
/// pictures.
[[nodiscard]] workflow::Provenance without_folders(workflow::Provenance origin);
/// The title of a picture: `workflow::title` of that.
[[nodiscard]] std::string picture_title(const workflow::Provenance& origin);

/// One property of a structure report.
struct Fact {
  std::string name;
  std::string value;
};
/// The structure report in reading order, only what says something of this matrix.
[[nodiscard]] std::vector<Fact> structure_facts(const pattern::Structure& s);

/// "build 3.1 ms, structure 12 ms".
[[nodiscard]] std::string timing_words(const std::vector<Timing>& timings);

} // namespace attnwalk::report
