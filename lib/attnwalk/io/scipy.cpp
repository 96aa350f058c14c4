// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/scipy.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/io/coo.hpp"
#include "attnwalk/io/huge_pages.hpp"
#include "attnwalk/io/npy_header.hpp"
#include "attnwalk/io/packed.hpp"
#include "attnwalk/io/printable.hpp"
#include "attnwalk/sparse/entries.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <set>

namespace attnwalk::io {
namespace {

constexpr Index part_entries = 1 << 18;

/// Reads and checks the arrays of a source.
class Parts {
public:
  explicit Parts(const ArrayFile& file) : file_(file) {}

  [[nodiscard]] bool holds(const std::string& key) const { return file_.holds(key); }
  /// The length of an array of one dimension.
  [[nodiscard]] Index length(const std::string& key) const {
    const ArrayInfo info = file_.info(key);
    require(info.shape.size() == 1, Code::io, name(), ": ", key, " has ", info.shape.size(),
            " dimensions where 1 is needed");
    return info.size();
  }
  [[nodiscard]] Buffer<Index> indices(const std::string& key) const {
    auto out = large_buffer<Index>(length(key));
    file_.visit(key, [&](const Array& piece, Index first) {
      convert(piece, 0, piece.size(), out.data() + first, message(name(), ": ", key));
    });
    return out;
  }
  /// Indices of 0 .. bound - 1.
  [[nodiscard]] Buffer<Index> indices(const std::string& key, Index bound) const {
    auto out = large_buffer<Index>(length(key));
    file_.visit(key, [&](const Array& piece, Index first) {
      convert(piece, 0, piece.size(), out.data() + first, message(name(), ": ", key));
      check(key, out.data() + first, first, piece.size(), bound);
    });
    return out;
  }
  /// Numbers first .. first + count - 1 of an array of any dimensions, each of 0 .. bound - 1.
  [[nodiscard]] Buffer<Index> indices(const std::string& key, Index bound, Index first,
                                      Index count) const {
    auto out = large_buffer<Index>(count);
    convert(file_.read(key, first, count), 0, count, out.data(), message(name(), ": ", key));
    check(key, out.data(), first, count, bound);
    return out;
  }
  [[nodiscard]] ArrayInfo info(const std::string& key) const { return file_.info(key); }
  /// The data, empty if there are none or all are `true`.
  [[nodiscard]] Buffer<double> values(Index entries) const {
    if (!holds("data"))
      return {};
    const ArrayInfo info = file_.info("data");
    require(length("data") == entries, Code::io, name(), ": data has ", info.size(),
            " numbers for ", entries, " entries");
    require(info.dtype != DType::text, Code::io, name(), ": data is text");
    if (info.dtype == DType::boolean && all_true())
      return {};
    auto out = large_buffer<double>(entries);
    file_.visit("data", [&](const Array& piece, Index first) {
      convert(piece, 0, piece.size(), out.data() + first);
      for (Index e = first; e < first + piece.size(); ++e)
        require(std::isfinite(out[e]), Code::io, name(), ": data[", e, "] = ", out[e],
                " is not finite");
    });
    return out;
  }
  /// The sparse format that the metadata of a safetensors file name; where they name none, coo for
  /// coordinates and csr for the rest.
  [[nodiscard]] std::string format_in_metadata() const {
    const auto found = file_.metadata().find("format");
    // Other libraries write there whose tensors these are.
    static const std::set<std::string> frameworks{"pt", "np", "tf", "flax", "mlx"};
    if (found != file_.metadata().end() && !frameworks.contains(found->second))
      return found->second;
    return holds("row") || holds("coords") ? "coo" : "csr";
  }
  /// All of a short array.
  [[nodiscard]] Array whole(const std::string& key) const {
    const ArrayInfo info = file_.info(key);
    require(info.size() <= 16, Code::io, name(), ": ", key, " has ", info.size(),
            " elements where at most 16 make sense");
    return file_.read(key);
  }
  /// Runs tasks, each of which reads its own array, together.
  void run(const std::vector<std::function<void()>>& tasks) const {
    for_each_part(static_cast<Index>(tasks.size()), how().threads,
                  [&](Index task) { tasks[task](); });
  }
  [[nodiscard]] const std::string& name() const { return file_.name(); }
  [[nodiscard]] const ReadOptions& how() const { return file_.how(); }

private:
  /// Refuses the first of `count` numbers, of which `first` stand before, outside 0 .. bound - 1.
  void check(const std::string& key, const Index* numbers, Index first, Index count,
             Index bound) const {
    for (Index e = 0; e < count; ++e)
      require(numbers[e] >= 0 && numbers[e] < bound, Code::io, name(), ": ", key, "[", first + e,
              "] = ", numbers[e], " must be at least 0 and below ", bound);
  }
  [[nodiscard]] bool all_true() const {
    bool all = true;
    file_.visit("data", [&](const Array& piece, Index) {
      all = all &&
            std::find(piece.bytes.begin(), piece.bytes.end(), std::byte{0}) == piece.bytes.end();
    });
    return all;
  }

  const ArrayFile& file_;
};

/// The text of `format`, which SciPy stores as bytes, below 1.0 as unicode (4 bytes a character).
std::string stored_format(const Parts& parts) {
  const Array format = parts.whole("format");
  require(format.dtype == DType::text || format.dtype == DType::uint8, Code::io, parts.name(),
          ": format is ", to_string(format.dtype), ", not text");
  std::string text;
  for (const std::byte b : format.bytes)
    if (b != std::byte{0})
      text += static_cast<char>(b);
  return text;
}

/// A GCXS array of pydata's sparse compresses axis 0 (csr) or 1 (csc), and what is not stored must
/// be 0.
std::string gcxs_format(const Parts& parts) {
  const std::vector<Index> axes = to_indices(parts.whole("compressed_axes"));
  require(axes.size() == 1 && (axes[0] == 0 || axes[0] == 1), Code::io, parts.name(),
          ": compressed_axes must be one axis, 0 or 1, of a matrix");
  return axes[0] == 0 ? "csr" : "csc";
}

/// csr, csc or coo.
std::string format_of(const Parts& parts) {
  if (parts.holds("fill_value")) {
    const Array fill = parts.whole("fill_value");
    require(fill.size() == 1 && fill.dtype != DType::text && to_doubles(fill, 0, 1)[0] == 0,
            Code::io, parts.name(), ": fill_value is not 0: the matrix is not sparse");
  }
  const bool named = parts.holds("format");
  std::string text = named ? stored_format(parts) : parts.format_in_metadata();
  // pydata's sparse calls its compressed arrays gcxs, and did not name them at first.
  if (text == "gcxs" || (!named && parts.holds("compressed_axes")))
    text = gcxs_format(parts);
  require(text == "csr" || text == "csc" || text == "coo", Code::io, parts.name(), ": format ",
          printable(text), " is not read; convert it to csr, csc or coo");
  return text;
}

std::array<Index, 2> shape_of(const Parts& parts, Index otherwise) {
  if (!parts.holds("shape"))
    return {otherwise, otherwise};
  const Array stored = parts.whole("shape");
  require(stored.size() == 2, Code::io, parts.name(), ": shape has ", stored.size(),
          " numbers where 2 are needed");
  std::array<Index, 2> shape{};
  convert(stored, 0, 2, shape.data(), message(parts.name(), ": shape"));
  for (const Index extent : shape)
    require(extent >= 0, Code::io, parts.name(), ": shape ", shape[0], " x ", shape[1],
            " has a negative size");
  return shape;
}

Buffer<Index> offsets_of(const Parts& parts, Index major, Index entries) {
  Buffer<Index> offsets = parts.indices("indptr");
  const auto count = static_cast<Index>(offsets.size());
  require(count - 1 == major, Code::io, parts.name(), ": indptr has ", count, " numbers where ",
          major, " + 1 are needed");
  require(offsets.front() == 0, Code::io, parts.name(), ": indptr begins with ", offsets.front(),
          ", not with 0");
  for (std::size_t i = 1; i < offsets.size(); ++i)
    require(offsets[i] >= offsets[i - 1], Code::io, parts.name(), ": indptr falls from ",
            offsets[i - 1], " to ", offsets[i], " at ", i);
  require(offsets.back() == entries, Code::io, parts.name(), ": indptr ends with ", offsets.back(),
          " where indices has ", entries);
  return offsets;
}

void refuse_twice(const std::optional<Place>& twice, std::string_view name) {
  require(!twice, Code::io, name, ": entry (", twice ? twice->row : 0, ", ",
          twice ? twice->column : 0, ") occurs twice");
}

Csr<double> from_entries(const Parts& parts, Coo&& entries) {
  require_room(static_cast<double>(entries.rows + 1) * 16 +
                   static_cast<double>(entries.row.size()) * 16,
               parts.name(), parts.how());
  Compressed out = compress(std::move(entries), false, parts.how().threads);
  refuse_twice(out.twice, parts.name());
  return std::move(out.matrix);
}

Csr<double> from_csr(const Parts& parts) {
  Csr<double> A;
  const Index entries = parts.length("indices");
  const std::array<Index, 2> shape = shape_of(parts, parts.length("indptr") - 1);
  A.rows = shape[0];
  A.cols = shape[1];
  parts.run({[&] { A.offsets = offsets_of(parts, A.rows, entries); },
             [&] { A.columns = parts.indices("indices", A.cols); },
             [&] { A.values = parts.values(entries); }});
  refuse_twice(sort_rows(A, parts.how().threads), parts.name());
  return A;
}

Csr<double> from_csc(const Parts& parts) {
  const Index entries = parts.length("indices");
  const std::array<Index, 2> shape = shape_of(parts, parts.length("indptr") - 1);
  const Buffer<Index> offsets = offsets_of(parts, shape[1], entries);
  Coo all{shape[0], shape[1], {}, large_buffer<Index>(entries), {}};
  parts.run({[&] { all.row = parts.indices("indices", shape[0]); },
             [&] { all.value = parts.values(entries); }});
  for (Index j = 0; j < shape[1]; ++j)
    std::fill(all.column.begin() + offsets[j], all.column.begin() + offsets[j + 1], j);
  return from_entries(parts, std::move(all));
}

/// The coordinates of pydata's COO: all rows, then all columns, in one array.
Csr<double> from_coords(const Parts& parts) {
  const ArrayInfo coords = parts.info("coords");
  const std::array<Index, 2> shape = shape_of(parts, 0);
  require(coords.shape.size() == 2 && coords.shape[0] == 2, Code::io, parts.name(),
          ": coords must be 2 x entries for a matrix");
  const Index entries = coords.shape[1];
  Coo all{shape[0], shape[1], {}, {}, {}};
  parts.run({[&] { all.row = parts.indices("coords", shape[0], 0, entries); },
             [&] { all.column = parts.indices("coords", shape[1], entries, entries); },
             [&] { all.value = parts.values(entries); }});
  return from_entries(parts, std::move(all));
}

Csr<double> from_coo(const Parts& parts) {
  const Index entries = parts.length("row");
  require(parts.length("col") == entries, Code::io, parts.name(), ": col has ", parts.length("col"),
          " numbers where row has ", entries);
  require(parts.holds("shape"), Code::io, parts.name(), ": lacks the array shape");
  const std::array<Index, 2> shape = shape_of(parts, 0);
  Coo all{shape[0], shape[1], {}, {}, {}};
  parts.run({[&] { all.row = parts.indices("row", shape[0]); },
             [&] { all.column = parts.indices("col", shape[1]); },
             [&] { all.value = parts.values(entries); }});
  return from_entries(parts, std::move(all));
}

/// 64-bit numbers as 32-bit ones where `largest` allows.
Array narrowed(const Index* numbers, Index count, Index largest) {
  Array out{DType::int64, {count}, {}};
  if (largest > std::numeric_limits<std::int32_t>::max()) {
    out.bytes.resize(count * 8);
    std::memcpy(out.bytes.data(), numbers, out.bytes.size());
    return out;
  }
  out.dtype = DType::int32;
  out.bytes = large_buffer<std::byte>(count * 4);
  const Index parts = count / part_entries + 1;
  for_each_part(parts, 0, [&](Index p) {
    for (Index e = part_begin(count, parts, p); e < part_begin(count, parts, p + 1); ++e) {
      const auto number = static_cast<std::int32_t>(numbers[e]);
      std::memcpy(out.bytes.data() + e * 4, &number, 4);
    }
  });
  return out;
}

/// All arrays but the values.
Arrays scipy_structure(const CsrView<double>& A) {
  sparse::validate(A);
  const Index m = A.entries();
  const Index largest = std::max({m, A.rows, A.cols}); // SciPy wants one type for both arrays
  static constexpr Index zero = 0;
  Arrays out;
  out["indptr"] =
      A.rows == 0 ? narrowed(&zero, 1, largest) : narrowed(A.offsets, A.rows + 1, largest);
  out["indices"] = narrowed(A.columns, m, largest);
  const std::array<Index, 2> shape{A.rows, A.cols};
  out["shape"] = to_array(shape, {2});
  Array format{DType::text, {3}, Buffer<std::byte>(3)};
  std::memcpy(format.bytes.data(), "csr", 3);
  out["format"] = std::move(format);
  if (A.values == nullptr)
    out["data"] = {DType::boolean, {m}, Buffer<std::byte>(m, std::byte{1})};
  return out;
}

} // namespace

bool holds_sparse(const ArrayFile& file) {
  return file.holds("format") || (file.holds("indptr") && file.holds("indices")) ||
         (file.holds("row") && file.holds("col")) || file.holds("coords");
}

Csr<double> scipy_csr(const ArrayFile& file) {
  const Parts parts(file);
  const std::string format = format_of(parts);
  Csr<double> A;
  if (format == "coo" && parts.holds("coords")) {
    require_room(static_cast<double>(parts.info("coords").size()) * 12, file.name(), file.how());
    A = from_coords(parts);
  } else if (format == "coo") {
    require_room(static_cast<double>(parts.length("row")) * 24, file.name(), file.how());
    A = from_coo(parts);
  } else {
    require(parts.length("indptr") >= 1, Code::io, file.name(), ": indptr is empty");
    require_room(static_cast<double>(parts.length("indptr")) * 8 +
                     static_cast<double>(parts.length("indices")) * (format == "csc" ? 24 : 16),
                 file.name(), file.how());
    A = format == "csc" ? from_csc(parts) : from_csr(parts);
  }
  if (!A.values.empty() && file.info("data").dtype == DType::boolean) {
    sparse::drop_zeros(A); // False is no entry
    A.values.clear();
  }
  return A;
}

Csr<double> scipy_csr(const Arrays& arrays, std::string_view name, const ReadOptions& how) {
  return scipy_csr(ArrayFile(arrays, name, how));
}

Arrays to_scipy_csr(const CsrView<double>& A) {
  Arrays out = scipy_structure(A);
  const Index m = A.entries();
  if (A.values != nullptr)
    out["data"] = to_array(std::span(A.values, static_cast<std::size_t>(m)), {m});
  return out;
}

void write_scipy_npz(std::ostream& out, const CsrView<double>& A, Arrays further) {
  further.merge(scipy_structure(A));
  PackedArrays content = packed(further);
  if (A.values != nullptr) {
    const std::span values(A.values, static_cast<std::size_t>(A.entries()));
    content.members.push_back(
        {"data.npy", npy_header({DType::float64, {A.entries()}}), std::as_bytes(values)});
    std::sort(content.members.begin(), content.members.end(),
              [](const Packed& a, const Packed& b) { return a.name < b.name; });
  }
  write_stored(out, content.members);
}

} // namespace attnwalk::io
