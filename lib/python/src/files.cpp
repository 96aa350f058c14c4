// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/file.hpp"

#include "bind.hpp"

namespace attnwalk::python {
namespace {

using pattern::Certificate;
using pattern::Pattern;

/// The pattern, its values (None: a pattern) and its certificate (None: the file has none).
nb::tuple read(const std::string& file, bool as_mask, double max_bytes, int threads) {
  io::Loaded loaded = released([&] {
    const io::ReadOptions how{.max_bytes = max_bytes, .threads = threads};
    return as_mask ? io::read_mask(file, how) : io::read_sparse(file, how);
  });
  Buffer<double> values = std::move(loaded.matrix.values);
  loaded.matrix.values.clear();
  const bool weighted = !values.empty();
  const Pattern P(std::move(loaded.matrix));
  nb::object certificate = nb::none();
  if (loaded.certificate)
    certificate = nb::cast(*loaded.certificate);
  return nb::make_tuple(P, weighted ? nb::cast(owned_row(std::move(values))) : nb::none(),
                        certificate);
}

void write(const std::string& file, const Pattern& P, const std::optional<InRow<double>>& values,
           const std::optional<Certificate>& certificate) {
  const CsrView<double>& A = P.view();
  require(!values || static_cast<Index>(values->size()) == A.entries(), Code::shape,
          values ? values->size() : 0, " values were given for ", A.entries(), " entries");
  const nb::gil_scoped_release unlocked;
  io::write_sparse(file, {A.rows, A.cols, A.offsets, A.columns, values ? values->data() : nullptr},
                   certificate.value_or(Certificate{}));
}

} // namespace

void bind_files(nb::module_& m) {
  m.def("read", read, "file"_a, "as_mask"_a, "max_bytes"_a, "threads"_a);
  m.def("write", write, "file"_a, "pattern"_a, "values"_a.none(), "certificate"_a.none());
}

} // namespace attnwalk::python
