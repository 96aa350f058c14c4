// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/report/dense_parts.hpp"
#include "attnwalk/report/text_parts.hpp"
#include "attnwalk/report/walk.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>

namespace attnwalk::report {
namespace {

/// Standard normal numbers, one substream a token.
Dense<double> random_values(Index tokens, Index width, std::uint64_t seed) {
  const double arrays = 3; // the values, the result and what a hop starts from
  require_memory("random values", arrays * sizeof(double) * static_cast<double>(tokens) *
                                      static_cast<double>(width));
  Dense<double> V(tokens, width);
  for (Index i = 0; i < tokens; ++i) {
    RandomStream draws({seed, stream_of("random-v")}, static_cast<std::uint64_t>(i));
    for (Index c = 0; c < width; ++c)
      V(i, c) = draws.normal();
  }
  return V;
}

Dense<double> values(const DiffuseInputs& inputs, const Input& in, std::string& words) {
  const Index n = in.pattern.rows();
  require(inputs.v.empty() || inputs.random_v == 0, Code::domain, "--v ", inputs.v.string(),
          " and --random-v are two inputs where one is needed");
  if (inputs.random_v > 0) {
    words = message("random, width ", inputs.random_v);
    return random_values(n, inputs.random_v, inputs.in.seed);
  }
  if (!inputs.v.empty()) {
    words = inputs.v.string();
    Dense<double> V = read_dense<double>({inputs.v, "v"});
    const Shape& shape = V.shape();
    require(shape.batch == 1 && shape.heads == 1 && shape.tokens == n, Code::shape, words, " is ",
            shape.batch, " x ", shape.heads, " x ", shape.tokens, " x ", shape.width, " where ", n,
            " tokens of one head are needed");
    return V;
  }
  require(!in.v.empty() || (!inputs.in.qk.empty() && n == 0), Code::domain,
          "no values: name --v FILE or --random-v WIDTH",
          inputs.in.qk.empty() ? "" : "; the file of heads stores none");
  words = "stored";
  Dense<double> V(n, n == 0 ? 0 : static_cast<Index>(in.v.size()) / n);
  std::copy(in.v.begin(), in.v.end(), V.data());
  return V;
}

std::string method_words(const diffusion::DiffuseOptions& how) {
  std::string words = message(to_string(how.method), ", alpha ", approximate(how.alpha));
  if (how.method == diffusion::Method::heat)
    words += message(", time ", approximate(how.time));
  if (how.tolerance)
    words += message(", tolerance ", approximate(*how.tolerance));
  return words + (how.backend == diffusion::Backend::fused ? ", fused" : ", graphblas");
}

std::string steps_words(const std::vector<double>& steps) {
  const std::size_t shown = 6;
  std::string words;
  for (std::size_t s = 0; s < std::min(steps.size(), shown); ++s)
    words += (s == 0 ? "" : ", ") + number(steps[s], 3);
  return steps.size() > shown ? words + " .. " + number(steps.back(), 3) : words;
}

} // namespace

DiffuseResult diffuse(const DiffuseInputs& inputs, diffusion::DiffuseOptions how) {
  Input in = resolve(inputs.in);
  require(in.pattern.square(), Code::shape, "the weights are ", in.pattern.rows(), " x ",
          in.pattern.cols(), "; diffusion needs a square matrix");
  how.threads = inputs.in.threads;
  how.monitor = inputs.in.monitor;
  if (how.method == diffusion::Method::heat && how.time == 0 && how.alpha > 0)
    how.time = (1 - how.alpha) / how.alpha;
  DiffuseResult result;
  result.how = how;
  const Dense<double> V =
      timed(in.from.timings, "values", [&] { return values(inputs, in, result.values); });
  CsrView<double> A = in.view();
  Csr<double> walk;
  if (!in.weights || inputs.normalize) {
    sparse::validate_weights(A);
    walk = timed(in.from.timings, "walk", [&] { return sparse::row_normalized(A); });
    A = walk.view();
  }
  result.summary = summarize(A);
  result.out = timed(in.from.timings, "diffuse",
                     [&] { return diffusion::diffuse<double>(A, V.view(), how); });
  result.v = summarize(V);
  result.z = summarize(result.out.Z);
  result.from = std::move(in.from);
  return result;
}

std::string diffuse_json(const DiffuseResult& result, const std::string& output,
                         const JsonOptions& how) {
  const diffusion::DiffuseOptions& used = result.how;
  Json j{{"schema", "attnwalk.diffuse/1"}, {"input", input(result.from)}};
  j["weights"] = summary(result.summary);
  Json steps = Json::array();
  for (const double step : result.out.steps)
    steps.push_back(real(step));
  j["diffused"] = {
      {"method", to_string(used.method)},
      {"alpha", real(used.alpha)},
      {"time", used.method == diffusion::Method::heat ? real(used.time) : Json(nullptr)},
      {"tolerance", optional(used.tolerance)},
      {"backend", used.backend == diffusion::Backend::fused ? "fused" : "graphblas"},
      {"values", result.values},
      {"hops", result.out.hops},
      {"bound", optional(result.out.bound)},
      {"missing_mass", real(result.out.missing_mass)},
      {"converged", result.out.converged},
      {"steps", std::move(steps)},
      {"v", dense_json(result.v)},
      {"z", dense_json(result.z)}};
  j["output"] = text(output);
  j["timings"] = timings(result.from.timings);
  return dump(j, how);
}

std::string diffuse_text(const DiffuseResult& result, const std::string& output,
                         const TextOptions& how) {
  const diffusion::Diffused<double>& out = result.out;
  std::vector<Fact> facts = summary_facts(result.summary);
  facts.push_back({"method", method_words(result.how)});
  facts.push_back({"hops", count(out.hops) + (out.converged ? "" : ", tolerance not met")});
  facts.push_back({"from the limit",
                   out.bound ? "at most " + number(*out.bound, 3, Rounding::up) + " in any number"
                             : "unknown: alpha is 0"});
  if (out.missing_mass > 0)
    facts.push_back({"missing mass", number(out.missing_mass, 4) + " of every row"});
  if (!out.steps.empty())
    facts.push_back({"largest change", steps_words(out.steps)});
  facts.push_back({"values", result.values});
  Table arrays = dense_table();
  add_row(arrays, "v", result.v);
  add_row(arrays, "z", result.z);
  std::string text =
      heading(result.from, "", how) + facts_table(facts).text() + "\n" + arrays.text();
  if (!output.empty())
    text += "\nwritten to " + output + "\n";
  return text + time_line(result.from.timings);
}

} // namespace attnwalk::report
