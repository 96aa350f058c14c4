// SPDX-License-Identifier: Apache-2.0
// A whole training in C++: a transformer encoder of two layers learns to find the marked token.
// One of n tokens carries a mark; the answer, its class, is read at token 0. On a sparse pattern
// token 0 hears few tokens directly: with one hop of attention a layer it hears those within two
// hops, with five hops a layer every one. Attention is attnwalk's: Diffuser on a pattern, or `sbm`,
// masks drawn from block models that are learned with it. The dense parts are Eigen's.
// usage: find_token [PATTERN|sbm [HOPS [STEPS]]]
#include <Eigen/Dense>
#include <attnwalk/attnwalk.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace attnwalk;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Index n = 128, batch = 16, classes = 8; // tokens of a sequence, sequences, kinds of token
constexpr Index width = 32, heads = 4, w = width / heads; // of a token; heads of width w each
std::mt19937_64 draws(1); // every weight and every sequence, in the order of the program

/// Weights, H matrices of rows x cols below each other, with their gradient and Adam's two moments.
struct Parameter {
  static inline std::vector<Parameter*> all;
  Dense<float> array;
  Eigen::Map<Matrix> w;
  Matrix g, m, v;
  Parameter(Index rows, Index cols, float deviation, Index H = 1)
      : array({1, H, rows, cols}), w(array.data(), H * rows, cols), g(Matrix::Zero(H * rows, cols)),
        m(g), v(g) {
    for (float& x : array)
      x = deviation * std::normal_distribution<float>()(draws);
    all.push_back(this);
  }
  Parameter(const Parameter&) = delete;
  void add(const Dense<float>& d) { g += Eigen::Map<const Matrix>(d.data(), g.rows(), g.cols()); }
  static void adam(float rate, int step) {
    const float a = rate / (1 - std::pow(0.9F, float(step)));
    const float b = 1 / (1 - std::pow(0.99F, float(step)));
    for (Parameter* p : all) {
      p->m = 0.9F * p->m + 0.1F * p->g;
      p->v = 0.99F * p->v + 0.01F * p->g.cwiseProduct(p->g);
      p->w.array() -= a * p->m.array() / ((b * p->v.array()).sqrt() + 1e-8F);
      p->g.setZero();
    }
  }
};

/// Rows of mean 0 and variance 1: y = (x - mean) / deviation.
struct Norm {
  Matrix y;
  Eigen::VectorXf inverse;
  const Matrix& forward(const Matrix& x) {
    y = x.colwise() - x.rowwise().mean();
    inverse = (y.rowwise().squaredNorm().array() / float(x.cols()) + 1e-5F).rsqrt();
    return y = inverse.asDiagonal() * y;
  }
  /// dx = (g - mean g - y mean(g y)) / deviation.
  [[nodiscard]] Matrix backward(const Matrix& g) const {
    const Eigen::VectorXf along = g.cwiseProduct(y).rowwise().mean();
    const Matrix d = (g.colwise() - g.rowwise().mean()) - along.asDiagonal() * y;
    return inverse.asDiagonal() * d;
  }
};

/// Columns width part and on of a matrix of batch n rows, as batch x heads x n x w: no copy.
View<const float> by_head(const Matrix& x, Index part = 0) {
  return {&x(0, part * width), {batch, heads, n, w}, {n * x.cols(), w, x.cols()}};
}

/// Results of batch x heads x n x w side by side in a matrix of batch n rows.
Matrix by_token(const std::vector<const Dense<float>*>& parts) {
  Matrix out(batch * n, width * Index(parts.size()));
  for (Index j = 0; j < out.cols(); j += w)
    for (Index b = 0; b < batch; ++b)
      out.block(b * n, j, n, w) =
          Eigen::Map<const Matrix>(parts[j / width]->view().row(b, j % width / w, 0), n, w);
  return out;
}

/// Attention from queries, keys and values side by side, and their gradients from G = dL/dZ:
/// Diffuser on a pattern, or without one the SBM-Transformer's with block models that are learned.
struct Attention {
  bool sbm;
  layers::Diffuser<float> diffuser;
  layers::DiffuserOptions hops;
  layers::DiffuserResult<float> diffused;
  layers::SbmAttention<float> blocks;
  layers::SampledOptions draw;
  layers::SbmResult<float> drawn;
  Parameter C{8, w, 1, heads}, W1{w, w, 0.5F}, b1{1, w, 0}, W2{w, w, 0.5F}, b2{1, w, 0};
  Attention(const pattern::Pattern& P, Index K, std::uint64_t stream)
      : sbm(P.entries() == 0),
        diffuser(P, w), hops{.hops = K}, draw{.key = {.stream = stream}, .sparsity_weight = 0.1} {}
  [[nodiscard]] layers::SbmParameters<float> learned() const {
    return {C.array, {W1.array, b1.array, W2.array, b2.array}};
  }
  Matrix forward(const Matrix& x) {
    const auto q = by_head(x), k = by_head(x, 1), v = by_head(x, 2);
    if (!sbm)
      return by_token({&(diffused = diffuser.forward(q, k, v, hops)).Z});
    ++draw.key.seed; // other masks in every step
    return by_token({&(drawn = blocks.forward(q, k, v, learned(), draw)).Z});
  }
  Matrix backward(const Matrix& x, const Matrix& G) {
    const auto q = by_head(x), k = by_head(x, 1), v = by_head(x, 2);
    if (!sbm) {
      const auto d = diffuser.backward(q, k, v, diffused, by_head(G));
      return by_token({&d.dQ, &d.dK, &d.dV});
    }
    const auto d = blocks.backward(q, k, v, learned(), drawn, by_head(G));
    C.add(d.dC), W1.add(d.df.W1), b1.add(d.df.b1), W2.add(d.df.W2), b2.add(d.df.b2);
    return by_token({&d.dQ, &d.dK, &d.dV});
  }
};

/// x += Attention(norm x Wa) Wo, then x += relu(norm x W1) W2.
struct Layer {
  Parameter Wa{width, 3 * width, 0.22F}, Wo{width, width, 0.18F};
  Parameter W1{width, 2 * width, 0.25F}, W2{2 * width, width, 0.12F};
  Norm first = {}, second = {};
  Attention attention;
  Matrix qkv = {}, z = {}, f = {};
  void forward(Matrix& x) {
    qkv = first.forward(x) * Wa.w;
    z = attention.forward(qkv);
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
    const Matrix d = attention.backward(qkv, G * Wo.w.transpose());
    Wa.g += first.y.transpose() * d;
    G += first.backward(d * Wa.w.transpose());
  }
};

void train(const pattern::Pattern& P, Index hops, int steps) {
  Parameter token(classes, width, 1), place(n, width, 0.3F), mark(1, width, 1);
  Layer lower{.attention{P, hops, 0}}, upper{.attention{P, hops, 1}};
  Parameter out(width, classes, 0.18F);
  Norm last;
  for (int step = 1, right = 0; step <= steps; ++step) {
    std::vector<Index> kind(batch * n), marked(batch); // row of x: class; sequence: row of its mark
    Matrix x(batch * n, width);
    for (Index r = 0; r < batch * n; ++r) {
      kind[r] = Index(draws() % classes);
      x.row(r) = token.w.row(kind[r]) + place.w.row(r % n);
    }
    for (Index b = 0; b < batch; ++b) {
      marked[b] = b * n + 1 + Index(draws() % (n - 1));
      x.row(marked[b]) += mark.w;
    }
    lower.forward(x), upper.forward(x);
    Matrix G = last.forward(x(Eigen::seqN(0, batch, n), Eigen::all)) * out.w; // dL/dlogits below
    for (Index b = 0; b < batch; ++b) {
      Index best = 0;
      G.row(b) = (G.row(b).array() - G.row(b).maxCoeff(&best)).exp();
      G.row(b) /= G.row(b).sum() * batch;
      right += best == kind[marked[b]] ? 1 : 0;
      G(b, kind[marked[b]]) -= 1.0F / batch;
    }
    out.g += last.y.transpose() * G;
    Matrix dx = Matrix::Zero(batch * n, width);
    dx(Eigen::seqN(0, batch, n), Eigen::all) = last.backward(G * out.w.transpose());
    upper.backward(dx), lower.backward(dx);
    for (Index r = 0; r < batch * n; ++r) {
      token.g.row(kind[r]) += dx.row(r);
      place.g.row(r % n) += dx.row(r);
    }
    for (const Index r : marked)
      mark.g += dx.row(r);
    Parameter::adam(3e-3F * std::min(1.0F, float(step) / 50), step);
    if (step % 100 == 0)
      std::cout << "step " << step << " right " << std::exchange(right, 0) / 1e2 / batch << '\n';
  }
}

} // namespace

int main(int argc, char** argv) try {
  const std::string spec = argc > 1 ? argv[1] : "window:w=4+random:d=2";
  const auto P = spec == "sbm" ? pattern::Pattern() : grammar::build(spec, {.queries = n}).pattern;
  train(P, argc > 2 ? std::stol(argv[2]) : 5, argc > 3 ? std::stoi(argv[3]) : 600);
} catch (const std::exception& failure) {
  std::cerr << failure.what() << '\n';
  return 1;
}
