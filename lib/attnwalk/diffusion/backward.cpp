// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/diffusion/hops.hpp"
#include "attnwalk/diffusion/tape.hpp"
#include "attnwalk/kernels/dense_rows.hpp"

#include <utility>

namespace attnwalk::diffusion {
namespace {

// Both methods are Y = c A Y + b V from Y = V, and Z = s Y.
template <class T>
struct Recurrence {
  T c;
  T b;
  T s;
};

template <class T>
Recurrence<T> recurrence(const DiffuseOptions& how) {
  const T a = static_cast<T>(how.alpha);
  return how.method == Method::diffuser ? Recurrence<T>{1 - a, a, 1} : Recurrence<T>{1 - a, 1, a};
}

} // namespace

template <Real T>
DiffuseGradients<T> diffuse_backward(const CsrView<T>& A, View<const T> V, View<const T> G,
                                     const DiffuseOptions& how, Memory memory) {
  static_cast<void>(require_inputs(A, V, how));
  require(how.method == Method::diffuser || how.method == Method::truncated, Code::domain,
          "method ", to_string(how.method), " has no backward pass; use diffuser or truncated");
  require(!how.tolerance, Code::domain, "a backward pass needs a number of hops, not a tolerance");
  require(how.backend == Backend::fused, Code::domain,
          "the backward pass of diffusion runs on the fused back end");
  require(G.shape == V.shape, Code::shape, "G has ", G.shape.tokens, " x ", G.shape.width,
          " numbers and V ", V.shape.tokens, " x ", V.shape.width, "; they must agree");
  const Recurrence<T> r = recurrence<T>(how);
  const Index K = how.hops;
  const Index stride = tape_stride(memory, K);
  const Hops<T> hops(A, V.shape.width, true, how.threads);
  const Index kept = K / stride + stride + 4;
  require_memory("the hops that the backward pass keeps",
                 static_cast<double>(kept) * static_cast<double>(sizeof(T)) *
                     static_cast<double>(A.rows) * static_cast<double>(hops.width()));
  const Dense<T> values = hops.padded(V);
  Tape<T> tape(values, K, stride, [&](const Dense<T>& Y, Index, Dense<T>& next) {
    hops.apply(r.c, Y, r.b, &values, next);
  });
  DiffuseGradients<T> out;
  out.dA.assign(static_cast<std::size_t>(A.entries()), T{0});
  // G_K = s G;  dV += b G_k;  dA_ij += c G_k,i . Y_(k-1),j;  G_(k-1) = c A' G_k;  at last dV += G_0
  Dense<T> upstream = hops.padded(G);
  Dense<T> next(upstream.shape());
  Dense<T> dV(upstream.shape());
  kernels::combine<T>(0, values.view(), r.s, upstream.view(), how.threads);
  for (Index k = K; k >= 1; --k) {
    poll(how.monitor, "diffuse_backward", static_cast<double>(K - k) / static_cast<double>(K));
    kernels::combine<T>(r.b, upstream.view(), 1, dV.view(), how.threads);
    hops.edge_gradient(r.c, upstream, tape.at(k - 1), out.dA.data());
    hops.apply_transposed(r.c, upstream, next);
    std::swap(upstream, next);
  }
  kernels::combine<T>(1, upstream.view(), 1, dV.view(), how.threads);
  out.dV = hops.trimmed(dV, V.shape.width);
  return out;
}

template DiffuseGradients<float> diffuse_backward<float>(const CsrView<float>&, View<const float>,
                                                         View<const float>, const DiffuseOptions&,
                                                         Memory);
template DiffuseGradients<double> diffuse_backward<double>(const CsrView<double>&,
                                                           View<const double>, View<const double>,
                                                           const DiffuseOptions&, Memory);

} // namespace attnwalk::diffusion
