// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/attention.hpp"

#include "attnwalk/attention/weights.hpp"

#include "bind.hpp"

namespace attnwalk::python {
namespace {

using attention::AttendOptions;
using attention::Attention;
using pattern::Pattern;
using pattern::Weights;

template <Real T>
Dense<T> dense_of(const In<T>& array) {
  const View<const T> from = view_of(array);
  Dense<T> out = Dense<T>::unset(from.shape);
  T* to = out.data();
  for (Index b = 0; b < from.shape.batch; ++b)
    for (Index h = 0; h < from.shape.heads; ++h)
      for (Index i = 0; i < from.shape.tokens; ++i, to += from.shape.width)
        std::copy_n(from.row(b, h, i), from.shape.width, to);
  return out;
}

AttendOptions options(double scale, const std::string& empty_rows, double dropout,
                      std::uint64_t seed, bool bfloat16, const std::string& backend,
                      bool assumed_valid, int threads, Monitor* monitor) {
  return {.scale = scale,
          .empty_rows = parse_name<attention::EmptyRows>("empty_rows", empty_rows),
          .dropout = dropout,
          .key = {seed, 0},
          .lse = true,
          .d_score = true,
          .storage = bfloat16 ? attention::Storage::bfloat16 : attention::Storage::full,
          .backend = parse_name<Backend>("backend", backend),
          .assumed_valid = assumed_valid,
          .threads = threads,
          .monitor = monitor};
}

template <Real T>
void bind_class(nb::module_& m, const char* name) {
  nb::class_<Attention<T>>(
      m, name, nb::is_final(),
      "Attention on fixed patterns, with what its kernels need to know of them.")
      .def(
          "__init__",
          [](Attention<T>* self, const pattern::PatternBatch& P, Index row_width, bool backward,
             int threads) {
            const nb::gil_scoped_release unlocked;
            new (self) Attention<T>(P, row_width, backward, threads);
          },
          "patterns"_a, "row_width"_a, "backward"_a, "threads"_a)
      .def(
          "forward",
          [](const Attention<T>& self, const In<T>& q, const In<T>& k, const In<T>& v,
             const std::optional<InRow<T>>& bias, double scale, const std::string& empty_rows,
             double dropout, std::uint64_t seed, bool bfloat16, const std::string& backend,
             bool assumed_valid, int threads, nb::object progress) {
            Watch watch(std::move(progress));
            const AttendOptions how = options(scale, empty_rows, dropout, seed, bfloat16, backend,
                                              assumed_valid, threads, watch.monitor());
            attention::Attended<T> out = released([&] {
              return self.forward(view_of(q), view_of(k), view_of(v), how, span_of(bias));
            });
            return nb::make_tuple(owned_dense(std::move(out.Z)), owned_dense(std::move(out.lse)));
          },
          "q"_a, "k"_a, "v"_a, "bias"_a.none(), "scale"_a, "empty_rows"_a, "dropout"_a, "seed"_a,
          "bfloat16"_a, "backend"_a, "assumed_valid"_a, "threads"_a, "progress"_a.none(),
          "Z and the log-sum-exp of each row.")
      .def(
          "backward",
          [](const Attention<T>& self, const In<T>& q, const In<T>& k, const In<T>& v,
             const In<T>& z, const In<T>& lse, const In<T>& g, const std::optional<InRow<T>>& bias,
             double scale, double dropout, std::uint64_t seed, int threads) {
            attention::AttendGradients<T> out = released([&] {
              attention::Attended<T> result{dense_of(z), dense_of(lse), {}};
              result.how =
                  options(scale, "zero", dropout, seed, false, "fused", true, threads, nullptr);
              result.how.d_score = bias.has_value();
              return self.backward(view_of(q), view_of(k), view_of(v), result, view_of(g),
                                   span_of(bias));
            });
            return nb::make_tuple(owned_dense(std::move(out.dQ)), owned_dense(std::move(out.dK)),
                                  owned_dense(std::move(out.dV)),
                                  owned_row(std::move(out.d_score)));
          },
          "q"_a, "k"_a, "v"_a, "z"_a, "lse"_a, "g"_a, "bias"_a.none(), "scale"_a, "dropout"_a,
          "seed"_a, "threads"_a,
          "dQ, dK, dV and, with a bias, dL/ds of every entry of every head.");
}

} // namespace

void bind_attention(nb::module_& m) {
  bind_class<float>(m, "AttentionFloat");
  bind_class<double>(m, "AttentionDouble");
  m.def(
      "scores",
      [](const In<double>& q, const In<double>& k, const Pattern& P, double scale) {
        const Weights S = released(
            [&] { return attention::scores(view_of(q), view_of(k), P, {.scale = scale}); });
        return owned_row(std::vector<double>(S.values().begin(), S.values().end()));
      },
      "q"_a, "k"_a, "pattern"_a, "scale"_a);
  m.def(
      "row_softmax",
      [](const Pattern& P, const InRow<double>& scores, const std::string& empty_rows) {
        const auto rule = parse_name<attention::EmptyRows>("empty_rows", empty_rows);
        const Weights A = released([&] {
          return attention::row_softmax(
              Weights(P, Buffer<double>(scores.data(), scores.data() + scores.size())), rule);
        });
        return owned_row(std::vector<double>(A.values().begin(), A.values().end()));
      },
      "pattern"_a, "scores"_a, "empty_rows"_a);
}

} // namespace attnwalk::python
