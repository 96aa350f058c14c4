// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/matrix_market.hpp"

#include "attnwalk/io/coordinates.hpp"
#include "attnwalk/io/huge_pages.hpp"
#include "attnwalk/io/market_body.hpp"
#include "attnwalk/io/nonzeros.hpp"
#include "attnwalk/io/npy_header.hpp"
#include "attnwalk/io/printable.hpp"

#include <algorithm>
#include <cctype>

namespace attnwalk::io {
namespace {

constexpr Index largest_size = Index{1} << 60; // GraphBLAS's bound

std::string lower(std::string_view word) {
  std::string out(word);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

void read_banner(Line line, Header& header) {
  const std::string first = lower(line.word());
  if (first == "%matrixmarket")
    line.fail("begins with one % where %%MatrixMarket has two");
  if (first != "%%matrixmarket" || lower(line.word()) != "matrix")
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
  else if (field == "integer" || field == "unsigned-integer") // SciPy writes the latter
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
  header.name = name;
  if (text.starts_with("\xef\xbb\xbf")) // the mark of UTF-8 that some editors write
    text.remove_prefix(3);
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

Csr<double> read_dense(Header header, std::vector<Part>& parts, Index lines,
                       const ReadOptions& how) {
  const Index n = header.rows;
  // n (n + 1) / 2 or rows * cols, once it is known to be at most the number of lines.
  const double claimed = header.symmetric
                             ? static_cast<double>(n) * (static_cast<double>(n) + 1) / 2
                             : static_cast<double>(n) * static_cast<double>(header.cols);
  require(claimed <= static_cast<double>(lines), Code::io, header.name, ": claims ", claimed,
          " numbers where ", lines, " lines follow");
  header.entries = header.symmetric ? n * (n + 1) / 2 : n * header.cols;
  // At worst all are entries; an empty side leaves the other one unbounded.
  require_room(static_cast<double>(lines) * 8 +
                   static_cast<double>(header.entries) * 16 * (header.symmetric ? 2 : 1) +
                   static_cast<double>(n + 1) * 8 + static_cast<double>(header.cols) * 8,
               header.name, how);
  Buffer<double> values = large_buffer<double>(lines);
  for_each_part(static_cast<Index>(parts.size()), how.threads, [&](Index p) {
    read_part<Field::real>(parts[p], header, [&](const Entry& entry, Index place) {
      values[place] = entry.value;
      return true;
    });
  });
  check_count(parts, header);
  close_gaps(values, parts);
  // Column by column: (i, j) is number j rows + i; symmetric: j n - j (j - 1) / 2 + i - j for i >=
  // j.
  const auto row = [&](Index i, double* out) {
    for (Index j = 0; j < header.cols; ++j) {
      const Index top = std::max(i, j);
      const Index left = std::min(i, j);
      const Index place =
          header.symmetric ? left * n - left * (left - 1) / 2 + top - left : j * header.rows + i;
      out[j] = values[place];
    }
  };
  return from_dense(header.rows, header.cols, row, false, how.threads);
}

} // namespace

Csr<double> read_matrix_market(std::string_view text, std::string_view name,
                               const ReadOptions& how) {
  const Header header = read_header(text, name);
  std::vector<Part> parts = cut(header, how.threads);
  const Index lines = parts.empty() ? 0 : parts.back().first + parts.back().lines;
  return header.coordinate ? read_coordinates(header, parts, lines, how)
                           : read_dense(header, parts, lines, how);
}

} // namespace attnwalk::io
