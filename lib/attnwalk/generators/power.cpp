// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/power.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/simple.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/pattern/rows.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace attnwalk::pattern {
namespace {

// A set of columns: one bit each, and the list of the words that hold any.
class Columns {
public:
  explicit Columns(Index n) : words_(static_cast<std::size_t>((n + 63) / 64)) {}

  void insert(Index j) {
    std::uint64_t& word = words_[static_cast<std::size_t>(j >> 6)];
    if (word == 0)
      touched_.push_back(j >> 6);
    word |= std::uint64_t{1} << (j & 63);
  }

  [[nodiscard]] Index size() const {
    Index members = 0;
    for (const Index w : touched_)
      members += std::popcount(words_[static_cast<std::size_t>(w)]);
    return members;
  }

  // The members in ascending order; the set is empty after it.
  void take(Index* out) {
    std::ranges::sort(touched_);
    for (const Index w : touched_)
      for (std::uint64_t bits = words_[static_cast<std::size_t>(w)]; bits != 0; bits &= bits - 1)
        *out++ = w * 64 + std::countr_zero(bits);
    clear();
  }

  void clear() {
    for (const Index w : touched_)
      words_[static_cast<std::size_t>(w)] = 0;
    touched_.clear();
  }

private:
  std::vector<std::uint64_t> words_;
  std::vector<Index> touched_;
};

// Row i of X A, and of A itself too if walks of one step count.
void step(const CsrView<double>& X, const CsrView<double>& A, bool within, Index i,
          Columns& reached) {
  for (const Index k : X.row(i))
    for (const Index j : A.row(k))
      reached.insert(j);
  if (within)
    for (const Index j : A.row(i))
      reached.insert(j);
}

void require_within_limits(double entries, Index rows, Index hop, const PowerOptions& how) {
  require(entries <= static_cast<double>(how.max_entries), Code::domain, "hop ", hop, " has ",
          entries, " entries, more than max_entries = ", how.max_entries);
  const double bytes = (static_cast<double>(rows) + 1 + entries) * sizeof(Index);
  require(bytes <= how.max_bytes, Code::domain, "hop ", hop, " takes ", bytes,
          " bytes, more than max_bytes = ", how.max_bytes);
}

// The support of X A (+ A), counted and checked before it is made.
Pattern next_hop(const Pattern& X, const Pattern& A, Index hop, const PowerOptions& how) {
  const CsrView<double>& x = X.view();
  const CsrView<double>& a = A.view();
  Csr<double> out;
  out.rows = a.rows;
  out.cols = a.cols;
  require_room(static_cast<double>(a.rows), static_cast<double>(a.cols), 0);
  out.offsets.resize(static_cast<std::size_t>(a.rows) + 1);
  // About the work: every entry of X meets a row of A of average length.
  const double steps = static_cast<double>(x.entries() + a.rows) *
                       (1 + static_cast<double>(a.entries()) / static_cast<double>(a.rows));
  in_pieces(
      a.rows,
      [&](Index first, Index last) {
        Columns reached(a.cols);
        for (Index i = first; i < last; ++i) {
          step(x, a, how.within, i, reached);
          out.offsets[static_cast<std::size_t>(i) + 1] = reached.size();
          reached.clear();
        }
      },
      how.threads, steps);
  double entries = 0;
  for (Index i = 0; i < a.rows; ++i)
    entries += static_cast<double>(out.offsets[static_cast<std::size_t>(i) + 1]);
  require_within_limits(entries, a.rows, hop, how);
  accumulate_sizes(out);
  in_pieces(
      a.rows,
      [&](Index first, Index last) {
        Columns reached(a.cols);
        for (Index i = first; i < last; ++i) {
          step(x, a, how.within, i, reached);
          reached.take(out.columns.data() + out.offsets[static_cast<std::size_t>(i)]);
        }
      },
      how.threads, steps);
  return Pattern::trusted(std::move(out));
}

} // namespace

Pattern power(const Pattern& A, Index hops, const PowerOptions& how) {
  require(A.square(), Code::shape, "a pattern of ", A.rows(), " x ", A.cols(),
          " has no powers: it must be square");
  require(hops >= 0, Code::domain, "hops = ", hops, " must be 0 or more");
  require(how.max_entries >= 0, Code::domain, "max_entries = ", how.max_entries,
          " must be 0 or more");
  require(how.max_bytes >= 0, Code::domain, "max_bytes = ", how.max_bytes, " must be 0 or more");
  if (hops == 0 || A.rows() == 0)
    return how.within ? none(A.rows(), A.cols()) : window(A.rows(), 0);
  require_within_limits(static_cast<double>(A.entries()), A.rows(), 1, how);
  Pattern X = A;
  for (Index hop = 2; hop <= hops; ++hop) {
    poll(how.monitor, "powers of a pattern",
         static_cast<double>(hop - 1) / static_cast<double>(hops));
    Pattern next = next_hop(X, A, hop, how);
    if (next == X)
      break; // X A = X: every later hop is X as well
    X = std::move(next);
  }
  return X;
}

} // namespace attnwalk::pattern
