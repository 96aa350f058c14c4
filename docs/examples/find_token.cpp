// SPDX-License-Identifier: Apache-2.0
// A whole training in C++: a transformer encoder of two layers learns to find the marked token.
//
// One of n tokens carries a mark; the answer, its class, is read at token 0. On a sparse pattern
// token 0 hears few tokens directly: with one hop of attention a layer it hears those within two
// hops, with five hops a layer every one. Attention is attnwalk's Diffuser layer, forward and
// backward; the dense parts are Eigen's.
//
// usage: find_token [PATTERN [HOPS [STEPS]]]
#include <Eigen/Dense>
#include <attnwalk/attnwalk.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace attnwalk;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Index n = 128;      // tokens
constexpr Index batch = 16;   // sequences of a step
constexpr Index width = 32;   // of a token
constexpr Index heads = 4;    // of width / heads each
constexpr Index classes = 8;  // of tokens
constexpr Index window = 100; // steps that the printed share of right answers is over

/// Weights with their gradient and the two moments of Adam.
struct Parameter {
  Matrix w, g, m, v;

  Parameter(Index rows, Index cols, float deviation, std::mt19937_64& random)
      : w(rows, cols), g(Matrix::Zero(rows, cols)), m(g), v(g) {
    std::normal_distribution<float> normal(0, deviation);
    for (float& x : w.reshaped())
      x = normal(random);
  }
  void adam(float rate, int step) {
    m = 0.9F * m + 0.1F * g;
    v = 0.99F * v + 0.01F * g.cwiseProduct(g);
    const float a = rate / (1 - std::pow(0.9F, float(step)));
    const float b = 1 / (1 - std::pow(0.99F, float(step)));
    w.array() -= a * m.array() / ((b * v.array()).sqrt() + 1e-8F);
    g.setZero();
  }
};

/// Rows of mean 0 and variance 1: y = (x - mean) / deviation.
struct Norm {
  Matrix y;
  Eigen::VectorXf inverse;

  const Matrix& forward(const Matrix& x) {
    y = x.colwise() - x.rowwise().mean();
    inverse = (y.rowwise().squaredNorm().array() / float(x.cols()) + 1e-5F).rsqrt();
    y = inverse.asDiagonal() * y;
    return y;
  }
  /// In the forward pass y = (x - mean) / deviation, so dx = (g - mean g - y mean(g y)) / deviation.
  [[nodiscard]] Matrix backward(const Matrix& g) const {
    const Eigen::VectorXf along = g.cwiseProduct(y).rowwise().mean();
    const Matrix d = (g.colwise() - g.rowwise().mean()) - along.asDiagonal() * y;
    return inverse.asDiagonal() * d;
  }
};

/// A (batch n) x width matrix as batch x heads x n x (width / heads), where it is: no copy.
View<const float> by_head(const Matrix& x) {
  return {x.data(), {batch, heads, n, width / heads}, {n * width, width / heads, width}};
}

/// A result, batch x heads x n x (width / heads), as a (batch n) x width matrix.
Matrix by_token(const Dense<float>& z) {
  Matrix out(batch * n, width);
  for (Index b = 0; b < batch; ++b)
    for (Index h = 0; h < heads; ++h)
      for (Index i = 0; i < n; ++i)
        std::copy_n(z.view().row(b, h, i), width / heads, &out(b * n + i, h * (width / heads)));
  return out;
}

/// x += Diffuser(norm x) Wo, then x += relu(norm x W1) W2.
struct Layer {
  Parameter Wq, Wk, Wv, Wo, W1, W2;
  Norm first, second;
  layers::Diffuser<float> attention;
  layers::DiffuserOptions how;
  layers::DiffuserResult<float> kept;
  Matrix q, k, v, z, f;

  Layer(const pattern::Pattern& P, Index hops, std::mt19937_64& random)
      : Wq(width, width, 0.25F, random), Wk(width, width, 0.25F, random),
        Wv(width, width, 0.18F, random), Wo(width, width, 0.18F, random),
        W1(width, 2 * width, 0.25F, random), W2(2 * width, width, 0.12F, random),
        attention(P, width / heads) {
    how.hops = hops;
  }
  void forward(Matrix& x) {
    const Matrix& h = first.forward(x);
    q = h * Wq.w;
    k = h * Wk.w;
    v = h * Wv.w;
    kept = attention.forward(by_head(q), by_head(k), by_head(v), how);
    z = by_token(kept.Z);
    x += z * Wo.w;
    f = (second.forward(x) * W1.w).cwiseMax(0.0F);
    x += f * W2.w;
  }
  /// G: dL/dx behind the layer, then before it.
  void backward(Matrix& G) {
    W2.g += f.transpose() * G;
    const Matrix df = (G * W2.w.transpose()).cwiseProduct((f.array() > 0).cast<float>().matrix());
    W1.g += second.y.transpose() * df;
    G += second.backward(df * W1.w.transpose());
    Wo.g += z.transpose() * G;
    const Matrix dz = G * Wo.w.transpose();
    const auto d = attention.backward(by_head(q), by_head(k), by_head(v), kept, by_head(dz));
    const Matrix dq = by_token(d.dQ), dk = by_token(d.dK), dv = by_token(d.dV);
    Wq.g += first.y.transpose() * dq;
    Wk.g += first.y.transpose() * dk;
    Wv.g += first.y.transpose() * dv;
    G += first.backward(dq * Wq.w.transpose() + dk * Wk.w.transpose() + dv * Wv.w.transpose());
  }
  std::vector<Parameter*> parameters() { return {&Wq, &Wk, &Wv, &Wo, &W1, &W2}; }
};

void train(const std::string& spec, Index hops, int steps) {
  const auto pattern = grammar::build(spec, {.queries = n}).pattern;
  std::mt19937_64 random(1);
  Parameter token(classes, width, 1, random), place(n, width, 0.3F, random);
  Parameter mark(1, width, 1, random), out(width, classes, 0.18F, random);
  std::vector<Layer> layers;
  layers.reserve(2);
  for (int l = 0; l < 2; ++l)
    layers.emplace_back(pattern, hops, random);
  std::vector<Parameter*> parameters{&token, &place, &mark, &out};
  for (Layer& layer : layers)
    for (Parameter* p : layer.parameters())
      parameters.push_back(p);

  Norm last;
  int right = 0;
  for (int step = 1; step <= steps; ++step) {
    std::vector<Index> kind(batch * n), marked(batch); // row of x: class; sequence: row of its mark
    Matrix x(batch * n, width);
    for (Index r = 0; r < batch * n; ++r) {
      kind[r] = Index(random() % classes);
      x.row(r) = token.w.row(kind[r]) + place.w.row(r % n);
    }
    for (Index b = 0; b < batch; ++b) {
      marked[b] = b * n + 1 + Index(random() % (n - 1));
      x.row(marked[b]) += mark.w;
    }
    for (Layer& layer : layers)
      layer.forward(x);
    const Matrix h = last.forward(x(Eigen::seqN(0, batch, n), Eigen::all));

    Matrix G = h * out.w; // logits, then (softmax - one-hot) / batch
    for (Index b = 0; b < batch; ++b) {
      Index best = 0;
      const float top = G.row(b).maxCoeff(&best);
      right += best == kind[marked[b]] ? 1 : 0;
      G.row(b) = (G.row(b).array() - top).exp();
      G.row(b) /= G.row(b).sum() * batch;
      G(b, kind[marked[b]]) -= 1.0F / batch;
    }
    out.g += h.transpose() * G;
    Matrix dx = Matrix::Zero(batch * n, width);
    dx(Eigen::seqN(0, batch, n), Eigen::all) = last.backward(G * out.w.transpose());
    layers[1].backward(dx);
    layers[0].backward(dx);
    for (Index r = 0; r < batch * n; ++r) {
      token.g.row(kind[r]) += dx.row(r);
      place.g.row(r % n) += dx.row(r);
    }
    for (const Index r : marked)
      mark.g += dx.row(r);
    const float rate = 3e-3F * std::min(1.0F, float(step) / 50);
    for (Parameter* p : parameters)
      p->adam(rate, step);
    if (step % window == 0) {
      std::cout << "step " << step << " right " << double(right) / (window * batch) << std::endl;
      right = 0;
    }
  }
}

} // namespace

int main(int argc, char** argv) try {
  train(argc > 1 ? argv[1] : "window:w=4+random:d=2", argc > 2 ? std::stol(argv[2]) : 5,
        argc > 3 ? std::stoi(argv[3]) : 600);
} catch (const std::exception& failure) {
  std::cerr << failure.what() << '\n';
  return 1;
}
