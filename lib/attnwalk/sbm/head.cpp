// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/head.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/checks.hpp"
#include "attnwalk/sbm/products.hpp"

#include <cmath>
#include <utility>

namespace attnwalk::sbm {
namespace {

template <class T>
void require_array(const char* name, View<const T> A, const Shape& wanted) {
  kernels::require_shape(name, A.shape, wanted);
  kernels::require_finite(name, A);
}

template <class T>
void require_inputs(View<const T> q, View<const T> k, View<const T> C, const TwoLayerMap<T>& f) {
  const Index d = q.shape.width;
  const Index hidden = f.W1.shape().tokens;
  require(C.shape.tokens >= 1, Code::domain, "k = ", C.shape.tokens, " clusters must be 1 or more");
  require_array<T>("q", q, {q.shape.batch, q.shape.heads, q.shape.tokens, d});
  require_array<T>("k", k, {q.shape.batch, q.shape.heads, k.shape.tokens, d});
  require_array<T>("C", C, {1, q.shape.heads, C.shape.tokens, d});
  require_array<T>("W1", f.W1.view(), {1, 1, hidden, d});
  require_array<T>("b1", f.b1.view(), {1, 1, 1, hidden});
  require_array<T>("W2", f.W2.view(), {1, 1, d, hidden});
  require_array<T>("b2", f.b2.view(), {1, 1, 1, d});
}

/// sigmoid, each side of 0 by the exponential that cannot overflow.
template <class T>
T sigmoid(T x) {
  if (x >= 0)
    return 1 / (1 + std::exp(-x));
  const T e = std::exp(x);
  return e / (1 + e);
}

/// One side of one head, to be filled in piece by piece. The membership is double whatever T is: a
/// block model's.
template <class T>
struct Side {
  View<const T> x;
  View<const T> C;
  Dense<T>* hidden;
  Dense<T>* mapped;
  Dense<double> membership;

  void fill(Index first, const TwoLayerMap<T>& f) {
    const Index count = std::min(piece, x.shape.tokens - first);
    Out<T> H = rows_of(*hidden, first, count);
    H = times_transposed(read(rows_of(x, first, count)), read(f.W1));
    H.rowwise() += read(f.b1).row(0);
    H = H.cwiseMax(T{0});
    Out<T> F = rows_of(*mapped, first, count);
    F = times_transposed(read(rows_of(std::as_const(*hidden).view(), first, count)), read(f.W2));
    F.rowwise() += read(f.b2).row(0);
    const RowMajor<T> logits =
        times_transposed(read(rows_of(std::as_const(*mapped).view(), first, count)), read(C));
    rows_of(membership, first, count) =
        logits.unaryExpr([](T t) { return sigmoid(t); }).template cast<double>();
  }
};

/// S = softmax of all entries of scale C C'.
template <class T>
Dense<double> block_matrix(View<const T> C, double scale) {
  Dense<double> S(C.shape.tokens, C.shape.tokens);
  Out<double> E = write(S);
  const RowMajor<double> clusters = read(C).template cast<double>();
  E = scale * times_transposed(read(clusters), read(clusters));
  E = (E.array() - E.maxCoeff()).exp();
  E /= E.sum();
  return S;
}

/// Through Y = sigmoid(F C'), F = relu(x W1' + b1) W2' + b2: writes dx, adds to dC and df.
template <class T>
void pull_back(const Membership& Y, const Dense<double>& dY, View<const T> x, View<const T> C,
               const TwoLayerMap<T>& f, const Dense<T>& hidden, const Dense<T>& mapped, T* dx,
               Dense<T>& dC, TwoLayerMap<T>& df) {
  const RowMajor<double> y = read(Y.dense());
  const RowMajor<T> pre =
      (read(dY).array() * y.array() * (1 - y.array())).template cast<T>().matrix();
  write(dC) += transposed_times(read(pre), read(mapped));
  const RowMajor<T> dF = times(read(pre), read(C));
  write(df.W2) += transposed_times(read(dF), read(hidden));
  write(df.b2) += dF.colwise().sum();
  const RowMajor<T> through =
      times(read(dF), read(f.W2)).array() * (read(hidden).array() > 0).template cast<T>();
  write(df.W1) += transposed_times(read(through), read(x));
  write(df.b1) += through.colwise().sum();
  Out<T>(dx, x.shape.tokens, x.shape.width) = times(read(through), read(f.W1));
}

template <class T>
TwoLayerMap<T> zeros(const TwoLayerMap<T>& f) {
  return {Dense<T>(f.W1.shape()), Dense<T>(f.b1.shape()), Dense<T>(f.W2.shape()),
          Dense<T>(f.b2.shape())};
}

template <class T>
void add(const TwoLayerMap<T>& from, TwoLayerMap<T>& to) {
  write(to.W1) += read(from.W1);
  write(to.b1) += read(from.b1);
  write(to.W2) += read(from.W2);
  write(to.b2) += read(from.b2);
}

} // namespace

template <Real T>
Heads<T> heads(View<const T> q, View<const T> k, View<const T> C, const TwoLayerMap<T>& f,
               const HeadOptions& how) {
  require_inputs(q, k, C, f);
  require(std::isfinite(how.block_scale), Code::domain, "block_scale = ", how.block_scale,
          " must be finite");
  const Index count = q.shape.batch * q.shape.heads;
  Heads<T> all{std::vector<Model>(static_cast<std::size_t>(count)),
               std::vector<Activations<T>>(static_cast<std::size_t>(count)), how};
  std::vector<Side<T>> sides; // of each head its queries, then its keys
  for (Index number = 0; number < count; ++number) {
    const Index b = number / q.shape.heads;
    const Index h = number % q.shape.heads;
    Activations<T>& kept = all.kept[number];
    const auto side = [&](View<const T> x, Dense<T>& hidden, Dense<T>& mapped) {
      hidden = Dense<T>(x.shape.tokens, f.W1.shape().tokens);
      mapped = Dense<T>(x.shape.tokens, x.shape.width);
      sides.push_back(
          {x, C.head(0, h), &hidden, &mapped, Dense<double>(x.shape.tokens, C.shape.tokens)});
    };
    side(q.head(b, h), kept.hidden_q, kept.mapped_q);
    side(k.head(b, h), kept.hidden_k, kept.mapped_k);
  }
  std::vector<std::pair<std::size_t, Index>> pieces;
  for (std::size_t s = 0; s < sides.size(); ++s)
    for (Index first = 0; first < sides[s].x.shape.tokens; first += piece)
      pieces.emplace_back(s, first);
  each(static_cast<Index>(pieces.size()), how.threads, [&](Index task) {
    const auto& [side, first] = pieces[task];
    sides[side].fill(first, f);
  });
  std::vector<Dense<double>> S(static_cast<std::size_t>(q.shape.heads));
  each(q.shape.heads, how.threads,
       [&](Index h) { S[h] = block_matrix(C.head(0, h), how.block_scale); });
  each(count, how.threads, [&](Index number) {
    const auto at = static_cast<std::size_t>(number);
    Model& model = all.models[at];
    model.Y = Membership::mixed(std::move(sides[2 * at].membership), "Y");
    model.Z = Membership::mixed(std::move(sides[2 * at + 1].membership), "Z");
    model.S = S[at % S.size()];
    model.delta = how.delta;
    model.clamp = true; // rounding and delta may exceed 1
    model.loops = how.loops;
    check(model);
  });
  return all;
}

template <Real T>
Head<T> head(View<const T> q, View<const T> k, View<const T> C, const TwoLayerMap<T>& f,
             const HeadOptions& how) {
  require(q.shape.batch == 1 && q.shape.heads == 1, Code::shape, "q holds ", q.shape.batch, " x ",
          q.shape.heads, " heads where one is needed");
  Heads<T> one = heads(q, k, C, f, how);
  return {std::move(one.models.front()), std::move(one.kept.front()), how};
}

namespace {

template <class T>
HeadGradients<T> backward(View<const T> q, View<const T> k, View<const T> C,
                          const TwoLayerMap<T>& f, std::span<const Model> models,
                          std::span<const Activations<T>> kept_all,
                          std::span<const ModelGradients> given, const HeadOptions& how) {
  require_inputs(q, k, C, f);
  const Index count = q.shape.batch * q.shape.heads;
  const Index a = C.shape.tokens;
  require(static_cast<Index>(given.size()) == count && static_cast<Index>(models.size()) == count,
          Code::shape, given.size(), " gradients and ", models.size(), " models given for ",
          q.shape.batch, " x ", q.shape.heads, " heads");
  for (const ModelGradients& g : given) {
    require_array<double>("dY", g.dY.view(), {1, 1, q.shape.tokens, a});
    require_array<double>("dS", g.dS.view(), {1, 1, a, a});
    require_array<double>("dZ", g.dZ.view(), {1, 1, k.shape.tokens, a});
  }
  HeadGradients<T> total{Dense<T>(q.shape), Dense<T>(k.shape), Dense<T>(C.shape), zeros(f)};
  struct Part {
    Dense<T> dC;
    TwoLayerMap<T> df;
  };
  std::vector<Part> parts(static_cast<std::size_t>(2 * count)); // of queries, then of keys
  each(2 * count, how.threads, [&](Index task) {
    const Index b = task / 2 / q.shape.heads;
    const Index h = task / 2 % q.shape.heads;
    const auto at = static_cast<std::size_t>(task / 2);
    const Activations<T>& kept = kept_all[at];
    const Model& model = models[at];
    Part& part = parts[task];
    part = {Dense<T>(a, C.shape.width), zeros(f)};
    if (task % 2 == 0) {
      pull_back(model.Y, given[at].dY, q.head(b, h), C.head(0, h), f, kept.hidden_q, kept.mapped_q,
                total.dq.view().row(b, h, 0), part.dC, part.df);
      // dT = S (dS - <dS, S>), and T = C C' depends on C twice.
      const In<double> S = read(model.S);
      const In<double> dS = read(given[at].dS);
      const RowMajor<double> dT =
          how.block_scale * (S.array() * (dS.array() - (dS.array() * S.array()).sum())).matrix();
      const RowMajor<T> both = (dT + dT.transpose()).template cast<T>();
      write(part.dC) += times(read(both), read(C.head(0, h)));
    } else {
      pull_back(model.Z, given[at].dZ, k.head(b, h), C.head(0, h), f, kept.hidden_k, kept.mapped_k,
                total.dk.view().row(b, h, 0), part.dC, part.df);
    }
  });
  for (std::size_t number = 0; number < given.size(); ++number) {
    const Part& by_key = parts[2 * number + 1];
    Part& part = parts[2 * number];
    write(part.dC) += read(by_key.dC);
    add(by_key.df, part.df);
    const auto h = static_cast<Index>(number) % q.shape.heads;
    Out<T>(total.dC.view().row(0, h, 0), a, C.shape.width) += read(part.dC);
    add(part.df, total.df);
  }
  return total;
}

} // namespace

template <Real T>
HeadGradients<T> heads_backward(View<const T> q, View<const T> k, View<const T> C,
                                const TwoLayerMap<T>& f, const Heads<T>& result,
                                std::span<const ModelGradients> given) {
  return backward<T>(q, k, C, f, result.models, result.kept, given, result.how);
}

template <Real T>
HeadGradients<T> head_backward(View<const T> q, View<const T> k, View<const T> C,
                               const TwoLayerMap<T>& f, const Head<T>& result,
                               const ModelGradients& given) {
  return backward<T>(q, k, C, f, {&result.model, 1}, {&result.kept, 1}, {&given, 1}, result.how);
}

template Heads<float> heads(View<const float>, View<const float>, View<const float>,
                            const TwoLayerMap<float>&, const HeadOptions&);
template Head<float> head(View<const float>, View<const float>, View<const float>,
                          const TwoLayerMap<float>&, const HeadOptions&);
template HeadGradients<float> heads_backward(View<const float>, View<const float>,
                                             View<const float>, const TwoLayerMap<float>&,
                                             const Heads<float>&, std::span<const ModelGradients>);
template HeadGradients<float> head_backward(View<const float>, View<const float>, View<const float>,
                                            const TwoLayerMap<float>&, const Head<float>&,
                                            const ModelGradients&);
template Heads<double> heads(View<const double>, View<const double>, View<const double>,
                             const TwoLayerMap<double>&, const HeadOptions&);
template Head<double> head(View<const double>, View<const double>, View<const double>,
                           const TwoLayerMap<double>&, const HeadOptions&);
template HeadGradients<double> heads_backward(View<const double>, View<const double>,
                                              View<const double>, const TwoLayerMap<double>&,
                                              const Heads<double>&,
                                              std::span<const ModelGradients>);
template HeadGradients<double> head_backward(View<const double>, View<const double>,
                                             View<const double>, const TwoLayerMap<double>&,
                                             const Head<double>&, const ModelGradients&);

} // namespace attnwalk::sbm
