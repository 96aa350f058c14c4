// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/head.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/products.hpp"

#include <cmath>
#include <utility>

namespace attnwalk::sbm {
namespace {

void require_array(const char* name, View<const double> A, const Shape& wanted) {
  const Shape& s = A.shape;
  require(s == wanted, Code::shape, name, " is ", s.batch, " x ", s.heads, " x ", s.tokens, " x ",
          s.width, " where ", wanted.batch, " x ", wanted.heads, " x ", wanted.tokens, " x ",
          wanted.width, " is needed");
  for (Index b = 0; b < s.batch; ++b)
    for (Index h = 0; h < s.heads; ++h)
      for (Index i = 0; i < s.tokens; ++i)
        for (Index c = 0; c < s.width; ++c)
          require(std::isfinite(A.row(b, h, i)[c]), Code::domain, name, "(", i, ", ", c,
                  ") of batch ", b, ", head ", h, " is ", A.row(b, h, i)[c], "; it must be finite");
}

void require_inputs(View<const double> q, View<const double> k, View<const double> C,
                    const TwoLayerMap& f) {
  const Index d = q.shape.width;
  const Index hidden = f.W1.shape().tokens;
  require(C.shape.tokens >= 1, Code::domain, "k = ", C.shape.tokens, " clusters must be 1 or more");
  require_array("q", q, {q.shape.batch, q.shape.heads, q.shape.tokens, d});
  require_array("k", k, {q.shape.batch, q.shape.heads, k.shape.tokens, d});
  require_array("C", C, {1, q.shape.heads, C.shape.tokens, d});
  require_array("W1", f.W1.view(), {1, 1, hidden, d});
  require_array("b1", f.b1.view(), {1, 1, 1, hidden});
  require_array("W2", f.W2.view(), {1, 1, d, hidden});
  require_array("b2", f.b2.view(), {1, 1, 1, d});
}

/// sigmoid, each side of 0 by the exponential that cannot overflow.
double sigmoid(double x) {
  if (x >= 0)
    return 1 / (1 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1 + e);
}

/// One side of one head, to be filled in piece by piece.
struct Side {
  View<const double> x;
  View<const double> C;
  Dense<double>* hidden;
  Dense<double>* mapped;
  Dense<double> membership;

  void fill(Index first, const TwoLayerMap& f) {
    const Index count = std::min(piece, x.shape.tokens - first);
    Out H = rows_of(*hidden, first, count);
    H.noalias() = read(rows_of(x, first, count)) * read(f.W1).transpose();
    H.rowwise() += read(f.b1).row(0);
    H = H.cwiseMax(0.0);
    Out F = rows_of(*mapped, first, count);
    F.noalias() = H * read(f.W2).transpose();
    F.rowwise() += read(f.b2).row(0);
    Out Y = rows_of(membership, first, count);
    Y.noalias() = F * read(C).transpose();
    Y = Y.unaryExpr([](double t) { return sigmoid(t); });
  }
};

/// S = softmax of all entries of scale C C'.
Dense<double> block_matrix(View<const double> C, double scale) {
  Dense<double> S(C.shape.tokens, C.shape.tokens);
  Out E = write(S);
  E.noalias() = scale * read(C) * read(C).transpose();
  E = (E.array() - E.maxCoeff()).exp();
  E /= E.sum();
  return S;
}

/// Through Y = sigmoid(F C'), F = relu(x W1' + b1) W2' + b2: writes dx, adds to dC and df.
void pull_back(const Membership& Y, const Dense<double>& dY, View<const double> x,
               View<const double> C, const TwoLayerMap& f, const Dense<double>& hidden,
               const Dense<double>& mapped, double* dx, Dense<double>& dC, TwoLayerMap& df) {
  const RowMajor y = read(Y.dense());
  const RowMajor pre = read(dY).array() * y.array() * (1 - y.array());
  write(dC) += pre.transpose() * read(mapped);
  const RowMajor dF = pre * read(C);
  write(df.W2) += dF.transpose() * read(hidden);
  write(df.b2) += dF.colwise().sum();
  const RowMajor through = (dF * read(f.W2)).array() * (read(hidden).array() > 0).cast<double>();
  write(df.W1) += through.transpose() * read(x);
  write(df.b1) += through.colwise().sum();
  Out(dx, x.shape.tokens, x.shape.width) = through * read(f.W1);
}

TwoLayerMap zeros(const TwoLayerMap& f) {
  return {Dense<double>(f.W1.shape()), Dense<double>(f.b1.shape()), Dense<double>(f.W2.shape()),
          Dense<double>(f.b2.shape())};
}

void add(const TwoLayerMap& from, TwoLayerMap& to) {
  write(to.W1) += read(from.W1);
  write(to.b1) += read(from.b1);
  write(to.W2) += read(from.W2);
  write(to.b2) += read(from.b2);
}

} // namespace

Heads heads(View<const double> q, View<const double> k, View<const double> C, const TwoLayerMap& f,
            const HeadOptions& how) {
  require_inputs(q, k, C, f);
  require(std::isfinite(how.block_scale), Code::domain, "block_scale = ", how.block_scale,
          " must be finite");
  const Index count = q.shape.batch * q.shape.heads;
  Heads all{std::vector<Model>(static_cast<std::size_t>(count)),
            std::vector<Activations>(static_cast<std::size_t>(count))};
  std::vector<Side> sides; // of each head its queries, then its keys
  for (Index number = 0; number < count; ++number) {
    const Index b = number / q.shape.heads;
    const Index h = number % q.shape.heads;
    Activations& kept = all.kept[static_cast<std::size_t>(number)];
    const auto side = [&](View<const double> x, Dense<double>& hidden, Dense<double>& mapped) {
      hidden = Dense<double>(x.shape.tokens, f.W1.shape().tokens);
      mapped = Dense<double>(x.shape.tokens, x.shape.width);
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
    const auto& [side, first] = pieces[static_cast<std::size_t>(task)];
    sides[side].fill(first, f);
  });
  std::vector<Dense<double>> S(static_cast<std::size_t>(q.shape.heads));
  each(q.shape.heads, how.threads, [&](Index h) {
    S[static_cast<std::size_t>(h)] = block_matrix(C.head(0, h), how.block_scale);
  });
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

Head head(View<const double> q, View<const double> k, View<const double> C, const TwoLayerMap& f,
          const HeadOptions& how) {
  require(q.shape.batch == 1 && q.shape.heads == 1, Code::shape, "q holds ", q.shape.batch, " x ",
          q.shape.heads, " heads where one is needed");
  Heads one = heads(q, k, C, f, how);
  return {std::move(one.models.front()), std::move(one.kept.front())};
}

namespace {

HeadGradients backward(View<const double> q, View<const double> k, View<const double> C,
                       const TwoLayerMap& f, std::span<const Model> models,
                       std::span<const Activations> kept_all, std::span<const ModelGradients> given,
                       const HeadOptions& how) {
  require_inputs(q, k, C, f);
  const Index count = q.shape.batch * q.shape.heads;
  const Index a = C.shape.tokens;
  require(static_cast<Index>(given.size()) == count && static_cast<Index>(models.size()) == count,
          Code::shape, given.size(), " gradients and ", models.size(), " models given for ",
          q.shape.batch, " x ", q.shape.heads, " heads");
  for (const ModelGradients& g : given) {
    require_array("dY", g.dY.view(), {1, 1, q.shape.tokens, a});
    require_array("dS", g.dS.view(), {1, 1, a, a});
    require_array("dZ", g.dZ.view(), {1, 1, k.shape.tokens, a});
  }
  HeadGradients total{Dense<double>(q.shape), Dense<double>(k.shape), Dense<double>(C.shape),
                      zeros(f)};
  struct Part {
    Dense<double> dC;
    TwoLayerMap df;
  };
  std::vector<Part> parts(static_cast<std::size_t>(2 * count)); // of queries, then of keys
  each(2 * count, how.threads, [&](Index task) {
    const Index b = task / 2 / q.shape.heads;
    const Index h = task / 2 % q.shape.heads;
    const auto at = static_cast<std::size_t>(task / 2);
    const Activations& kept = kept_all[at];
    const Model& model = models[at];
    Part& part = parts[static_cast<std::size_t>(task)];
    part = {Dense<double>(a, C.shape.width), zeros(f)};
    if (task % 2 == 0) {
      pull_back(model.Y, given[at].dY, q.head(b, h), C.head(0, h), f, kept.hidden_q, kept.mapped_q,
                total.dq.view().row(b, h, 0), part.dC, part.df);
      // dT = S (dS - <dS, S>), and T = C C' depends on C twice.
      const In S = read(model.S);
      const In dS = read(given[at].dS);
      const RowMajor dT =
          how.block_scale * (S.array() * (dS.array() - (dS.array() * S.array()).sum())).matrix();
      write(part.dC) += (dT + dT.transpose()) * read(C.head(0, h));
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
    Out(total.dC.view().row(0, h, 0), a, C.shape.width) += read(part.dC);
    add(part.df, total.df);
  }
  return total;
}

} // namespace

HeadGradients heads_backward(View<const double> q, View<const double> k, View<const double> C,
                             const TwoLayerMap& f, const Heads& result,
                             std::span<const ModelGradients> given, const HeadOptions& how) {
  return backward(q, k, C, f, result.models, result.kept, given, how);
}

HeadGradients head_backward(View<const double> q, View<const double> k, View<const double> C,
                            const TwoLayerMap& f, const Head& result, const ModelGradients& given,
                            const HeadOptions& how) {
  return backward(q, k, C, f, {&result.model, 1}, {&result.kept, 1}, {&given, 1}, how);
}

} // namespace attnwalk::sbm
