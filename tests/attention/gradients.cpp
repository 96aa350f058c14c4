// SPDX-License-Identifier: Apache-2.0
// gradients CASE IN OUT: forward and backward of one case on the arrays of an .npz file, for
// torch_autograd.py. CASE is attend-float, attend-double, diffuser-float or diffuser-double; IN
// holds q, k, v, g (batch x heads x tokens x width), the mask as indptr, indices, shape, and for
// attend one bias per entry and head.
#include "attnwalk/attention/attention.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/layers/diffuser.hpp"
#include "attnwalk/workflow/dense.hpp"

#include <iostream>
#include <string>

using namespace attnwalk;

namespace {

template <Real T>
io::Array entries(const Buffer<T>& numbers) {
  Dense<T> X(static_cast<Index>(numbers.size()), 1);
  std::copy(numbers.begin(), numbers.end(), X.data());
  io::Array out = io::to_array(X);
  out.shape.pop_back();
  return out;
}

template <Real T, class Gradients>
io::Arrays results(const Dense<T>& Z, const Gradients& back) {
  return {{"z", io::to_array(Z, 4)},
          {"dq", io::to_array(back.dQ, 4)},
          {"dk", io::to_array(back.dK, 4)},
          {"dv", io::to_array(back.dV, 4)},
          {"d_score", entries<T>(back.d_score)}};
}

template <Real T>
void run(const std::string& layer, const std::string& in, const std::string& out) {
  const io::ArrayFile file(in);
  const auto array = [&](const char* name) { return io::read_dense<T>(file, name); };
  const Dense<T> Q = array("q"), K = array("k"), V = array("v"), G = array("g");
  Csr<double> mask = io::read_sparse(in).matrix;
  mask.values.clear();
  const pattern::Pattern P(std::move(mask));
  if (layer == "attend") {
    // one pattern per head, so that each has a bias of its own
    const pattern::PatternBatch heads(
        std::vector<pattern::Pattern>(static_cast<std::size_t>(Q.shape().heads), P), 1,
        Q.shape().heads);
    const Dense<T> bias = array("bias");
    const std::span<const T> biases(bias.data(), static_cast<std::size_t>(bias.shape().size()));
    const attention::AttendOptions how{.lse = true, .d_score = true};
    const auto Z = attention::attend<T>(Q.view(), K.view(), V.view(), heads, how, biases);
    workflow::write_dense(out,
                          results(Z.Z, attention::attend_backward<T>(Q.view(), K.view(), V.view(),
                                                                     heads, Z, G.view(), biases)),
                          {});
    return;
  }
  const layers::Diffuser<T> diffuser(P, V.shape().width);
  const layers::DiffuserOptions how{.alpha = 0.15, .hops = 4};
  const auto Z = diffuser.forward(Q.view(), K.view(), V.view(), how);
  workflow::write_dense(
      out, results(Z.Z, diffuser.backward(Q.view(), K.view(), V.view(), Z, G.view())), {});
}

} // namespace

int main(int count, char** words) {
  if (count != 4)
    return 2;
  const std::string name = words[1];
  const std::string layer = name.substr(0, name.find('-'));
  try {
    if (name.ends_with("-double"))
      run<double>(layer, words[2], words[3]);
    else
      run<float>(layer, words[2], words[3]);
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << "\n";
    return 1;
  }
  return 0;
}
