// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/market_body.hpp"

#include <algorithm>

namespace attnwalk::io {
namespace {

constexpr std::size_t part_bytes = 1 << 20;

/// Lines of a text, the last with or without its end.
Index lines_in(std::string_view text) {
  return std::count(text.begin(), text.end(), '\n') + (text.empty() || text.back() == '\n' ? 0 : 1);
}

} // namespace

std::vector<Part> cut(const Header& header, int threads) {
  std::vector<Part> parts;
  for (std::string_view rest = header.body; !rest.empty();) {
    const std::size_t end = rest.find('\n', std::min(rest.size(), part_bytes) - 1);
    parts.push_back({rest.substr(0, std::min(end, rest.size() - 1) + 1)});
    rest.remove_prefix(parts.back().text.size());
  }
  for_each_part(static_cast<Index>(parts.size()), threads, [&](Index p) {
    Part& part = parts[p];
    part.lines = lines_in(part.text);
  });
  Index lines = 0;
  for (Part& part : parts) {
    part.line = header.line + lines;
    part.first = lines;
    lines += part.lines;
  }
  return parts;
}

Entry general_entry(Line& line, const Header& header) {
  Entry out;
  if (header.coordinate) {
    out.row = line.integer("row", 1, header.rows) - 1;
    out.column = line.integer("column", 1, header.cols) - 1;
  }
  if (header.field == Field::integer)
    out.value = static_cast<double>(line.integer("value", -largest_exact, largest_exact));
  else if (header.field == Field::real)
    out.value = line.real("value");
  line.finish();
  return out;
}

void check_count(const std::vector<Part>& parts, const Header& header) {
  Index found = 0;
  for (const Part& part : parts)
    found += part.entries;
  require(found >= header.entries, Code::io, header.name, ": claims ", header.entries,
          " entries but holds ", found);
  Index number = 0;
  if (found > header.entries)
    visit_lines(header.body, header.line, header.name, [&](const Line& line) {
      if (number++ == header.entries)
        line.fail("goes on after the ", header.entries, " entries that the file claims");
    });
}

} // namespace attnwalk::io
