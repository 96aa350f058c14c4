// SPDX-License-Identifier: Apache-2.0
// Krylov solvers of Eigen on a matrix-free I - (1-a) A, and its sparse LU. In double, column by
// column.
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/diffusion/methods.hpp"
#include "attnwalk/sparse/symmetry.hpp"

#include <Eigen/IterativeLinearSolvers>
#include <Eigen/Sparse>
#include <Eigen/SparseLU>

#include <algorithm>
#include <cmath>
#include <unsupported/Eigen/IterativeSolvers>
#include <utility>

namespace attnwalk::diffusion {
namespace {
class Walk;
} // namespace
} // namespace attnwalk::diffusion

namespace Eigen::internal {
template <>
struct traits<attnwalk::diffusion::Walk> : public traits<Eigen::SparseMatrix<double>> {};
} // namespace Eigen::internal

namespace attnwalk::diffusion {
namespace {

using Map = Eigen::Map<const Eigen::SparseMatrix<double, Eigen::RowMajor, Index>>;

// x -> s^-1 (I - (1-a) A) s x with s a diagonal matrix; Eigen's solvers need only products.
class Walk : public Eigen::EigenBase<Walk> {
public:
  using Scalar = double;
  using RealScalar = double;
  using StorageIndex = int;
  enum {
    ColsAtCompileTime = Eigen::Dynamic,
    MaxColsAtCompileTime = Eigen::Dynamic,
    IsRowMajor = 0
  };

  Walk(const CsrView<double>& A, double alpha, Eigen::VectorXd scaling)
      : A_(A.rows, A.cols, A.entries(), A.offsets, A.columns, A.values), alpha_(alpha),
        scaling_(std::move(scaling)) {}

  [[nodiscard]] Eigen::Index rows() const { return A_.rows(); }
  [[nodiscard]] Eigen::Index cols() const { return A_.cols(); }
  template <class Rhs>
  Eigen::Product<Walk, Rhs, Eigen::AliasFreeProduct>
  operator*(const Eigen::MatrixBase<Rhs>& x) const {
    return {*this, x.derived()};
  }
  [[nodiscard]] Eigen::VectorXd times(const Eigen::VectorXd& x) const {
    ++products_;
    return x - (1 - alpha_) * (A_ * scaling_.cwiseProduct(x)).cwiseQuotient(scaling_);
  }
  [[nodiscard]] Index products() const { return std::exchange(products_, 0); }

private:
  Map A_;
  double alpha_;
  Eigen::VectorXd scaling_;
  mutable Index products_ = 0;
};

} // namespace
} // namespace attnwalk::diffusion

namespace Eigen::internal {
template <class Rhs>
struct generic_product_impl<attnwalk::diffusion::Walk, Rhs, SparseShape, DenseShape, GemvProduct>
    : generic_product_impl_base<attnwalk::diffusion::Walk, Rhs,
                                generic_product_impl<attnwalk::diffusion::Walk, Rhs>> {
  using Scalar = double;
  template <class Dest>
  static void scaleAndAddTo(Dest& to, const attnwalk::diffusion::Walk& walk, const Rhs& x,
                            const Scalar& factor) {
    to.noalias() += factor * walk.times(x);
  }
};
} // namespace Eigen::internal

namespace attnwalk::diffusion {
namespace {

struct Solved {
  Eigen::VectorXd x;
  Index products = 0;
  bool converged = true;
};

template <class Solver>
Solved krylov(Solver& solver, const Walk& walk, const Eigen::VectorXd& rhs, double tolerance,
              Index max_hops) {
  solver.setMaxIterations(max_hops);
  solver.setTolerance(tolerance);
  solver.compute(walk);
  Solved out;
  out.x = solver.solve(rhs);
  out.converged = solver.info() == Eigen::Success;
  out.products = walk.products();
  return out;
}

Solved solve(Method method, const Walk& walk, const Eigen::VectorXd& rhs, double tolerance,
             Index max_hops) {
  if (method == Method::cg) {
    Eigen::ConjugateGradient<Walk, Eigen::Lower | Eigen::Upper, Eigen::IdentityPreconditioner> cg;
    return krylov(cg, walk, rhs, tolerance, max_hops);
  }
  if (method == Method::gmres) {
    Eigen::GMRES<Walk, Eigen::IdentityPreconditioner> gmres;
    gmres.set_restart(60);
    return krylov(gmres, walk, rhs, tolerance, max_hops);
  }
  Eigen::BiCGSTAB<Walk, Eigen::IdentityPreconditioner> bicgstab;
  return krylov(bicgstab, walk, rhs, tolerance, max_hops);
}

// The factorization of I - (1-a) A; fill can be quadratic, so memory is asked for before.
class Factor {
public:
  Factor(const CsrView<double>& A, double alpha) {
    require_memory("the LU factors of exact diffusion",
                   16.0 * static_cast<double>(A.rows) * static_cast<double>(A.rows));
    const Map walk(A.rows, A.cols, A.entries(), A.offsets, A.columns, A.values);
    Eigen::SparseMatrix<double> system(A.rows, A.cols);
    system.setIdentity();
    system -= Eigen::SparseMatrix<double>((1 - alpha) * walk);
    lu_.compute(system);
    require(lu_.info() == Eigen::Success, Code::domain,
            "I - (1-a) A is singular: ", lu_.lastErrorMessage());
  }
  [[nodiscard]] Eigen::VectorXd solve(const Eigen::VectorXd& rhs) const { return lu_.solve(rhs); }

private:
  Eigen::SparseLU<Eigen::SparseMatrix<double>> lu_;
};

// sqrt(pi)^-1, the scaling that makes a reversible system symmetric.
Eigen::VectorXd symmetrizing(const CsrView<double>& A) {
  const sparse::ReversibleMeasure measure = sparse::reversible_measure(A);
  Eigen::VectorXd scaling(A.rows);
  for (Index i = 0; i < A.rows; ++i)
    scaling[i] = 1 / std::sqrt(std::max(measure.pi[i], 1e-300));
  return scaling;
}

} // namespace

template <Real T>
Diffused<T> run_solver(const Problem<T>& problem) {
  const DiffuseOptions& how = problem.how;
  if (how.method == Method::cg)
    require_reversible(problem.A, how);
  const CsrView<T>& given = problem.A;
  const Buffer<double> values(given.values, given.values + given.entries());
  const CsrView<double> A{given.rows, given.cols, given.offsets, given.columns, values.data()};
  const Index n = A.rows;
  const Index d = problem.V.shape.width;
  const bool direct = how.method == Method::exact;
  const Eigen::VectorXd scaling =
      how.method == Method::cg ? symmetrizing(A) : Eigen::VectorXd::Ones(n);
  const Walk walk(A, how.alpha, scaling);
  const Walk plain(A, how.alpha, Eigen::VectorXd::Ones(n));
  std::optional<Factor> factor;
  if (direct && n > 0)
    factor.emplace(A, how.alpha);

  Diffused<T> out;
  out.Z = Dense<T>(n, d);
  double worst = 0;
  for (Index c = 0; c < d && n > 0; ++c) {
    poll(how.monitor, "diffuse", static_cast<double>(c) / static_cast<double>(d));
    Eigen::VectorXd rhs(n);
    for (Index i = 0; i < n; ++i)
      rhs[i] = how.alpha * static_cast<double>(problem.V.row(i)[c]);
    Eigen::VectorXd z;
    if (direct) {
      z = factor->solve(rhs);
    } else {
      // s^-1 (I - (1-a) A) s y = s^-1 a V,  Z = s y
      const Eigen::VectorXd b = rhs.cwiseQuotient(scaling);
      const double size = b.norm();
      // ||r||_inf / a <= tolerance whenever ||r||_2 <= a tolerance
      const double relative = !how.tolerance ? 1e-12
                              : size > 0     ? std::min(0.1, how.alpha * *how.tolerance / size)
                                             : 0.1;
      const Solved solved = solve(how.method, walk, b, relative, how.max_hops);
      z = scaling.cwiseProduct(solved.x);
      out.hops = std::max(out.hops, solved.products);
      out.converged = out.converged && (how.tolerance.has_value() || solved.converged);
    }
    worst = std::max(worst, (rhs - plain.times(z)).cwiseAbs().maxCoeff() / how.alpha);
    for (Index i = 0; i < n; ++i)
      out.Z(i, c) = static_cast<T>(z[i]);
  }
  out.bound = worst;
  if (how.tolerance)
    out.converged = worst <= *how.tolerance;
  return out;
}

template Diffused<float> run_solver<float>(const Problem<float>&);
template Diffused<double> run_solver<double>(const Problem<double>&);

} // namespace attnwalk::diffusion
