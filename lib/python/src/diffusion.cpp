// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/diffusion/propagate.hpp"
#include "attnwalk/workflow/fields.hpp"

#include "values.hpp"

namespace attnwalk::python {
namespace {

using pattern::Pattern;
using Values = std::optional<InRow<double>>;

CsrView<double> matrix(const Pattern& P, const Values& values, const char* name) {
  const CsrView<double>& A = P.view();
  require(!values || static_cast<Index>(values->size()) == A.entries(), Code::shape, name, " has ",
          values ? values->size() : 0, " values for ", A.entries(), " entries");
  return {A.rows, A.cols, A.offsets, A.columns, values ? values->data() : nullptr};
}

template <Real T>
nb::tuple diffuse(const Pattern& P, const std::optional<InRow<T>>& values, const In<T>& V,
                  const std::string& method, double alpha, Index hops,
                  std::optional<double> tolerance, Index max_hops, double time, bool force,
                  const std::string& backend, int threads, nb::object progress) {
  Watch watch(std::move(progress));
  const diffusion::DiffuseOptions how{.method = parse_name<diffusion::Method>("method", method),
                                      .alpha = alpha,
                                      .hops = hops,
                                      .tolerance = tolerance,
                                      .max_hops = max_hops,
                                      .time = time,
                                      .force = force,
                                      .backend = parse_name<Backend>("backend", backend),
                                      .threads = threads,
                                      .monitor = watch.monitor()};
  const CsrView<double>& A = P.view();
  require(!values || static_cast<Index>(values->size()) == A.entries(), Code::shape,
          values ? values->size() : 0, " weights were given for ", A.entries(), " entries");
  diffusion::Diffused<T> out = released([&] {
    return values ? diffusion::diffuse<T>(
                        CsrView<T>{A.rows, A.cols, A.offsets, A.columns, values->data()},
                        view_of(V), how)
                  : diffusion::diffuse<T>(P, view_of(V), how);
  });
  nb::dict found;
  found["hops"] = out.hops;
  found["bound"] = DictWriter::value(out.bound);
  found["missing_mass"] = out.missing_mass;
  found["steps"] = DictWriter::value(out.steps);
  found["converged"] = out.converged;
  return nb::make_tuple(owned_matrix(std::move(out.Z)), found);
}

nb::tuple csr_tuple(Csr<double> X) {
  if (X.values.empty())
    X.values.assign(X.columns.size(), 1.0);
  return nb::make_tuple(X.rows, X.cols, owned_row(std::move(X.offsets)),
                        owned_row(std::move(X.columns)), owned_row(std::move(X.values)));
}

nb::tuple propagate(const Pattern& A, const Values& a, const Pattern& X, const Values& x,
                    const std::string& semiring, Index hops, bool accumulate,
                    const std::string& cost, const std::optional<Pattern>& mask, bool restricted,
                    double max_bytes, nb::object progress) {
  Watch watch(std::move(progress));
  const diffusion::PropagateOptions how{.semiring =
                                            parse_name<diffusion::Semiring>("semiring", semiring),
                                        .hops = hops,
                                        .accumulate = accumulate,
                                        .cost = parse_name<diffusion::Cost>("cost", cost),
                                        .mask = mask ? &*mask : nullptr,
                                        .restricted = restricted,
                                        .max_bytes = max_bytes,
                                        .monitor = watch.monitor()};
  const CsrView<double> walk = matrix(A, a, "A");
  const CsrView<double> start = matrix(X, x, "X");
  diffusion::Propagated out = released([&] { return diffusion::propagate(walk, start, how); });
  return nb::make_tuple(csr_tuple(std::move(out.X)), DictWriter::value(out.growth));
}

} // namespace

void bind_diffusion(nb::module_& m) {
  const auto bind = [&]<Real T>(const char* name, T /*number*/) {
    m.def(name, diffuse<T>, "pattern"_a, "values"_a.none(), "v"_a, "method"_a, "alpha"_a, "hops"_a,
          "tolerance"_a.none(), "max_hops"_a, "time"_a, "force"_a, "backend"_a, "threads"_a,
          "progress"_a.none());
  };
  bind("diffuse_float", float{});
  bind("diffuse_double", double{});
  m.def("propagate", propagate, "A"_a, "a"_a.none(), "X"_a, "x"_a.none(), "semiring"_a, "hops"_a,
        "accumulate"_a, "cost"_a, "mask"_a.none(), "restricted"_a, "max_bytes"_a,
        "progress"_a.none());
  m.def(
      "multihop_weights",
      [](const Pattern& A, const Values& a, const Pattern& pairs, const InRow<double>& theta,
         bool restricted, nb::object progress) {
        Watch watch(std::move(progress));
        const CsrView<double> walk = matrix(A, a, "A");
        const pattern::Weights W = released([&] {
          return diffusion::multihop_weights(
              walk, pairs, span_of(theta), {.restricted = restricted, .monitor = watch.monitor()});
        });
        return nb::make_tuple(W.pattern(),
                              owned_row(std::vector<double>(W.values().begin(), W.values().end())));
      },
      "A"_a, "a"_a.none(), "pairs"_a, "theta"_a, "restricted"_a, "progress"_a.none());
}

} // namespace attnwalk::python
