// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/coo.hpp"

#include "attnwalk/core/parallel.hpp"
#include "attnwalk/io/huge_pages.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <utility>

namespace attnwalk::io {
namespace {

constexpr Index part_entries = 1 << 16; // a part of work: long enough to hide its start

Index parts_of(Index n, Index per_part) {
  return n / per_part + 1;
}

/// Columns [begin, end) brought into ascending order, values with them.
void sort_range(Csr<double>& A, Index begin, Index end,
                std::vector<std::pair<Index, double>>& scratch) {
  Index* columns = A.columns.data();
  if (A.values.empty()) {
    std::sort(columns + begin, columns + end);
    return;
  }
  scratch.clear();
  for (Index e = begin; e < end; ++e)
    scratch.emplace_back(columns[e], A.values[e]);
  std::sort(scratch.begin(), scratch.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (Index e = begin; e < end; ++e) {
    columns[e] = scratch[e - begin].first;
    A.values[e] = scratch[e - begin].second;
  }
}

/// Entry numbers run over the triples and, where mirrored, over them again with row and column
/// swapped.
template <class Visit>
void visit_entries(const Coo& from, bool mirror, Index begin, Index end, const Visit& visit) {
  for (Index e = begin; e < end; ++e) {
    const auto at = static_cast<std::size_t>(e);
    visit(from.row[at], from.column[at], at);
    if (mirror && from.row[at] != from.column[at])
      visit(from.column[at], from.row[at], at);
  }
}

/// Whether the entries come row by row, as most writers store them.
bool row_by_row(const Coo& from, int threads) {
  const auto m = static_cast<Index>(from.row.size());
  std::atomic<bool> ascending = true;
  const Index parts = parts_of(m, part_entries);
  for_each_part(parts, threads, [&](Index p) {
    const Index begin = std::max<Index>(part_begin(m, parts, p), 1);
    const Index end = part_begin(m, parts, p + 1);
    const Index* row = from.row.data();
    for (Index e = begin; e < end; ++e)
      if (row[e] < row[e - 1]) {
        ascending.store(false, std::memory_order_relaxed);
        return;
      }
  });
  return ascending;
}

} // namespace

std::optional<Place> sort_rows(Csr<double>& A, int threads) {
  const Index parts = std::min(A.rows, parts_of(A.view().entries() + A.rows, part_entries));
  std::vector<std::optional<Place>> twice(parts);
  for_each_part(parts, threads, [&](Index p) {
    std::vector<std::pair<Index, double>> scratch;
    const Index last = part_begin(A.rows, parts, p + 1);
    for (Index i = part_begin(A.rows, parts, p); i < last; ++i) {
      const Index begin = A.offsets[i];
      const Index end = A.offsets[i + 1];
      const Index* columns = A.columns.data();
      if (!std::is_sorted(columns + begin, columns + end))
        sort_range(A, begin, end, scratch);
      const Index* pair = std::adjacent_find(columns + begin, columns + end);
      if (pair != columns + end) {
        twice[p] = Place{i, *pair};
        return;
      }
    }
  });
  for (const std::optional<Place>& place : twice)
    if (place)
      return place;
  return std::nullopt;
}

Compressed compress(Coo&& entries, bool mirror, int threads) {
  const auto stored = static_cast<Index>(entries.row.size());
  const Index parts = parts_of(stored, part_entries);
  const bool in_order = !mirror && row_by_row(entries, threads);
  Compressed out;
  Csr<double>& A = out.matrix;
  A.rows = entries.rows;
  A.cols = entries.cols;
  A.offsets.assign(A.rows + 1, 0);

  // Count row i in offsets[i]; parts of an ordered list meet only in the rows at their ends.
  for_each_part(parts, threads, [&](Index p) {
    Index row = -1;
    Index run = 0;
    const auto flush = [&] {
      if (run > 0)
        std::atomic_ref(A.offsets[row]).fetch_add(run, std::memory_order_relaxed);
    };
    visit_entries(entries, mirror, part_begin(stored, parts, p), part_begin(stored, parts, p + 1),
                  [&](Index i, Index, std::size_t) {
                    if (i != row) {
                      flush();
                      row = i;
                      run = 0;
                    }
                    ++run;
                  });
    flush();
  });
  std::exclusive_scan(A.offsets.begin(), A.offsets.end(), A.offsets.begin(), Index{0});
  const auto total = static_cast<std::size_t>(A.offsets.back());
  if (in_order) {
    A.columns = std::move(entries.column);
    A.values = std::move(entries.value);
  } else {
    A.columns = large_buffer<Index>(total);
    A.values = large_buffer<double>(entries.value.empty() ? 0 : total);
    // Threads take places of a row in any order; the sort below makes the result the same.
    Buffer<Index> next(A.offsets.begin(), A.offsets.end());
    for_each_part(parts, threads, [&](Index p) {
      visit_entries(entries, mirror, part_begin(stored, parts, p), part_begin(stored, parts, p + 1),
                    [&](Index i, Index j, std::size_t e) {
                      const auto place = static_cast<std::size_t>(
                          std::atomic_ref(next[i]).fetch_add(1, std::memory_order_relaxed));
                      A.columns[place] = j;
                      if (!entries.value.empty())
                        A.values[place] = entries.value[e];
                    });
    });
  }
  out.twice = sort_rows(A, threads);
  return out;
}

} // namespace attnwalk::io
