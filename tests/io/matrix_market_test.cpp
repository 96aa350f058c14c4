// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/io/matrix_market.hpp"

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <map>
#include <sstream>
#include <utility>

using namespace attnwalk;

namespace {

using Entries = std::map<std::pair<Index, Index>, double>;

Entries entries_of(const Csr<double>& A) {
  Entries out;
  const auto view = A.view();
  for (Index i = 0; i < view.rows; ++i)
    for (Index e = view.offsets[i]; e < view.offsets[i + 1]; ++e)
      out[{i, view.columns[e]}] = view.value(e);
  return out;
}

/// The slow twin: reads a well-formed coordinate file word by word into a map.
Entries read_slowly(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const bool pattern = line.find("pattern") != std::string::npos;
  const bool symmetric = line.find("symmetric") != std::string::npos;
  Entries out;
  bool sized = false;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    Index i = 0;
    Index j = 0;
    double value = 1;
    if (line.starts_with('%') || !(words >> i >> j))
      continue;
    if (!pattern)
      words >> value;
    if (sized) {
      out[{i - 1, j - 1}] = value;
      if (symmetric)
        out[{j - 1, i - 1}] = value;
    }
    sized = true;
  }
  return out;
}

Csr<double> read(const std::string& text, const io::ReadOptions& how = {}) {
  return io::read_matrix_market(text, "test.mtx", how);
}

std::string written(const Csr<double>& A) {
  std::ostringstream out;
  io::write_matrix_market(out, A.view());
  return out.str();
}

/// m different entries of an n x n matrix in random order, values over many magnitudes.
std::string random_text(Index n, Index m, bool pattern, bool symmetric) {
  RandomStream draw({7, 0});
  Entries entries;
  std::ostringstream body;
  body << std::setprecision(17);
  while (static_cast<Index>(entries.size()) < m) {
    auto i = static_cast<Index>(draw.below(static_cast<std::uint64_t>(n)));
    auto j = static_cast<Index>(draw.below(static_cast<std::uint64_t>(n)));
    if (symmetric && i < j)
      std::swap(i, j);
    const double value = draw.normal() * std::pow(10.0, static_cast<double>(draw.below(40)) - 20);
    if (!entries.emplace(std::pair(i, j), value).second)
      continue;
    body << i + 1 << ' ' << j + 1;
    if (!pattern)
      body << ' ' << value;
    body << '\n';
  }
  std::ostringstream out;
  out << "%%MatrixMarket matrix coordinate " << (pattern ? "pattern" : "real") << ' '
      << (symmetric ? "symmetric" : "general") << '\n'
      << n << ' ' << n << ' ' << m << '\n'
      << body.str();
  return out.str();
}

/// The same file with its entries in an order of their own.
template <class Order>
std::string reordered(const std::string& text, const Order& order) {
  std::istringstream in(text);
  std::string line;
  std::string out;
  for (int head = 0; head < 2 && std::getline(in, line); ++head)
    out += line + '\n';
  std::vector<std::string> lines;
  while (std::getline(in, line))
    lines.push_back(line);
  order(lines);
  for (const std::string& entry : lines)
    out += entry + '\n';
  return out;
}

} // namespace

TEST_CASE("read_matrix_market: a file by hand, with all that the format allows",
          "[io][matrix_market]") {
  const Csr<double> A = read("%%MatrixMarket MATRIX Coordinate Real General\r\n"
                             "% a comment\r\n"
                             "\r\n"
                             "  3\t4 5\r\n"
                             "3 1 +1.5\r\n"
                             "%between\n"
                             "   1 4 -2e-3  \n"
                             "1 2 7\n"
                             "\n"
                             "3 4 .5\n"
                             "2 2 4.9406564584124654e-324"); // no line end
  CHECK(A.rows == 3);
  CHECK(A.cols == 4);
  CHECK(entries_of(A) == Entries{{{0, 1}, 7},
                                 {{0, 3}, -2e-3},
                                 {{1, 1}, 4.9406564584124654e-324},
                                 {{2, 0}, 1.5},
                                 {{2, 3}, .5}});
  CHECK(std::vector<Index>(A.columns.begin(), A.columns.end()) ==
        std::vector<Index>{1, 3, 1, 0, 3});
}

TEST_CASE("read_matrix_market: pattern, integer, symmetric and dense files",
          "[io][matrix_market]") {
  const Csr<double> pattern =
      read("%%MatrixMarket matrix coordinate pattern general\n2 2 2\n2 1\n1 2\n");
  CHECK(pattern.values.empty());
  CHECK(entries_of(pattern) == Entries{{{0, 1}, 1}, {{1, 0}, 1}});

  const Csr<double> symmetric =
      read("%%MatrixMarket matrix coordinate integer symmetric\n3 3 3\n1 1 5\n3 1 -2\n3 2 4\n");
  CHECK(entries_of(symmetric) ==
        Entries{{{0, 0}, 5}, {{0, 2}, -2}, {{1, 2}, 4}, {{2, 0}, -2}, {{2, 1}, 4}});

  // Column by column; zeros are no entries.
  const Csr<double> dense =
      read("%%MatrixMarket matrix array real general\n2 3\n1\n0\n0\n4\n5\n0\n");
  CHECK(entries_of(dense) == Entries{{{0, 0}, 1}, {{0, 2}, 5}, {{1, 1}, 4}});
  const Csr<double> lower =
      read("%%MatrixMarket matrix array integer symmetric\n3 3\n1\n2\n0\n4\n5\n6\n");
  CHECK(entries_of(lower) == Entries{{{0, 0}, 1},
                                     {{0, 1}, 2},
                                     {{1, 0}, 2},
                                     {{1, 1}, 4},
                                     {{1, 2}, 5},
                                     {{2, 1}, 5},
                                     {{2, 2}, 6}});
}

TEST_CASE("read_matrix_market: empty shapes", "[io][matrix_market]") {
  const auto [rows, cols] = GENERATE(std::pair<Index, Index>{0, 0}, std::pair<Index, Index>{0, 3},
                                     std::pair<Index, Index>{3, 0}, std::pair<Index, Index>{3, 3});
  std::ostringstream text;
  text << "%%MatrixMarket matrix coordinate real general\n" << rows << ' ' << cols << " 0\n";
  const Csr<double> A = read(text.str());
  CHECK(A.rows == rows);
  CHECK(A.cols == cols);
  CHECK(A.offsets.size() == static_cast<std::size_t>(rows) + 1);
  CHECK(A.view().entries() == 0);
  const Csr<double> again = read(written(A));
  CHECK(again.rows == rows);
  CHECK(again.cols == cols);
}

TEST_CASE("read_matrix_market: agrees with the slow twin for any order and thread count",
          "[io][matrix_market]") {
  const bool pattern = GENERATE(false, true);
  const bool symmetric = GENERATE(false, true);
  const int threads = GENERATE(1, 2, 5);
  CAPTURE(pattern, symmetric, threads);
  // Some 3 MB of text: several parts of work.
  const std::string text = random_text(3000, 90000, pattern, symmetric);
  const Csr<double> A = read(text, {.threads = threads});
  CHECK(A.values.empty() == pattern);
  CHECK(entries_of(A) == read_slowly(text));
  for (Index i = 0; i < A.rows; ++i)
    REQUIRE(std::is_sorted(A.view().row(i).begin(), A.view().row(i).end()));
}

TEST_CASE("read_matrix_market: agrees with the slow twin by rows, by columns and nearly in order",
          "[io][matrix_market]") {
  const Index n = GENERATE(300, 200000); // many entries a row; most rows empty
  const int threads = GENERATE(1, 3);
  CAPTURE(n, threads);
  const std::string by_rows = written(read(random_text(n, 50000, false, false)));
  const std::string by_columns = reordered(by_rows, [](std::vector<std::string>& lines) {
    std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
      const auto column = [](const std::string& line) {
        return std::stol(line.substr(line.find(' ')));
      };
      return column(a) < column(b);
    });
  });
  const std::string first_last = reordered(by_rows, [](std::vector<std::string>& lines) {
    std::rotate(lines.begin(), lines.begin() + 1, lines.end());
  });
  for (const std::string& text : {by_rows, by_columns, first_last}) {
    const Csr<double> A = read(text, {.threads = threads});
    CHECK(entries_of(A) == read_slowly(by_rows));
    CHECK(written(A) == by_rows);
  }
}

TEST_CASE("read_matrix_market: an entry twice is seen where the work is cut in two",
          "[io][matrix_market]") {
  // Lines of 16 bytes: the first 2^16 fill a part of 2^20.
  const bool twice = GENERATE(false, true);
  std::string text = "%%MatrixMarket matrix coordinate real general\n1 2000000000 65600\n";
  for (Index e = 0; e < 65600; ++e)
    text += "1 " + std::to_string(1'000'000'000 + (twice && e >= 65536 ? e - 1 : e)) + " .5\n";
  if (twice)
    CHECK_THROWS_WITH(read(text),
                      Catch::Contains("line 65539: entry (1, 1000065535) occurs twice"));
  else
    CHECK(read(text).offsets == Buffer<Index>{0, 65600});
}

TEST_CASE("read_matrix_market: blank lines and comments between parts of work leave no gaps",
          "[io][matrix_market]") {
  std::string text = random_text(1000, 60000, false, false);
  const Entries expected = read_slowly(text);
  const std::string filler(300000, '\n');
  text.insert(text.find('\n', text.size() / 2) + 1, filler + "% half way\n" + filler);
  CHECK(entries_of(read(text)) == expected);
}

TEST_CASE("write_matrix_market: what is read back is the same, bit for bit",
          "[io][matrix_market]") {
  const bool pattern = GENERATE(false, true);
  const Csr<double> A = read(random_text(2000, 150000, pattern, false)); // several waves
  const std::string text = written(A);
  const Csr<double> again = read(text);
  CHECK(again.offsets == A.offsets);
  CHECK(again.columns == A.columns);
  CHECK(again.values == A.values);
  CHECK(written(again) == text);
}

TEST_CASE("write_matrix_market: comments, and the shortest text of a number",
          "[io][matrix_market]") {
  Csr<double> A;
  A.rows = 1;
  A.cols = 3;
  A.offsets = {0, 2};
  A.columns = {0, 2};
  A.values = {.1, -1e300};
  std::ostringstream out;
  io::write_matrix_market(out, A.view(), "first\nsecond");
  CHECK(out.str() == "%%MatrixMarket matrix coordinate real general\n%first\n%second\n1 3 2\n"
                     "1 1 0.1\n1 3 -1e+300\n");
  A.values[1] = NAN;
  CHECK_THROWS_WITH(io::write_matrix_market(out, A.view()), Catch::Contains("not finite"));
}
