// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spec/block_model.hpp"

#include "attnwalk/spec/evaluate.hpp"

namespace attnwalk::spec {

sbm::Model stored_model(const io::StoredModel& stored) {
  const auto matrix = [](const std::vector<double>& values, Index rows, Index cols) {
    return View<const double>(values.data(), {1, 1, rows, cols});
  };
  sbm::Model model = sbm::mixed(matrix(stored.Y, stored.queries, stored.clusters_q),
                                matrix(stored.S, stored.clusters_q, stored.clusters_k),
                                matrix(stored.Z, stored.keys, stored.clusters_k));
  model.delta = stored.delta;
  model.clamp = true;
  return model;
}

sbm::Model model_of(const pattern::Term& term, Sizes size, const Models& models) {
  const auto found = models.find(&term);
  return found == models.end() ? sbm::planted_model(size.n, size.m, term.integer("k"),
                                                    term.real("in"), term.real("out"))
                               : stored_model(found->second);
}

std::optional<BlockModel> block_model(std::string_view text, const BuildOptions& how) {
  std::vector<pattern::Spec> one;
  one.push_back(pattern::parse(text));
  const pattern::Spec& spec = one.front();
  const pattern::Term& term = spec.terms.front();
  if (spec.terms.size() != 1 || term.name() != "sbm")
    return std::nullopt;
  Models models;
  const Sizes size = agreed_sizes(one, how, models);
  pattern::Certificate none;
  const Scope scope{size, how, models, *spec.text, none};
  return located(*spec.text, term.at, [&] {
    return BlockModel{model_of(term, size, models), scope.key(term)};
  });
}

} // namespace attnwalk::spec
