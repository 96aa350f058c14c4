// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/grammar.hpp"

#include "attnwalk/grammar/build.hpp"

#include "bind.hpp"

#include <string_view>

namespace attnwalk::python {
namespace {

using grammar::ValueKind;

nb::str text(std::string_view words) {
  return nb::str(words.data(), words.size());
}

const char* kind_name(ValueKind kind) {
  switch (kind) {
  case ValueKind::integer:
    return "integer";
  case ValueKind::real:
    return "real";
  case ValueKind::boolean:
    return "boolean";
  case ValueKind::choice:
    return "choice";
  case ValueKind::text:
    return "text";
  case ValueKind::seed:
    break;
  }
  return "seed";
}

nb::list term_rules() {
  nb::list rules;
  for (const grammar::TermRule& rule : grammar::term_rules()) {
    nb::list keys;
    for (const grammar::KeyRule& key : rule.keys) {
      nb::dict one;
      one["name"] = text(key.name);
      one["kind"] = kind_name(key.kind);
      one["fallback"] = text(key.fallback);
      one["choices"] = text(key.choices);
      one["form"] = key.form;
      keys.append(one);
    }
    nb::dict one;
    one["name"] = text(rule.name);
    one["filter"] = rule.filter != nullptr;
    one["random"] = rule.random;
    one["rectangular"] = rule.rectangular;
    one["keys"] = keys;
    one["edge"] = text(rule.edge);
    one["loops"] = text(rule.loops);
    one["misfit"] = text(rule.misfit);
    one["example"] = text(rule.example);
    rules.append(one);
  }
  return rules;
}

} // namespace

void bind_grammar(nb::module_& m) {
  using pattern::Certificate;
  nb::class_<Certificate>(m, "Certificate", nb::is_final(),
                          "How a pattern came to be and what is proved of it.")
      .def(
          "__init__",
          [](Certificate* self, const std::string& spec, std::uint64_t seed,
             const std::string& version, bool certified, double lambda_hi, double lambda_target,
             const std::string& method, std::uint64_t draws) {
            new (self) Certificate{spec,      seed,          version, certified,
                                   lambda_hi, lambda_target, method,  draws};
          },
          "spec"_a, "seed"_a, "version"_a, "certified"_a, "lambda_hi"_a, "lambda_target"_a,
          "method"_a, "draws"_a)
      .def_ro("spec", &Certificate::spec)
      .def_ro("seed", &Certificate::seed)
      .def_ro("version", &Certificate::version)
      .def_ro("certified", &Certificate::certified)
      .def_ro("lambda_hi", &Certificate::lambda_hi)
      .def_ro("lambda_target", &Certificate::lambda_target)
      .def_ro("method", &Certificate::method)
      .def_ro("draws", &Certificate::draws);
  m.def("term_rules", term_rules, "The table of terms of the grammar.");
  m.def(
      "parse", [](const std::string& spec) { return to_string(grammar::parse(spec)); }, "spec"_a,
      "The spec as text that parses to an equal one, without spaces.");
  m.def(
      "build",
      [](const std::string& spec, std::optional<Index> queries, std::optional<Index> keys,
         std::uint64_t seed, int threads, nb::object progress) {
        Watch watch(std::move(progress));
        const grammar::BuildOptions how{.queries = queries,
                                        .keys = keys,
                                        .seed = seed,
                                        .threads = threads,
                                        .monitor = watch.monitor()};
        grammar::Built built = released([&] { return grammar::build(spec, how); });
        return nb::make_tuple(built.pattern, built.certificate);
      },
      "spec"_a, "queries"_a.none(), "keys"_a.none(), "seed"_a, "threads"_a, "progress"_a.none());
}

} // namespace attnwalk::python
