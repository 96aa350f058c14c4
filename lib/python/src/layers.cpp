// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/layers/diffuser.hpp"
#include "attnwalk/layers/sbm.hpp"

#include "bind.hpp"

namespace attnwalk::python {
namespace {

using layers::DiffuserOptions;
using layers::SampledOptions;

/// f and C of an SBM layer as they come from Python: C is heads x clusters x width.
template <Real T>
struct MapArrays {
  In<T> C, W1, b1, W2, b2;

  [[nodiscard]] layers::SbmParameters<T> parameters() const {
    const auto copy = [](const In<T>& array) {
      const View<const T> from = view_of(array);
      Dense<T> out = Dense<T>::unset(from.shape);
      T* to = out.data();
      for (Index h = 0; h < from.shape.heads; ++h)
        for (Index i = 0; i < from.shape.tokens; ++i, to += from.shape.width)
          std::copy_n(from.row(0, h, i), from.shape.width, to);
      return out;
    };
    return {copy(C), {copy(W1), copy(b1), copy(W2), copy(b2)}};
  }
};

template <Real T>
void bind_diffuser(nb::module_& m, const char* name) {
  using Layer = layers::Diffuser<T>;
  const auto options = [](double scale, double alpha, Index hops, double dropout,
                          double hop_dropout, std::uint64_t seed, bool recompute, int threads,
                          Monitor* monitor) {
    return DiffuserOptions{.scale = scale,
                           .alpha = alpha,
                           .hops = hops,
                           .dropout = dropout,
                           .hop_dropout = hop_dropout,
                           .key = {seed, 0},
                           .memory =
                               recompute ? diffusion::Memory::recompute : diffusion::Memory::store,
                           .threads = threads,
                           .monitor = monitor};
  };
  nb::class_<Layer>(m, name, nb::is_final(), "The attention of a Diffuser layer.")
      .def(
          "__init__",
          [](Layer* self, const pattern::PatternBatch& P, Index value_width, int threads) {
            const nb::gil_scoped_release unlocked;
            new (self) Layer(P, value_width, threads);
          },
          "patterns"_a, "value_width"_a, "threads"_a)
      .def(
          "forward",
          [options](const Layer& self, const In<T>& q, const In<T>& k, const In<T>& v, double scale,
                    double alpha, Index hops, double dropout, double hop_dropout,
                    std::uint64_t seed, int threads, nb::object progress) {
            Watch watch(std::move(progress));
            const DiffuserOptions how = options(scale, alpha, hops, dropout, hop_dropout, seed,
                                                false, threads, watch.monitor());
            layers::DiffuserResult<T> out =
                released([&] { return self.forward(view_of(q), view_of(k), view_of(v), how); });
            return nb::make_tuple(owned_dense(std::move(out.Z)), owned_row(std::move(out.weights)));
          },
          "q"_a, "k"_a, "v"_a, "scale"_a, "alpha"_a, "hops"_a, "dropout"_a, "hop_dropout"_a,
          "seed"_a, "threads"_a, "progress"_a.none(),
          "Z and the weights of every entry of every head, before dropout.")
      .def(
          "backward",
          [options](const Layer& self, const In<T>& q, const In<T>& k, const In<T>& v,
                    const InRow<T>& weights, const In<T>& g, double scale, double alpha, Index hops,
                    double dropout, double hop_dropout, std::uint64_t seed, bool recompute,
                    int threads) {
            layers::DiffuserGradients<T> out = released([&] {
              layers::DiffuserResult<T> result;
              result.weights.assign(weights.data(), weights.data() + weights.size());
              result.how = options(scale, alpha, hops, dropout, hop_dropout, seed, recompute,
                                   threads, nullptr);
              return self.backward(view_of(q), view_of(k), view_of(v), result, view_of(g));
            });
            return nb::make_tuple(owned_dense(std::move(out.dQ)), owned_dense(std::move(out.dK)),
                                  owned_dense(std::move(out.dV)));
          },
          "q"_a, "k"_a, "v"_a, "weights"_a, "g"_a, "scale"_a, "alpha"_a, "hops"_a, "dropout"_a,
          "hop_dropout"_a, "seed"_a, "recompute"_a, "threads"_a);
}

struct SbmSettings {
  sbm::HeadOptions head;
  SampledOptions how;
};

SbmSettings settings(double block_scale, double delta, bool loops, double scale, double dropout,
                     const std::string& method, std::uint64_t seed,
                     const std::optional<InRow<std::uint8_t>>& key_mask, double sparsity_weight,
                     bool expected, bool score_rule, double clip, bool backward, int threads) {
  return {{.block_scale = block_scale, .delta = delta, .loops = loops, .threads = threads},
          {.scale = scale,
           .dropout = dropout,
           .method = parse_name<sbm::SampleMethod>("method", method),
           .key = {seed, 0},
           .key_mask = span_of(key_mask),
           .sparsity_weight = sparsity_weight,
           .sparsity = expected ? layers::Sparsity::expected : layers::Sparsity::sampled,
           .rule = score_rule ? sbm::GradientRule::score : sbm::GradientRule::logit,
           .clip = clip,
           .backward = backward,
           .threads = threads}};
}

/// The masks that were attended as one CSR of batch * heads * rows rows.
nb::tuple masks_tuple(const pattern::PatternBatch& masks) {
  std::vector<Index> indptr{0};
  std::vector<Index> indices;
  for (Index b = 0; b < masks.batch(); ++b)
    for (Index h = 0; h < masks.heads(); ++h) {
      const CsrView<double>& A = masks.at(b, h).view();
      const Index before = indptr.back();
      for (Index i = 1; i <= A.rows; ++i)
        indptr.push_back(before + A.offsets[i]);
      indices.insert(indices.end(), A.columns, A.columns + A.entries());
    }
  return nb::make_tuple(owned_row(std::move(indptr)), owned_row(std::move(indices)));
}

template <Real T>
void bind_sbm_layer(nb::module_& m, const std::string& suffix) {
  m.def(("sbm_forward_" + suffix).c_str(),
        [](const In<T>& q, const In<T>& k, const In<T>& v, const In<T>& C, const In<T>& W1,
           const In<T>& b1, const In<T>& W2, const In<T>& b2, double block_scale, double delta,
           bool loops, double scale, double dropout, const std::string& method, std::uint64_t seed,
           const std::optional<InRow<std::uint8_t>>& key_mask, double sparsity_weight,
           bool expected, bool score_rule, double clip, int threads) {
          const SbmSettings s =
              settings(block_scale, delta, loops, scale, dropout, method, seed, key_mask,
                       sparsity_weight, expected, score_rule, clip, false, threads);
          layers::SbmResult<T> out = released([&] {
            return layers::SbmAttention<T>(s.head).forward(
                view_of(q), view_of(k), view_of(v), MapArrays<T>{C, W1, b1, W2, b2}.parameters(),
                s.how);
          });
          return nb::make_tuple(owned_dense(std::move(out.Z)), out.sparsity,
                                owned_row(std::move(out.density)), masks_tuple(out.masks.patterns));
        },
        "q"_a, "k"_a, "v"_a, "C"_a, "W1"_a, "b1"_a, "W2"_a, "b2"_a, "block_scale"_a, "delta"_a,
        "loops"_a, "scale"_a, "dropout"_a, "method"_a, "seed"_a, "key_mask"_a.none(),
        "sparsity_weight"_a, "expected"_a, "score_rule"_a, "clip"_a, "threads"_a,
        "Z, the regularizer, the density of each head, and the masks as one CSR.");
  m.def(
      ("sbm_backward_" + suffix).c_str(),
      [](const In<T>& q, const In<T>& k, const In<T>& v, const In<T>& C, const In<T>& W1,
         const In<T>& b1, const In<T>& W2, const In<T>& b2, const In<T>& g, double block_scale,
         double delta, bool loops, double scale, double dropout, const std::string& method,
         std::uint64_t seed, const std::optional<InRow<std::uint8_t>>& key_mask,
         double sparsity_weight, bool expected, bool score_rule, double clip, int threads) {
        const SbmSettings s =
            settings(block_scale, delta, loops, scale, dropout, method, seed, key_mask,
                     sparsity_weight, expected, score_rule, clip, true, threads);
        layers::SbmGradients<T> out = released([&] {
          const layers::SbmAttention<T> layer(s.head);
          const auto parameters = MapArrays<T>{C, W1, b1, W2, b2}.parameters();
          const auto result = layer.forward(view_of(q), view_of(k), view_of(v), parameters, s.how);
          return layer.backward(view_of(q), view_of(k), view_of(v), parameters, result, view_of(g));
        });
        return nb::make_tuple(
            owned_dense(std::move(out.dQ)), owned_dense(std::move(out.dK)),
            owned_dense(std::move(out.dV)), owned_dense(std::move(out.dC)),
            owned_matrix(std::move(out.df.W1)), owned_matrix(std::move(out.df.b1)),
            owned_matrix(std::move(out.df.W2)), owned_matrix(std::move(out.df.b2)));
      },
      "q"_a, "k"_a, "v"_a, "C"_a, "W1"_a, "b1"_a, "W2"_a, "b2"_a, "g"_a, "block_scale"_a, "delta"_a,
      "loops"_a, "scale"_a, "dropout"_a, "method"_a, "seed"_a, "key_mask"_a.none(),
      "sparsity_weight"_a, "expected"_a, "score_rule"_a, "clip"_a, "threads"_a,
      "Gradients from the same draw: the masks are drawn again from the seed.");
}

} // namespace

void bind_layers(nb::module_& m) {
  bind_diffuser<float>(m, "DiffuserFloat");
  bind_diffuser<double>(m, "DiffuserDouble");
  bind_sbm_layer<float>(m, "float");
  bind_sbm_layer<double>(m, "double");
}

} // namespace attnwalk::python
