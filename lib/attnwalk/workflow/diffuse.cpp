// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/diffuse.hpp"

#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/io/dtype.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/sparse/sums.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace attnwalk::workflow {
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

Dense<double> values(const DiffuseInputs& inputs, const SparseInput& in, std::string& words) {
  const Index n = in.pattern.rows();
  require(inputs.v.empty() || inputs.random_v == 0, Code::domain, "`v=", inputs.v.string(),
          "` and `random_v` are two inputs where one is needed");
  if (inputs.random_v > 0) {
    words = message("random, width ", inputs.random_v);
    return random_values(n, inputs.random_v, inputs.input.seed);
  }
  if (!inputs.v.empty()) {
    words = inputs.v.string();
    Dense<double> V = io::read_dense<double>(io::ArrayFile(inputs.v), "v");
    const Shape& shape = V.shape();
    require(shape.batch == 1 && shape.heads == 1 && shape.tokens == n, Code::shape, words, " is ",
            shape.batch, " x ", shape.heads, " x ", shape.tokens, " x ", shape.width, " where ", n,
            " tokens of one head are needed");
    return V;
  }
  require(!in.v.empty() || (!inputs.input.qk.empty() && n == 0), Code::domain,
          "no values: name `v=FILE` or `random_v=WIDTH`",
          inputs.input.qk.empty() ? "" : "; the file of heads stores none");
  words = "stored";
  Dense<double> V(n, n == 0 ? 0 : static_cast<Index>(in.v.size()) / n);
  std::copy(in.v.begin(), in.v.end(), V.data());
  return V;
}

/// How far the sum of a row of d weights may lie from 1. A softmax in single precision divides by a
/// sum of d terms, which its d - 1 additions round by 2^-24 each, and rounds the quotient once or
/// twice; storing changes weights by their unit roundoff, in half precision the smallest ones by
/// half of its spacing 2^-24. In double, 1e-8 leaves room for weights written with 9 digits.
double row_sum_slack(io::DType stored, Index d) {
  if (stored < io::DType::float16 || stored > io::DType::float32)
    return 1e-8;
  const auto terms = static_cast<double>(d);
  return (terms + 2) * 0x1p-24 + io::unit_roundoff(stored) +
         (stored == io::DType::float16 ? terms * 0x1p-25 : 0);
}

/// Refuses rows that are no walk's; the sentence names the remedy.
void require_walk(const SparseInput& in) {
  const CsrView<double> A = in.view();
  sparse::validate_weights(A);
  for (Index i = 0; i < A.rows; ++i) {
    const std::span<const double> row(A.values + A.offsets[i],
                                      static_cast<std::size_t>(A.degree(i)));
    const double sum = sparse::compensated_sum(row);
    const double slack = row_sum_slack(in.stored, A.degree(i));
    require(row.empty() || std::abs(sum - 1) <= slack, Code::domain, "row ", i,
            " of the weights sums to ", sum, " where 1 is needed, to within ", slack,
            "; `normalize` divides each row by its sum");
  }
}

} // namespace

FieldRules rules(const DiffuseInputs& inputs, const diffusion::DiffuseOptions& how) {
  using diffusion::Method;
  const diffusion::DiffuseOptions usual;
  const InputOptions& in = inputs.input;
  const bool to_tolerance = how.tolerance.has_value();
  const bool solver =
      how.method == Method::cg || how.method == Method::gmres || how.method == Method::bicgstab;
  const bool hops = !solver && how.method != Method::exact;
  const std::string by_hops = "`method=diffuser`, truncated, heat and chebyshev";
  const std::string to_a_limit = "`tolerance` and to `method=cg`, gmres and bicgstab";
  FieldRules all = rules(in);
  all.insert(
      all.end(),
      {{"normalize", inputs.normalize, !in.qk.empty() || names_file(in.source),
        "a file of weights: the rows of a spec sum to 1 already"},
       {"alpha", how.alpha != usual.alpha, how.method != Method::heat || how.time == 0,
        "every method but heat with `time`"},
       {"hops", how.hops != usual.hops, hops && !to_tolerance, by_hops + " without `tolerance`"},
       {"max_hops", how.max_hops != usual.max_hops, solver || to_tolerance, to_a_limit},
       {"strict", false, solver || to_tolerance, to_a_limit},
       {"max_hops", how.max_hops != usual.max_hops, how.method != Method::exact,
        "methods that iterate, not to exact"},
       {"time", how.time != usual.time, how.method == Method::heat, "`method=heat`"},
       {"force", how.force, how.method == Method::chebyshev || how.method == Method::cg,
        "`method=chebyshev` and cg"},
       {"backend", how.backend != usual.backend, hops, by_hops}});
  return all;
}

DiffuseResult diffuse(const DiffuseInputs& inputs, diffusion::DiffuseOptions how) {
  require_applicable(rules(inputs, how));
  SparseInput in = resolve(inputs.input);
  require(in.pattern.square(), Code::shape, "the weights are ", in.pattern.rows(), " x ",
          in.pattern.cols(), "; diffusion needs a square matrix");
  how.threads = inputs.input.threads;
  how.monitor = inputs.input.monitor;
  if (how.method == diffusion::Method::heat && how.time == 0 && how.alpha > 0)
    how.time = (1 - how.alpha) / how.alpha;
  DiffuseResult result;
  result.how = how;
  const Dense<double> V =
      timed(in.origin.timings, "values", [&] { return values(inputs, in, result.values); });
  CsrView<double> A = in.view();
  Csr<double> walk;
  if (in.weights && !inputs.normalize)
    require_walk(in);
  // Sums that are 1 only to the precision of the file are made 1.
  if (!in.weights || inputs.normalize || in.stored != io::DType::float64) {
    sparse::validate_weights(A);
    walk = timed(in.origin.timings, "walk", [&] { return sparse::row_normalized(A); });
    A = walk.view();
  }
  result.summary = summarize(A);
  result.out = timed(in.origin.timings, "diffuse",
                     [&] { return diffusion::diffuse<double>(A, V.view(), how); });
  result.v = summarize(V);
  result.z = summarize(result.out.Z);
  result.origin = std::move(in.origin);
  return result;
}

} // namespace attnwalk::workflow
