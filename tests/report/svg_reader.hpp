// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/report/canvas.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Reads back the pictures that `report` draws: elements with their attributes, enough of XML for what
/// it writes.
namespace attnwalk::report {

struct Element {
  std::string tag;
  std::map<std::string, std::string> attributes;
  std::string text;

  [[nodiscard]] double number(const std::string& name) const {
    return std::strtod(attributes.at(name).c_str(), nullptr);
  }
  [[nodiscard]] bool is(std::string_view wanted, std::string_view classes) const {
    const auto found = attributes.find("class");
    return tag == wanted && found != attributes.end() && found->second == classes;
  }
};

inline std::string unescaped(std::string text) {
  const std::map<std::string, std::string> entities{
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}};
  for (const auto& [entity, character] : entities)
    for (std::size_t at = text.find(entity); at != std::string::npos; at = text.find(entity, at))
      text.replace(at, entity.size(), character);
  return text;
}

inline std::vector<Element> elements(const std::string& svg) {
  std::vector<Element> all;
  for (std::size_t at = svg.find('<'); at != std::string::npos; at = svg.find('<', at + 1)) {
    const std::size_t end = svg.find('>', at);
    if (svg[at + 1] == '/')
      continue;
    Element e;
    std::size_t from = svg.find_first_of(" />", at);
    e.tag = svg.substr(at + 1, from - at - 1);
    for (std::size_t equals = svg.find("=\"", from); equals < end; equals = svg.find("=\"", from)) {
      const std::size_t name = svg.rfind(' ', equals) + 1;
      from = svg.find('"', equals + 2);
      e.attributes[svg.substr(name, equals - name)] = svg.substr(equals + 2, from - equals - 2);
    }
    if (svg[end - 1] != '/')
      e.text = unescaped(svg.substr(end + 1, svg.find('<', end) - end - 1));
    all.push_back(std::move(e));
  }
  return all;
}

/// The first element of that tag and class. @throws std::out_of_range where there is none
inline Element first(const std::string& svg, std::string_view tag, std::string_view classes) {
  const std::vector<Element> all = elements(svg);
  for (const Element& e : all)
    if (e.is(tag, classes))
      return e;
  throw std::out_of_range(std::string(tag) + " " + std::string(classes));
}

/// Where a text that is not turned lies, at the width that DejaVu Sans, the widest of the fonts asked
/// for, has on average.
struct Box {
  double left, right, top, bottom;
  std::string text;
};

inline std::vector<Box> text_boxes(const std::string& svg) {
  std::vector<Box> boxes;
  for (const Element& e : elements(svg)) {
    if (e.tag != "text" || e.attributes.count("transform") != 0 || e.text.empty())
      continue;
    const std::string& classes = e.attributes.at("class");
    const bool title = classes.find("title") != std::string::npos;
    const bool small = classes.find("small") != std::string::npos;
    const auto letters = static_cast<double>(
        std::count_if(e.text.begin(), e.text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
    const double width = letters * (title ? 9 : small ? 6 : 6.6);
    const std::string& anchor = e.attributes.at("text-anchor");
    const double left = e.number("x") - (anchor == "middle" ? width / 2
                                         : anchor == "end"  ? width
                                                            : 0);
    boxes.push_back({left, left + width, e.number("y") - (title ? 13 : 9), e.number("y"), e.text});
  }
  return boxes;
}

/// The first two labels that lie on each other, or one that leaves the picture; empty if none does.
inline std::string collision(const std::string& svg) {
  const Element root = elements(svg).front();
  const std::vector<Box> boxes = text_boxes(svg);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Box& a = boxes[i];
    if (a.left < 0 || a.right > root.number("width") || a.top < 0 ||
        a.bottom > root.number("height"))
      return "'" + a.text + "' leaves the picture";
    for (std::size_t j = 0; j < i; ++j) {
      const Box& b = boxes[j];
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        return "'" + a.text + "' lies on '" + b.text + "'";
    }
  }
  return "";
}

} // namespace attnwalk::report
