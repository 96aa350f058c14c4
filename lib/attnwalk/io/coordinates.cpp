// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/coordinates.hpp"

#include "attnwalk/io/coo.hpp"
#include "attnwalk/io/huge_pages.hpp"
#include "attnwalk/io/npy_header.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace attnwalk::io {
namespace {

/// Names the line of the second of two equal entries.
[[noreturn]] void refuse_twice(const Header& header, const Place& place) {
  Index seen = 0;
  visit_lines(header.body, header.line, header.name, [&](Line& line) {
    const Index i = line.integer("row", 1, header.rows) - 1;
    const Index j = line.integer("column", 1, header.cols) - 1;
    const bool same = (i == place.row && j == place.column) ||
                      (header.symmetric && j == place.row && i == place.column);
    if (same && ++seen == 2)
      line.fail("entry (", i + 1, ", ", j + 1, ") occurs twice",
                header.symmetric ? ", perhaps mirrored in a symmetric file" : "");
  });
  throw Error(Code::io, message(header.name, ": entry (", place.row + 1, ", ", place.column + 1,
                                ") occurs twice"));
}

/// Calls work(field) with the field as a constant, so that the loop over lines knows it.
template <class Work>
auto with_field(Field field, const Work& work) {
  switch (field) {
  case Field::pattern:
    return work(std::integral_constant<Field, Field::pattern>{});
  case Field::integer:
    return work(std::integral_constant<Field, Field::integer>{});
  case Field::real:
    break;
  }
  return work(std::integral_constant<Field, Field::real>{});
}

/// Of an entry's column and value.
template <Field Values>
constexpr double entry_bytes = Values == Field::pattern ? 8 : 16;

/// First and last entry of a part whose entries ascend.
struct Ends {
  Place first{-1, -1};
  Place last{-1, -1};
  bool ascending = true;
};

bool before(const Place& a, const Place& b) {
  return a.row != b.row ? a.row < b.row : a.column < b.column;
}

/// Whether all entries ascend and lie in the places counted for them without a gap.
bool continuous(const std::vector<Part>& parts, const std::vector<Ends>& ends) {
  Place last{-1, -1};
  Index place = 0;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (!ends[p].ascending)
      return false;
    if (parts[p].entries == 0)
      continue;
    if (parts[p].first != place || !before(last, ends[p].first))
      return false;
    last = ends[p].last;
    place += parts[p].entries;
  }
  return true;
}

/// Reads what most writers produce, entries row by row, straight into the matrix; empty if they
/// come otherwise, or with comments between them.
template <Field Values>
std::optional<Csr<double>> read_ascending(const Header& header, std::vector<Part>& parts,
                                          Index lines, const ReadOptions& how) {
  constexpr Index unset = -1;
  require_room(static_cast<double>(lines) * entry_bytes<Values> +
                   static_cast<double>(header.rows + 1) * 8,
               header.name, how);
  Csr<double> A;
  A.rows = header.rows;
  A.cols = header.cols;
  A.offsets = large_buffer<Index>(header.rows + 1);
  std::fill(A.offsets.begin(), A.offsets.end(), unset);
  A.columns = large_buffer<Index>(lines);
  A.values = large_buffer<double>(Values == Field::pattern ? 0 : lines);
  std::vector<Ends> ends(parts.size());
  for_each_part(static_cast<Index>(parts.size()), how.threads, [&](Index p) {
    Ends& own = ends[p];
    Place last = own.last;
    read_part<Values>(parts[p], header, [&](const Entry& entry, Index place) {
      const Place here{entry.row, entry.column};
      if (here.row != last.row) {
        // Where rows come back, several parts may write here; then nobody reads
        // it.
        if (last.row >= 0)
          std::atomic_ref(A.offsets[here.row]).store(place, std::memory_order_relaxed);
        else
          own.first = here;
      }
      own.ascending = before(last, here);
      last = here;
      A.columns[place] = entry.column;
      if constexpr (Values != Field::pattern)
        A.values[place] = entry.value;
      return own.ascending;
    });
    own.last = last;
  });
  if (!continuous(parts, ends))
    return std::nullopt;
  check_count(parts, header);
  // A part does not know whether it begins a row or goes on with one.
  Index last = unset;
  for (std::size_t p = 0; p < parts.size(); ++p)
    if (parts[p].entries > 0) {
      if (ends[p].first.row != last)
        A.offsets[ends[p].first.row] = parts[p].first;
      last = ends[p].last.row;
    }
  A.offsets.back() = header.entries;
  for (auto i = static_cast<std::size_t>(header.rows); i-- > 0;)
    if (A.offsets[i] == unset) // an empty row
      A.offsets[i] = A.offsets[i + 1];
  A.columns.resize(header.entries);
  if (Values != Field::pattern)
    A.values.resize(header.entries);
  return A;
}

template <Field Values>
Csr<double> read_any_order(const Header& header, std::vector<Part>& parts, Index lines,
                           const ReadOptions& how) {
  require_room(static_cast<double>(lines) * (entry_bytes<Values> + 8) +
                   static_cast<double>(header.entries) * entry_bytes<Values> *
                       (header.symmetric ? 2 : 1) +
                   static_cast<double>(header.rows + 1) * 16,
               header.name, how);
  const auto slots = static_cast<std::size_t>(lines);
  Coo all{header.rows, header.cols, large_buffer<Index>(slots), large_buffer<Index>(slots),
          large_buffer<double>(Values == Field::pattern ? 0 : slots)};
  for_each_part(static_cast<Index>(parts.size()), how.threads, [&](Index p) {
    Part& part = parts[p];
    part.entries = 0;
    read_part<Values>(part, header, [&](const Entry& entry, Index place) {
      all.row[place] = entry.row;
      all.column[place] = entry.column;
      if constexpr (Values != Field::pattern)
        all.value[place] = entry.value;
      return true;
    });
  });
  check_count(parts, header);
  close_gaps(all.row, parts);
  close_gaps(all.column, parts);
  if constexpr (Values != Field::pattern)
    close_gaps(all.value, parts);
  Compressed out = compress(std::move(all), header.symmetric, how.threads);
  if (out.twice)
    refuse_twice(header, *out.twice);
  return std::move(out.matrix);
}

} // namespace

Csr<double> read_coordinates(const Header& header, std::vector<Part>& parts, Index lines,
                             const ReadOptions& how) {
  require(header.entries <= lines, Code::io, header.name, ": claims ", header.entries,
          " entries where ", lines, " lines follow");
  return with_field(header.field, [&]<Field Values>(std::integral_constant<Field, Values>) {
    std::optional<Csr<double>> ascending;
    if (!header.symmetric)
      ascending = read_ascending<Values>(header, parts, lines, how);
    return ascending ? std::move(*ascending) : read_any_order<Values>(header, parts, lines, how);
  });
}

} // namespace attnwalk::io
