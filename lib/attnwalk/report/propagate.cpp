// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/memory.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/report/json_parts.hpp"
#include "attnwalk/report/text_parts.hpp"
#include "attnwalk/report/walk.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/sparse/transpose.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::report {
namespace {

using diffusion::PropagateOptions;
using diffusion::Semiring;

Csr<double> owned(const CsrView<double>& A) {
  Csr<double> out;
  out.rows = A.rows;
  out.cols = A.cols;
  out.offsets.assign(A.offsets, A.offsets + A.rows + 1);
  out.columns.assign(A.columns, A.columns + A.entries());
  if (A.values != nullptr)
    out.values.assign(A.values, A.values + A.entries());
  return out;
}

/// The value of the walk of no hops: the semiring's one, so far as it is a finite number.
double one_of(Semiring semiring, const CsrView<double>& A) {
  if (semiring == Semiring::min_plus)
    return 0;
  double one = 1;
  if (semiring == Semiring::max_min && A.values != nullptr) // no less than any edge
    for (Index e = 0; e < A.entries(); ++e)
      one = std::max(one, A.values[e]);
  return one;
}

/// Column c is the unit vector of token c of `tokens`, or of every token.
Csr<double> unit_columns(Index n, const std::vector<Index>& tokens, double one) {
  Csr<double> X;
  X.rows = n;
  X.cols = tokens.empty() ? n : static_cast<Index>(tokens.size());
  std::vector<std::pair<Index, Index>> entries; // row, column
  for (Index c = 0; c < X.cols; ++c) {
    const Index token = tokens.empty() ? c : tokens[static_cast<std::size_t>(c)];
    require(token >= 0 && token < n, Code::index, "there is no token ", token, "; there are ", n,
            ", counted from 0");
    entries.emplace_back(token, c);
  }
  std::sort(entries.begin(), entries.end());
  X.offsets.assign(static_cast<std::size_t>(n) + 1, 0);
  for (const auto& [row, column] : entries) {
    ++X.offsets[static_cast<std::size_t>(row) + 1];
    X.columns.push_back(column);
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
    X.offsets[i + 1] += X.offsets[i];
  X.values.assign(entries.size(), one);
  return X;
}

void require_options(const PropagateInputs& inputs, const PropagateOptions& how) {
  require(inputs.from_tokens.empty() || inputs.to_tokens.empty(), Code::domain,
          "--from and --to are two starts where one is needed");
  const bool some = !inputs.from_tokens.empty() || !inputs.to_tokens.empty();
  require(inputs.theta.empty() || !inputs.rollout, Code::domain,
          "--theta and --rollout are two results; choose one");
  require(inputs.theta.empty() || !inputs.pairs.empty(), Code::domain,
          "--theta needs --pairs: the entries that are wanted");
  require(inputs.theta.empty() || (how.semiring == Semiring::plus_times && !some), Code::domain,
          "--theta sums powers of the weights: plus_times, between all tokens");
  require(!inputs.rollout || (inputs.pairs.empty() && !some && !how.accumulate), Code::domain,
          "--rollout multiplies whole layers: no --pairs, --from, --to or --accumulate");
  require(!inputs.rollout || how.semiring == Semiring::plus_times ||
              how.semiring == Semiring::max_min || how.semiring == Semiring::max_times,
          Code::domain, "--rollout needs plus_times, max_min or max_times, not ",
          to_string(how.semiring));
  require(inputs.rollout || inputs.layers.empty(), Code::domain, "--layers belongs to --rollout");
  require(inputs.residual >= 0 && inputs.residual <= 1, Code::domain,
          "residual = ", inputs.residual, " must be in [0, 1]");
  require(how.cost == diffusion::Cost::hop || how.semiring == Semiring::min_plus, Code::domain,
          "--cost belongs to --semiring min_plus, not ", to_string(how.semiring));
  require(how.max_bytes >= 0, Code::domain, "max_bytes = ", how.max_bytes, " must be 0 or more");
  require(!how.restricted || !inputs.pairs.empty(), Code::domain,
          "--restricted needs --pairs: the entries to stay on");
}

/// The layers of a rollout: of the stored heads, or of a spec with ';'.
std::vector<Csr<double>> read_layers(const PropagateInputs& inputs, Provenance& from) {
  std::vector<Csr<double>> layers;
  if (!inputs.in.qk.empty()) {
    require(!inputs.layers.empty(), Code::domain,
            "--rollout of --qk needs --layers: first to last, as 0,1,2");
    for (const Index layer : inputs.layers) {
      InputOptions one = inputs.in;
      one.layer = layer;
      Input in = resolve(one);
      layers.push_back(owned(in.view()));
      from = std::move(in.from);
    }
    return layers;
  }
  require(inputs.layers.empty(), Code::domain, "--layers belongs to --qk FILE");
  require(!inputs.in.source.empty() && !names_file(inputs.in.source), Code::domain,
          "--rollout takes --qk FILE with --layers, or a spec of several layers: A; B; C");
  from = provenance(inputs.in, Source::spec);
  from.spec = inputs.in.source;
  const auto built = timed(from.timings, "build", [&] {
    return grammar::build_layers(inputs.in.source, {.queries = inputs.in.queries,
                                                    .keys = inputs.in.keys,
                                                    .seed = inputs.in.seed,
                                                    .threads = inputs.in.threads,
                                                    .monitor = inputs.in.monitor});
  });
  for (const grammar::Built& layer : built) {
    layers.push_back(sparse::row_normalized(layer.pattern.view()));
    from.entries += layer.pattern.entries();
  }
  from.queries = built.front().pattern.rows();
  from.keys = built.front().pattern.cols();
  return layers;
}

std::string walk_words(const PropagateInputs& inputs, const PropagateOptions& how) {
  const std::string semiring(to_string(how.semiring));
  if (inputs.rollout) {
    std::string words = "rollout";
    for (const Index layer : inputs.layers)
      words += message(words == "rollout" ? " over layers " : ", ", layer);
    return words + message(", ", semiring, ", residual ", approximate(inputs.residual));
  }
  if (!inputs.theta.empty()) {
    std::string words = "sum of powers, weights";
    for (const double theta : inputs.theta)
      words += " " + approximate(theta);
    return words + (how.restricted ? ", restricted to the pairs" : "");
  }
  std::string words = message(semiring, ", ", how.accumulate ? "within " : "exactly ", how.hops,
                              how.hops == 1 ? " hop" : " hops");
  if (how.semiring == Semiring::min_plus)
    words += how.cost == diffusion::Cost::hop      ? ", each costs 1"
             : how.cost == diffusion::Cost::weight ? ", each costs its weight"
                                                   : ", each costs -log weight";
  const auto tokens = [&](const char* where, std::size_t size) {
    if (size > 0)
      words += message(where, size, size == 1 ? " token" : " tokens");
  };
  tokens(", from ", inputs.from_tokens.size());
  tokens(", to ", inputs.to_tokens.size());
  return words + (how.restricted ? ", restricted to the pairs" : "");
}

} // namespace

PropagateWork prepare(const PropagateInputs& inputs, const PropagateOptions& how) {
  require_options(inputs, how);
  PropagateWork work;
  if (inputs.rollout) {
    work.layers = read_layers(inputs, work.from);
    if (work.layers.size() > 1)
      work.forecast_bytes = diffusion::forecast_bytes(work.layers[1].view(), work.layers[0].view());
    return work;
  }
  Input in = resolve(inputs.in);
  require(in.pattern.square(), Code::shape, "the matrix is ", in.pattern.rows(), " x ",
          in.pattern.cols(), "; propagation needs a square one");
  const Index n = in.pattern.rows();
  work.from = std::move(in.from);
  if (inputs.normalize)
    sparse::validate_weights(in.view());
  // A walk from i to j is one from j to i along the transpose: columns are then starts.
  const Csr<double> walk = inputs.normalize ? sparse::row_normalized(in.view()) : owned(in.view());
  const CsrView<double> A = walk.view();
  work.layers.push_back(inputs.from_tokens.empty() ? walk : sparse::transposed(A));
  work.start = unit_columns(n, inputs.from_tokens.empty() ? inputs.to_tokens : inputs.from_tokens,
                            one_of(how.semiring, A));
  if (!inputs.pairs.empty()) {
    InputOptions pairs = inputs.in;
    pairs.mask = inputs.pairs;
    Provenance ignored;
    work.pairs = resolve_mask(pairs, n, work.start.cols, std::nullopt, ignored);
  }
  const CsrView<double> B = work.layers.front().view();
  if (inputs.theta.empty() ? how.hops > 0 : inputs.theta.size() > 3)
    work.forecast_bytes =
        diffusion::forecast_bytes(B, inputs.theta.empty() ? work.start.view() : B);
  return work;
}

PropagateResult propagate(const PropagateInputs& inputs, PropagateWork&& work,
                          PropagateOptions how) {
  how.monitor = inputs.in.monitor;
  how.mask = work.pairs ? &*work.pairs : nullptr;
  PropagateResult result;
  result.from = std::move(work.from);
  result.how = how;
  result.what = walk_words(inputs, how);
  const auto run = [&]() -> Csr<double> {
    if (inputs.rollout) {
      std::vector<CsrView<double>> layers;
      layers.reserve(work.layers.size());
      for (const Csr<double>& layer : work.layers)
        layers.push_back(layer.view());
      return diffusion::rollout(layers, inputs.residual, how);
    }
    const CsrView<double> A = work.layers.front().view();
    if (!inputs.theta.empty())
      return owned(diffusion::multihop_weights(A, *work.pairs, inputs.theta, how).view());
    diffusion::Propagated out = diffusion::propagate(A, work.start.view(), how);
    result.growth = std::move(out.growth);
    return std::move(out.X);
  };
  result.X = timed(result.from.timings, "propagate", run);
  result.how.mask = nullptr; // `work` goes
  const CsrView<double> X = result.X.view();
  for (Index e = 0; e < X.entries(); ++e) {
    result.min = e == 0 ? X.value(e) : std::min(result.min, X.value(e));
    result.max = e == 0 ? X.value(e) : std::max(result.max, X.value(e));
    result.sum += X.value(e);
  }
  return result;
}

pattern::Certificate PropagateResult::origin() const {
  pattern::Certificate out;
  out.spec = title(from) + ": " + what;
  out.seed = from.seed;
  out.version = from.version;
  return out;
}

std::string bytes_words(double bytes) {
  const std::string_view unit = byte_unit(bytes);
  return approximate(bytes, 4) + " " + std::string(unit);
}

std::string propagate_json(const PropagateResult& result, const std::string& output,
                           const JsonOptions& how) {
  Json j{{"schema", "attnwalk.propagate/1"}, {"input", input(result.from)}};
  Json growth = Json::array();
  for (const diffusion::Growth& g : result.growth)
    growth.push_back(
        {{"hop", g.hop}, {"entries", g.entries}, {"forecast_bytes", real(g.forecast_bytes)}});
  const CsrView<double> X = result.X.view();
  j["propagated"] = {{"what", result.what},
                     {"semiring", to_string(result.how.semiring)},
                     {"hops", result.how.hops},
                     {"accumulate", result.how.accumulate},
                     {"growth", std::move(growth)},
                     {"rows", X.rows},
                     {"cols", X.cols},
                     {"entries", X.entries()},
                     {"min", real(result.min)},
                     {"max", real(result.max)},
                     {"sum", real(result.sum)}};
  j["output"] = text(output);
  j["timings"] = timings(result.from.timings);
  return dump(j, how);
}

std::string propagate_text(const PropagateResult& result, const std::string& output,
                           const TextOptions& how) {
  const CsrView<double> X = result.X.view();
  const auto pairs = static_cast<double>(X.rows) * static_cast<double>(X.cols);
  std::vector<Fact> facts{{"walks", result.what},
                          {"result", size_words(X.rows, X.cols, X.entries())}};
  if (pairs > 0)
    facts.push_back(
        {"pairs",
         number(100 * static_cast<double>(X.entries()) / pairs, 4, Rounding::down) + " %"});
  if (X.entries() > 0)
    facts.push_back({"values", approximate(result.min, 6) + " to " + approximate(result.max, 6) +
                                   ", sum " + approximate(result.sum, 8)});
  std::string text = heading(result.from, "", how) + facts_table(facts).text();
  if (!result.growth.empty()) {
    Table hops(
        {{"hop", Align::right}, {"entries", Align::right}, {"forecast at most", Align::right}});
    for (const diffusion::Growth& g : result.growth)
      hops.add({count(g.hop), count(g.entries), bytes_words(g.forecast_bytes)});
    text += "\n" + hops.text();
  }
  if (!output.empty())
    text += "\nwritten to " + output + "\n";
  return text + time_line(result.from.timings);
}

} // namespace attnwalk::report
