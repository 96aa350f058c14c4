// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/parallel.hpp"
#include "attnwalk/io/digits.hpp"
#include "attnwalk/io/options.hpp"
#include "attnwalk/io/text_lines.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <algorithm>
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

/// The entry on a line `row column[ value]` of plain numbers in range, `at` then behind the line's
/// end; else empty, and general_entry has the word.
template <Field Values>
std::optional<Entry> plain_entry(const char*& at, const Header& header) {
  Entry out;
  const auto index = [&at](Index bound) -> std::optional<Index> {
    const std::optional<Index> number = scan_whole(at);
    if (!number || *number < 1 || *number > bound)
      return std::nullopt;
    return *number - 1;
  };
  const auto row = index(header.rows);
  if (!row || *at++ != ' ')
    return std::nullopt;
  const auto column = index(header.cols);
  if (!column)
    return std::nullopt;
  out.row = *row;
  out.column = *column;
  if constexpr (Values != Field::pattern) {
    if (*at++ != ' ')
      return std::nullopt;
    const std::optional<double> value = Values == Field::real ? scan_real(at) : scan_integer(at);
    if (!value)
      return std::nullopt;
    out.value = *value;
  }
  if (*at == '\r')
    ++at;
  if (*at++ != '\n')
    return std::nullopt;
  return out;
}

/// Reads the entries of a part until store(entry, place) says false. Values: which lines are also
/// tried as plain ones.
template <Field Values, class Store>
void read_part(Part& part, const Header& header, const Store& store) {
  const char* const end_of_body = header.body.data() + header.body.size();
  std::string_view rest = part.text;
  for (Index number = part.line; !rest.empty(); ++number) {
    const char* at = rest.data();
    std::optional<Entry> entry;
    if (header.coordinate && end_of_body - at >= longest_look)
      entry = plain_entry<Values>(at, header);
    if (entry) {
      rest.remove_prefix(static_cast<std::size_t>(at - rest.data()));
    } else {
      Line line(take_line(rest), header.name, number);
      if (line.blank_or_comment())
        continue;
      entry = general_entry(line, header);
    }
    if (!store(*entry, static_cast<std::size_t>(part.first + part.entries)))
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
  array.resize(static_cast<std::size_t>(end));
}

} // namespace attnwalk::io
