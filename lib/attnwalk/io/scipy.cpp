// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/io/large.hpp"
#include "attnwalk/io/members.hpp"
#include "attnwalk/io/printable.hpp"
#include "attnwalk/io/sparse_source.hpp"
#include "attnwalk/io/triples.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>

namespace attnwalk::io {
namespace {

constexpr Index part_entries = 1 << 18;

/// Reads and checks the arrays of a source.
class Parts {
public:
  explicit Parts(const SparseSource& source) : source_(source) {}

  [[nodiscard]] bool holds(const std::string& key) const { return source_.info(key).has_value(); }
  /// The length of an array of one dimension.
  [[nodiscard]] Index length(const std::string& key) const {
    const std::optional<ArrayInfo> info = source_.info(key);
    require(info.has_value(), Code::io, name(), ": lacks the array ", key);
    require(info->shape.size() == 1, Code::io, name(), ": ", key, " has ", info->shape.size(),
            " dimensions where 1 is needed");
    return info->size();
  }
  [[nodiscard]] Buffer<Index> indices(const std::string& key) const {
    auto out = large_buffer<Index>(static_cast<std::size_t>(length(key)));
    source_.visit(key, [&](const Array& holder, Index at, Index count, Index first) {
      convert(holder, at, count, out.data() + first, message(name(), ": ", key));
    });
    return out;
  }
  /// Indices of 0 .. bound - 1.
  [[nodiscard]] Buffer<Index> indices(const std::string& key, Index bound) const {
    auto out = large_buffer<Index>(static_cast<std::size_t>(length(key)));
    source_.visit(key, [&](const Array& holder, Index at, Index count, Index first) {
      convert(holder, at, count, out.data() + first, message(name(), ": ", key));
      for (Index e = first; e < first + count; ++e) {
        const Index index = out[static_cast<std::size_t>(e)];
        require(index >= 0 && index < bound, Code::io, name(), ": ", key, "[", e, "] = ", index,
                " must be at least 0 and below ", bound);
      }
    });
    return out;
  }
  /// The data, empty if there are none or all are `true`.
  [[nodiscard]] Buffer<double> values(Index entries) const {
    const std::optional<ArrayInfo> info = source_.info("data");
    if (!info)
      return {};
    require(length("data") == entries, Code::io, name(), ": data has ", info->size(),
            " numbers for ", entries, " entries");
    require(info->dtype != DType::text, Code::io, name(), ": data is text");
    if (info->dtype == DType::boolean && all_true())
      return {};
    auto out = large_buffer<double>(static_cast<std::size_t>(entries));
    source_.visit("data", [&](const Array& holder, Index at, Index count, Index first) {
      convert(holder, at, count, out.data() + first);
      for (Index e = first; e < first + count; ++e)
        require(std::isfinite(out[static_cast<std::size_t>(e)]), Code::io, name(), ": data[", e,
                "] = ", out[static_cast<std::size_t>(e)], " is not finite");
    });
    return out;
  }
  /// All of a short array.
  [[nodiscard]] Array whole(const std::string& key) const {
    const ArrayInfo info = source_.info(key).value_or(ArrayInfo{});
    const Index width = bytes_of(info.dtype);
    require(info.size() <= 16, Code::io, name(), ": ", key, " has ", info.size(),
            " elements where at most 16 make sense");
    Array out{info.dtype, info.shape,
              Buffer<std::byte>(static_cast<std::size_t>(info.size() * width))};
    source_.visit(key, [&](const Array& holder, Index at, Index count, Index first) {
      if (count > 0)
        std::memcpy(out.bytes.data() + first * width, holder.bytes.data() + at * width,
                    static_cast<std::size_t>(count * width));
    });
    return out;
  }
  /// Runs tasks: together if each waits for its own array, else one by one, each in parallel.
  void run(const std::vector<std::function<void()>>& tasks) const {
    for_each_part(static_cast<Index>(tasks.size()), source_.streams ? how().threads : 1,
                  [&](Index task) { tasks[static_cast<std::size_t>(task)](); });
  }
  [[nodiscard]] const std::string& name() const { return source_.name; }
  [[nodiscard]] const ReadOptions& how() const { return source_.how; }

private:
  [[nodiscard]] bool all_true() const {
    std::atomic<bool> all = true;
    source_.visit("data", [&](const Array& holder, Index at, Index count, Index) {
      const auto* begin = holder.bytes.data() + at;
      if (std::find(begin, begin + count, std::byte{0}) != begin + count)
        all = false;
    });
    return all;
  }

  const SparseSource& source_;
};

std::string format_of(const Parts& parts) {
  if (!parts.holds("format"))
    return "csr";
  const Array format = parts.whole("format");
  require(format.dtype == DType::text || format.dtype == DType::uint8, Code::io, parts.name(),
          ": format is ", to_string(format.dtype), ", not text");
  std::string text(format.bytes.size(), '\0');
  if (!text.empty())
    std::memcpy(text.data(), format.bytes.data(), text.size());
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
  Triples all{shape[0], shape[1], {}, large_buffer<Index>(static_cast<std::size_t>(entries)), {}};
  parts.run({[&] { all.row = parts.indices("indices", shape[0]); },
             [&] { all.value = parts.values(entries); }});
  for (Index j = 0; j < shape[1]; ++j)
    std::fill(all.column.begin() + offsets[static_cast<std::size_t>(j)],
              all.column.begin() + offsets[static_cast<std::size_t>(j) + 1], j);
  return from_triples(parts, std::move(all));
}

Csr<double> from_coo(const Parts& parts) {
  const Index entries = parts.length("row");
  require(parts.length("col") == entries, Code::io, parts.name(), ": col has ", parts.length("col"),
          " numbers where row has ", entries);
  require(parts.holds("shape"), Code::io, parts.name(), ": lacks the array shape");
  const std::array<Index, 2> shape = shape_of(parts, 0);
  Triples all{shape[0], shape[1], {}, {}, {}};
  parts.run({[&] { all.row = parts.indices("row", shape[0]); },
             [&] { all.column = parts.indices("col", shape[1]); },
             [&] { all.value = parts.values(entries); }});
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
  out.bytes = large_buffer<std::byte>(static_cast<std::size_t>(count) * 4);
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
    out["data"] = {
        DType::boolean, {m}, Buffer<std::byte>(static_cast<std::size_t>(m), std::byte{1})};
  return out;
}

} // namespace

bool holds_scipy_csr(const Arrays& arrays) {
  return arrays.contains("format") || (arrays.contains("indptr") && arrays.contains("indices"));
}

SparseSource source_of(const Arrays& arrays, std::string_view name, const ReadOptions& how) {
  SparseSource out;
  out.name = name;
  out.how = how;
  out.info = [&arrays](const std::string& key) -> std::optional<ArrayInfo> {
    const auto found = arrays.find(key);
    if (found == arrays.end())
      return std::nullopt;
    return ArrayInfo{found->second.dtype, found->second.shape};
  };
  out.visit = [&arrays, threads = how.threads](const std::string& key,
                                               const SparseSource::Visit& visit) {
    const Array& array = arrays.at(key);
    const Index size = array.size();
    const Index parts = size / part_entries + 1;
    for_each_part(parts, threads, [&](Index p) {
      const Index begin = part_begin(size, parts, p);
      visit(array, begin, part_begin(size, parts, p + 1) - begin, begin);
    });
  };
  return out;
}

Csr<double> sparse_in(const SparseSource& source) {
  const Parts parts(source);
  const std::string format = format_of(parts);
  if (format == "coo") {
    require_room(static_cast<double>(parts.length("row")) * 24, source.name, source.how);
    return from_coo(parts);
  }
  require(parts.length("indptr") >= 1, Code::io, source.name, ": indptr is empty");
  require_room(static_cast<double>(parts.length("indptr")) * 8 +
                   static_cast<double>(parts.length("indices")) * (format == "csc" ? 24 : 16),
               source.name, source.how);
  return format == "csc" ? from_csc(parts) : from_csr(parts);
}

Csr<double> scipy_csr(const Arrays& arrays, std::string_view name, const ReadOptions& how) {
  return sparse_in(source_of(arrays, name, how));
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
  write_stored(out, content.members, 0);
}

} // namespace attnwalk::io
