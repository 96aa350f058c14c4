// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/propagate.hpp"

#include "attnwalk/grammar/build.hpp"
#include "attnwalk/sparse/entries.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/sparse/transpose.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace attnwalk::workflow {
namespace {

using diffusion::PropagateOptions;
using diffusion::Semiring;

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
  const bool rollout = inputs.rollout;
  const bool some = !inputs.from_tokens.empty() || !inputs.to_tokens.empty();
  const auto needs = [](bool ok, const char* sentence) { require(ok, Code::domain, sentence); };
  needs(inputs.from_tokens.empty() || inputs.to_tokens.empty(),
        "`from_tokens` and `to_tokens` are two starts where one is needed");
  needs(inputs.theta.empty() || !rollout, "`theta` and `rollout` are two results; choose one");
  needs(inputs.theta.empty() || !inputs.pairs.empty(),
        "`theta` needs `pairs`: the entries that are wanted");
  needs(inputs.theta.empty() || (how.semiring == Semiring::plus_times && !some),
        "`theta` sums powers of the weights: plus_times, between all tokens");
  needs(!rollout || (inputs.pairs.empty() && !some),
        "`rollout` multiplies whole layers: no `pairs`, `from_tokens` or `to_tokens`");
  require(!rollout || how.semiring == Semiring::plus_times || how.semiring == Semiring::max_min ||
              how.semiring == Semiring::max_times,
          Code::domain, "`rollout` needs plus_times, max_min or max_times, not ",
          to_string(how.semiring));
  require(inputs.residual >= 0 && inputs.residual <= 1, Code::domain,
          "residual = ", inputs.residual, " must be in [0, 1]");
  require(how.max_bytes >= 0, Code::domain, "max_bytes = ", how.max_bytes, " must be 0 or more");
  needs(!how.restricted || !inputs.pairs.empty(),
        "`restricted` needs `pairs`: the entries to stay on");
  require_applicable(rules(inputs, how));
}

/// The layers of a rollout: of the stored heads, or of a spec with ';'.
std::vector<Csr<double>> read_layers(const PropagateInputs& inputs, Provenance& origin) {
  std::vector<Csr<double>> layers;
  if (!inputs.input.qk.empty()) {
    require(!inputs.layers.empty(), Code::domain,
            "`rollout` of `qk` needs `layers`: first to last, as 0,1,2");
    for (const Index layer : inputs.layers) {
      InputOptions one = inputs.input;
      one.layer = layer;
      SparseInput in = resolve(one);
      layers.push_back(sparse::owned(in.view()));
      origin = std::move(in.origin);
    }
    return layers;
  }
  require(inputs.layers.empty(), Code::domain, "`layers` belongs to `qk=FILE`");
  require(!inputs.input.source.empty() && !names_file(inputs.input.source), Code::domain,
          "`rollout` takes `qk=FILE` with `layers`, or a spec of several layers: A; B; C");
  origin = provenance(inputs.input, Source::spec);
  origin.spec = inputs.input.source;
  const auto built = timed(origin.timings, "build", [&] {
    return grammar::build_layers(inputs.input.source, {.queries = inputs.input.queries,
                                                       .keys = inputs.input.keys,
                                                       .seed = inputs.input.seed,
                                                       .threads = inputs.input.threads,
                                                       .monitor = inputs.input.monitor});
  });
  for (const grammar::Built& layer : built) {
    layers.push_back(sparse::row_normalized(layer.pattern.view()));
    origin.entries += layer.pattern.entries();
  }
  origin.queries = built.front().pattern.rows();
  origin.keys = built.front().pattern.cols();
  return layers;
}

/// All that makes the result beside the input: equal words, equal results.
std::string walk_words(const PropagateInputs& inputs, const PropagateOptions& how) {
  const auto listed = [](const char* before, const std::vector<Index>& list) {
    std::string text;
    for (const Index number : list)
      text += message(text.empty() ? before : ",", number);
    return text;
  };
  std::string words;
  if (inputs.rollout) {
    words = message("rollout", listed(" over layers ", inputs.layers), ", ",
                    to_string(how.semiring), ", residual ", exact(inputs.residual));
  } else if (!inputs.theta.empty()) {
    words = "sum of powers, weights";
    for (const double theta : inputs.theta)
      words += " " + exact(theta);
  } else {
    words = message(to_string(how.semiring), ", ", how.accumulate ? "within " : "exactly ",
                    how.hops, how.hops == 1 ? " hop" : " hops");
    if (how.semiring == Semiring::min_plus)
      words += how.cost == diffusion::Cost::hop      ? ", each costs 1"
               : how.cost == diffusion::Cost::weight ? ", each costs its weight"
                                                     : ", each costs -log weight";
    words += listed(", from ", inputs.from_tokens) + listed(", to ", inputs.to_tokens);
  }
  if (inputs.normalize)
    words += ", rows divided by their sums";
  if (!inputs.pairs.empty())
    words += (how.restricted ? ", restricted to " : ", on ") + inputs.pairs;
  return words;
}

/// Everything read and built, and what the first product would take.
struct PropagateWork {
  Provenance origin;
  std::vector<Csr<double>> layers; ///< one; more for a rollout
  Csr<double> start;               ///< n x sources
  std::optional<pattern::Pattern> pairs;
  double forecast_bytes = 0; ///< of the first product; 0 if there is none
};

PropagateWork prepare(const PropagateInputs& inputs, const PropagateOptions& how) {
  require_options(inputs, how);
  PropagateWork work;
  if (inputs.rollout) {
    work.layers = read_layers(inputs, work.origin);
    if (work.layers.size() > 1)
      work.forecast_bytes = diffusion::forecast_bytes(work.layers[1].view(), work.layers[0].view());
    return work;
  }
  InputOptions input = inputs.input;
  input.zeros_are_entries =
      how.semiring == Semiring::min_plus && how.cost == diffusion::Cost::weight;
  SparseInput in = resolve(input);
  require(in.pattern.square(), Code::shape, "the matrix is ", in.pattern.rows(), " x ",
          in.pattern.cols(), "; propagation needs a square one");
  const Index n = in.pattern.rows();
  work.origin = std::move(in.origin);
  if (inputs.normalize)
    sparse::validate_weights(in.view());
  // A walk from i to j is one from j to i along the transpose: columns are then starts.
  const Csr<double> walk =
      inputs.normalize ? sparse::row_normalized(in.view()) : sparse::owned(in.view());
  const CsrView<double> A = walk.view();
  work.layers.push_back(inputs.from_tokens.empty() ? walk : sparse::transposed(A));
  work.start = unit_columns(n, inputs.from_tokens.empty() ? inputs.to_tokens : inputs.from_tokens,
                            one_of(how.semiring, A));
  if (!inputs.pairs.empty()) {
    InputOptions pairs = inputs.input;
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

} // namespace

FieldRules rules(const PropagateInputs& inputs, const PropagateOptions& how) {
  const PropagateInputs usual;
  const bool walks = inputs.theta.empty() && !inputs.rollout;
  FieldRules all = {{"residual", inputs.residual != usual.residual, inputs.rollout, "`rollout`"},
                    {"layers", !inputs.layers.empty(), inputs.rollout, "`rollout`"},
                    {"layer", inputs.input.layer != 0, !inputs.rollout,
                     "one head, not to `rollout`, which takes `layers`"}};
  const FieldRules of_head = rules(inputs.input);
  all.insert(all.end(), of_head.begin(), of_head.end());
  const std::string not_walks = "walks, not to `theta` or `rollout`";
  all.insert(all.end(),
             {{"hops", how.hops != PropagateOptions{}.hops, walks, not_walks},
              {"accumulate", how.accumulate, walks, not_walks},
              {"cost", how.cost != diffusion::Cost::hop, how.semiring == Semiring::min_plus,
               "`semiring=min_plus`"},
              {"normalize", inputs.normalize, !inputs.rollout,
               "walks and `theta`: the rows of a rollout sum to 1"},
              {"normalize", inputs.normalize, !counts_edges(how),
               "semirings that read weights, not to lor_land, plus_pair, or min_plus with "
               "`cost=hop`"}});
  return all;
}

PropagateResult propagate(const PropagateInputs& inputs, PropagateOptions how,
                          const std::function<void(double bytes)>& forecast) {
  PropagateWork work = prepare(inputs, how);
  if (work.forecast_bytes > 0 && forecast)
    forecast(work.forecast_bytes);
  how.monitor = inputs.input.monitor;
  how.mask = work.pairs ? &*work.pairs : nullptr;
  PropagateResult result;
  result.origin = std::move(work.origin);
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
      return sparse::owned(diffusion::multihop_weights(A, *work.pairs, inputs.theta, how).view());
    diffusion::Propagated out = diffusion::propagate(A, work.start.view(), how);
    result.growth = std::move(out.growth);
    return std::move(out.X);
  };
  result.X = timed(result.origin.timings, "propagate", run);
  result.how.mask = nullptr; // `work` goes
  const CsrView<double> X = result.X.view();
  for (Index e = 0; e < X.entries(); ++e) {
    require(std::isfinite(X.value(e)), Code::domain, "an entry of ", result.what, " is ",
            X.value(e), ", beyond the range of double precision, 1.8e308",
            inputs.rollout ? "" : "; take fewer hops or smaller weights");
    result.min = e == 0 ? X.value(e) : std::min(result.min, X.value(e));
    result.max = e == 0 ? X.value(e) : std::max(result.max, X.value(e));
    result.sum += X.value(e);
  }
  const bool counts = (how.semiring == Semiring::plus_times && !result.origin.weighted &&
                       !inputs.normalize && !inputs.rollout && inputs.theta.empty()) ||
                      how.semiring == Semiring::plus_pair;
  if (counts && result.max > 0x1p53)
    result.remarks.push_back(message("counts reach ", result.max, ", and those beyond 2^53, about ",
                                     "9.0e15, are rounded to double precision"));
  return result;
}

pattern::Certificate PropagateResult::certificate() const {
  pattern::Certificate out;
  out.spec = title(origin) + ": " + what;
  out.seed = origin.seed;
  out.version = origin.version;
  return out;
}

} // namespace attnwalk::workflow
