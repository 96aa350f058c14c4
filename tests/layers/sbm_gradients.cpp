// SPDX-License-Identifier: Apache-2.0
// sbm_gradients TYPE RULE CLIP WEIGHT IN OUT: forward and backward of an SBM-Transformer layer on
// the arrays of an .npz file, for torch_sbm.py. TYPE is float or double, RULE logit or score; IN
// holds q, k, v, g, c, w1, b1, w2, b2 and key_mask (batch x keys). OUT also has the masks, dense.
#include "attnwalk/layers/sbm.hpp"
#include "attnwalk/workflow/dense.hpp"

#include <iostream>
#include <string>

using namespace attnwalk;

namespace {

template <Real T>
void run(char** words) {
  const io::ArrayFile file(words[5]);
  const auto array = [&](const char* name) { return io::read_dense<T>(file, name); };
  const Dense<T> Q = array("q"), K = array("k"), V = array("v"), G = array("g");
  const Dense<T> real = array("key_mask");
  std::vector<std::uint8_t> key_mask;
  for (Index x = 0; x < real.shape().size(); ++x)
    key_mask.push_back(real.data()[x] != 0 ? 1 : 0);
  const layers::SampledOptions how{.key = {7, 1},
                                   .key_mask = key_mask,
                                   .sparsity_weight = std::stod(words[4]),
                                   .rule = std::string(words[2]) == "score"
                                               ? sbm::GradientRule::score
                                               : sbm::GradientRule::logit,
                                   .clip = std::stod(words[3])};
  const layers::SbmParameters<T> parameters{array("c"),
                                            {array("w1"), array("b1"), array("w2"), array("b2")}};
  const layers::SbmAttention<T> layer;
  const auto out = layer.forward(Q.view(), K.view(), V.view(), parameters, how);
  const auto back = layer.backward(Q.view(), K.view(), V.view(), parameters, out, G.view());
  const Shape& q = Q.shape();
  Dense<double> masks({q.batch, q.heads, q.tokens, K.shape().tokens});
  for (Index b = 0; b < q.batch; ++b)
    for (Index h = 0; h < q.heads; ++h)
      for (Index i = 0; i < q.tokens; ++i)
        for (const Index j : out.drawn.at(b, h).row(i))
          masks.view().row(b, h, i)[j] = 1;
  Dense<double> sparsity(1, 1);
  sparsity(0, 0) = out.sparsity;
  workflow::write_dense(words[6],
                        {{"masks", io::to_array(masks, 4)},
                         {"sparsity", io::to_array(sparsity)},
                         {"z", io::to_array(out.Z, 4)},
                         {"dq", io::to_array(back.dQ, 4)},
                         {"dk", io::to_array(back.dK, 4)},
                         {"dv", io::to_array(back.dV, 4)},
                         {"dc", io::to_array(back.dC, 4)},
                         {"dw1", io::to_array(back.df.W1)},
                         {"db1", io::to_array(back.df.b1)},
                         {"dw2", io::to_array(back.df.W2)},
                         {"db2", io::to_array(back.df.b2)}},
                        {});
}

} // namespace

int main(int count, char** words) {
  if (count != 7)
    return 2;
  try {
    if (std::string(words[1]) == "double")
      run<double>(words);
    else
      run<float>(words);
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << "\n";
    return 1;
  }
  return 0;
}
