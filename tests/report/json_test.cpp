// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"

#include "catch.hpp"
#include "samples.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

using namespace attnwalk;
using namespace attnwalk::report;
using Json = nlohmann::ordered_json;

TEST_CASE("gap_json: reads back with the names of the contract", "[report][json]") {
  const Json j = Json::parse(gap_json(samples::provenance(), samples::report()));
  CHECK(j["schema"] == "attnwalk.gap/1");
  for (const char* part : {"input", "structure", "gaps", "stationary", "bounds", "timings"})
    CHECK(j.contains(part));
  CHECK(j["input"]["spec"] == "ring:w=3");
  CHECK(j["input"]["seed"] == 7);
  CHECK(j["input"]["threads"] == 2);
  CHECK(j["input"]["versions"]["graphblas"] == "7.4.0");
  CHECK(j["input"]["layer"].is_null());
  const Json& l2 = j["gaps"]["lambda_2"];
  CHECK(l2["value"].get<double>() == 0.9808315265164675); // all bits survive
  CHECK(l2["gap_lo"].get<double>() == 0.01916847348);
  CHECK(l2["status"] == "certified");
  CHECK(l2["method"] == "LAPACK");
  CHECK(j["structure"]["regular"] == 7);
  CHECK(j["structure"]["closed_classes"][0]["size"] == 64);
  CHECK(j["bounds"]["kemeny"]["value"].is_null());
  CHECK(j["sweep"]["set"] == Json({0, 1, 2, 9}));
}

TEST_CASE("gap_json: a refusal is present, null, and says why", "[report][json]") {
  const Json j = Json::parse(gap_json(samples::provenance(), samples::report()));
  const Json& g = j["gaps"]["chatterjee"];
  for (const char* field : {"value", "lo", "hi", "gap", "gap_lo", "gap_hi", "residual"})
    CHECK(g[field].is_null());
  CHECK(g["status"] == "refused");
  CHECK(g["reason"] == samples::refused().reason);
  const Json& one = j["gaps"]["dobrushin"];
  CHECK(one["value"].is_null());
  CHECK(one["lo"] == 0.75);
}

TEST_CASE("gap_json: timings of one name add up, the input's included", "[report][json]") {
  const Json j = Json::parse(gap_json(samples::provenance(), samples::report()));
  CHECK(j["timings"]["dense"] == 0.75);
  CHECK(j["timings"]["build"] == 0.00025);
}

TEST_CASE("gap_json: the stationary distribution is written on request only", "[report][json]") {
  const auto origin = samples::provenance();
  CHECK_FALSE(Json::parse(gap_json(origin, samples::report()))["stationary"].contains("pi"));
  const Json j = Json::parse(gap_json(origin, samples::report(), {.pi = true}));
  CHECK(j["stationary"]["pi"] == Json({0.25, 0.75}));
}

TEST_CASE("gap_json: what is not a number is null, text that is not UTF-8 is replaced",
          "[report][json]") {
  auto report = samples::report();
  report.structure.doeblin = std::nan("");
  report.gaps[0].hi = INFINITY;
  auto origin = samples::provenance();
  origin.source = workflow::Source::file;
  origin.file = "caf\xE9.mtx";
  const Json j = Json::parse(gap_json(origin, report));
  CHECK(j["structure"]["doeblin"].is_null());
  CHECK(j["gaps"]["lambda_2"]["hi"].is_null());
  CHECK(j["input"]["file"] == "caf\uFFFD.mtx");
}

TEST_CASE("info_json: long lists of closed classes are cut to the largest 64", "[report][json]") {
  auto s = samples::structure();
  s.closed_classes.clear();
  for (Index c = 0; c < 1000; ++c)
    s.closed_classes.push_back({c, c == 500 ? 9 : 1, 1});
  const Json j = Json::parse(info_json(samples::provenance(), s));
  CHECK(j["schema"] == "attnwalk.info/1");
  CHECK(j["structure"]["closed_class_count"] == 1000);
  CHECK(j["structure"]["closed_classes"].size() == 64);
  CHECK(j["structure"]["closed_classes"][0]["label"] == 500);
}

TEST_CASE("pattern_json, attend_json: summary, certificate and output", "[report][json]") {
  workflow::Summary s;
  s.rows = s.cols = 64;
  s.entries = 448;
  auto origin = samples::provenance();
  origin.certificate.certified = true;
  origin.certificate.lambda_hi = 0.66;
  origin.certificate.draws = 3;
  const Json p = Json::parse(pattern_json(origin, s, "out.mtx"));
  CHECK(p["schema"] == "attnwalk.pattern/1");
  CHECK(p["pattern"]["entries"] == 448);
  CHECK(p["pattern"]["weights"].is_null());
  CHECK(p["input"]["certificate"]["draws"] == 3);
  CHECK(p["output"] == "out.mtx");
  s.weights = workflow::RowWeights{
      .min = 1e-9, .max = .5, .row_sum_error = 1e-16, .entropy = 2, .effective_keys = 8};
  const Json a = Json::parse(attend_json(origin, s, ""));
  CHECK(a["schema"] == "attnwalk.attend/1");
  CHECK(a["attention"]["weights"]["entropy"] == 2);
  CHECK(a["output"].is_null());
}

TEST_CASE("compare_json: every report whole with its rank, and the overlap", "[report][json]") {
  workflow::CompareResult result;
  result.by = "lambda_2";
  result.inputs.resize(2);
  for (workflow::Compared& input : result.inputs) {
    input.asked = "ring:w=?";
    input.origin = samples::provenance();
    input.report = samples::report();
  }
  result.inputs[0].found = workflow::Found{"w", "3", 448};
  workflow::rank(result.inputs, result.by);
  result.overlap = workflow::Overlap{.common = 10, .jaccard = 0.5};
  const Json j = Json::parse(compare_json(result));
  CHECK(j["schema"] == "attnwalk.compare/2");
  CHECK(j["inputs"][0]["gaps"]["lambda_2"]["status"] == "certified");
  CHECK(j["inputs"][0]["found"]["value"] == "3");
  CHECK(j["inputs"][1]["found"].is_null());
  CHECK(j["inputs"][1]["input"]["spec"] == "ring:w=3");
  CHECK(j["inputs"][1]["rank"] == 1);
  CHECK(j["inputs"][1]["rank_status"] == "estimate"); // equal, but not known to be
  CHECK(j["overlap"]["jaccard"] == 0.5);
  result.overlap.reset();
  CHECK(Json::parse(compare_json(result))["overlap"].is_null());
}
