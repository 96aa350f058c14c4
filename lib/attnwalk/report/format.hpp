// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Results for people and programs: tables, JSON and SVG pictures, and the inputs they came from.
namespace attnwalk::report {

/// Where a decimal that does not fit its digits goes.
enum class Rounding { nearest, down, up };

/// x with so many significant digits; 0.001 to 9999999 in plain digits, else as 2.758e-8.
/// Independent of the locale. "nan" and "inf" for what is no number.
[[nodiscard]] std::string number(double x, int digits = 6, Rounding rounding = Rounding::nearest);

/// x with at most so many significant digits, without trailing zeros.
[[nodiscard]] std::string approximate(double x, int digits = 6);

/// x with as many digits as an uncertainty of `width` leaves meaning, and one more: at least 2, at
/// most 15. An exact number (width 0) gets all that it has.
[[nodiscard]] std::string number_within(double x, double width);

/// "[lo, hi]" rounded outwards, so that what is printed still contains what was proved; "<= hi" or
/// ">= lo" where one end is unknown, "" where both are. No more than `digits` significant digits.
[[nodiscard]] std::string interval(std::optional<double> lo, std::optional<double> hi,
                                   int digits = 12);

/// 1147411 -> "1,147,411".
[[nodiscard]] std::string count(Index number);

/// Seconds as "0.8 ms", "1.24 s" or "3 min 20 s".
[[nodiscard]] std::string duration(double seconds);

/// "a, b, c"
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

/// `text` in lines of at most `columns` columns, broken between words.
[[nodiscard]] std::vector<std::string> broken(const std::string& text, std::size_t columns);

/// Columns that UTF-8 text takes on a terminal: combining marks none, wide characters two.
[[nodiscard]] Index display_width(std::string_view text);

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

/// Rows of text in aligned columns, two spaces apart. Columns that are empty in every row are left
/// out.
class Table {
public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// @throws Error{shape} if there is not one cell per column
  void add(std::vector<std::string> cells);
  /// One line per row, the titles first (unless all are empty), no trailing spaces. Where a row is
  /// wider than `columns` (0: never), its last cell goes on in further lines below itself.
  [[nodiscard]] std::string text(std::size_t columns = 0) const;

private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace attnwalk::report
