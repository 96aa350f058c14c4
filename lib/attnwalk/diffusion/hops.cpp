// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/diffusion/hops.hpp"

#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"
#include "attnwalk/kernels/dense_rows.hpp"
#include "attnwalk/kernels/run.hpp"

#include <algorithm>

namespace attnwalk::diffusion {
namespace {

using kernels::Head;
using kernels::RowsOf;
using kernels::Task;

template <class T>
RowsOf<const T> rows_of(const Dense<T>& X) {
  return {X.data(), X.shape().width};
}

CsrView<double> structure_of(const CsrView<float>& A) {
  return {A.rows, A.cols, A.offsets, A.columns, nullptr};
}
const CsrView<double>& structure_of(const CsrView<double>& A) {
  return A;
}

} // namespace

template <Real T>
Hops<T>::Hops(const CsrView<T>& A, Index width, bool transpose, int threads)
    : A_(A), threads_(threads),
      plan_(structure_of(A),
            {.transpose = transpose, .row_bytes = width * static_cast<Index>(sizeof(T))}) {
  const Index lanes = kernels::edge_kernels<T>(isa()).lanes;
  width_ = std::max(lanes, (width + lanes - 1) / lanes * lanes);
  const Index parts =
      std::max(plan_.by_query().partials, transpose ? plan_.by_key().partials : Index{0});
  partials_.resize(static_cast<std::size_t>(parts * kernels::partial_size(0, width_)));
}

template <Real T>
Dense<T> Hops<T>::padded(View<const T> V) const {
  Dense<T> out(V.shape.tokens, width_);
  kernels::pad_rows(V, out.data(), width_, threads_);
  return out;
}

template <Real T>
Dense<T> Hops<T>::trimmed(const Dense<T>& X, Index width) const {
  Dense<T> out(X.shape().tokens, width);
  kernels::unpad_rows(X.data(), width_, out.view(), threads_);
  return out;
}

template <Real T>
void Hops<T>::apply(T c, const Dense<T>& X, T b, const Dense<T>* base, Dense<T>& out) const {
  const auto& kernel = kernels::edge_kernels<T>(isa());
  Head<T> head;
  head.V = rows_of(X);
  head.out = {out.data(), width_};
  head.value_width = width_;
  head.scale = c;
  if (base != nullptr)
    head.base = rows_of(*base);
  head.base_scale = b;
  head.edge = const_cast<T*>(A_.values); // read by this pass
  head.partials = partials_.data();
  const Task<T> task{&plan_.by_query(), head};
  kernels::run<T>(kernel.neighbor_sum, kernel.merge_sum, {&task, 1}, threads_);
}

template <Real T>
void Hops<T>::apply_transposed(T c, const Dense<T>& X, Dense<T>& out) const {
  const auto& kernel = kernels::edge_kernels<T>(isa());
  Head<T> head;
  head.V = rows_of(X);
  head.out = {out.data(), width_};
  head.value_width = width_;
  head.scale = c;
  head.edge = const_cast<T*>(A_.values);
  head.partials = partials_.data();
  const Task<T> task{&plan_.by_key(), head};
  kernels::run<T>(kernel.neighbor_sum, kernel.merge_sum, {&task, 1}, threads_);
}

template <Real T>
void Hops<T>::edge_gradient(T c, const Dense<T>& G, const Dense<T>& Z, T* dA) const {
  const auto& kernel = kernels::edge_kernels<T>(isa());
  Head<T> head;
  head.G = rows_of(G);
  head.V = rows_of(Z);
  head.value_width = width_;
  head.scale = c;
  head.edge = dA;
  const Task<T> task{&plan_.by_query(), head};
  kernels::run<T>(kernel.edge_dot, nullptr, {&task, 1}, threads_);
}

template <Real T>
Hopper<T>::Hopper(const CsrView<T>& A, Index width, const DiffuseOptions& how)
    : A_(A), hops_(A, width, false, how.threads), backend_(how.backend) {}

template <Real T>
void Hopper<T>::apply(T c, const Dense<T>& X, T b, const Dense<T>* base, Dense<T>& out) const {
  if (backend_ == Backend::fused) {
    hops_.apply(c, X, b, base, out);
    return;
  }
  // C = b base;  C = C + (c A) X, into a matrix that is full from the start
  const grb::Type type = sizeof(T) == sizeof(float) ? grb::Type::fp32 : grb::Type::fp64;
  grb::Matrix C = base == nullptr || b == 0
                      ? grb::filled(type, X.shape().tokens, X.shape().width, 0)
                      : grb::scale(grb::from_dense(base->view()), static_cast<double>(b));
  grb::mxm_into(C, grb::scale(grb::from_csr(A_), static_cast<double>(c)),
                grb::from_dense(X.view()));
  out = grb::to_dense<T>(C);
}

template <Real T>
double distance_bound(const Hopper<T>& hopper, T alpha, const Dense<T>& Z, const Dense<T>& V,
                      int threads) {
  Dense<T> next(Z.shape());
  hopper.apply(1 - alpha, Z, alpha, &V, next);
  return kernels::max_difference<T>(next.view(), Z.view(), threads) / static_cast<double>(alpha);
}

template class Hops<float>;
template class Hops<double>;
template class Hopper<float>;
template class Hopper<double>;
template double distance_bound<float>(const Hopper<float>&, float, const Dense<float>&,
                                      const Dense<float>&, int);
template double distance_bound<double>(const Hopper<double>&, double, const Dense<double>&,
                                       const Dense<double>&, int);

} // namespace attnwalk::diffusion
