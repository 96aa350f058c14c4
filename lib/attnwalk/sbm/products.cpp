// SPDX-License-Identifier: Apache-2.0
// Eigen's products take seconds to compile for each combination of arguments, so they are all here.
#include "attnwalk/sbm/products.hpp"

namespace attnwalk::sbm {

template <class T>
RowMajor<T> times(const In<T>& A, const In<T>& B) {
  return A * B;
}
template <class T>
RowMajor<T> times_transposed(const In<T>& A, const In<T>& B) {
  return A * B.transpose();
}
template <class T>
RowMajor<T> transposed_times(const In<T>& A, const In<T>& B) {
  return A.transpose() * B;
}

template RowMajor<float> times(const In<float>&, const In<float>&);
template RowMajor<float> times_transposed(const In<float>&, const In<float>&);
template RowMajor<float> transposed_times(const In<float>&, const In<float>&);
template RowMajor<double> times(const In<double>&, const In<double>&);
template RowMajor<double> times_transposed(const In<double>&, const In<double>&);
template RowMajor<double> transposed_times(const In<double>&, const In<double>&);

} // namespace attnwalk::sbm
