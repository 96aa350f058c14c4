// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/threads.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/spectral/fields.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/structure/fields.hpp"

#include "values.hpp"

#include <sstream>

namespace attnwalk::python {
namespace {

using Values = std::optional<InRow<double>>;

CsrView<double> matrix(const pattern::Pattern& P, const Values& values) {
  const CsrView<double>& A = P.view();
  require(!values || static_cast<Index>(values->size()) == A.entries(), Code::shape,
          values ? values->size() : 0, " values were given for ", A.entries(), " entries");
  return {A.rows, A.cols, A.offsets, A.columns, values ? values->data() : nullptr};
}

template <class Result>
nb::str printed(const Result& result) {
  std::ostringstream out;
  out << result;
  return nb::str(out.str().c_str());
}

nb::tuple structure(const pattern::Pattern& P, const Values& values, Index hops, Index exact_below,
                    Index sources, double confidence, std::uint64_t seed, int threads,
                    nb::object progress) {
  Watch watch(std::move(progress));
  const pattern::StructureOptions how{.hops = hops,
                                      .exact_below = exact_below,
                                      .sources = sources,
                                      .confidence = confidence,
                                      .key = {seed, 0},
                                      .threads = threads,
                                      .monitor = watch.monitor()};
  const CsrView<double> A = matrix(P, values);
  const pattern::Structure found = released([&] { return pattern::structure(A, how); });
  return nb::make_tuple(dict_of(found), printed(found));
}

nb::tuple gap(const pattern::Pattern& P, const Values& values, const std::string& kind,
              const std::string& empty_rows, double tolerance, Index dense_below,
              Index max_products, Index steps, double failure, bool sweep_set,
              std::vector<std::string> only, bool whole_spectrum, std::uint64_t seed, int threads,
              nb::object progress) {
  Watch watch(std::move(progress));
  const spectral::GapOptions how{.kind = parse_name<spectral::Kind>("kind", kind),
                                 .empty_rows =
                                     parse_name<spectral::EmptyRowStep>("empty_rows", empty_rows),
                                 .tolerance = tolerance,
                                 .dense_below = dense_below,
                                 .max_products = max_products,
                                 .steps = steps,
                                 .failure = failure,
                                 .sweep_set = sweep_set,
                                 .only = std::move(only),
                                 .whole_spectrum = whole_spectrum,
                                 .key = {seed, 0},
                                 .threads = threads,
                                 .monitor = watch.monitor()};
  const CsrView<double> A = matrix(P, values);
  const spectral::GapReport report = released([&] {
    const ThreadLimit limit(threads); // dense products follow it, too
    return spectral::gap(A, how);
  });
  nb::dict found = dict_of(report);
  found["timings"] = dict_of(report.timings);
  return nb::make_tuple(found, printed(report));
}

} // namespace

void bind_spectral(nb::module_& m) {
  m.def("structure", structure, "pattern"_a, "values"_a.none(), "hops"_a, "exact_below"_a,
        "sources"_a, "confidence"_a, "seed"_a, "threads"_a, "progress"_a.none());
  m.def("gap", gap, "pattern"_a, "values"_a.none(), "kind"_a, "empty_rows"_a, "tolerance"_a,
        "dense_below"_a, "max_products"_a, "steps"_a, "failure"_a, "sweep_set"_a, "only"_a,
        "whole_spectrum"_a, "seed"_a, "threads"_a, "progress"_a.none());
  m.def(
      "mask_svg",
      [](const pattern::Pattern& P, const Values& values, const std::string& title, Index cells) {
        const CsrView<double> A = matrix(P, values);
        return released([&] { return report::mask_svg(A, {.title = title, .cells = cells}); });
      },
      "pattern"_a, "values"_a.none(), "title"_a, "cells"_a);
}

} // namespace attnwalk::python
