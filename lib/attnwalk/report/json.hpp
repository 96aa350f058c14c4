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

#include <string>

namespace attnwalk::report {

using workflow::Provenance;

struct JsonOptions {
  bool pi = false; ///< write the whole stationary distribution
  int indent = 2;  ///< -1: one line
  /// Of the block model that drew the pattern: written as "expected" by info and gap.
  const workflow::ModelReport* expected = nullptr;
};

/// Results as JSON, one object with a versioned "schema", the inputs under "input", the fields of
/// the C++ structs under their own names (core/fields.hpp), and "timings" in seconds; what is
/// absent, empty or not a number is null. docs/report.md lists every field. `output` names the file
/// that the result was written to.
///
/// attnwalk.provenance/1: the inputs, and what was made of them, without times: all that a file of a
/// result says of its making
[[nodiscard]] std::string provenance_json(const Provenance& origin, const JsonOptions& how = {});
[[nodiscard]] std::string provenance_json(const workflow::DiffuseResult& result,
                                          const JsonOptions& how = {});
[[nodiscard]] std::string provenance_json(const workflow::AttendResult& result,
                                          const JsonOptions& how = {});
[[nodiscard]] std::string provenance_json(const workflow::ExportResult& result,
                                          const JsonOptions& how = {});
/// attnwalk.pattern/1
[[nodiscard]] std::string pattern_json(const Provenance& origin, const workflow::Summary& summary,
                                       const std::string& output, const JsonOptions& how = {});
/// attnwalk.attend/1 of weights alone
[[nodiscard]] std::string attend_json(const Provenance& origin, const workflow::Summary& summary,
                                      const std::string& output, const JsonOptions& how = {});
/// attnwalk.attend/1 with `attended` filled
[[nodiscard]] std::string attended_json(const workflow::AttendResult& result,
                                        const std::string& output, const JsonOptions& how = {});
/// attnwalk.info/1
[[nodiscard]] std::string info_json(const Provenance& origin, const pattern::Structure& structure,
                                    const JsonOptions& how = {});
/// attnwalk.gap/1
[[nodiscard]] std::string gap_json(const Provenance& origin, const spectral::GapReport& report,
                                   const JsonOptions& how = {});
/// attnwalk.heads/1
[[nodiscard]] std::string heads_json(const workflow::HeadsResult& result,
                                     const JsonOptions& how = {});
/// attnwalk.compare/2
[[nodiscard]] std::string compare_json(const workflow::CompareResult& result,
                                       const JsonOptions& how = {});
/// attnwalk.diffuse/1
[[nodiscard]] std::string diffuse_json(const workflow::DiffuseResult& result,
                                       const std::string& output, const JsonOptions& how = {});
/// attnwalk.export/1
[[nodiscard]] std::string export_json(const workflow::ExportResult& result,
                                      const std::string& output, const JsonOptions& how = {});
/// attnwalk.propagate/1
[[nodiscard]] std::string propagate_json(const workflow::PropagateResult& result,
                                         const std::string& output, const JsonOptions& how = {});
/// attnwalk.sample/1
[[nodiscard]] std::string sample_json(const workflow::SampleResult& result,
                                      const std::string& output, const JsonOptions& how = {});
/// attnwalk.universality/1
[[nodiscard]] std::string universality_json(const workflow::UniversalityResult& result,
                                            const JsonOptions& how = {});

} // namespace attnwalk::report
