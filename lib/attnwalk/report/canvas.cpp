// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/canvas.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/utf8.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace attnwalk::report {
namespace {

struct Rgb {
  double r, g, b;
};

std::string hex(const Rgb& c) {
  std::string text = "#";
  const char* digits = "0123456789abcdef";
  for (const double part : {c.r, c.g, c.b}) {
    const auto byte = static_cast<unsigned>(std::lround(part));
    text += digits[byte / 16];
    text += digits[byte % 16];
  }
  return text;
}

/// The color scale: linear between three anchors, darkening (or lightening) all the way.
std::string level_rules(const std::array<Rgb, 3>& anchors) {
  std::string css;
  for (int level = 0; level < Canvas::levels; ++level) {
    const double at = 2.0 * level / (Canvas::levels - 1);
    const Rgb& a = anchors[at < 1 ? 0 : 1];
    const Rgb& b = anchors[at < 1 ? 1 : 2];
    const double t = at < 1 ? at : at - 1;
    const std::string color =
        hex({a.r + t * (b.r - a.r), a.g + t * (b.g - a.g), a.b + t * (b.b - a.b)});
    css += message(".level", level, "{fill:", color, ";stroke:none}");
  }
  return css;
}

struct Theme {
  const char* paper;
  const char* ink;
  const char* muted;
  const char* grid;
  const char* blue;
  const char* red;
  const char* green;
  const char* orange;
  std::array<Rgb, 3> scale;
};

// Okabe and Ito's colors, lightened for dark paper.
const Theme light{"#ffffff", "#1b232b", "#56616c",
                  "#d8dde2", "#0072b2", "#c44e00",
                  "#00795a", "#b87400", {{{205, 224, 240}, {66, 140, 196}, {8, 40, 92}}}};
const Theme dark{"#12171c", "#e8ecf0", "#a2adb8",
                 "#333d47", "#5bb8ee", "#ff8f4d",
                 "#3ccfa4", "#f0b341", {{{30, 58, 88}, {66, 140, 205}, {222, 240, 255}}}};

std::string rules(const Theme& t) {
  std::string css = message(".paper{fill:", t.paper, "}.ink{fill:", t.ink, "}.muted{fill:", t.muted,
                            "}.axis{stroke:", t.ink, "}.grid{stroke:", t.grid,
                            "}.band{fill:", t.grid, "}.frame{fill:none;stroke:", t.muted,
                            "}.hollow{fill:", t.paper, "}.on-level{fill:", t.paper, "}");
  struct Hue {
    const char* name;
    const char* color;
  };
  for (const Hue& hue :
       {Hue{"blue", t.blue}, Hue{"red", t.red}, Hue{"green", t.green}, Hue{"orange", t.orange}})
    css += message(".", hue.name, "{fill:", hue.color, "}.", hue.name, "-line{stroke:", hue.color,
                   ";fill:none}");
  return css + level_rules(t.scale);
}

std::string style() {
  return "text{font-family:system-ui,-apple-system,'Segoe UI','DejaVu "
         "Sans',sans-serif;font-size:13px}"
         ".title{font-size:17px;font-weight:600}.strong{font-weight:600}.small{font-size:12px}"
         ".axis{stroke-width:1.2}.grid{stroke-width:1}.bar{stroke-width:5;stroke-linecap:round;"
         "stroke-opacity:.38}.mark{stroke-width:2}.thin{stroke-width:1}.dash{stroke-dasharray:6 4}"
         ".soft{fill-opacity:.55}.area{fill-opacity:.22}.crisp{shape-rendering:crispEdges}" +
         rules(light) + "@media (prefers-color-scheme:dark){" + rules(dark) + "}";
}

const char* name(Anchor anchor) {
  return anchor == Anchor::start ? "start" : anchor == Anchor::middle ? "middle" : "end";
}

} // namespace

std::string coordinate(double x) {
  std::array<char, 64> text{};
  const double rounded = std::round(x * 100) / 100 + 0.0; // + 0.0: no "-0"
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), rounded, std::chars_format::fixed, 2);
  std::string out(text.data(), end.ptr);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.')
    out.pop_back();
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = utf8_length(text, at);
    const char c = text[at];
    if (bytes == 0 || (bytes == 1 && static_cast<unsigned char>(c) < 0x20))
      out += '?';
    else if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += text.substr(at, bytes);
    at += bytes == 0 ? 1 : bytes;
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t at = 0; at < text.size(); ++seen) {
    if (seen + 1 == columns && at + std::max<std::size_t>(1, utf8_length(text, at)) < text.size())
      return std::string(text.substr(0, at)) + "\u2026";
    at += std::max<std::size_t>(1, utf8_length(text, at));
  }
  return std::string(text);
}

Canvas::Canvas(double width, double height, std::string_view title, std::string_view description)
    : width_(width), height_(height), title_(title), description_(description) {}

void Canvas::line(double x1, double y1, double x2, double y2, std::string_view classes) {
  body_ +=
      message("<line class=\"", classes, "\" x1=\"", coordinate(x1), "\" y1=\"", coordinate(y1),
              "\" x2=\"", coordinate(x2), "\" y2=\"", coordinate(y2), "\"/>\n");
}

void Canvas::rect(double x, double y, double width, double height, std::string_view classes) {
  body_ += message("<rect class=\"", classes, "\" x=\"", coordinate(x), "\" y=\"", coordinate(y),
                   "\" width=\"", coordinate(width), "\" height=\"", coordinate(height), "\"/>\n");
}

void Canvas::circle(double x, double y, double radius, std::string_view classes) {
  body_ += message("<circle class=\"", classes, "\" cx=\"", coordinate(x), "\" cy=\"",
                   coordinate(y), "\" r=\"", coordinate(radius), "\"/>\n");
}

void Canvas::path(std::string_view data, std::string_view classes, std::string_view transform) {
  body_ += message("<path class=\"", classes, "\"");
  if (!transform.empty())
    body_ += message(" transform=\"", transform, "\"");
  body_ += message(" d=\"", data, "\"/>\n");
}

void Canvas::text(double x, double y, std::string_view words, std::string_view classes,
                  Anchor anchor) {
  body_ += message("<text class=\"", classes, "\" x=\"", coordinate(x), "\" y=\"", coordinate(y),
                   "\" text-anchor=\"", name(anchor), "\">", escaped(words), "</text>\n");
}

void Canvas::headline(std::string_view title, std::string_view remark) {
  // Pixels a character of DejaVu Sans, the widest of the fonts that are asked for.
  const double large = 11.8;
  const double medium = 9.1;
  const double small = 6.9;
  const double room = width_ - 40;
  const bool fits = static_cast<double>(title.size()) * large <= room;
  text(20, 26, shortened(title, static_cast<std::size_t>(room / (fits ? large : medium))),
       fits ? "ink title" : "ink strong");
  text(20, 46, shortened(remark, static_cast<std::size_t>(room / small)), "muted small");
}

void Canvas::vertical_text(double x, double y, std::string_view words, std::string_view classes) {
  body_ +=
      message("<text class=\"", classes, "\" text-anchor=\"middle\" transform=\"translate(",
              coordinate(x), " ", coordinate(y), ") rotate(-90)\">", escaped(words), "</text>\n");
}

std::string Canvas::finish() const {
  const std::string w = coordinate(width_);
  const std::string h = coordinate(height_);
  return message("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", w, "\" height=\"", h,
                 "\" viewBox=\"0 0 ", w, " ", h, "\" role=\"img\">\n<title>", escaped(title_),
                 "</title>\n<desc>", escaped(description_), "</desc>\n<style>", style(),
                 "</style>\n<rect class=\"paper\" width=\"", w, "\" height=\"", h, "\"/>\n", body_,
                 "</svg>\n");
}

std::string power_of_ten(int exponent) {
  if (exponent == 0)
    return "1";
  const std::array<const char*, 10> superscripts{"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                                 "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
  std::string text = exponent < 0 ? "10\u207b" : "10";
  for (const char digit : std::to_string(std::abs(exponent)))
    text += superscripts[static_cast<std::size_t>(digit - '0')];
  return text;
}

std::vector<double> round_ticks(double lo, double hi, int wanted) {
  std::vector<double> ticks;
  if (!(hi > lo) || wanted < 1)
    return ticks;
  const double rough = (hi - lo) / wanted;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double lead = rough / power;
  const double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  const auto first = static_cast<std::int64_t>(std::ceil(lo / step - 1e-9));
  const auto last = static_cast<std::int64_t>(std::floor(hi / step + 1e-9));
  for (std::int64_t k = first; k <= last; ++k)
    ticks.push_back(static_cast<double>(k) * step);
  return ticks;
}

} // namespace attnwalk::report
