// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/workflow/compare.hpp"
#include "attnwalk/workflow/heads.hpp"

#include <optional>
#include <span>
#include <string>

/// Pictures as standalone SVG text: no scripts, no fonts to fetch, colors that the color-blind
/// can tell apart and that follow the viewer's light or dark theme.
namespace attnwalk::report {

struct MaskOptions {
  std::string title = {};
  Index cells = 192; ///< most cells in a row or column; larger matrices are drawn as densities
};

/// Which query (down) attends which key (across). Every pair is one cell up to `cells` tokens;
/// beyond, a cell is the mean over a square block of pairs: of entries for a pattern, of weights
/// otherwise.
///
/// @param A  rows x cols, entries >= 0; null values: a pattern
/// @throws Error{domain} if cells is not in 1..1024
/// @cost   O(m + cells^2)
[[nodiscard]] std::string mask_svg(const CsrView<double>& A, const MaskOptions& how = {});

struct SpectrumOptions {
  std::string title = {};
  std::optional<double> bulk =
      {}; ///< where a random matrix of the same row weights has its spectrum
};

/// Eigenvalues of the walk: a histogram over a rug if all are real, points in the unit disc if not,
/// a curve if only a density is known. Says so if there is nothing to draw.
[[nodiscard]] std::string spectrum_svg(const spectral::GapReport& report,
                                       const SpectrumOptions& how = {});

/// The radius that random matrix theory gives the bulk: of the circle, sqrt(||A||_F^2 / n - 1 / n)
/// for the row-normalized A of a directed walk; 2 sqrt(d - 1) / d, the edge of the Kesten-McKay
/// law, for an undirected d-regular pattern. None for anything else. @cost O(m)
[[nodiscard]] std::optional<double> bulk_radius(const CsrView<double>& A,
                                                const spectral::GapReport& report);

/// One report among the rows of a gap picture.
struct GapSeries {
  std::string label; ///< empty for a single one
  const spectral::GapReport* report = nullptr;
};

/// Layers down, heads across, darker where a head mixes faster: a cell has the SLEM gap of a head; or,
/// where heads drain as causal ones do, the hops until 3/4 of every token's attention has. The color
/// scale is logarithmic.
[[nodiscard]] std::string heads_svg(const workflow::HeadsResult& result);

/// One row per input in the order of its rank: the gap that a comparison ranks by on its interval. Where
/// something varies: the gap against it, a line per input, with the intervals; axes are logarithmic
/// where they span much.
[[nodiscard]] std::string compare_svg(const workflow::CompareResult& result);

/// One row per name: the distance from 1 as a point on its interval, logarithmic where it is small;
/// what was refused is listed with the reason.
[[nodiscard]] std::string gaps_svg(std::span<const GapSeries> series, const std::string& title);

} // namespace attnwalk::report
