// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/build.hpp"

#include "attnwalk/core/threads.hpp"
#include "attnwalk/core/version.hpp"
#include "attnwalk/grammar/evaluate.hpp"

namespace attnwalk::grammar {
namespace {

Built built(const Spec& spec, Sizes size, const BuildOptions& how, const Models& models) {
  pattern::Certificate certificate;
  const Scope scope{size, how, models, *spec.text, certificate};
  pattern::Pattern P = evaluate(spec.terms, scope);
  // What is proved of an expander is not proved of its union with something else.
  const Term& first = spec.terms.front();
  const bool whole = spec.terms.size() == 1 && first.name() == "expander";
  if (!whole)
    certificate = {};
  certificate.spec = to_string(spec);
  certificate.seed = spec.terms.size() == 1 ? first.seed(how.seed) : how.seed;
  certificate.version = version;
  return {std::move(P), std::move(certificate)};
}

std::vector<Built> built_all(const std::vector<Spec>& layers, const BuildOptions& how) {
  const ThreadLimit limit(how.threads); // generators and algebra follow it
  Models models;
  const Sizes size = agreed_sizes(layers, how, models);
  std::vector<Built> result;
  result.reserve(layers.size());
  for (const Spec& spec : layers)
    result.push_back(built(spec, size, how, models));
  return result;
}

} // namespace

Built build(std::string_view text, const BuildOptions& how) {
  std::vector<Spec> one;
  one.push_back(parse(text));
  return std::move(built_all(one, how).front());
}

std::vector<Built> build_layers(std::string_view text, const BuildOptions& how) {
  return built_all(parse_layers(text), how);
}

} // namespace attnwalk::grammar
