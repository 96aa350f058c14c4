// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/fields.hpp"
#include "attnwalk/sbm/goodness_of_fit.hpp"
#include "attnwalk/sbm/model.hpp"
#include "attnwalk/sbm/sample.hpp"
#include "attnwalk/sbm/sampled_spectrum.hpp"
#include "attnwalk/sbm/spectrum.hpp"

#include "values.hpp"

#include <nanobind/stl/complex.h>

#include <complex>

namespace attnwalk::python {
namespace {

using pattern::Pattern;
using sbm::Model;
using sbm::SampleMethod;

Out<std::complex<double>> complex_row(std::vector<std::complex<double>> values) {
  return owned_row(std::move(values));
}

nb::dict expected_spectrum(const Model& model) {
  sbm::ExpectedSpectrum s = released([&] { return sbm::expected_spectrum(model); });
  nb::dict out;
  out["slem"] = s.slem();
  out["sigma_2"] = s.sigma_2();
  out["singular"] = owned_row(std::move(s.singular));
  out["values"] = complex_row(std::move(s.values));
  out["walk"] = complex_row(std::move(s.walk));
  out["normalized"] = owned_row(std::move(s.normalized));
  out["empty_rows"] = s.empty_rows;
  out["empty_cols"] = s.empty_cols;
  return out;
}

nb::dict sampled_spectrum(const Model& model) {
  const sbm::SampledSpectrum s = released([&] { return sbm::sampled_spectrum(model); });
  nb::dict out;
  out["slem"] = DictWriter::value(s.slem);
  out["sigma_2"] = DictWriter::value(s.sigma_2);
  out["walk_sigma_2"] = DictWriter::value(s.walk_sigma_2);
  return out;
}

nb::dict detectability(const Model& model) {
  const sbm::Detectability d = released([&] { return sbm::detectability(model); });
  nb::dict out;
  out["row_degree"] = d.row_degree;
  out["col_degree"] = d.col_degree;
  out["second"] = d.second;
  out["signal"] = d.signal;
  out["visible"] = d.visible;
  return out;
}

nb::dict concentration(const Model& model, int threads) {
  const sbm::Concentration c = released([&] { return sbm::concentration(model, threads); });
  nb::dict out;
  out["bernstein"] = c.bernstein;
  out["sharp"] = c.sharp;
  return out;
}

nb::tuple sample(const Model& model, const std::string& method, std::uint64_t seed,
                 bool probabilities, int threads, nb::object progress) {
  Watch watch(std::move(progress));
  const sbm::SampleOptions how{.method = parse_name<SampleMethod>("method", method),
                               .key = {seed, 0},
                               .probabilities = probabilities,
                               .threads = threads,
                               .monitor = watch.monitor()};
  sbm::Sample drawn = released([&] { return sbm::sample(model, how); });
  nb::dict found;
  found["method"] = DictWriter::value(drawn.method);
  found["copies"] =
      drawn.copies.empty() ? nb::none() : nb::cast(owned_row(std::move(drawn.copies)));
  found["probability"] =
      drawn.probability.empty() ? nb::none() : nb::cast(owned_row(std::move(drawn.probability)));
  found["cost"] = dict_of(drawn.cost);
  return nb::make_tuple(drawn.pattern, found);
}

nb::dict fit_dict(const sbm::GoodnessOfFit& fit) {
  nb::dict out;
  out["tests"] = DictWriter::value(fit.tests);
  out["draws"] = fit.draws;
  out["entries"] = fit.entries;
  out["expected"] = fit.expected;
  out["impossible"] = fit.impossible;
  out["p_value"] = fit.p_value;
  return out;
}

using Numbers = In<double>;
using Blocks = InRow<std::uint32_t>;

void bind_models(nb::class_<Model>& c) {
  c.def_static(
       "mixed",
       [](const Numbers& Y, const Numbers& S, const Numbers& Z, double delta, bool clamp,
          bool loops) {
         Model model = sbm::mixed(view_of(Y), view_of(S), view_of(Z));
         model.delta = delta;
         model.clamp = clamp;
         model.loops = loops;
         sbm::check(model);
         return model;
       },
       "Y"_a, "S"_a, "Z"_a, "delta"_a, "clamp"_a, "loops"_a)
      .def_static("planted", sbm::planted_model, "n"_a, "m"_a, "k"_a, "inside"_a, "outside"_a)
      .def_static("erdos_renyi", sbm::erdos_renyi, "n"_a, "m"_a, "p"_a)
      .def_static(
          "blocks",
          [](const Blocks& query_block, const Numbers& S, const Blocks& key_block) {
            return sbm::blocks(vector_of(query_block), view_of(S), vector_of(key_block));
          },
          "query_block"_a, "S"_a, "key_block"_a)
      .def(
          "degree_corrected",
          [](const Model& model, const InRow<double>& theta, const InRow<double>& phi) {
            return sbm::degree_corrected(model, span_of(theta), span_of(phi));
          },
          "theta"_a, "phi"_a)
      .def("with_degree", sbm::with_degree, "degree"_a)
      .def("with_density", sbm::with_density, "density"_a);
}

} // namespace

void bind_sbm(nb::module_& m) {
  nb::class_<Model> model(m, "Model", nb::is_final(), "A block model.");
  bind_models(model);
  model.def_prop_ro("queries", &Model::queries)
      .def_prop_ro("keys", &Model::keys)
      .def_ro("delta", &Model::delta)
      .def_ro("clamp", &Model::clamp)
      .def_ro("loops", &Model::loops)
      .def_prop_ro(
          "Y", [](const Model& self) { return owned_matrix(self.Y.dense()); },
          nb::rv_policy::automatic)
      .def_prop_ro(
          "S", [](const Model& self) { return owned_matrix(Dense<double>(self.S)); },
          nb::rv_policy::automatic)
      .def_prop_ro(
          "Z", [](const Model& self) { return owned_matrix(self.Z.dense()); },
          nb::rv_policy::automatic)
      .def(
          "rate",
          [](const Model& self, Index i, Index j) {
            require(i >= 0 && i < self.queries() && j >= 0 && j < self.keys(), Code::index,
                    "query ", i, " and key ", j, " are not in a model of ", self.queries(), " x ",
                    self.keys());
            return self.rate(i, j);
          },
          "i"_a, "j"_a)
      .def("rate_bound", [](const Model& self) { return sbm::rate_bound(self); })
      .def("expected_spectrum", expected_spectrum)
      .def("sampled_spectrum", sampled_spectrum)
      .def("detectability", detectability)
      .def("concentration", concentration, "threads"_a)
      .def(
          "predict",
          [](const Model& self, const std::string& method, bool probabilities) {
            const auto how = parse_name<SampleMethod>("method", method);
            return dict_of(sbm::predict(self, how, probabilities));
          },
          "method"_a, "probabilities"_a)
      .def("sample", sample, "method"_a, "seed"_a, "probabilities"_a, "threads"_a,
           "progress"_a.none())
      .def(
          "selftest",
          [](const Model& self, Index draws, const std::string& method, std::uint64_t seed,
             int threads) {
            const sbm::SampleOptions how{.method = parse_name<SampleMethod>("method", method),
                                         .key = {seed, 0},
                                         .threads = threads};
            return fit_dict(released([&] { return sbm::selftest(self, draws, how); }));
          },
          "draws"_a, "method"_a, "seed"_a, "threads"_a)
      .def(
          "goodness_of_fit",
          [](const Model& self, const std::vector<Pattern>& masks, const std::string& method,
             const std::optional<InRow<std::uint32_t>>& copies, int threads) {
            const sbm::MaskLaw law = sbm::law_of(parse_name<SampleMethod>("method", method));
            return fit_dict(released(
                [&] { return sbm::goodness_of_fit(self, masks, law, span_of(copies), threads); }));
          },
          "masks"_a, "method"_a, "copies"_a.none(), "threads"_a);
}

} // namespace attnwalk::python
