// SPDX-License-Identifier: Apache-2.0
// The block models of the trained heads in data/trained/sbm.npz.
#include "attnwalk/io/file.hpp"
#include "attnwalk/sbm/moments.hpp"
#include "attnwalk/sbm/sample.hpp"
#include "attnwalk/sbm/spectrum.hpp"

#include "catch.hpp"
#include "support/statistics.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>

using namespace attnwalk;
using namespace attnwalk::sbm;

namespace {

Model trained(const std::filesystem::path& file, Index layer, Index number) {
  const io::StoredModel stored = io::read_model(file, layer, number);
  const auto matrix = [](const std::vector<double>& x, Index rows, Index cols) {
    return View<const double>(x.data(), {1, 1, rows, cols});
  };
  Model model = mixed(matrix(stored.Y, stored.queries, stored.clusters_q),
                      matrix(stored.S, stored.clusters_q, stored.clusters_k),
                      matrix(stored.Z, stored.keys, stored.clusters_k));
  model.delta = stored.delta;
  model.clamp = true;
  return model;
}

} // namespace

TEST_CASE("trained masks: expected densities of the layers agree with the training log",
          "[sbm][trained]") {
  const char* data = std::getenv("ATTNWALK_DATA");
  if (data == nullptr)
    return;
  const auto file = std::filesystem::path(data) / "trained/sbm.npz";
  const double logged[] = {.2829, .1658, .1135, .0907}; // with delta = .01
  for (Index layer = 0; layer < 4; ++layer) {
    double density = 0;
    for (Index h = 0; h < 4; ++h) {
      INFO("layer " << layer << ", head " << h);
      const Model model = trained(file, layer, h);
      CHECK(model.delta == .01);
      const PairSums sums = pair_sums(model);
      const double pairs = 1024.0 * 1024.0;
      CHECK(expected_density(model) == Approx(sums.edges / pairs).epsilon(1e-10));
      density += expected_density(model) / 4;
      // One mask of each method within 5 sigma, and the spectrum's first values exact.
      for (const Method method : {Method::bernoulli, Method::bernoulli_tiled}) {
        const Sample mask = sample(model, {.method = method, .key = {71, 1}});
        CHECK(std::abs(static_cast<double>(mask.pattern.entries()) - sums.edges) <
              support::sigmas * std::sqrt(sums.edges_variance));
      }
      const ExpectedSpectrum spectrum = expected_spectrum(model);
      CHECK(spectrum.normalized.front() == Approx(1).epsilon(1e-10));
      CHECK(std::abs(spectrum.walk.front()) == Approx(1).epsilon(1e-10));
      CHECK(spectrum.slem() <= spectrum.sigma_2() + 1e-10);
    }
    CHECK(std::abs(density - logged[layer]) < 2e-4);
  }
}
