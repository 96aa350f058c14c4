// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/expander.hpp"

#include "attnwalk/generators/regular.hpp"
#include "attnwalk/grammar/evaluate.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::grammar {

pattern::Pattern expander(const Term& term, const Scope& scope) {
  const std::uint64_t most_draws = 100;
  const Index d = term.integer("d");
  const double slack = term.real("slack");
  const double ramanujan = 2 * std::sqrt(static_cast<double>(d) - 1) / static_cast<double>(d);
  const double target = (1 + slack) * ramanujan;
  const std::uint64_t seed = term.seed(scope.how.seed);

  double best = 1;
  for (std::uint64_t draw = 1; draw <= most_draws; ++draw) {
    poll(scope.how.monitor, "drawing expanders",
         static_cast<double>(draw - 1) / static_cast<double>(most_draws));
    const Key key{seed, stream_of(message("expander draw ", draw), term.ordinal)};
    pattern::Pattern P = pattern::regular(
        scope.size.n, d, {.key = key, .threads = scope.how.threads, .monitor = scope.how.monitor});
    const spectral::ExpanderBound bound = spectral::expander_bound(
        P, {.target = target,
            .known_regular = true,
            .key = {seed, stream_of(message("expander certificate ", draw), term.ordinal)},
            .threads = scope.how.threads,
            .monitor = scope.how.monitor});
    if (bound.met) {
      scope.certificate.certified = true;
      scope.certificate.lambda_hi = bound.lambda_hi;
      scope.certificate.lambda_target = target;
      scope.certificate.method = bound.method;
      scope.certificate.draws = draw;
      return P;
    }
    best = std::min(best, bound.lambda_hi);
  }
  throw Error(Code::domain, message("none of ", most_draws,
                                    " draws was certified to have max(|lambda_2|, "
                                    "|lambda_n|) <= ",
                                    target, "; the best bound was ", best, ", which slack = ",
                                    std::ceil(1000 * (best / ramanujan - 1)) / 1000, " admits"));
}

} // namespace attnwalk::grammar
