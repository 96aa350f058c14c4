// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/kemeny.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/spectral/laplacian.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace attnwalk::spectral {

namespace {

/// ||z||^2 / n of a vector of signs that cancelled out but for rounding.
constexpr double rounding = 1e-28;

/// Relative width of a constant's interval that may be printed as a number.
constexpr double believed = 1e-3;

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

Kemeny kemeny(const ReversibleWalk& walk, const ExtremalPairs& ends, const KemenyOptions& how) {
  require(how.probes >= 6, Code::domain, "probes = ", how.probes, " must be at least 6");
  require(how.confidence > 0 && how.confidence < 1, Code::domain, "confidence = ", how.confidence,
          " must be in (0, 1)");
  const Index n = walk.size();
  const int team = walk.threads();
  const LaplacianSolver solver(walk, {.monitor = how.monitor});
  Kemeny out;
  out.method = solver.method();
  out.confidence = how.confidence;

  std::vector<std::vector<double>> taken; // orthonormal: the known eigenvector, then the sketch
  if (!ends.second.vector.empty()) {
    taken.push_back(ends.second.vector);
    out.value = 1 / ends.second.gap;
  }
  const std::size_t known = taken.size();
  const auto take_out = [&](std::vector<double>& z) {
    walk.project(z.data());
    for (const auto& v : taken)
      kernels::axpy(n, -kernels::dot(n, v.data(), z.data(), team), v.data(), z.data(), team);
    return kernels::dot(n, z.data(), z.data(), team);
  };
  Index solves = 0;
  const auto solve = [&](const std::vector<double>& z) {
    poll(how.monitor, "Kemeny's constant",
         static_cast<double>(solves++) / static_cast<double>(how.probes));
    auto solved = solver.solve(z);
    out.converged = out.converged && solved.converged;
    return std::move(solved.z);
  };
  Index substream = 0;
  const auto signs = [&] {
    std::vector<double> z(static_cast<std::size_t>(n));
    RandomStream draws(how.key, static_cast<std::uint64_t>(substream++));
    for (double& sign : z)
      sign = (draws.bits() & 1) != 0 ? 1 : -1;
    return z;
  };
  // Signs that lie in what was taken out, such as all equal ones on a regular graph, leave
  // rounding: nothing to solve.
  const double nothing = rounding * static_cast<double>(n);

  // The sketch: images of random signs, where (I - N)^+ is large.
  const Index sketch = how.probes / 3;
  for (Index p = 0; p < sketch; ++p) {
    std::vector<double> z = signs();
    if (take_out(z) <= nothing)
      continue;
    std::vector<double> image = solve(z);
    const double whole = kernels::dot(n, image.data(), image.data(), team);
    take_out(image);
    const double square = take_out(image); // twice is enough for orthogonality
    if (square <= rounding * whole)
      continue;
    for (double& x : image)
      x /= std::sqrt(square);
    taken.push_back(std::move(image));
  }
  // Its trace exactly, the rest's by random signs.
  for (std::size_t k = known; k < taken.size(); ++k) {
    const std::vector<double> image = solve(taken[k]);
    out.value += kernels::dot(n, taken[k].data(), image.data(), team);
  }
  std::vector<double> samples;
  for (Index p = 2 * sketch; p < how.probes; ++p) {
    std::vector<double> z = signs();
    if (take_out(z) <= nothing) {
      samples.push_back(0);
      continue;
    }
    const std::vector<double> image = solve(z);
    samples.push_back(kernels::dot(n, z.data(), image.data(), team));
  }
  const auto count = static_cast<double>(samples.size());
  double mean = 0;
  for (const double s : samples)
    mean += s / count;
  double variance = 0;
  for (const double s : samples)
    variance += (s - mean) * (s - mean) / (count - 1);
  out.value += mean;
  out.half_width =
      student(how.confidence, static_cast<Index>(samples.size()) - 1) * std::sqrt(variance / count);
  return out;
}

void append_kemeny(GapReport& report, const ReversibleWalk& walk,
                   const pattern::Structure& structure, const ExtremalPairs& ends,
                   const GapOptions& how) {
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
    double least = 1 / ends.second.gap_hi;
    double most = 1 / ends.second.gap_lo;
    for (std::size_t i = 1; i < ends.spectrum.size(); ++i) {
      const double gap = 1 - ends.spectrum[i];
      sum += 1 / gap;
      least += 1 / (gap + ends.rounding);
      most += 1 / std::max(0.0, gap - ends.rounding);
    }
    if (most <= least * (1 + believed))
      add("kemeny", sum, "dense", "");
    else
      add("kemeny", {}, "dense",
          message("at least ", least, "; eigenvalues next to 1 are known to ", ends.rounding));
    return;
  }
  if (!how.whole_spectrum) {
    add("kemeny", {}, "", "not computed here: it is estimated together with the whole spectrum");
    return;
  }
  const Kemeny found = kemeny(walk, ends, {.key = how.key, .monitor = how.monitor});
  const std::string reason =
      found.converged ? message("confidence ", found.confidence) : "a solve did not converge";
  const std::string method = std::string("Hutch++, ") + found.method;
  add("kemeny", found.value, method, reason);
  add("kemeny_lo", found.value - found.half_width, method, reason);
  add("kemeny_hi", found.value + found.half_width, method, reason);
}

} // namespace attnwalk::spectral
