// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/sample.hpp"

#include "attnwalk/core/version.hpp"
#include "attnwalk/io/file.hpp"

#include <cmath>
#include <utility>

namespace attnwalk::workflow {
namespace {

/// The stored mask against the model.
sbm::GoodnessOfFit fit_of_file(const SampleInputs& inputs, const sbm::Model& model,
                               const sbm::SampleOptions& how) {
  io::Loaded loaded = io::read_sparse(inputs.test);
  std::vector<std::uint32_t> copies;
  if (sbm::law_of(how.method) == sbm::MaskLaw::poisson)
    for (const double x : loaded.matrix.values) {
      require(x >= 1 && x < 4e9 && x == std::floor(x), Code::domain, inputs.test, " holds ", x,
              " copies of an edge; the method poisson needs whole numbers from 1");
      copies.push_back(static_cast<std::uint32_t>(x));
    }
  loaded.matrix.values.clear();
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
  out.spec = name;
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
