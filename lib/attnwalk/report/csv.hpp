// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/workflow/compare.hpp"

#include <span>
#include <string>

namespace attnwalk::report {

/// One walk of a table: where it is from and what was found.
struct CsvRow {
  const workflow::Provenance* origin = nullptr;
  const spectral::GapReport* report = nullptr;
};

/// A row per walk, RFC 4180: `input`, `layer`, `head` (empty for patterns), `queries`, `keys`,
/// `entries`, `kind`, `verdict`, `hops_lo`, `hops_hi`, `full_reach`, `tv_uniform`, then of every
/// quantity of `spectral::gap_names` its value, gap, gap_lo, gap_hi and status. What is not known is
/// empty; numbers have all their digits.
[[nodiscard]] std::string gaps_csv(std::span<const CsvRow> rows);

/// The same of a comparison's inputs, as named, after `asked`, `found` (the number that was open), what
/// varies under its own name (`at` where nothing does), `rank` and `rank_status`.
[[nodiscard]] std::string compare_csv(const workflow::CompareResult& result);

} // namespace attnwalk::report
