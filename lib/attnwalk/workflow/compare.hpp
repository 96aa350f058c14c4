// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/workflow/input.hpp"
#include "attnwalk/workflow/open_spec.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace attnwalk::workflow {

/// Which entries two matrices of one shape share, and how far their walks are apart.
struct Overlap {
  Index common = 0; ///< entries of both
  Index only_a = 0;
  Index only_b = 0;
  double jaccard = 1;   ///< common / (common + only_a + only_b); 1 if both are empty
  double tv_mean = 0;   ///< mean_i TV(A_i., B_i.) of the rows normalized to 1 (an empty row: 0)
  double tv_max = 0;    ///< max_i
  Index tv_max_row = 0; ///< where
  double frobenius = 0; ///< ||A - B||_F of the normalized matrices
};

/// @param A, B  rows x cols, entries >= 0; null values: a pattern, whose walk is uniform
/// @throws Error{shape} if the shapes differ
/// @cost   O(m_A + m_B)
[[nodiscard]] Overlap overlap(const CsrView<double>& A, const CsrView<double>& B);

/// Whether no quantity was refused and every iteration converged: what `strict` asks.
[[nodiscard]] bool settled(const spectral::GapReport& report);

struct CompareInputs {
  std::vector<std::string>
      sources;        ///< specs and files; a number of a spec may be open: "window:w=?"
  InputOptions input; ///< sizes, seed, threads; .source is not read
  std::string by =
      {}; ///< of `spectral::gap_names`; empty: slem, sigma_2_bipartite where it is not square
  std::optional<double> per_row = {}; ///< what open numbers are found for: entries a row
  std::string vary = {};              ///< "n=256:4096", "n=100,200", "w=1:64": see `varied_values`
  bool all = false;                   ///< every quantity, not only what ranks and hops need
};

/// One input with its place among those of the same size.
struct Compared {
  std::string asked;          ///< as it was named; .origin.spec has no open number
  std::optional<double> at;   ///< the value of what varies
  std::optional<Found> found; ///< the number that was open
  Provenance origin;
  spectral::GapReport report;
  Index rank = 0; ///< 1: the largest gap; equal gaps share it; 0: there is no such gap
  /// How far the rank can be trusted: the weakest of all those gaps if no interval of another meets this
  /// one's, else estimate.
  spectral::Status rank_status = spectral::Status::refused;
};

struct CompareResult {
  std::string by;
  std::string varied;             ///< "n", or a key of open specs; empty
  std::vector<Compared> inputs;   ///< in the order of what varies, then as named
  std::optional<Overlap> overlap; ///< of two inputs, where nothing varies
  std::vector<Timing> timings;
  std::vector<std::string> remarks;
};

/// Name and values of "n=256:4096" (doubled from the first to the last), "w=1,3,9" or both in turn.
/// @throws Error{domain}
struct Varied {
  std::string name;
  std::vector<std::string> values;
};
[[nodiscard]] Varied varied_values(const std::string& vary);

/// An input and the number that was found for it.
struct Resolved {
  SparseInput input;
  std::optional<Found> found;
};
/// All inputs. Specs without `queries` take the size of a file among them, or of a spec that fixes one;
/// open numbers are found for `per_row` entries a row.
/// @throws Error as `resolve` and `with_entries`; Error{domain} if two are "-"
[[nodiscard]] std::vector<Resolved> resolve_all(const std::vector<std::string>& sources,
                                                const InputOptions& how,
                                                std::optional<double> per_row = {});

/// Fills in `rank` and `rank_status` of inputs of one size by their gaps of that name, largest first.
void rank(std::span<Compared> inputs, const std::string& by);

/// Gaps of all inputs, ranked; the seed and the threads are those of `inputs.input`.
///
/// @throws Error{domain} for fewer than two inputs with nothing to vary, and for open numbers without
///         `per_row`; Error{shape} if the shapes differ; Error as `resolve_all` and `spectral::gap`
/// @cost   of each input what `spectral::gap` costs for `by`, slem and sigma_2, with `all` for everything
[[nodiscard]] CompareResult compare(const CompareInputs& inputs, spectral::GapOptions how = {});

} // namespace attnwalk::workflow
