// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/large.hpp"
#include "attnwalk/io/layout.hpp"
#include "attnwalk/io/parallel.hpp"
#include "attnwalk/io/printable.hpp"
#include "attnwalk/io/triples.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>

namespace attnwalk::io {
namespace {

constexpr Index part_entries = 1 << 18;

/// The arrays of one sparse matrix, and how messages call them.
class Parts {
public:
  Parts(const Arrays& arrays, std::string_view name, const ReadOptions& how)
      : arrays_(arrays), name_(name), how_(how) {}

  [[nodiscard]] const Array* find(const std::string& key) const {
    const auto found = arrays_.find(key);
    return found == arrays_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const Array& need(const std::string& key) const {
    const Array* array = find(key);
    require(array != nullptr, Code::io, name_, ": lacks the array ", key);
    require(array->shape.size() == 1, Code::io, name_, ": ", key, " has ", array->shape.size(),
            " dimensions where 1 is needed");
    return *array;
  }
  [[nodiscard]] Buffer<Index> indices(const std::string& key) const {
    const Array& array = need(key);
    const Index m = array.size();
    auto out = large_buffer<Index>(static_cast<std::size_t>(m));
    each(m, [&](Index begin, Index end) {
      convert(array, begin, end - begin, out.data() + begin, message(name_, ": ", key));
    });
    return out;
  }
  /// The data, empty if there are none or all are `true`.
  [[nodiscard]] Buffer<double> values(Index entries) const {
    if (find("data") == nullptr)
      return {};
    const Array& data = need("data");
    require(data.size() == entries, Code::io, name_, ": data has ", data.size(), " numbers for ",
            entries, " entries");
    require(data.dtype != DType::text, Code::io, name_, ": data is text");
    if (data.dtype == DType::boolean && std::all_of(data.bytes.begin(), data.bytes.end(),
                                                    [](std::byte b) { return b != std::byte{0}; }))
      return {};
    auto out = large_buffer<double>(static_cast<std::size_t>(entries));
    each(entries, [&](Index begin, Index end) {
      convert(data, begin, end - begin, out.data() + begin);
      for (Index e = begin; e < end; ++e)
        require(std::isfinite(out[static_cast<std::size_t>(e)]), Code::io, name_, ": data[", e,
                "] = ", out[static_cast<std::size_t>(e)], " is not finite");
    });
    return out;
  }
  /// Refuses an index outside 0 .. bound - 1.
  void check_range(const Buffer<Index>& indices, const std::string& key, Index bound) const {
    each(static_cast<Index>(indices.size()), [&](Index begin, Index end) {
      for (Index e = begin; e < end; ++e) {
        const Index index = indices[static_cast<std::size_t>(e)];
        require(index >= 0 && index < bound, Code::io, name_, ": ", key, "[", e, "] = ", index,
                " must be at least 0 and below ", bound);
      }
    });
  }
  template <class Body>
  void each(Index n, const Body& body) const {
    const Index parts = n / part_entries + 1;
    for_each_part(parts, how_.threads,
                  [&](Index p) { body(part_begin(n, parts, p), part_begin(n, parts, p + 1)); });
  }
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] const ReadOptions& how() const { return how_; }

private:
  const Arrays& arrays_;
  std::string_view name_;
  const ReadOptions& how_;
};

std::string format_of(const Parts& parts) {
  const Array* format = parts.find("format");
  if (format == nullptr)
    return "csr";
  require(format->dtype == DType::text || format->dtype == DType::uint8, Code::io, parts.name(),
          ": format is ", to_string(format->dtype), ", not text");
  std::string text(format->bytes.size(), '\0');
  if (!text.empty())
    std::memcpy(text.data(), format->bytes.data(), text.size());
  require(text == "csr" || text == "csc" || text == "coo", Code::io, parts.name(), ": format ",
          printable(text), " is not read; convert it to csr, csc or coo");
  return text;
}

std::array<Index, 2> shape_of(const Parts& parts, Index otherwise) {
  const Array* stored = parts.find("shape");
  if (stored == nullptr)
    return {otherwise, otherwise};
  require(stored->size() == 2, Code::io, parts.name(), ": shape has ", stored->size(),
          " numbers where 2 are needed");
  std::array<Index, 2> shape{};
  convert(*stored, 0, 2, shape.data(), message(parts.name(), ": shape"));
  for (const Index extent : shape)
    require(extent >= 0, Code::io, parts.name(), ": shape ", shape[0], " x ", shape[1],
            " has a negative size");
  return shape;
}

/// The offsets of `major` rows or columns over `entries` indices.
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

Csr<double> from_triples(const Parts& parts, Triples&& entries) {
  require_room(static_cast<double>(entries.rows + 1) * 16 +
                   static_cast<double>(entries.row.size()) * 16,
               parts.name(), parts.how());
  Compressed out = compress(std::move(entries), false, parts.how().threads);
  refuse_twice(out.twice, parts.name());
  return std::move(out.matrix);
}

Csr<double> from_csr(const Parts& parts) {
  Csr<double> A;
  const Index entries = parts.need("indices").size();
  const std::array<Index, 2> shape = shape_of(parts, parts.need("indptr").size() - 1);
  A.rows = shape[0];
  A.cols = shape[1];
  A.offsets = offsets_of(parts, A.rows, entries);
  A.columns = parts.indices("indices");
  parts.check_range(A.columns, "indices", A.cols);
  A.values = parts.values(entries);
  refuse_twice(sort_rows(A, parts.how().threads), parts.name());
  return A;
}

Csr<double> from_csc(const Parts& parts) {
  const Index entries = parts.need("indices").size();
  const std::array<Index, 2> shape = shape_of(parts, parts.need("indptr").size() - 1);
  const Buffer<Index> offsets = offsets_of(parts, shape[1], entries);
  Triples all{shape[0], shape[1], parts.indices("indices"),
              large_buffer<Index>(static_cast<std::size_t>(entries)), parts.values(entries)};
  parts.check_range(all.row, "indices", shape[0]);
  for (Index j = 0; j < shape[1]; ++j)
    std::fill(all.column.begin() + offsets[static_cast<std::size_t>(j)],
              all.column.begin() + offsets[static_cast<std::size_t>(j) + 1], j);
  return from_triples(parts, std::move(all));
}

Csr<double> from_coo(const Parts& parts) {
  const Index entries = parts.need("row").size();
  require(parts.need("col").size() == entries, Code::io, parts.name(), ": col has ",
          parts.need("col").size(), " numbers where row has ", entries);
  require(parts.find("shape") != nullptr, Code::io, parts.name(), ": lacks the array shape");
  const std::array<Index, 2> shape = shape_of(parts, 0);
  Triples all{shape[0], shape[1], parts.indices("row"), parts.indices("col"),
              parts.values(entries)};
  parts.check_range(all.row, "row", shape[0]);
  parts.check_range(all.column, "col", shape[1]);
  return from_triples(parts, std::move(all));
}

/// 64-bit numbers as 32-bit ones where `largest` allows.
Array narrowed(const Index* numbers, Index count, Index largest) {
  Array out{DType::int64, {count}, {}};
  if (largest > std::numeric_limits<std::int32_t>::max()) {
    out.bytes.resize(static_cast<std::size_t>(count) * 8);
    std::memcpy(out.bytes.data(), numbers, out.bytes.size());
    return out;
  }
  out.dtype = DType::int32;
  out.bytes.resize(static_cast<std::size_t>(count) * 4);
  for (Index e = 0; e < count; ++e) {
    const auto number = static_cast<std::int32_t>(numbers[e]);
    std::memcpy(out.bytes.data() + e * 4, &number, 4);
  }
  return out;
}

} // namespace

bool holds_scipy_csr(const Arrays& arrays) {
  return arrays.contains("format") || (arrays.contains("indptr") && arrays.contains("indices"));
}

Csr<double> scipy_csr(const Arrays& arrays, std::string_view name, const ReadOptions& how) {
  const Parts parts(arrays, name, how);
  const std::string format = format_of(parts);
  if (format == "coo")
    return from_coo(parts);
  require(parts.need("indptr").size() >= 1, Code::io, name, ": indptr is empty");
  require_room(static_cast<double>(parts.need("indptr").size()) * 8 +
                   static_cast<double>(parts.need("indices").size()) * 16,
               name, how);
  return format == "csc" ? from_csc(parts) : from_csr(parts);
}

Arrays to_scipy_csr(const CsrView<double>& A) {
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
    out["data"] = {
        DType::boolean, {m}, Buffer<std::byte>(static_cast<std::size_t>(m), std::byte{1})};
  else
    out["data"] = to_array(std::span(A.values, static_cast<std::size_t>(m)), {m});
  return out;
}

} // namespace attnwalk::io
