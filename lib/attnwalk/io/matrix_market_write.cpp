// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/io/matrix_market.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ostream>

namespace attnwalk::io {
namespace {

constexpr Index part_entries = 1 << 16;
constexpr std::size_t longest_line = 72; // two integers of 19 digits, a double of 24, three marks

/// Lines `row column [value]` of entries [begin, end).
void format_lines(const CsrView<double>& A, Index begin, Index end, Buffer<char>& text) {
  text.resize((end - begin) * longest_line);
  char* at = text.data();
  char* const stop = text.data() + text.size();
  const Index* above = std::upper_bound(A.offsets, A.offsets + A.rows + 1, begin);
  for (Index i = above - A.offsets - 1, e = begin; e < end; ++e) {
    while (e >= A.offsets[i + 1])
      ++i;
    at = std::to_chars(at, stop, i + 1).ptr;
    *at++ = ' ';
    at = std::to_chars(at, stop, A.columns[e] + 1).ptr;
    if (A.values != nullptr) {
      require(std::isfinite(A.values[e]), Code::domain, "entry (", i, ", ", A.columns[e],
              ") = ", A.values[e], " is not finite and has no place in a Matrix Market file");
      *at++ = ' ';
      at = std::to_chars(at, stop, A.values[e]).ptr;
    }
    *at++ = '\n';
  }
  text.resize(at - text.data());
}

} // namespace

void write_matrix_market(std::ostream& out, const CsrView<double>& A, std::string_view comment) {
  sparse::validate(A);
  out << "%%MatrixMarket matrix coordinate " << (A.values == nullptr ? "pattern" : "real")
      << " general\n";
  while (!comment.empty()) {
    const std::size_t end = std::min(comment.find('\n'), comment.size());
    out << '%' << comment.substr(0, end) << '\n';
    comment.remove_prefix(std::min(end + 1, comment.size()));
  }
  const Index m = A.entries();
  out << A.rows << ' ' << A.cols << ' ' << m << '\n';
  // A wave of parts at a time: the text in memory stays small.
  const Index wave = Index{4} * threads();
  std::vector<Buffer<char>> texts(wave);
  for (Index done = 0; done < m && out; done += wave * part_entries) {
    const Index parts = std::min(wave, (m - done + part_entries - 1) / part_entries);
    for_each_part(parts, 0, [&](Index p) {
      const Index begin = done + p * part_entries;
      format_lines(A, begin, std::min(begin + part_entries, m), texts[p]);
    });
    for (Index p = 0; p < parts; ++p) {
      const Buffer<char>& text = texts[p];
      out.write(text.data(), static_cast<std::streamsize>(text.size()));
    }
  }
}

} // namespace attnwalk::io
