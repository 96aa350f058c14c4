// SPDX-License-Identifier: Apache-2.0
// Random dense arrays for tests, and scalar losses with their slopes.
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/random.hpp"

namespace attnwalk::support {

/// Standard normal numbers; every substream its own.
template <Real T>
Dense<T> random_dense(Shape shape, std::uint64_t substream) {
  Dense<T> X(shape);
  RandomStream draw({11, 0}, substream);
  for (Index x = 0; x < shape.size(); ++x)
    X.data()[x] = static_cast<T>(draw.normal());
  return X;
}

/// sum Z o G: the loss whose gradient with respect to Z is G.
inline double loss(const Dense<double>& Z, const Dense<double>& G) {
  double sum = 0;
  for (Index x = 0; x < Z.shape().size(); ++x)
    sum += Z.data()[x] * G.data()[x];
  return sum;
}

/// (f(x + step) - f(x - step)) / (2 step), x restored: off by step^2 / 6 times the third derivative
/// and by rounding of about eps |f| / step.
template <class Loss>
double slope(double& x, Loss f, double step = 1e-6) {
  const double keep = x;
  x = keep + step;
  const double up = f();
  x = keep - step;
  const double down = f();
  x = keep;
  return (up - down) / (2 * step);
}

} // namespace attnwalk::support
