// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/workflow/attend.hpp"
#include "attnwalk/workflow/compare.hpp"
#include "attnwalk/workflow/diffuse.hpp"
#include "attnwalk/workflow/export.hpp"
#include "attnwalk/workflow/heads.hpp"
#include "attnwalk/workflow/propagate.hpp"
#include "attnwalk/workflow/sample.hpp"
#include "attnwalk/workflow/summary.hpp"
#include "attnwalk/workflow/universality.hpp"

#include <iosfwd>
#include <optional>
#include <string>

namespace attnwalk::report {

using workflow::Provenance;

struct TextOptions {
  bool color = false; ///< terminal colors for the title and the status of each number
  bool all = false;   ///< of a gap report every number, not the few that matter most
};

/// Results as short aligned tables for people. Digits follow the interval: what is printed of a
/// value is known, and printed intervals are rounded outwards. `output` names the file
/// that the result was written to.
[[nodiscard]] std::string summary_text(const Provenance& origin, const workflow::Summary& summary,
                                       const std::string& output, const TextOptions& how = {});
[[nodiscard]] std::string info_text(const Provenance& origin, const pattern::Structure& structure,
                                    const TextOptions& how = {});
/// The answer in a sentence, the three numbers that matter for such a walk, what was refused; with
/// `all` every number with its interval, and how it was found.
[[nodiscard]] std::string gap_text(const Provenance& origin, const spectral::GapReport& report,
                                   const TextOptions& how = {});
/// One row per head: whether it mixes, in how many hops, its gaps and how sure they are.
[[nodiscard]] std::string heads_text(const workflow::HeadsResult& result,
                                     const TextOptions& how = {});
/// Which input is first and by how much, one row per input by rank; of two inputs their common entries;
/// with `all` every quantity and the structure, a column per input.
[[nodiscard]] std::string compare_text(const workflow::CompareResult& result,
                                       const TextOptions& how = {});
[[nodiscard]] std::string attended_text(const workflow::AttendResult& result,
                                        const std::string& output, const TextOptions& how = {});
[[nodiscard]] std::string diffuse_text(const workflow::DiffuseResult& result,
                                       const std::string& output, const TextOptions& how = {});
[[nodiscard]] std::string export_text(const workflow::ExportResult& result,
                                      const std::string& output, const TextOptions& how = {});
[[nodiscard]] std::string propagate_text(const workflow::PropagateResult& result,
                                         const std::string& output, const TextOptions& how = {});
[[nodiscard]] std::string sample_text(const workflow::SampleResult& result,
                                      const std::string& output, const TextOptions& how = {});
[[nodiscard]] std::string universality_text(const workflow::UniversalityResult& result,
                                            const TextOptions& how = {});
/// What the closed forms say of a block model; with a heading, or nothing without a report.
[[nodiscard]] std::string model_text(const workflow::ModelReport& report);
[[nodiscard]] std::string expected_text(const std::optional<workflow::ModelReport>& report);
/// "12.3 MiB".
[[nodiscard]] std::string bytes_words(double bytes);

} // namespace attnwalk::report

/// The tables without colors and without a heading, every number.
namespace attnwalk::pattern {
std::ostream& operator<<(std::ostream& out, const Structure& structure);
} // namespace attnwalk::pattern
namespace attnwalk::spectral {
std::ostream& operator<<(std::ostream& out, Status status);
std::ostream& operator<<(std::ostream& out, const Gap& gap);
std::ostream& operator<<(std::ostream& out, const GapReport& report);
} // namespace attnwalk::spectral
