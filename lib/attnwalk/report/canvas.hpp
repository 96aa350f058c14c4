// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace attnwalk::report {

/// A plain number for coordinates: at most two decimals, no trailing zeros.
[[nodiscard]] std::string coordinate(double x);

/// `text` with &, <, > and quotes as entities, control characters and broken UTF-8 as '?'.
[[nodiscard]] std::string escaped(std::string_view text);

/// Cuts at `columns` characters with an ellipsis.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t columns);

enum class Anchor { start, middle, end };

/// Collects the elements of one SVG picture. Colors are classes, so that one style sheet serves
/// the light and the dark theme: paper ink muted grid on-level, blue red green orange, and level0..level11.
class Canvas {
public:
  static constexpr int levels = 12; ///< of the sequential color scale, light (0) to dark

  Canvas(double width, double height, std::string_view title, std::string_view description);

  void line(double x1, double y1, double x2, double y2, std::string_view classes);
  void rect(double x, double y, double width, double height, std::string_view classes);
  void circle(double x, double y, double radius, std::string_view classes);
  /// `data` is the d attribute; `transform` may be empty.
  void path(std::string_view data, std::string_view classes, std::string_view transform = {});
  void text(double x, double y, std::string_view words, std::string_view classes = "ink",
            Anchor anchor = Anchor::start);
  /// Title and remark above the picture, smaller or cut where they would not fit.
  void headline(std::string_view title, std::string_view remark);
  /// Reads upwards.
  void vertical_text(double x, double y, std::string_view words, std::string_view classes);

  /// The whole file.
  [[nodiscard]] std::string finish() const;

private:
  double width_;
  double height_;
  std::string title_;
  std::string description_;
  std::string body_;
};

/// "10" with a raised exponent, "1" for 0: a label of a logarithmic axis.
[[nodiscard]] std::string power_of_ten(int exponent);

/// Round numbers inside [lo, hi], about `wanted` of them: steps of 1, 2 or 5 times a power of ten.
[[nodiscard]] std::vector<double> round_ticks(double lo, double hi, int wanted);

} // namespace attnwalk::report
