// SPDX-License-Identifier: Apache-2.0
// The table from names to generators, with the entries that each is predicted to have.
#include "attnwalk/core/memory.hpp"
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/bigbird.hpp"
#include "attnwalk/generators/diffuser.hpp"
#include "attnwalk/generators/erdos.hpp"
#include "attnwalk/generators/global.hpp"
#include "attnwalk/generators/grids.hpp"
#include "attnwalk/generators/published.hpp"
#include "attnwalk/generators/random.hpp"
#include "attnwalk/generators/regular.hpp"
#include "attnwalk/generators/simple.hpp"
#include "attnwalk/grammar/evaluate.hpp"
#include "attnwalk/sbm/sample.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace attnwalk::grammar {
namespace {

using pattern::Pattern;

struct Recipe {
  std::string_view name;
  /// Predicted entries, at least those of the largest array that is made.
  double (*entries)(const Term& term, double n, double m);
  Pattern (*make)(const Term& term, const Scope& scope);
};

double real_of(const Term& term, std::string_view key) {
  return static_cast<double>(term.integer(key));
}

/// Entries within w places of each token, or w strides.
double band(const Term& term, double n, double /*m*/) {
  return n * (2 * real_of(term, "w") + 1);
}
double degree(const Term& term, double n, double /*m*/) {
  return n * real_of(term, "d");
}

double diffuser_entries(const Term& term, double n, double m) {
  const double w = real_of(term, "w");
  // Blocks and globals are cut to n x n; the random pairs are thinned by (n / build)^2.
  const double build = real_of(term, "build");
  return n * (1.5 * w + 2 * real_of(term, "g")) + m * n / build * real_of(term, "r");
}

double planted_entries(const Term& term, double n, double m) {
  if (term.find("file") != nullptr)
    return 0; // the sampler predicts from the stored model
  const double blocks = real_of(term, "k");
  return n * m * (term.real("in") / blocks + term.real("out") * (1 - 1 / blocks));
}

Pattern block_model(const Term& term, const Scope& scope) {
  return sbm::sample(
             model_of(term, scope.size, scope.models),
             {.key = scope.key(term), .threads = scope.how.threads, .monitor = scope.how.monitor})
      .pattern;
}

constexpr std::array recipes{
    Recipe{"window", band,
           [](const Term& t, const Scope& s) { return pattern::window(s.size.n, t.integer("w")); }},
    Recipe{"ring", band,
           [](const Term& t, const Scope& s) {
             return pattern::ring(s.size.n, t.integer("w"), t.integer("stride"));
           }},
    Recipe{"blockwindow", [](const Term& t, double n, double) { return 1.5 * real_of(t, "w") * n; },
           [](const Term& t, const Scope& s) {
             return pattern::block_window(s.size.n, t.integer("w"));
           }},
    Recipe{"dilated", band,
           [](const Term& t, const Scope& s) {
             return pattern::dilated(s.size.n, t.integer("w"), t.integer("stride"));
           }},
    Recipe{"strided",
           [](const Term& t, double n, double) { return n * (n / real_of(t, "stride")); },
           [](const Term& t, const Scope& s) {
             return pattern::strided(s.size.n, t.integer("stride"));
           }},
    Recipe{"global", [](const Term& t, double n, double m) { return (n + m) * real_of(t, "g"); },
           [](const Term& t, const Scope& s) {
             return pattern::global_tokens(s.size.n, s.size.m, t.integer("g"),
                                           pattern::parse_global_at(t.text("at")), s.key(t), {},
                                           s.how.threads);
           }},
    Recipe{"random", degree,
           [](const Term& t, const Scope& s) {
             return pattern::random(s.size.n, s.size.m, t.integer("d"),
                                    pattern::parse_random_model(t.text("model")), s.key(t), {},
                                    s.how.threads);
           }},
    Recipe{"regular", degree,
           [](const Term& t, const Scope& s) {
             return pattern::regular(s.size.n, t.integer("d"), s.key(t),
                                     {.threads = s.how.threads, .monitor = s.how.monitor});
           }},
    Recipe{"expander", degree, expander},
    Recipe{"erdos", [](const Term& t, double n, double) { return n * n * t.real("prob"); },
           [](const Term& t, const Scope& s) {
             return pattern::erdos(s.size.n, t.real("prob"), t.flag("directed"), s.key(t), {},
                                   s.how.threads);
           }},
    Recipe{"margulis", [](const Term&, double n, double) { return 8 * n; },
           [](const Term&, const Scope& s) { return pattern::margulis(s.size.n); }},
    Recipe{
        "lps", [](const Term& t, double n, double) { return n * (real_of(t, "p") + 1); },
        [](const Term& t, const Scope&) { return pattern::lps(t.integer("p"), t.integer("q")); }},
    Recipe{"paley", [](const Term&, double n, double) { return n * n / 2; },
           [](const Term&, const Scope& s) { return pattern::paley(s.size.n); }},
    Recipe{"hypercube", [](const Term&, double n, double) { return n * std::log2(n + 1); },
           [](const Term&, const Scope& s) { return pattern::hypercube(s.size.n); }},
    Recipe{
        "torus", [](const Term&, double n, double) { return 4 * n; },
        [](const Term& t, const Scope&) { return pattern::torus(t.integer("a"), t.integer("b")); }},
    Recipe{
        "axial",
        [](const Term& t, double n, double) {
          return n * (real_of(t, "cols") + n / real_of(t, "cols"));
        },
        [](const Term& t, const Scope& s) { return pattern::axial(s.size.n, t.integer("cols")); }},
    Recipe{"exponential", [](const Term&, double n, double) { return n * (std::log2(n + 1) + 1); },
           [](const Term&, const Scope& s) { return pattern::exponential(s.size.n); }},
    Recipe{
        "debruijn", [](const Term& t, double n, double) { return n * real_of(t, "b"); },
        [](const Term& t, const Scope& s) { return pattern::debruijn(s.size.n, t.integer("b")); }},
    Recipe{"star", [](const Term& t, double n, double) { return 2 * n * real_of(t, "g"); },
           [](const Term& t, const Scope& s) { return pattern::star(s.size.n, t.integer("g")); }},
    Recipe{"full", [](const Term&, double n, double m) { return n * m; },
           [](const Term&, const Scope& s) { return pattern::full(s.size.n, s.size.m); }},
    Recipe{"none", [](const Term&, double, double) { return 0.0; },
           [](const Term&, const Scope& s) { return pattern::none(s.size.n, s.size.m); }},
    Recipe{"diffuser", diffuser_entries,
           [](const Term& t, const Scope& s) {
             return pattern::diffuser(s.size.n, t.integer("w"), t.integer("r"), t.integer("g"),
                                      t.integer("build"), s.key(t), {}, s.how.threads);
           }},
    Recipe{"bigbird",
           [](const Term& t, double n, double) {
             return n * real_of(t, "block") *
                    (3 + real_of(t, "rblocks") + 2 * real_of(t, "gblocks"));
           },
           [](const Term& t, const Scope& s) {
             return pattern::bigbird(s.size.n, t.integer("block"), t.integer("rblocks"),
                                     t.integer("gblocks"), s.key(t), {}, s.how.threads);
           }},
    Recipe{"longformer",
           [](const Term& t, double n, double) {
             return n * (real_of(t, "width") + 1 + 2 * real_of(t, "g"));
           },
           [](const Term& t, const Scope& s) {
             return pattern::longformer(s.size.n, t.integer("width"), t.integer("g"));
           }},
    Recipe{"sbm", planted_entries, block_model},
};

const Recipe* find_recipe(std::string_view name) {
  const auto* const found = std::find_if(recipes.begin(), recipes.end(),
                                         [&](const Recipe& recipe) { return recipe.name == name; });
  return found == recipes.end() ? nullptr : found;
}

} // namespace

bool has_generator(std::string_view name) {
  return find_recipe(name) != nullptr;
}

Pattern generate(const Term& term, const Scope& scope) {
  const Recipe& recipe = *find_recipe(term.name());
  const auto n = static_cast<double>(scope.size.n);
  const auto m = static_cast<double>(scope.size.m);
  // A misfit may predict more than fits in the grid; the generator's sentence says what is wrong.
  const double entries = std::min(recipe.entries(term, n, m), n * m);
  require_memory(message(to_string(term), " with n = ", scope.size.n), 8 * (n + 1 + entries));
  return recipe.make(term, scope);
}

} // namespace attnwalk::grammar
