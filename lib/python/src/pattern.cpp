// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/pattern.hpp"

#include "attnwalk/pattern/algebra.hpp"

#include "bind.hpp"

#include <memory>

namespace attnwalk::python {
namespace {

using pattern::Pattern;
using pattern::PatternBatch;

/// An array of a pattern as NumPy sees it: read-only, and alive as long as any of them is.
nb::ndarray<nb::numpy, const Index, nb::ndim<1>> shared_array(const Index* data, Index size,
                                                              const nb::object& owner) {
  return {data, {static_cast<std::size_t>(size)}, owner};
}

/// Sorted CSR arrays become a pattern: `adopted` arrays are kept as they are, others copied.
Pattern from_csr(Index cols, const InRow<Index>& indptr, const InRow<Index>& indices,
                 bool adopted) {
  require(indptr.size() > 0, Code::shape, "indptr holds no number; it needs one more than rows");
  const auto rows = static_cast<Index>(indptr.size()) - 1;
  require(indptr.data()[rows] == static_cast<Index>(indices.size()), Code::shape,
          "indptr ends with ", indptr.data()[rows], " where indices holds ", indices.size(),
          " columns");
  if (!adopted) {
    const nb::gil_scoped_release unlocked;
    return Pattern::from_csr(cols, vector_of(indptr), vector_of(indices));
  }
  const auto unlock = [](std::pair<InRow<Index>, InRow<Index>>* arrays) {
    const nb::gil_scoped_acquire locked;
    delete arrays;
  };
  const std::shared_ptr<const void> owner(new std::pair(indptr, indices), unlock);
  const nb::gil_scoped_release unlocked;
  return Pattern::adopt({rows, cols, indptr.data(), indices.data()}, owner);
}

/// Number of the pattern's entries that `keep` allows (batch x keys truths), and their numbers:
/// one pattern for each row of `keep`.
nb::tuple restricted_to_keys(const PatternBatch& P,
                             const In<bool, nb::ndim<2>, nb::c_contig>& keep) {
  const Index batch = static_cast<Index>(keep.shape(0));
  const Index heads = P.heads();
  require(static_cast<Index>(keep.shape(1)) == P.cols(), Code::shape, "key_padding_mask has ",
          keep.shape(1), " keys where the pattern has ", P.cols());
  require(P.batch() == 1 || P.batch() == batch, Code::shape, "key_padding_mask has ", batch,
          " sequences where the patterns have ", P.batch());
  Csr<double> out;
  std::vector<Index> kept;
  {
    const nb::gil_scoped_release unlocked;
    out.rows = batch * heads * P.rows();
    out.cols = P.cols();
    out.offsets.resize(static_cast<std::size_t>(out.rows) + 1);
    out.offsets[0] = 0;
    std::vector<Index> before{0}; // entries of the patterns before each
    for (const Pattern& one : P.patterns())
      before.push_back(before.back() + one.entries());
    Index row = 0;
    for (Index b = 0; b < batch; ++b)
      for (Index h = 0; h < heads; ++h) {
        const CsrView<double>& A = P.at(b, h).view();
        const bool* const wanted = keep.data() + b * P.cols();
        const Index first = before[static_cast<std::size_t>(P.number(b, h))];
        for (Index i = 0; i < A.rows; ++i, ++row) {
          for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
            if (wanted[A.columns[e]]) {
              out.columns.push_back(A.columns[e]);
              kept.push_back(first + e);
            }
          out.offsets[static_cast<std::size_t>(row) + 1] = static_cast<Index>(out.columns.size());
        }
      }
  }
  return nb::make_tuple(PatternBatch::stacked(std::move(out), batch, heads),
                        owned_row(std::move(kept)));
}

/// A function of the algebra that releases the lock.
template <class... Arguments>
auto unlocked(Pattern (*f)(const Pattern&, Arguments...)) {
  return [f](const Pattern& A, const Arguments&... more) {
    return released([&] { return f(A, more...); });
  };
}

void bind_batch(nb::module_& m) {
  nb::class_<PatternBatch>(m, "PatternBatch", nb::is_final(),
                           "The patterns of a layer: one per head of each sequence, or shared.")
      .def(nb::init<std::vector<Pattern>, Index, Index>(), "patterns"_a, "batch"_a, "heads"_a)
      .def_static(
          "stacked",
          [](Index cols, const InRow<Index>& indptr, const InRow<Index>& indices, Index batch,
             Index heads) {
            Csr<double> all;
            all.rows = static_cast<Index>(indptr.size()) - 1;
            all.cols = cols;
            all.offsets.assign(indptr.data(), indptr.data() + indptr.size());
            all.columns.assign(indices.data(), indices.data() + indices.size());
            return released([&] { return PatternBatch::stacked(std::move(all), batch, heads); });
          },
          "cols"_a, "indptr"_a, "indices"_a, "batch"_a, "heads"_a,
          "Splits one CSR of batch * heads * rows rows; the arrays are copied.")
      .def_prop_ro("batch", &PatternBatch::batch)
      .def_prop_ro("heads", &PatternBatch::heads)
      .def_prop_ro("rows", &PatternBatch::rows)
      .def_prop_ro("cols", &PatternBatch::cols)
      .def("at", &PatternBatch::at, "b"_a, "h"_a, nb::rv_policy::copy)
      .def("restricted", restricted_to_keys, "keep"_a,
           "One pattern per row of keep, without the keys that are False, and the numbers of the "
           "entries that remain.");
}

} // namespace

void bind_pattern(nb::module_& m) {
  nb::class_<Pattern>(m, "Pattern", nb::is_final(), "Which query may attend which key.")
      .def(nb::init<>())
      .def_static("from_csr", from_csr, "cols"_a, "indptr"_a, "indices"_a, "adopted"_a)
      .def_static(
          "from_mask",
          [](const In<std::uint8_t, nb::ndim<2>, nb::c_contig>& mask) {
            return released([&] {
              return Pattern::from_mask(static_cast<Index>(mask.shape(0)),
                                        static_cast<Index>(mask.shape(1)),
                                        {mask.data(), mask.size()});
            });
          },
          "mask"_a)
      .def_prop_ro("rows", &Pattern::rows)
      .def_prop_ro("cols", &Pattern::cols)
      .def_prop_ro("entries", &Pattern::entries)
      .def("degree", &Pattern::degree, "i"_a)
      .def("contains", &Pattern::contains, "i"_a, "j"_a)
      .def_prop_ro("indptr",
                   [](nb::handle_t<Pattern> self) {
                     const CsrView<double>& A = nb::cast<const Pattern&>(self).view();
                     return shared_array(A.offsets, A.rows + 1, nb::borrow(self));
                   })
      .def_prop_ro("indices",
                   [](nb::handle_t<Pattern> self) {
                     const CsrView<double>& A = nb::cast<const Pattern&>(self).view();
                     return shared_array(A.columns, A.entries(), nb::borrow(self));
                   })
      .def(
          "equals", [](const Pattern& A, const Pattern& B) { return A == B; }, "B"_a)
      .def("unite", unlocked(pattern::unite), "B"_a)
      .def("intersect", unlocked(pattern::intersect), "B"_a)
      .def("subtract", unlocked(pattern::subtract), "B"_a)
      .def("transpose", unlocked(pattern::transpose))
      .def("symmetrize", unlocked(pattern::symmetrize))
      .def("symmetric", [](const Pattern& A) { return released([&] { return symmetric(A); }); })
      .def("causal", unlocked(pattern::causal))
      .def("with_loops", unlocked(pattern::with_loops))
      .def("without_loops", unlocked(pattern::without_loops))
      .def(
          "permute",
          [](const Pattern& A, const InRow<Index>& order) {
            return released([&] { return permute(A, span_of(order)); });
          },
          "order"_a)
      .def("crop", unlocked(pattern::crop), "rows"_a, "cols"_a);
  bind_batch(m);
}

} // namespace attnwalk::python
