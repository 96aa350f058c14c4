// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/block_model.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/sbm/moments.hpp"
#include "attnwalk/spec/block_model.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace attnwalk::report {
namespace {

using sbm::Model;

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

} // namespace

NamedModel resolve_model(const ModelOptions& how) {
  require(!how.source.empty(), Code::domain,
          "no model: name a spec such as sbm:k=4,in=.5,out=.05 or an .npz file");
  require(!how.degree || !how.density, Code::domain,
          "degree and density are two scales where one is needed");
  NamedModel named{{}, how.source, {how.seed, stream_of("sbm")}};
  Model& model = named.model;
  if (names_file(how.source)) {
    require(!how.queries, Code::domain, "-n = ", how.queries.value_or(0),
            " belongs to a spec: ", how.source, " has its own size");
    model = model_in(how.source);
  } else {
    std::optional<spec::BlockModel> found =
        spec::block_model(how.source, {.queries = how.queries, .keys = how.keys, .seed = how.seed});
    require(found.has_value(), Code::domain, how.source,
            " is no block model: one term sbm is needed, or an .npz file");
    model = std::move(found->model);
    named.key = found->key;
  }
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
  const std::optional<spec::BlockModel> found =
      spec::block_model(from.spec, {.queries = from.queries, .keys = from.keys});
  if (!found)
    return std::nullopt;
  return describe(found->model, from.threads);
}

} // namespace attnwalk::report
