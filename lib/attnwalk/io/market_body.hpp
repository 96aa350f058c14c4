// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/parallel.hpp"
#include "attnwalk/io/read_options.hpp"
#include "attnwalk/io/text_lines.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

/// The lines of a Matrix Market file behind its line of sizes.
namespace attnwalk::io {

enum class Field { pattern, real, integer };

struct Header {
  bool coordinate = true;
  Field field = Field::real;
  bool symmetric = false;
  Index rows = 0;
  Index cols = 0;
  Index entries = 0;     ///< claimed lines of the body
  std::string_view body; ///< what follows the line of sizes
  Index line = 1;        ///< number of the body's first line
  std::string_view name; ///< of the file, for messages
};

/// The body, cut at line ends into parts for the threads.
struct Part {
  std::string_view text;
  Index line = 0;    ///< number of its first line
  Index lines = 0;   ///< at least as many as its entries
  Index first = 0;   ///< its entries' place
  Index entries = 0; ///< read so far
};

/// One line; a dense file has values only.
struct Entry {
  Index row = 0;
  Index column = 0;
  double value = 0;
};

[[nodiscard]] std::vector<Part> cut(const Header& header, int threads);

/// The entry on a line in range. @throws Error{io} naming the line
[[nodiscard]] Entry general_entry(Line& line, const Header& header);

/// Refuses fewer or more entries than the header claims, once all parts are read.
void check_count(const std::vector<Part>& parts, const Header& header);

/// Calls visit(line) for every line with content.
template <class Visit>
void visit_lines(std::string_view text, Index number, std::string_view name, const Visit& visit) {
  for (; !text.empty(); ++number) {
    Line line(take_line(text), name, number);
    if (!line.blank_or_comment())
      visit(line);
  }
}

constexpr Index largest_exact = Index{1} << 53; // integers that a double holds

/// The entry on a line `row column[ value]` of numbers in range with one blank between them, as
/// most writers put it; `at` then stands behind the line's end. Empty for any other line, which
/// general_entry reads or refuses.
template <Field Values>
std::optional<Entry> plain_entry(const char*& at, const char* end, const Header& header) {
  const char* next = at;
  const auto number = [&]<class T>(T& value, char behind) {
    const auto [stop, failure] = std::from_chars(next, end, value);
    next = stop + 1;
    return failure == std::errc{} && stop != end && *stop == behind;
  };
  Entry out;
  constexpr char last = '\n';
  constexpr bool valued = Values != Field::pattern;
  if (!number(out.row, ' ') || !number(out.column, valued ? ' ' : last) || out.row < 1 ||
      out.row > header.rows || out.column < 1 || out.column > header.cols)
    return std::nullopt;
  --out.row;
  --out.column;
  if constexpr (Values == Field::real) {
    if (!number(out.value, last) || !std::isfinite(out.value))
      return std::nullopt;
  } else if constexpr (Values == Field::integer) {
    Index value = 0;
    if (!number(value, last) || value < -largest_exact || value > largest_exact)
      return std::nullopt;
    out.value = static_cast<double>(value);
  }
  at = next;
  return out;
}

/// Reads the entries of a part until store(entry, place) says false. Values: what the lines of a
/// coordinate file hold.
template <Field Values, class Store>
void read_part(Part& part, const Header& header, const Store& store) {
  std::string_view rest = part.text;
  for (Index number = part.line; !rest.empty(); ++number) {
    const char* at = rest.data();
    std::optional<Entry> entry;
    if (header.coordinate)
      entry = plain_entry<Values>(at, at + rest.size(), header);
    if (entry) {
      rest.remove_prefix(static_cast<std::size_t>(at - rest.data()));
    } else {
      Line line(take_line(rest), header.name, number);
      if (line.blank_or_comment())
        continue;
      entry = general_entry(line, header);
    }
    if (!store(*entry, part.first + part.entries))
      return;
    ++part.entries;
  }
}

/// Closes the gaps that blank lines and comments left between the parts.
template <class T>
void close_gaps(Buffer<T>& array, const std::vector<Part>& parts) {
  Index end = 0;
  for (const Part& part : parts) {
    if (part.first != end)
      std::copy_n(array.begin() + part.first, part.entries, array.begin() + end);
    end += part.entries;
  }
  array.resize(end);
}

} // namespace attnwalk::io
