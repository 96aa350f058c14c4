// SPDX-License-Identifier: Apache-2.0
// spectra_peer FILE TOLERANCE: 1 - lambda_2 of the walk on a stored symmetric pattern by plain
// Spectra, and the seconds that it took without reading the file and forming the matrix.
#include "attnwalk/io/file.hpp"

#include <Eigen/SparseCore>
#include <Spectra/MatOp/SparseSymMatProd.h>
#include <Spectra/SymEigsSolver.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <vector>

namespace {

using attnwalk::Index;
using Sparse = Eigen::SparseMatrix<double>;

Sparse normalized(const attnwalk::CsrView<double>& A) {
  std::vector<Eigen::Triplet<double>> entries;
  for (Index i = 0; i < A.rows; ++i)
    for (const Index j : A.row(i))
      entries.emplace_back(static_cast<int>(i), static_cast<int>(j),
                           1 / std::sqrt(static_cast<double>(A.degree(i) * A.degree(j))));
  Sparse N(A.rows, A.rows);
  N.setFromTriplets(entries.begin(), entries.end());
  return N;
}

void run(const char* file, double tolerance) {
  const Sparse N = normalized(attnwalk::io::read_sparse(file).matrix.view());
  const auto began = std::chrono::steady_clock::now();
  Spectra::SparseSymMatProd<double> product(N);
  Spectra::SymEigsSolver<Spectra::SparseSymMatProd<double>> solver(product, 2, 40);
  solver.init();
  const auto found = solver.compute(Spectra::SortRule::LargestAlge, 1000, tolerance);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (found < 2)
    throw std::runtime_error("Spectra did not converge in 1000 restarts");
  std::cout.precision(17);
  std::cout << 1 - solver.eigenvalues()[1] << " " << took.count() << "\n";
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: spectra_peer FILE TOLERANCE\n";
    return 2;
  }
  try {
    run(argv[1], std::atof(argv[2]));
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
