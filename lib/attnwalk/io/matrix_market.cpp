// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/matrix_market.hpp"

#include "attnwalk/io/dense.hpp"
#include "attnwalk/io/large.hpp"
#include "attnwalk/io/layout.hpp"
#include "attnwalk/io/parallel.hpp"
#include "attnwalk/io/printable.hpp"
#include "attnwalk/io/text_lines.hpp"
#include "attnwalk/io/triples.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>

namespace attnwalk::io {
namespace {

enum class Field { pattern, real, integer };

constexpr Index part_bytes = 1 << 20;
constexpr Index largest_size = Index{1} << 60;  // GraphBLAS's bound
constexpr Index largest_exact = Index{1} << 53; // integers that a double holds

struct Header {
  bool coordinate = true;
  Field field = Field::real;
  bool symmetric = false;
  Index rows = 0;
  Index cols = 0;
  Index entries = 0;     ///< claimed lines of the body
  std::string_view body; ///< what follows the line of sizes
  Index line = 1;        ///< number of the body's first line
};

std::string lower(std::string_view word) {
  std::string out(word);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

void read_banner(Line line, Header& header) {
  if (lower(line.word()) != "%%matrixmarket" || lower(line.word()) != "matrix")
    line.fail("does not begin with \"%%MatrixMarket matrix\"");
  const std::string format = lower(line.word());
  const std::string field = lower(line.word());
  const std::string symmetry = lower(line.word());
  line.finish();
  if (format != "coordinate" && format != "array")
    line.fail("format \"", printable(format), "\" is neither coordinate nor array");
  header.coordinate = format == "coordinate";
  if (field == "real" || field == "double")
    header.field = Field::real;
  else if (field == "integer")
    header.field = Field::integer;
  else if (field == "pattern" && header.coordinate)
    header.field = Field::pattern;
  else
    line.fail("field \"", printable(field), "\" of a ", format, " file is not read; ",
              header.coordinate ? "real, integer and pattern are" : "real and integer are");
  if (symmetry != "general" && symmetry != "symmetric")
    line.fail("symmetry \"", printable(symmetry), "\" is not read; general and symmetric are");
  header.symmetric = symmetry == "symmetric";
}

Header read_header(std::string_view text, std::string_view name) {
  Header header;
  read_banner(Line(take_line(text), name, header.line), header);
  for (;;) {
    require(!text.empty(), Code::io, name, ", line ", header.line,
            ": the file ends before the line of sizes");
    ++header.line;
    Line line(take_line(text), name, header.line);
    if (line.blank_or_comment())
      continue;
    header.rows = line.integer("number of rows", 0, largest_size);
    header.cols = line.integer("number of columns", 0, largest_size);
    if (header.coordinate)
      header.entries = line.integer("number of entries", 0, largest_size);
    line.finish();
    if (header.symmetric && header.rows != header.cols)
      line.fail(header.rows, " x ", header.cols, " cannot be symmetric");
    ++header.line;
    header.body = text;
    return header;
  }
}

/// The body, cut at line ends into parts for the threads.
struct Part {
  std::string_view text;
  Index line = 0;  ///< number of its first line
  Index lines = 0; ///< at least as many as its entries
  Index first = 0; ///< the entries' place
  Index entries = 0;
};

std::vector<Part> cut(std::string_view body, Index first_line, int threads) {
  std::vector<Part> parts;
  const Index count = static_cast<Index>(body.size()) / part_bytes + 1;
  for (Index p = 1; !body.empty(); ++p) {
    const std::size_t wanted = std::min<std::size_t>(body.size(), part_bytes);
    const std::size_t end = p == count ? std::string_view::npos : body.find('\n', wanted - 1);
    const std::size_t size = end == std::string_view::npos ? body.size() : end + 1;
    parts.push_back({body.substr(0, size)});
    body.remove_prefix(size);
  }
  for_each_part(static_cast<Index>(parts.size()), threads, [&](Index p) {
    Part& part = parts[static_cast<std::size_t>(p)];
    for (std::string_view rest = part.text; !rest.empty(); ++part.lines)
      static_cast<void>(take_line(rest));
  });
  Index lines = 0;
  for (Part& part : parts) {
    part.line = first_line + lines;
    part.first = lines;
    lines += part.lines;
  }
  return parts;
}

/// Calls visit(line) for every line with content.
template <class Visit>
void visit_lines(std::string_view text, Index number, std::string_view name, const Visit& visit) {
  for (; !text.empty(); ++number) {
    Line line(take_line(text), name, number);
    if (!line.blank_or_comment())
      visit(line);
  }
}

double value_in(Line& line, Field field) {
  if (field == Field::integer)
    return static_cast<double>(line.integer("value", -largest_exact, largest_exact));
  return line.real("value");
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

/// Reads the body in parallel; store(line, place) reads a line's numbers into a place.
template <class Store>
void read_body(std::vector<Part>& parts, const Header& header, std::string_view name, int threads,
               const Store& store) {
  for_each_part(static_cast<Index>(parts.size()), threads, [&](Index p) {
    Part& part = parts[static_cast<std::size_t>(p)];
    visit_lines(part.text, part.line, name, [&](Line& line) {
      store(line, static_cast<std::size_t>(part.first + part.entries));
      line.finish();
      ++part.entries;
    });
  });
  Index found = 0;
  for (const Part& part : parts)
    found += part.entries;
  require(found >= header.entries, Code::io, name, ": claims ", header.entries,
          " entries but holds ", found);
  Index number = 0;
  if (found > header.entries)
    visit_lines(header.body, header.line, name, [&](const Line& line) {
      if (number++ == header.entries)
        line.fail("goes on after the ", header.entries, " entries that the file claims");
    });
}

/// Names the line of the second of two equal entries.
[[noreturn]] void refuse_twice(const Header& header, const Place& place, std::string_view name) {
  Index seen = 0;
  visit_lines(header.body, header.line, name, [&](Line& line) {
    const Index i = line.integer("row", 1, header.rows) - 1;
    const Index j = line.integer("column", 1, header.cols) - 1;
    const bool same = (i == place.row && j == place.column) ||
                      (header.symmetric && j == place.row && i == place.column);
    if (same && ++seen == 2)
      line.fail("entry (", i + 1, ", ", j + 1, ") occurs twice",
                header.symmetric ? ", perhaps mirrored in a symmetric file" : "");
  });
  throw Error(Code::io,
              message(name, ": entry (", place.row + 1, ", ", place.column + 1, ") occurs twice"));
}

Csr<double> read_coordinates(const Header& header, std::vector<Part>& parts, Index lines,
                             std::string_view name, const ReadOptions& how) {
  require(header.entries <= lines, Code::io, name, ": claims ", header.entries, " entries where ",
          lines, " lines follow");
  const double columns = header.field == Field::pattern ? 8 : 16;
  require_room(static_cast<double>(lines) * (columns + 8) +
                   static_cast<double>(header.entries) * columns * (header.symmetric ? 2 : 1) +
                   static_cast<double>(header.rows + 1) * 16,
               name, how);
  const auto slots = static_cast<std::size_t>(lines);
  Triples all{header.rows, header.cols, large_buffer<Index>(slots), large_buffer<Index>(slots),
              large_buffer<double>(header.field == Field::pattern ? 0 : slots)};
  read_body(parts, header, name, how.threads, [&](Line& line, std::size_t place) {
    all.row[place] = line.integer("row", 1, header.rows) - 1;
    all.column[place] = line.integer("column", 1, header.cols) - 1;
    if (header.field != Field::pattern)
      all.value[place] = value_in(line, header.field);
  });
  close_gaps(all.row, parts);
  close_gaps(all.column, parts);
  if (header.field != Field::pattern)
    close_gaps(all.value, parts);
  Compressed out = compress(std::move(all), header.symmetric, how.threads);
  if (out.twice)
    refuse_twice(header, *out.twice, name);
  return std::move(out.matrix);
}

Csr<double> read_dense(Header header, std::vector<Part>& parts, Index lines, std::string_view name,
                       const ReadOptions& how) {
  const Index n = header.rows;
  // n (n + 1) / 2 or rows * cols, once it is known to be at most the number of lines.
  const double claimed = header.symmetric
                             ? static_cast<double>(n) * (static_cast<double>(n) + 1) / 2
                             : static_cast<double>(n) * static_cast<double>(header.cols);
  require(claimed <= static_cast<double>(lines), Code::io, name, ": claims ", claimed,
          " numbers where ", lines, " lines follow");
  header.entries = header.symmetric ? n * (n + 1) / 2 : n * header.cols;
  // At worst all are entries; an empty side leaves the other one unbounded.
  require_room(static_cast<double>(lines) * 8 +
                   static_cast<double>(header.entries) * 16 * (header.symmetric ? 2 : 1) +
                   static_cast<double>(n + 1) * 8 + static_cast<double>(header.cols) * 8,
               name, how);
  Buffer<double> values = large_buffer<double>(static_cast<std::size_t>(lines));
  read_body(parts, header, name, how.threads,
            [&](Line& line, std::size_t place) { values[place] = value_in(line, header.field); });
  close_gaps(values, parts);
  // Column by column: (i, j) is number j rows + i; symmetric: j n - j (j - 1) / 2 + i - j for i >=
  // j.
  const auto row = [&](Index i, double* out) {
    for (Index j = 0; j < header.cols; ++j) {
      const Index top = std::max(i, j);
      const Index left = std::min(i, j);
      const Index place =
          header.symmetric ? left * n - left * (left - 1) / 2 + top - left : j * header.rows + i;
      out[j] = values[static_cast<std::size_t>(place)];
    }
  };
  return from_dense(header.rows, header.cols, row, false, how.threads);
}

} // namespace

Csr<double> read_matrix_market(std::string_view text, std::string_view name,
                               const ReadOptions& how) {
  const Header header = read_header(text, name);
  std::vector<Part> parts = cut(header.body, header.line, how.threads);
  const Index lines = parts.empty() ? 0 : parts.back().first + parts.back().lines;
  return header.coordinate ? read_coordinates(header, parts, lines, name, how)
                           : read_dense(header, parts, lines, name, how);
}

} // namespace attnwalk::io
