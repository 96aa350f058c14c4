// SPDX-License-Identifier: Apache-2.0
// The methods that are a few lines around a hop.
#include "attnwalk/diffusion/methods.hpp"
#include "attnwalk/kernels/dense_rows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace attnwalk::diffusion {
namespace {

/// The products of a call, V padded for them, and the way back.
template <class T>
struct Padded {
  explicit Padded(const Problem<T>& problem)
      : A(problem.products()), values(problem.V, kernels::row_lanes<T>(), problem.how.threads),
        V(values.view()), width(problem.V.shape.width), threads(problem.how.threads) {}

  [[nodiscard]] Diffused<T> finished(Diffused<T> out) const {
    out.Z = kernels::unpadded(std::move(out.Z), width, threads);
    return out;
  }

  WalkProducts<T> A;
  kernels::PaddedInput<T> values;
  View<const T> V;
  Index width;
  int threads;
};

} // namespace

template <Real T>
Diffused<T> run_diffuser(const Problem<T>& problem) {
  const DiffuseOptions& how = problem.how;
  const T a = static_cast<T>(how.alpha);
  Padded<T> in(problem);
  const Recurrence<T> recurrence(in.A, in.V, 1 - a, a, how.threads);
  const Index limit = how.tolerance ? how.max_hops : how.hops;
  // Known without a product: Z = V is within 2 (1-a) max |V| of the limit.
  double bound = 2 * (1 - how.alpha) * problem.largest;
  Diffused<T> out;
  const auto more = [&](Index k) {
    return k < limit && (!how.tolerance || bound > *how.tolerance);
  };
  out.Z = iterate(in.V, more, [&](View<const T> Z, Index k, View<T> next) {
    poll(how.monitor, "diffuse", static_cast<double>(k) / static_cast<double>(limit));
    recurrence.hop(Z, k, next);
    out.steps.push_back(kernels::max_difference<T>(next, Z, how.threads));
    out.hops = k + 1;
    if (how.alpha > 0)
      bound = std::min(2 * std::pow(1 - how.alpha, out.hops + 1) * problem.largest,
                       (1 - how.alpha) / how.alpha * out.steps.back());
  });
  if (how.alpha > 0)
    out.bound = bound;
  out.converged = !how.tolerance || bound <= *how.tolerance;
  return in.finished(std::move(out));
}

template <Real T>
Diffused<T> run_truncated(const Problem<T>& problem) {
  const DiffuseOptions& how = problem.how;
  const T a = static_cast<T>(how.alpha);
  Padded<T> in(problem);
  const Index wanted =
      how.tolerance ? hops_for(how.method, how.alpha, *how.tolerance, problem.largest) : how.hops;
  Diffused<T> out;
  out.hops = how.tolerance ? std::min(wanted, how.max_hops) : wanted;
  // Horner: Y = (1-a) A Y + V from Y = V, and Z = a Y
  const Recurrence<T> recurrence(in.A, in.V, 1 - a, 1, how.threads);
  out.Z = recurrence.forward(out.hops, how.monitor, "diffuse");
  kernels::combine<T>(0, in.V, a, out.Z.view(), how.threads);
  out.missing_mass = std::pow(1 - how.alpha, out.hops + 1);
  if (how.alpha > 0)
    out.bound = out.missing_mass * problem.largest;
  out.converged = out.hops == wanted;
  return in.finished(std::move(out));
}

template <Real T>
Diffused<T> run_heat(const Problem<T>& problem) {
  const DiffuseOptions& how = problem.how;
  const double t = how.time > 0 ? how.time : (1 - how.alpha) / how.alpha;
  // e^-t t^k / k!, by logarithms so that a large t does not underflow
  const auto weight = [t](Index k) {
    const auto kk = static_cast<double>(k);
    return t == 0 ? (k == 0 ? 1.0 : 0.0) : std::exp(-t + kk * std::log(t) - std::lgamma(kk + 1));
  };
  Padded<T> in(problem);
  Dense<T> X = kernels::copied(in.V);
  Dense<T> next(X.shape());
  Diffused<T> out;
  out.Z = Dense<T>(X.shape());
  kernels::combine<T>(static_cast<T>(weight(0)), X.view(), 0, out.Z.view(), how.threads);
  double mass = weight(0);
  const Index limit = how.tolerance ? how.max_hops : how.hops;
  const auto missing = [&] { return std::max(0.0, 1 - mass); };
  // 1 - mass is known to rounding only: no tolerance below that can be promised.
  while (out.hops < limit && !(how.tolerance && static_cast<double>(out.hops) > t &&
                               missing() * problem.largest <= *how.tolerance)) {
    poll(how.monitor, "diffuse", static_cast<double>(out.hops) / static_cast<double>(limit));
    // X = A X;  Z = Z + w_k X
    in.A.apply(1, std::as_const(X).view(), 0, {}, next.view());
    std::swap(X, next);
    ++out.hops;
    kernels::combine<T>(static_cast<T>(weight(out.hops)), X.view(), 1, out.Z.view(), how.threads);
    mass += weight(out.hops);
  }
  out.missing_mass = missing();
  out.bound = out.missing_mass * problem.largest;
  out.converged = !how.tolerance || *out.bound <= *how.tolerance;
  return in.finished(std::move(out));
}

template <Real T>
Diffused<T> run_chebyshev(const Problem<T>& problem) {
  const DiffuseOptions& how = problem.how;
  require_reversible(problem.A, how);
  const T a = static_cast<T>(how.alpha);
  const double rho = 1 - how.alpha; // the spectrum of (1-a) A lies in [-rho, rho]
  Padded<T> in(problem);
  const View<const T> V = in.V;
  const Index limit = how.tolerance ? how.max_hops : how.hops;
  Diffused<T> out;
  out.Z = kernels::copied(V);
  Dense<T> before(V.shape);
  Dense<T> next(V.shape);
  double w = 1;
  double bound = 0;
  for (;;) {
    poll(how.monitor, "diffuse", static_cast<double>(out.hops) / static_cast<double>(limit + 1));
    // P = (1-a) A Z + a V; its distance from Z bounds the error of Z
    in.A.apply(1 - a, std::as_const(out.Z).view(), a, V, next.view());
    bound = kernels::max_difference<T>(next.view(), out.Z.view(), how.threads) / how.alpha;
    if (out.hops == limit || (how.tolerance && bound <= *how.tolerance))
      break;
    if (out.hops > 0) {
      w = out.hops == 1 ? 2 / (2 - rho * rho) : 1 / (1 - rho * rho * w / 4);
      // Z(k+1) = w (P - Z(k-1)) + Z(k-1)
      kernels::combine<T>(static_cast<T>(1 - w), before.view(), static_cast<T>(w), next.view(),
                          how.threads);
    }
    out.steps.push_back(kernels::max_difference<T>(next.view(), out.Z.view(), how.threads));
    std::swap(before, out.Z);
    std::swap(out.Z, next);
    ++out.hops;
  }
  out.bound = bound;
  out.converged = !how.tolerance || bound <= *how.tolerance;
  return in.finished(std::move(out));
}

template Diffused<float> run_diffuser<float>(const Problem<float>&);
template Diffused<double> run_diffuser<double>(const Problem<double>&);
template Diffused<float> run_truncated<float>(const Problem<float>&);
template Diffused<double> run_truncated<double>(const Problem<double>&);
template Diffused<float> run_heat<float>(const Problem<float>&);
template Diffused<double> run_heat<double>(const Problem<double>&);
template Diffused<float> run_chebyshev<float>(const Problem<float>&);
template Diffused<double> run_chebyshev<double>(const Problem<double>&);

} // namespace attnwalk::diffusion
