// SPDX-License-Identifier: Apache-2.0
#include "spectral/dense_truth.hpp"

#include "support/dense_spectra.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>

namespace attnwalk::test {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using spectral::Gap;
using spectral::Status;

constexpr double eps = std::numeric_limits<double>::epsilon();
/// Backward error of Eigen's solvers and of forming an n x n matrix of norm 1: c n eps.
double rounding(Index n) {
  return 8 * static_cast<double>(n + 8) * eps;
}

MatrixXd dense(const CsrView<double>& A) {
  MatrixXd out = MatrixXd::Zero(A.rows, A.cols);
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      out(i, A.columns[e]) = A.value(e);
  return out;
}

/// Singular values this large lose a digit at most as roots of eigenvalues of X'X, which are many
/// times faster to find.
constexpr double worth_squaring = 0.1;

double norm(const MatrixXd& X) {
  if (X.isApprox(X.transpose(), 0))
    return support::symmetric_eigenvalues(X).cwiseAbs().maxCoeff();
  if (X.rows() > 64) {
    const double square = support::symmetric_eigenvalues(X.transpose() * X).maxCoeff();
    if (square > worth_squaring * worth_squaring)
      return std::sqrt(square);
  }
  return support::singular_values(X)[0];
}

/// The second smallest singular value.
double second_least(const MatrixXd& X) {
  if (X.rows() > 64) {
    const double square = support::symmetric_eigenvalues(X.transpose() * X)[1];
    if (square > worth_squaring * worth_squaring)
      return std::sqrt(square);
  }
  return support::singular_values(X)[X.rows() - 2];
}

/// Stationary distribution of an irreducible walk by Grassmann, Taksar and Heyman: no subtraction.
VectorXd stationary(MatrixXd A) {
  const Eigen::Index n = A.rows();
  for (Eigen::Index k = n - 1; k > 0; --k) {
    A.col(k).head(k) /= A.row(k).head(k).sum();
    A.topLeftCorner(k, k).noalias() += A.col(k).head(k) * A.row(k).head(k);
  }
  VectorXd pi = VectorXd::Zero(n);
  pi[0] = 1;
  for (Eigen::Index k = 1; k < n; ++k)
    pi[k] = pi.head(k).dot(A.col(k).head(k));
  return pi / pi.sum();
}

/// |w| |v| / |w'v| of the eigenvalue next to mu, by inverse iteration.
double condition_of(const MatrixXd& A, std::complex<double> mu) {
  const Eigen::Index n = A.rows();
  Eigen::MatrixXcd shifted = A.cast<std::complex<double>>();
  shifted.diagonal().array() -= mu * (1 + 4 * eps);
  const Eigen::PartialPivLU<Eigen::MatrixXcd> solver(shifted);
  Eigen::VectorXcd right = Eigen::VectorXcd::Ones(n) + Eigen::VectorXcd::Unit(n, 0);
  Eigen::VectorXcd left = right;
  for (int step = 0; step < 3; ++step) {
    right = solver.solve(right).normalized();
    left = solver.transpose().solve(left).normalized();
  }
  return 1 / std::abs((left.transpose() * right)(0, 0));
}

/// The same for matrices too large for all eigenvectors: the condition of the eigenvalue found, ten
/// times over for those beside it.
Known second_modulus_of_large(const MatrixXd& A) {
  Eigen::VectorXcd values = support::eigenvalues(A);
  Eigen::Index at = 0;
  (values.array() - 1.0).abs().minCoeff(&at);
  values[at] = 0;
  const double modulus = values.cwiseAbs().maxCoeff(&at);
  const double condition = 10 * condition_of(A, values[at]);
  const bool defective = !(condition < 1e10);
  return {"slem", modulus, defective ? 1.0 : condition * rounding(A.rows()) * A.norm(), 1};
}

/// The second largest eigenvalue modulus, 1 counted once, and its first-order error: condition
/// times backward error.
Known second_modulus(const MatrixXd& A) {
  if (A.rows() > 256)
    return second_modulus_of_large(A);
  const Eigen::EigenSolver<MatrixXd> solver(A);
  const Eigen::MatrixXcd left = solver.eigenvectors().inverse();
  std::vector<std::pair<double, double>> found;
  Eigen::Index top = 0;
  (solver.eigenvalues().array() - 1.0).abs().minCoeff(&top);
  for (Eigen::Index i = 0; i < A.rows(); ++i) {
    const double condition = left.row(i).norm() * solver.eigenvectors().col(i).norm();
    if (i != top)
      found.emplace_back(std::abs(solver.eigenvalues()[i]),
                         std::isfinite(condition) ? condition : 1 / eps);
  }
  // A defective eigenvalue near the top may be the one that matters: the worst condition counts.
  const auto [modulus, condition] = *std::max_element(found.begin(), found.end());
  double worst = condition;
  for (const auto& [other, its] : found)
    if (other > 0.5 * modulus)
      worst = std::max(worst, its);
  // An eigenvalue of index m moves by eps^(1/m): such matrices say little, and are few.
  const double size = A.norm();
  const bool defective = worst > 1e10;
  return {"slem", modulus, defective ? 1.0 : worst * rounding(A.rows()) * size, 1};
}

/// Quantities in the coordinates of pi, of an irreducible walk.
void add_pi_norms(std::vector<Known>& out, const MatrixXd& A, int steps) {
  const Eigen::Index n = A.rows();
  const double tolerance = rounding(n);
  const VectorXd q = stationary(A).cwiseSqrt();
  const MatrixXd M = q.asDiagonal() * A * q.cwiseInverse().asDiagonal();
  const MatrixXd D = M - q * q.transpose();
  const MatrixXd S = (D + D.transpose()) / 2 - 2 * q * q.transpose();
  out.push_back({"additive", support::symmetric_eigenvalues(S)[n - 1], tolerance});
  out.push_back({"chatterjee", second_least(MatrixXd::Identity(n, n) - M), tolerance});
  double pseudo = 0;
  MatrixXd X = D;
  // (1 - ||D^k||^2)/k <= 1/k: no later k can matter. Beyond `steps`, where reports have an upper
  // end alone, every power of two times it stands for the others.
  int k = 1;
  while (k <= steps || (1.0 / k > pseudo && k < 1000)) {
    const double size = norm(X);
    if (k == 1)
      out.push_back({"sigma_2", size, tolerance});
    if (k == steps)
      out.push_back({"k_step", size, steps * tolerance, static_cast<double>(steps)});
    pseudo = std::max(pseudo, (1 - size * size) / k);
    X *= k < steps ? MatrixXd(D) : MatrixXd(X);
    k += k < steps ? 1 : k;
  }
  out.push_back({"pseudo_gap", pseudo, steps * tolerance});
}

/// Quantities of the rows alone.
void add_coefficients(std::vector<Known>& out, const MatrixXd& A) {
  const Eigen::Index n = A.rows();
  out.push_back({"doeblin", A.colwise().minCoeff().sum(), 16 * eps});
  double apart = 0;
  const MatrixXd rows = A.transpose(); // contiguous
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < i; ++j)
      apart = std::max(apart, 0.5 * (rows.col(i) - rows.col(j)).cwiseAbs().sum());
  if (n > 1)
    out.push_back({"dobrushin", apart, 16 * eps});
  const double bound = std::sqrt(A.colwise().sum().maxCoeff());
  const MatrixXd C = A.rowwise() - A.colwise().mean();
  out.push_back({"consensus", norm(C), rounding(n) * std::max(1.0, bound)});
}

void add_undirected(std::vector<Known>& out, const MatrixXd& W) {
  const Eigen::Index n = W.rows();
  const VectorXd root = W.rowwise().sum().cwiseSqrt().cwiseInverse();
  const MatrixXd N = root.asDiagonal() * W * root.asDiagonal();
  const VectorXd l = support::symmetric_eigenvalues(N);
  const double tolerance = rounding(n);
  const double slem = std::max(std::abs(l[n - 2]), std::abs(l[0]));
  out.push_back({"lambda_2", l[n - 2], tolerance});
  out.push_back({"lambda_n", l[0], tolerance});
  out.push_back({"slem", slem, tolerance});
  out.push_back({"sigma_2", slem, tolerance});
  out.push_back({"additive", l[n - 2], tolerance});
  out.push_back({"chatterjee", 1 - l[n - 2], tolerance});
  out.push_back({"k_step", slem, tolerance});
  out.push_back({"pseudo_gap", 1 - slem * slem, 2 * tolerance});
}

/// Closed classes by reachability, in the order of their first tokens.
std::vector<std::vector<Eigen::Index>> closed_classes(const MatrixXd& A) {
  const Eigen::Index n = A.rows();
  std::vector<std::vector<Eigen::Index>> to(static_cast<std::size_t>(n));
  for (Eigen::Index j = 0; j < n; ++j)
    for (Eigen::Index i = 0; i < n; ++i)
      if (A(i, j) > 0)
        to[static_cast<std::size_t>(i)].push_back(j);
  std::vector<std::vector<char>> reach;
  for (Eigen::Index i = 0; i < n; ++i) {
    std::vector<char> seen(static_cast<std::size_t>(n), 0);
    std::vector<Eigen::Index> open{i};
    seen[static_cast<std::size_t>(i)] = 1;
    while (!open.empty()) {
      const Eigen::Index at = open.back();
      open.pop_back();
      for (const Eigen::Index j : to[static_cast<std::size_t>(at)])
        if (seen[static_cast<std::size_t>(j)] == 0) {
          seen[static_cast<std::size_t>(j)] = 1;
          open.push_back(j);
        }
    }
    reach.push_back(std::move(seen));
  }
  const auto reaches = [&](Eigen::Index i, Eigen::Index j) {
    return reach[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] != 0;
  };
  std::vector<std::vector<Eigen::Index>> out;
  for (Eigen::Index i = 0; i < n; ++i) {
    std::vector<Eigen::Index> members;
    bool closed = true;
    for (Eigen::Index j = 0; j < n; ++j)
      if (reaches(i, j)) {
        closed = closed && reaches(j, i);
        members.push_back(j);
      }
    if (closed && members.front() == i)
      out.push_back(std::move(members));
  }
  return out;
}

/// Truth against one end in the scale where the tolerance holds; `sign` < 0 for lower ends.
bool end_holds(double end, const Known& known, int sign) {
  const double scaled = known.power == 1 ? end : std::pow(std::max(0.0, end), known.power);
  return sign * (scaled - known.value) >= -known.tolerance;
}

void check(std::vector<std::string>& out, const Gap& g, const Known& known) {
  const bool is_gap =
      known.name == "chatterjee" || known.name == "pseudo_gap" || known.name == "doeblin";
  // The value that a gap stands for.
  const auto from_gap = [&](double gap) {
    return is_gap ? gap : known.name == "lambda_n" ? gap - 1 : 1 - gap;
  };
  const bool rising = is_gap || known.name == "lambda_n";
  const auto test = [&](const char* which, const std::optional<double>& x, bool gap, int sign) {
    if (!x)
      return;
    const double end = gap ? from_gap(*x) : *x;
    const int side = gap && !rising ? -sign : sign;
    if (end_holds(end, known, side))
      return;
    std::ostringstream text;
    text.precision(17);
    text << g.name << " (" << to_string(g.status) << ", " << g.method << "): " << which << " = "
         << *x << ", truth^" << known.power << " = " << known.value << " +- " << known.tolerance;
    out.push_back(text.str());
  };
  // A number outside its own interval, if by one bit, is a lie as well.
  const auto ordered = [&](const char* which, const std::optional<double>& x,
                           const std::optional<double>& a, const std::optional<double>& b) {
    if (!x || (a.value_or(*x) <= *x && *x <= b.value_or(*x)))
      return;
    std::ostringstream text;
    text.precision(17);
    text << g.name << " (" << to_string(g.status) << ", " << g.method << "): " << which << " = "
         << *x << " is not in [" << a.value_or(*x) << ", " << b.value_or(*x) << "]";
    out.push_back(text.str());
  };
  ordered("value", g.value, g.lo, g.hi);
  ordered("gap", g.gap, g.gap_lo, g.gap_hi);
  const bool whole = g.status != Status::estimate;
  if (whole || known.name == "dobrushin")
    test("lo", g.lo, false, -1);
  if (whole || known.name == "slem")
    test("hi", g.hi, false, 1);
  if (whole || known.name == "slem")
    test("gap_lo", g.gap_lo, true, -1);
  if (whole || known.name == "dobrushin")
    test("gap_hi", g.gap_hi, true, 1);
}

const Gap* find(const spectral::GapReport& report, const std::string& name) {
  for (const Gap& g : report.gaps)
    if (g.name == name)
      return &g;
  return nullptr;
}

} // namespace

DenseTruth truth_of_square(const CsrView<double>& weights, int steps) {
  Eigen::setNbThreads(1); // its spinning threads slow the library's down
  MatrixXd W = dense(weights);
  const Eigen::Index n = W.rows();
  for (Eigen::Index i = 0; i < n; ++i)
    if (W.row(i).sum() == 0)
      W(i, i) = 1;
  const MatrixXd A = W.rowwise().sum().cwiseInverse().asDiagonal() * W;
  DenseTruth out;
  if (W == W.transpose().eval()) {
    add_undirected(out.known, W);
  } else if (W.isLowerTriangular(0)) {
    const VectorXd stay = A.diagonal();
    out.known.push_back({"lambda_2", stay.tail(n - 1).maxCoeff(), 4 * eps});
    out.known.push_back({"lambda_n", stay.minCoeff(), 4 * eps});
    out.known.push_back({"slem", stay.tail(n - 1).maxCoeff(), 4 * eps});
  } else {
    const auto classes = closed_classes(A);
    if (classes.size() == 1) {
      out.known.push_back(second_modulus(A));
      if (classes.front().size() > 1)
        add_pi_norms(out.known, A(classes.front(), classes.front()), steps);
    } else {
      out.known.push_back({"lambda_2", 1, 0});
      out.known.push_back({"slem", 1, 0});
      for (const auto& members : classes) {
        if (members.size() < 2)
          continue;
        const MatrixXd inside = A(members, members);
        DenseTruth::Class part{static_cast<Index>(members.size()), {second_modulus(inside)}};
        add_pi_norms(part.known, inside, steps);
        out.classes.push_back(std::move(part));
      }
    }
  }
  add_coefficients(out.known, A);
  return out;
}

DenseTruth truth_of_rectangle(const CsrView<double>& weights) {
  const MatrixXd B = dense(weights);
  const auto inverse_root = [](double d) { return d > 0 ? 1 / std::sqrt(d) : 0.0; };
  const VectorXd rows = B.rowwise().sum().unaryExpr(inverse_root);
  const VectorXd cols = B.colwise().sum().transpose().unaryExpr(inverse_root);
  // Eigen 3.4's divide and conquer for singular values reads out of bounds on some matrices of
  // rank 1, such as 512 x 300 ones: they are the upper eigenvalues of [0 N; N' 0].
  const Eigen::Index n = B.rows() + B.cols();
  MatrixXd joined = MatrixXd::Zero(n, n);
  joined.topRightCorner(B.rows(), B.cols()) = rows.asDiagonal() * B * cols.asDiagonal();
  joined.bottomLeftCorner(B.cols(), B.rows()) =
      joined.topRightCorner(B.rows(), B.cols()).transpose();
  return {{{"sigma_2_bipartite", support::symmetric_eigenvalues(joined)[n - 2], rounding(n)}}, {}};
}

std::vector<std::string> lies(const spectral::GapReport& report, const DenseTruth& truth) {
  std::vector<std::string> out;
  for (const Known& known : truth.known) {
    const Gap* g = find(report, known.name);
    if (g == nullptr)
      out.push_back(known.name + " is missing");
    else
      check(out, *g, known);
  }
  for (int rank = 0;; ++rank) {
    const std::string prefix = "class " + std::to_string(rank) + ": ";
    if (find(report, prefix + "slem") == nullptr)
      break;
    const auto size = std::find_if(report.bounds.begin(), report.bounds.end(),
                                   [&](const auto& b) { return b.name == prefix + "size"; });
    // Classes of one size are not told apart by their names: one of them must fit.
    std::vector<std::string> fewest{prefix + "no closed class has this size"};
    for (const DenseTruth::Class& part : truth.classes) {
      if (static_cast<double>(part.size) != size->value)
        continue;
      std::vector<std::string> wrong;
      for (const Known& known : part.known)
        if (const Gap* g = find(report, prefix + known.name))
          check(wrong, *g, known);
      if (wrong.size() <= fewest.size())
        fewest = std::move(wrong);
    }
    out.insert(out.end(), fewest.begin(), fewest.end());
  }
  return out;
}

} // namespace attnwalk::test
