// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/kemeny.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/spectral/laplacian.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace attnwalk::spectral {

namespace {

/// ||z||^2 / n of a vector of signs that cancelled out but for rounding.
constexpr double rounding = 1e-28;

/// The t with P(|T| <= t) = confidence for Student's T of `degrees`, by bisection on Simpson's rule
/// for its density.
double student(double confidence, Index degrees) {
  const auto v = static_cast<double>(degrees);
  const double scale = std::exp(std::lgamma((v + 1) / 2) - std::lgamma(v / 2)) /
                       std::sqrt(v * 3.14159265358979323846);
  const auto within = [&](double t) {
    constexpr int steps = 2000;
    const double h = t / steps;
    double sum = 0;
    for (int k = 0; k <= steps; ++k) {
      const double x = h * k;
      const double weight = k == 0 || k == steps ? 1 : (k % 2 == 1 ? 4 : 2);
      sum += weight * std::pow(1 + x * x / v, -(v + 1) / 2);
    }
    return 2 * scale * sum * h / 3;
  };
  double lo = 0;
  double hi = 1;
  while (within(hi) < confidence && hi < 1e6)
    hi *= 2;
  for (int step = 0; step < 60; ++step) {
    const double middle = (lo + hi) / 2;
    (within(middle) < confidence ? lo : hi) = middle;
  }
  return hi;
}

} // namespace

Kemeny kemeny(const ReversibleWalk& walk, const Ends& ends, const KemenyOptions& how) {
  require(how.probes >= 2, Code::domain, "probes = ", how.probes, " must be at least 2");
  require(how.confidence > 0 && how.confidence < 1, Code::domain, "confidence = ", how.confidence,
          " must be in (0, 1)");
  const Index n = walk.size();
  const LaplacianSolver solver(walk, {.monitor = how.monitor});
  Kemeny out;
  out.method = solver.method();
  const std::vector<double>& known = ends.second.vector;
  const double exact = known.empty() ? 0 : 1 / ends.second.gap;
  std::vector<double> samples;
  std::vector<double> z(static_cast<std::size_t>(n));
  for (Index p = 0; p < how.probes; ++p) {
    poll(how.monitor, "Kemeny's constant",
         static_cast<double>(p) / static_cast<double>(how.probes));
    Draws draws(how.key, static_cast<std::uint64_t>(p));
    for (double& sign : z)
      sign = (draws.bits() & 1) != 0 ? 1 : -1;
    walk.project(z.data());
    if (!known.empty())
      kernels::axpy(n, -kernels::dot(n, known.data(), z.data(), walk.threads()), known.data(),
                    z.data(), walk.threads());
    // Signs that lie in what was taken out, such as all equal ones on a regular graph, leave
    // rounding: a sample of 0 with nothing to solve.
    if (kernels::dot(n, z.data(), z.data(), walk.threads()) <= rounding * static_cast<double>(n)) {
      samples.push_back(0);
      continue;
    }
    const auto solved = solver.solve(z);
    out.converged = out.converged && solved.converged;
    samples.push_back(kernels::dot(n, z.data(), solved.z.data(), walk.threads()));
  }
  double mean = 0;
  for (const double s : samples)
    mean += s / static_cast<double>(how.probes);
  double variance = 0;
  for (const double s : samples)
    variance += (s - mean) * (s - mean) / static_cast<double>(how.probes - 1);
  out.value = exact + mean;
  out.confidence = how.confidence;
  out.half_width = student(how.confidence, how.probes - 1) *
                   std::sqrt(variance / static_cast<double>(how.probes));
  return out;
}

void append_kemeny(GapReport& report, const ReversibleWalk& walk,
                   const pattern::Structure& structure, const Ends& ends, const GapOptions& how) {
  const auto add = [&report](const char* name, std::optional<double> value, std::string method,
                             std::string reason) {
    report.bounds.push_back({name, value, std::move(method), std::move(reason)});
  };
  if (structure.components > 1) {
    add("kemeny", {}, "", "infinite: the graph has several components");
    return;
  }
  if (!ends.spectrum.empty()) {
    double sum = 1 / ends.second.gap;
    for (std::size_t i = 1; i < ends.spectrum.size(); ++i)
      sum += 1 / (1 - ends.spectrum[i]);
    add("kemeny", sum, "dense", "");
    return;
  }
  if (!how.whole_spectrum) {
    add("kemeny", {}, "", "estimated where the whole spectrum is asked for");
    return;
  }
  const Kemeny found = kemeny(walk, ends, {.key = how.key, .monitor = how.monitor});
  const std::string reason =
      found.converged ? message("confidence ", found.confidence) : "a solve did not converge";
  const std::string method = std::string("Hutchinson, ") + found.method;
  add("kemeny", found.value, method, reason);
  add("kemeny_lo", found.value - found.half_width, method, reason);
  add("kemeny_hi", found.value + found.half_width, method, reason);
}

} // namespace attnwalk::spectral
