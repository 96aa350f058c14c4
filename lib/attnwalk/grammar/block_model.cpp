// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/block_model.hpp"

#include "attnwalk/grammar/evaluate.hpp"

namespace attnwalk::grammar {

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

sbm::Model model_of(const Term& term, Sizes size, const Models& models) {
  const auto found = models.read.find(&term);
  return found == models.read.end() ? sbm::planted_model(size.n, size.m, term.integer("k"),
                                                         term.real("in"), term.real("out"))
                                    : stored_model(found->second);
}

std::optional<BlockModel> block_model(std::string_view text, const BuildOptions& how) {
  std::vector<Spec> one;
  one.push_back(parse(text));
  const Spec& spec = one.front();
  const Term& term = spec.terms.front();
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

} // namespace attnwalk::grammar
