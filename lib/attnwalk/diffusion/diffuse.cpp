// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/diffusion/diffuse.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/diffusion/hops.hpp"
#include "attnwalk/kernels/dense_rows.hpp"
#include "attnwalk/sparse/symmetry.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace attnwalk::diffusion {
namespace {

bool finite_hops(Method method) {
  return method == Method::diffuser || method == Method::truncated || method == Method::heat;
}

void require_options(const DiffuseOptions& how) {
  const bool limit = !finite_hops(how.method) || how.tolerance.has_value();
  require(how.alpha >= 0 && how.alpha <= 1 && (!limit || how.alpha > 0), Code::domain,
          "alpha = ", how.alpha, " must be in ", limit ? "(0, 1]" : "[0, 1]");
  require(how.hops >= 0, Code::domain, "hops = ", how.hops, " must be 0 or more");
  require(how.max_hops >= 1, Code::domain, "max_hops = ", how.max_hops, " must be at least 1");
  require(!how.tolerance || (*how.tolerance > 0 && std::isfinite(*how.tolerance)), Code::domain,
          "tolerance = ", how.tolerance.value_or(0), " must be positive");
  require(how.time >= 0 && std::isfinite(how.time), Code::domain, "time = ", how.time,
          " must be 0 or more");
  require(how.method != Method::heat || how.time > 0 || how.alpha > 0, Code::domain,
          "heat with alpha = 0 has no default time (1-a)/a: set time");
}

// Rows of float attention sum to 1 only up to rounding of about entries * eps.
template <class T>
constexpr double row_sum_slack = sizeof(T) == sizeof(float) ? 1e-4 : 1e-8;

template <class T>
void require_stochastic(const CsrView<T>& A) {
  for (Index i = 0; i < A.rows; ++i) {
    double sum = 0;
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const T weight = A.value(e);
      require(weight >= 0 && std::isfinite(weight), Code::domain, "A at row ", i, ", column ",
              A.columns[e], " is ", weight, "; it must be in [0, 1]");
      sum += static_cast<double>(weight);
    }
    require(A.degree(i) == 0 || std::abs(sum - 1) <= row_sum_slack<T>, Code::domain, "row ", i,
            " of A sums to ", sum, " where 1 is needed");
  }
}

} // namespace

template <Real T>
double require_inputs(const CsrView<T>& A, View<const T> V, const DiffuseOptions& how) {
  require(A.rows == A.cols, Code::shape, "A is ", A.rows, " x ", A.cols,
          " and diffusion needs a square matrix");
  require(V.shape.batch == 1 && V.shape.heads == 1, Code::shape, "V holds ", V.shape.batch,
          " batches of ", V.shape.heads, " heads; pass one head, V.head(b, h)");
  require(V.shape.tokens == A.rows, Code::shape, "V has ", V.shape.tokens, " rows and A ", A.rows,
          "; they must agree");
  require(A.values != nullptr || A.entries() == 0, Code::domain,
          "A has no values: pass the pattern itself, or weights whose rows sum to 1");
  require_options(how);
  if (!how.assumed_valid) {
    sparse::validate({A.rows, A.cols, A.offsets, A.columns});
    require_stochastic(A);
    const kernels::Place bad = kernels::first_not_finite(V, how.threads);
    if (bad.token >= 0)
      throw Error(Code::domain, message("V at row ", bad.token, ", column ", bad.column, " is ",
                                        V.row(bad.token)[bad.column], "; it must be finite"));
  }
  return kernels::max_magnitude(V, how.threads);
}

template <Real T>
void require_reversible(const CsrView<T>& A, const DiffuseOptions& how) {
  if (how.force)
    return;
  const double defect = sparse::reversible_measure(A).defect;
  const double allowed = std::max(1e-8, sizeof(T) == sizeof(float) ? 1e-5 : 0.0);
  require(defect <= allowed, Code::domain, "the reversibility defect of A is ", defect, " where ",
          to_string(how.method), " needs at most ", allowed,
          "; use gmres or bicgstab, or force it");
}

Index hops_for(Method method, double alpha, double tolerance, double largest_value) {
  require(alpha > 0 && alpha <= 1, Code::domain, "alpha = ", alpha, " must be in (0, 1]");
  require(tolerance > 0, Code::domain, "tolerance = ", tolerance, " must be positive");
  const double first = (method == Method::diffuser ? 2 : 1) * largest_value;
  if (alpha == 1 || first * (1 - alpha) <= tolerance)
    return 0;
  const double hops = std::log(tolerance / first) / std::log1p(-alpha) - 1;
  return static_cast<Index>(std::ceil(hops - 1e-9));
}

template <Real T>
Diffused<T> diffuse(const CsrView<T>& A, View<const T> V, const DiffuseOptions& how) {
  const double largest = require_inputs(A, V, how);
  const Problem<T> problem{A, V, how, largest};
  switch (how.method) {
  case Method::diffuser:
    return run_diffuser(problem);
  case Method::truncated:
    return run_truncated(problem);
  case Method::heat:
    return run_heat(problem);
  case Method::chebyshev:
    return run_chebyshev(problem);
  case Method::cg:
    return run_solver(problem);
  case Method::gmres:
  case Method::bicgstab:
  case Method::exact:
    break;
  }
  // The inner products of a Krylov solver would let every row see later ones.
  return is_causal(A) ? run_substitution(problem) : run_solver(problem);
}

template <Real T>
Diffused<T> diffuse(const pattern::Pattern& P, View<const T> V, const DiffuseOptions& how) {
  Buffer<T> values(static_cast<std::size_t>(P.entries()));
  const CsrView<double> edges = P.view();
  for (Index i = 0; i < P.rows(); ++i)
    std::fill(values.begin() + edges.offsets[i], values.begin() + edges.offsets[i + 1],
              T{1} / static_cast<T>(std::max<Index>(1, edges.degree(i))));
  return diffuse<T>(CsrView<T>{edges.rows, edges.cols, edges.offsets, edges.columns, values.data()},
                    V, how);
}

template Diffused<float> diffuse<float>(const pattern::Pattern&, View<const float>,
                                        const DiffuseOptions&);
template Diffused<double> diffuse<double>(const pattern::Pattern&, View<const double>,
                                          const DiffuseOptions&);
template Diffused<float> diffuse<float>(const CsrView<float>&, View<const float>,
                                        const DiffuseOptions&);
template Diffused<double> diffuse<double>(const CsrView<double>&, View<const double>,
                                          const DiffuseOptions&);
template double require_inputs<float>(const CsrView<float>&, View<const float>,
                                      const DiffuseOptions&);
template double require_inputs<double>(const CsrView<double>&, View<const double>,
                                       const DiffuseOptions&);
template void require_reversible<float>(const CsrView<float>&, const DiffuseOptions&);
template void require_reversible<double>(const CsrView<double>&, const DiffuseOptions&);

} // namespace attnwalk::diffusion
