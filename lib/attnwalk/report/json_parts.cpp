// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json_parts.hpp"

namespace attnwalk::report {
namespace {

Json certificate(const pattern::Certificate& c) {
  if (!c.certified)
    return nullptr;
  return {{"lambda_hi", real(c.lambda_hi)},
          {"lambda_target", real(c.lambda_target)},
          {"method", text(c.method)},
          {"draws", c.draws}};
}

} // namespace

Json input(const Provenance& from) {
  Json j{{"source", to_string(from.source)}, {"spec", text(from.spec)}, {"file", text(from.file)}};
  const bool head = from.source == Source::head;
  j["layer"] = head ? Json(from.layer) : Json(nullptr);
  j["head"] = head ? Json(from.head) : Json(nullptr);
  j["mask"] = text(from.mask);
  j["queries"] = from.queries;
  j["keys"] = from.keys;
  j["entries"] = from.entries;
  j["weighted"] = from.weighted;
  j["seed"] = from.seed;
  j["threads"] = from.threads;
  j["versions"] = {{"attnwalk", from.version}, {"graphblas", from.graphblas}};
  j["certificate"] = certificate(from.certificate);
  return j;
}

Json timings(const std::vector<Timing>& list, Json sums) {
  for (const auto& timing : list)
    sums[timing.what] = sums.value(timing.what, 0.0) + timing.seconds;
  return sums;
}

Json degrees(const pattern::Degrees& d) {
  return {{"min", d.min}, {"max", d.max}, {"mean", real(d.mean)}, {"sd", real(d.sd)}};
}

Json summary(const Summary& s) {
  Json j{{"rows", s.rows}, {"cols", s.cols}, {"entries", s.entries}, {"density", real(s.density)}};
  j["row_degree"] = degrees(s.row_degree);
  j["empty_rows"] = s.empty_rows;
  j["loops"] = s.loops;
  if (s.weights)
    j["weights"] = {{"min", real(s.weights->min)},
                    {"max", real(s.weights->max)},
                    {"row_sum_error", real(s.weights->row_sum_error)},
                    {"entropy", real(s.weights->entropy)},
                    {"effective_keys", real(s.weights->effective_keys)}};
  else
    j["weights"] = nullptr;
  return j;
}

std::string dump(const Json& j, const JsonOptions& how) {
  return j.dump(how.indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace attnwalk::report
