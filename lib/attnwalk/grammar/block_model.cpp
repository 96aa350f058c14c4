// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/block_model.hpp"

#include "attnwalk/grammar/evaluate.hpp"

namespace attnwalk::grammar {

sbm::Model stored_model(const io::StoredModel& stored) {
  sbm::Model model;
  model.S = stored.S;
  if (stored.hard) {
    model.Y = sbm::Membership::hard(stored.S.shape().tokens, stored.query_block, stored.theta);
    model.Z = sbm::Membership::hard(stored.S.shape().width, stored.key_block, stored.phi);
  } else {
    model.Y = sbm::Membership::mixed(stored.Y, "Y");
    model.Z = sbm::Membership::mixed(stored.Z, "Z");
  }
  model.delta = stored.delta;
  model.clamp = stored.clamp;
  sbm::check(model);
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
