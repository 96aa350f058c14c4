// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/sample.hpp"

#include "attnwalk/core/version.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/sparse/entries.hpp"

#include <cmath>
#include <utility>

namespace attnwalk::workflow {
namespace {

/// The stored mask against the model.
sbm::GoodnessOfFit fit_of_file(const SampleInputs& inputs, const sbm::Model& model,
                               const sbm::SampleOptions& how) {
  const bool poisson = sbm::law_of(how.method) == sbm::MaskLaw::poisson;
  io::Loaded loaded = poisson ? io::read_sparse(inputs.test) : io::read_mask(inputs.test);
  std::vector<std::uint32_t> copies;
  if (poisson) {
    sparse::drop_zeros(loaded.matrix); // no copies: no edge
    for (const double x : loaded.matrix.values) {
      require(x >= 1 && x < 4e9 && x == std::floor(x), Code::domain, inputs.test, " holds ", x,
              " copies of an edge; the method poisson needs whole numbers from 1");
      copies.push_back(static_cast<std::uint32_t>(x));
    }
  }
  const pattern::Pattern mask(std::move(loaded.matrix));
  return sbm::goodness_of_fit(model, {&mask, 1}, sbm::law_of(how.method), copies, how.threads);
}

} // namespace

FieldRules rules(const SampleInputs& inputs) {
  return {{"level", inputs.level != SampleInputs{}.level,
           inputs.selftest > 0 || !inputs.test.empty(), "`selftest` and `test`"}};
}

CsrView<double> SampleResult::view() const {
  CsrView<double> A = mask.pattern.view();
  A.values = copies.empty() ? nullptr : copies.data();
  return A;
}

pattern::Certificate SampleResult::certificate() const {
  pattern::Certificate out;
  out.spec = message(name, ", method ", to_string(mask.method));
  out.seed = seed;
  out.version = version;
  return out;
}

SampleResult sample(const SampleInputs& inputs, sbm::SampleOptions how) {
  require_applicable(rules(inputs));
  require(inputs.selftest == 0 || inputs.test.empty(), Code::domain,
          "`selftest` and `test` are two tests where one is run");
  require(inputs.level > 0 && inputs.level < 1, Code::domain, "level = ", inputs.level,
          " must be in (0, 1)");
  const NamedModel named = resolve_model(inputs.model);
  how.key = named.key;
  SampleResult result;
  result.name = named.name;
  result.seed = named.key.seed;
  result.mask = timed(result.timings, "sample", [&] { return sbm::sample(named.model, how); });
  result.copies.assign(result.mask.copies.begin(), result.mask.copies.end());
  result.summary = summarize(result.mask.pattern.view());
  result.model = timed(result.timings, "model", [&] { return describe(named.model, how.threads); });
  result.model.asked_degree = named.asked_degree;
  const double asked = named.asked_degree.value_or(result.model.row_degree);
  if (std::abs(result.model.row_degree - asked) > 1e-9 * asked) // rounding of sums stays below
    result.remarks.push_back(message("the model has ", result.model.row_degree,
                                     " entries a row where ", asked, " are asked for: ",
                                     named.model.loops ? "every token attends itself"
                                                       : "probabilities above 1 count as 1"));
  if (inputs.selftest > 0)
    result.fit = {message(inputs.selftest, " draws"), inputs.level,
                  timed(result.timings, "selftest",
                        [&] { return sbm::selftest(named.model, inputs.selftest, how); })};
  else if (!inputs.test.empty())
    result.fit = {inputs.test, inputs.level, timed(result.timings, "test", [&] {
                    return fit_of_file(inputs, named.model, how);
                  })};
  return result;
}

} // namespace attnwalk::workflow
