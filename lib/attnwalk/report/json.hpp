// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/report/compare.hpp"
#include "attnwalk/report/input.hpp"

#include <string>

namespace attnwalk::report {

struct ModelReport;

struct JsonOptions {
  bool pi = false; ///< write the whole stationary distribution
  int indent = 2;  ///< -1: one line
  /// Of the block model that drew the pattern: written as "expected" by info and gap.
  const ModelReport* expected = nullptr;
};

/// Results as JSON, one object with a versioned "schema", the inputs under "input", the fields of
/// the C++ structs under their own names, and "timings" in seconds; what is absent or not a number
/// is null. docs/report.md lists every field.
///
/// attnwalk.provenance/1: the inputs alone, for a file that a result is written to
[[nodiscard]] std::string provenance_json(const Provenance& from, const JsonOptions& how = {});
/// attnwalk.pattern/1
[[nodiscard]] std::string pattern_json(const Provenance& from, const Summary& summary,
                                       const std::string& output, const JsonOptions& how = {});
/// attnwalk.attend/1
[[nodiscard]] std::string attend_json(const Provenance& from, const Summary& summary,
                                      const std::string& output, const JsonOptions& how = {});
/// attnwalk.info/1
[[nodiscard]] std::string info_json(const Provenance& from, const pattern::Structure& structure,
                                    const JsonOptions& how = {});
/// attnwalk.gap/1
[[nodiscard]] std::string gap_json(const Provenance& from, const spectral::GapReport& report,
                                   const JsonOptions& how = {});
/// attnwalk.compare/1
[[nodiscard]] std::string compare_json(const Provenance& a, const Provenance& b,
                                       const Comparison& both, const JsonOptions& how = {});

} // namespace attnwalk::report
