// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/density.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/vectors.hpp"

#include <cmath>
#include <numbers>

namespace attnwalk::spectral {

namespace {

/// mu_k += z' T_k(N) z for k < count, by T_{2k} = 2 T_k^2 - 1 and T_{2k+1} = 2 T_k T_{k+1} - T_1.
void add_moments(const ReversibleWalk& walk, const std::vector<double>& z,
                 std::vector<double>& moments) {
  const Index n = walk.size();
  const auto dot = [&](const std::vector<double>& x, const std::vector<double>& y) {
    return kernels::dot(n, x.data(), y.data(), walk.threads());
  };
  const auto count = moments.size();
  std::vector<double> before = z, now(z.size()), after(z.size());
  walk.apply(z.data(), now.data());
  const double m0 = dot(z, z);
  const double m1 = dot(z, now);
  moments[0] += m0;
  if (count > 1)
    moments[1] += m1;
  for (std::size_t k = 1; 2 * k < count; ++k) {
    moments[2 * k] += 2 * dot(now, now) - m0;
    if (2 * k + 1 >= count)
      break;
    walk.apply(now.data(), after.data());
    kernels::combine(n, 0, after.data(), 2, after.data(), -1, before.data(), walk.threads());
    moments[2 * k + 1] += 2 * dot(now, after) - m1;
    before.swap(now);
    now.swap(after);
  }
}

/// Jackson's damping factor of moment k out of K.
double jackson(Index k, Index K) {
  const double step = std::numbers::pi / static_cast<double>(K + 1);
  const auto x = static_cast<double>(k);
  const auto rest = static_cast<double>(K - k + 1);
  return (rest * std::cos(step * x) + std::sin(step * x) / std::tan(step)) /
         static_cast<double>(K + 1);
}

} // namespace

Spectrum whole_spectrum(const ReversibleWalk& walk, const ExtremalPairs& dense) {
  Spectrum out;
  out.method = "dense";
  const double mass = 1 / static_cast<double>(walk.size());
  out.points.push_back({1, 0, mass});
  for (const double value : dense.spectrum)
    out.points.push_back({value, 0, mass});
  return out;
}

Spectrum spectral_density(const ReversibleWalk& walk, const DensityOptions& how) {
  require(how.moments >= 1 && how.probes >= 1 && how.points >= 1, Code::domain,
          "moments = ", how.moments, ", probes = ", how.probes, " and points = ", how.points,
          " must be at least 1");
  std::vector<double> moments(static_cast<std::size_t>(how.moments));
  std::vector<double> z(static_cast<std::size_t>(walk.size()));
  for (Index p = 0; p < how.probes; ++p) {
    poll(how.monitor, "spectral density", static_cast<double>(p) / static_cast<double>(how.probes));
    RandomStream draws(how.key, static_cast<std::uint64_t>(p));
    for (double& sign : z)
      sign = (draws.bits() & 1) != 0 ? 1 : -1;
    add_moments(walk, z, moments);
  }
  const double scale = static_cast<double>(how.probes) * static_cast<double>(walk.size());
  Spectrum out;
  out.method = "kernel polynomial";
  out.reason = message(how.moments, " moments, ", how.probes, " random vectors: qualitative");
  for (Index p = 0; p < how.points; ++p) {
    // Chebyshev nodes, ascending.
    const double angle = std::numbers::pi * (static_cast<double>(how.points - p) - 0.5) /
                         static_cast<double>(how.points);
    double sum = moments[0] / scale;
    for (Index k = 1; k < how.moments; ++k)
      sum += 2 * jackson(k, how.moments) * moments[k] / scale *
             std::cos(static_cast<double>(k) * angle);
    out.points.push_back({std::cos(angle), 0, sum / (std::numbers::pi * std::sin(angle))});
  }
  return out;
}

} // namespace attnwalk::spectral
