// SPDX-License-Identifier: Apache-2.0
// The trained Diffuser heads on their stored mask against the definition, densely in double.
#include "attnwalk/attention/weights.hpp"
#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/io/heads.hpp"
#include "attnwalk/layers/diffuser.hpp"

#include "diffusion/cases.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

using namespace attnwalk;
using Eigen::MatrixXd;
using support::largest;

TEST_CASE("diffuse: trained heads give (.9 A)^5 V + .1 sum (.9 A)^i V, computed densely",
          "[diffusion][layers][trained]") {
  const char* data = std::getenv("ATTNWALK_DATA");
  const auto file =
      std::filesystem::path(data == nullptr ? "data" : data) / "trained" / "diffuser.npz";
  const Index layer = GENERATE(0, 1, 3);
  const Index head = layer == 0 ? 0 : 4 - layer;
  CAPTURE(layer, head);
  const io::Head h = io::read_head(file, layer, head);
  REQUIRE(h.tokens == 1024);
  REQUIRE(h.mask);
  REQUIRE(h.v);
  const Shape shape{1, 1, h.tokens, h.width};
  const auto wide_q = io::to_dense<double>(h.q);
  const auto wide_k = io::to_dense<double>(h.k);
  const auto wide_v = io::to_dense<double>(*h.v);
  const View<const double> Q = wide_q.view(), K = wide_k.view(), V = wide_v.view();

  // Softmax of the scores on the mask, all other entries 0, by the definition.
  MatrixXd A = MatrixXd::Zero(h.tokens, h.tokens);
  const CsrView<double> mask = h.mask->view();
  for (Index i = 0; i < h.tokens; ++i) {
    double top = -1e300, sum = 0;
    for (const Index j : mask.row(i)) {
      double s = 0;
      for (Index c = 0; c < h.width; ++c)
        s += Q.row(i)[c] * K.row(j)[c];
      A(i, j) = s / std::sqrt(static_cast<double>(h.width));
      top = std::max(top, A(i, j));
    }
    for (const Index j : mask.row(i))
      sum += A(i, j) = std::exp(A(i, j) - top);
    A.row(i) /= sum;
  }
  MatrixXd values(h.tokens, h.width);
  for (Index i = 0; i < h.tokens; ++i)
    for (Index c = 0; c < h.width; ++c)
      values(i, c) = V.row(i)[c];
  MatrixXd wanted = MatrixXd::Zero(h.tokens, h.width), hop = values;
  for (int i = 0; i < 5; ++i) {
    wanted += .1 * hop;
    hop = (.9 * (A * hop)).eval();
  }
  wanted += hop;
  const double size = largest(values);

  const pattern::Pattern P{Csr<double>(*h.mask)};
  const pattern::Weights weights = attention::weights(Q, K, P);
  for (const auto backend : {diffusion::Backend::fused, diffusion::Backend::graphblas}) {
    const auto found = diffusion::diffuse<double>(weights.view(), V, {.backend = backend});
    // Rounding of scores up to 100 moves weights by 100 * 32 eps, relative.
    CHECK(largest(support::dense_of(found.Z) - wanted) <= 1e-11 * size);
  }
  // The whole layer, in double and in float, whose scores round to 1e-5.
  const auto layered = layers::Diffuser<double>(P, h.width).forward(Q, K, V);
  CHECK(largest(support::dense_of(layered.Z) - wanted) <= 1e-11 * size);
  const auto narrow = [&](View<const double> X) {
    Dense<float> out(shape);
    std::copy_n(X.data, shape.size(), out.data());
    return out;
  };
  const Dense<float> q = narrow(Q), k = narrow(K), v = narrow(V);
  const auto single = layers::Diffuser<float>(P, h.width).forward(q.view(), k.view(), v.view());
  double worst = 0;
  for (Index i = 0; i < h.tokens; ++i)
    for (Index c = 0; c < h.width; ++c)
      worst = std::max(worst, std::abs(static_cast<double>(single.Z(i, c)) - wanted(i, c)));
  CHECK(worst <= 1e-4 * size);
}
