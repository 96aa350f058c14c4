// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/block_model.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/pattern/grammar.hpp"
#include "attnwalk/sbm/moments.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace attnwalk::report {
namespace {

using sbm::Model;

sbm::Model stored_model(const io::StoredModel& stored) {
  const auto matrix = [](const std::vector<double>& x, Index rows, Index cols) {
    return View<const double>(x.data(), {1, 1, rows, cols});
  };
  Model model = sbm::mixed(matrix(stored.Y, stored.queries, stored.clusters_q),
                           matrix(stored.S, stored.clusters_q, stored.clusters_k),
                           matrix(stored.Z, stored.keys, stored.clusters_k));
  model.delta = stored.delta;
  model.clamp = true;
  return model;
}

/// The arrays of one model file.
class ModelFile {
public:
  explicit ModelFile(const std::string& path) : path_(path), arrays_(io::read_arrays(path)) {}

  [[nodiscard]] bool holds(const std::string& name) const { return arrays_.contains(name); }

  [[nodiscard]] Dense<double> matrix(const std::string& name) const {
    const io::Array& array = find(name);
    require(array.shape.size() == 2, Code::io, path_, ": array ", name, " has ", array.shape.size(),
            " dimensions where 2 are needed");
    Dense<double> A(array.shape[0], array.shape[1]);
    const std::vector<double> values = io::to_doubles(array, 0, array.size());
    std::copy(values.begin(), values.end(), A.data());
    return A;
  }
  [[nodiscard]] std::vector<double> numbers(const std::string& name) const {
    return holds(name) ? io::to_doubles(find(name), 0, find(name).size()) : std::vector<double>{};
  }
  [[nodiscard]] std::vector<std::uint32_t> clusters(const std::string& name) const {
    std::vector<std::uint32_t> block;
    for (const Index b : io::to_indices(find(name))) {
      require(b >= 0 && b < Index{1} << 31, Code::index, path_, ": ", name, " holds block ", b,
              "; blocks are numbered from 0");
      block.push_back(static_cast<std::uint32_t>(b));
    }
    return block;
  }

private:
  [[nodiscard]] const io::Array& find(const std::string& name) const {
    const auto found = arrays_.find(name);
    require(found != arrays_.end(), Code::io, path_, ": there is no array ", name,
            "; a block model has Y, S, Z or query_block, S, key_block");
    return found->second;
  }

  std::string path_;
  io::Arrays arrays_;
};

Model model_in(const std::string& path) {
  const ModelFile file(path);
  Model model;
  model.S = file.matrix("S");
  if (file.holds("query_block")) {
    model.Y = sbm::Membership::hard(model.S.shape().tokens, file.clusters("query_block"),
                                    file.numbers("theta"));
    model.Z = sbm::Membership::hard(model.S.shape().width, file.clusters("key_block"),
                                    file.numbers("phi"));
  } else {
    model.Y = sbm::Membership::mixed(file.matrix("Y"), "Y");
    model.Z = sbm::Membership::mixed(file.matrix("Z"), "Z");
  }
  const std::vector<double> delta = file.numbers("delta");
  require(delta.size() <= 1, Code::io, path, ": delta is not one number");
  model.delta = delta.empty() ? 0 : delta.front();
  model.clamp = model.delta > 0;
  sbm::check(model);
  return model;
}

const pattern::Term* block_term(const pattern::Spec& spec) {
  const bool one = spec.terms.size() == 1 && spec.terms.front().name() == "sbm";
  return one ? &spec.terms.front() : nullptr;
}

Model model_of(const pattern::Term& term, Index queries, Index keys) {
  if (term.find("file") != nullptr)
    return stored_model(
        io::read_model(term.text("file"), term.integer("layer"), term.integer("head")));
  return sbm::planted_model(queries, keys, term.integer("k"), term.real("in"), term.real("out"));
}

} // namespace

std::optional<NamedModel> model_of_spec(const std::string& text, Index queries, Index keys) {
  const pattern::Spec spec = pattern::parse(text);
  const pattern::Term* const term = block_term(spec);
  if (term == nullptr)
    return std::nullopt;
  return NamedModel{model_of(*term, queries, keys), text};
}

NamedModel resolve_model(const ModelOptions& how) {
  require(!how.source.empty(), Code::domain,
          "no model: name a spec such as sbm:k=4,in=.5,out=.05 or an .npz file");
  require(!how.degree || !how.density, Code::domain,
          "degree and density are two scales where one is needed");
  NamedModel named;
  named.name = how.source;
  if (names_file(how.source)) {
    require(!how.queries, Code::domain, "-n = ", how.queries.value_or(0),
            " belongs to a spec: ", how.source, " has its own size");
    named.model = model_in(how.source);
  } else {
    const pattern::Spec spec = pattern::parse(how.source);
    const pattern::Term* const term = block_term(spec);
    require(term != nullptr, Code::domain, how.source,
            " is no block model: one term sbm is needed, or an .npz file");
    const bool stored = term->find("file") != nullptr;
    require(stored || how.queries, Code::domain, "-n is needed: nothing in ", how.source,
            " fixes the number of tokens");
    require(!stored || !how.queries, Code::domain, "-n = ", how.queries.value_or(0),
            " belongs to a planted model: a stored one has its own size");
    const Index n = how.queries.value_or(0);
    named.model = model_of(*term, n, how.keys.value_or(n));
  }
  Model& model = named.model;
  if (how.delta)
    model.delta = *how.delta;
  model.clamp |= how.clamp || (how.delta && *how.delta > 0);
  model.loops = how.loops;
  if (how.degree)
    model = sbm::with_degree(std::move(model), *how.degree);
  if (how.density)
    model = sbm::with_density(std::move(model), *how.density);
  sbm::check(model);
  return named;
}

ModelReport describe(const Model& model, int threads) {
  ModelReport report;
  report.queries = model.queries();
  report.keys = model.keys();
  report.query_clusters = model.Y.clusters();
  report.key_clusters = model.Z.clusters();
  report.delta = model.delta;
  report.loops = model.loops;
  report.entries = sbm::expected_edges(model, threads);
  const double pairs = static_cast<double>(report.queries) * static_cast<double>(report.keys);
  report.density = pairs > 0 ? report.entries / pairs : 0;
  report.row_degree = report.queries > 0 ? report.entries / static_cast<double>(report.queries) : 0;
  report.rate_bound = sbm::rate_bound(model);
  report.half_squared_rates = sbm::squared_rates(model) / 2;
  report.poisson_empty_rows = sbm::poisson_empty_rows(model);
  Model free = model;
  free.loops = false;
  report.spectrum = sbm::expected_spectrum(free);
  report.detectability = sbm::detectability(free);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double degree =
      std::sqrt(report.detectability.row_degree * report.detectability.col_degree);
  report.sampled = degree > 0
                       ? sbm::sampled_second(degree, std::min(1.0, report.detectability.second),
                                             sbm::Draw::directed)
                       : sbm::SampledSecond{nan, nan};
  return report;
}

std::optional<ModelReport> expected_of(const Provenance& from) {
  if (from.source != Source::spec)
    return std::nullopt;
  const std::optional<NamedModel> named = model_of_spec(from.spec, from.queries, from.keys);
  if (!named)
    return std::nullopt;
  return describe(named->model, from.threads);
}

} // namespace attnwalk::report
