// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/diffusion/diffuse.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/diffusion/methods.hpp"
#include "attnwalk/kernels/checks.hpp"
#include "attnwalk/sparse/symmetry.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
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
WalkState<T>::WalkState(const CsrView<T>& A, Index width, const DiffusionOptions& how)
    : A_(A), width_(width), backward_(how.backward) {
  require(A.rows == A.cols, Code::shape, "A is ", A.rows, " x ", A.cols,
          " and diffusion needs a square matrix");
  require(A.values != nullptr || A.entries() == 0, Code::domain,
          "A has no values: pass the pattern itself, or weights whose rows sum to 1");
  require(width >= 0, Code::shape, "width = ", width, " must not be negative");
  if (how.assumed_valid)
    return;
  sparse::validate({A.rows, A.cols, A.offsets, A.columns});
  require_stochastic(A);
}

template <Real T>
WalkState<T>::WalkState(const pattern::Pattern& P, Index width, const DiffusionOptions& how)
    : pattern_(P), values_(static_cast<std::size_t>(P.entries())), width_(width),
      backward_(how.backward) {
  const CsrView<double>& edges = P.view();
  require(P.square(), Code::shape, "A is ", P.rows(), " x ", P.cols(),
          " and diffusion needs a square matrix");
  for (Index i = 0; i < P.rows(); ++i)
    std::fill(values_.begin() + edges.offsets[i], values_.begin() + edges.offsets[i + 1],
              T{1} / static_cast<T>(std::max<Index>(1, edges.degree(i))));
  A_ = {edges.rows, edges.cols, edges.offsets, edges.columns, values_.data()};
}

template <Real T>
const kernels::PlanBatch& WalkState<T>::plans(int threads) const {
  std::call_once(planned_, [&] {
    std::vector<kernels::Plan> plans;
    plans.emplace_back(CsrView<double>{A_.rows, A_.cols, A_.offsets, A_.columns, nullptr},
                       kernels::PlanOptions{.transpose = backward_,
                                            .row_bytes = width_ * static_cast<Index>(sizeof(T)),
                                            .threads = threads});
    plans_ = kernels::PlanBatch(std::move(plans), 1, 1);
  });
  return plans_;
}

template <Real T>
double require_inputs(const CsrView<T>& A, View<const T> V, const DiffuseOptions& how) {
  kernels::require_one_head("V", V.shape);
  require(V.shape.tokens == A.rows, Code::shape, "V has ", V.shape.tokens, " rows and A ", A.rows,
          "; they must agree");
  require_options(how);
  if (!how.assumed_valid)
    kernels::require_finite("V", V, how.threads);
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
Diffusion<T>::Diffusion(const CsrView<T>& A, Index width, const DiffusionOptions& how)
    : state_(std::make_shared<const WalkState<T>>(A, width, how)) {}

template <Real T>
Diffusion<T>::Diffusion(const pattern::Pattern& P, Index width, const DiffusionOptions& how)
    : state_(std::make_shared<const WalkState<T>>(P, width, how)) {}

namespace {

template <class T>
Diffused<T> run(const Problem<T>& problem) {
  switch (problem.how.method) {
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
  return is_causal(problem.A) ? run_substitution(problem) : run_solver(problem);
}

} // namespace

template <Real T>
Diffused<T> Diffusion<T>::forward(View<const T> V, const DiffuseOptions& how) const {
  require(state_ != nullptr, Code::domain, "this Diffusion has no matrix: assign one that has");
  const CsrView<T>& A = state_->matrix();
  Diffused<T> result = run(Problem<T>{*state_, A, V, how, require_inputs(A, V, how)});
  result.how = how;
  return result;
}

template class WalkState<float>;
template class WalkState<double>;
template class Diffusion<float>;
template class Diffusion<double>;
template double require_inputs<float>(const CsrView<float>&, View<const float>,
                                      const DiffuseOptions&);
template double require_inputs<double>(const CsrView<double>&, View<const double>,
                                       const DiffuseOptions&);
template void require_reversible<float>(const CsrView<float>&, const DiffuseOptions&);
template void require_reversible<double>(const CsrView<double>&, const DiffuseOptions&);

} // namespace attnwalk::diffusion
