// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/suggest.hpp"

#include "attnwalk/grammar/grammar.hpp"

#include <algorithm>
#include <cstddef>

namespace attnwalk::grammar {
namespace {

/// Edit distance with swaps of neighbors counted once.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

bool printable(char c) {
  return c >= 0x20 && c < 0x7f;
}
/// A byte that continues a UTF-8 character takes no column of its own.
bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

} // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::size_t longest = 20; // no name is longer: hostile words are not compared
  if (word.size() < 2 || word.size() > longest)
    return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    if (d < least) {
      best = candidate;
      least = d;
    }
  }
  if (best.empty())
    for (const std::string_view candidate : candidates)
      if (best.empty() && candidate.starts_with(word))
        best = candidate;
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view near = nearest(word, candidates);
  if (!near.empty())
    return "; did you mean " + quoted(near) + "?";
  if (candidates.empty())
    return {};
  std::string text = candidates.size() == 1 ? "; expected " : "; expected one of ";
  for (const std::string_view candidate : candidates)
    text += (candidate.data() == candidates.front().data() ? "" : ", ") + std::string(candidate);
  return text;
}

std::string quoted(std::string_view word) {
  static constexpr std::string_view hex = "0123456789abcdef";
  const std::size_t limit = 40;
  std::string text = "'";
  for (const char c : word.substr(0, limit)) {
    if (printable(c)) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += {'\\', 'x', hex[byte >> 4U], hex[byte & 15U]};
    }
  }
  return text + (word.size() > limit ? "...'" : "'");
}

std::vector<std::string_view> words(std::string_view list) {
  std::vector<std::string_view> result;
  while (!list.empty()) {
    const std::size_t space = std::min(list.find(' '), list.size());
    result.push_back(list.substr(0, space));
    list.remove_prefix(std::min(space + 1, list.size()));
  }
  return result;
}

std::string pointing_at(std::string_view sentence, std::string_view text, std::size_t at) {
  // A long text is cut to the surroundings of the caret, at borders between characters.
  const std::size_t around = 60;
  std::size_t begin = at > around ? at - around : 0;
  std::size_t end = std::min(text.size(), at + around);
  while (begin > 0 && begin < text.size() && continues(text[begin]))
    --begin;
  while (end < text.size() && continues(text[end]))
    ++end;
  const std::string_view cut = begin > 0 ? "..." : "";
  std::string line = "  " + std::string(cut);
  std::string caret(line.size(), ' ');
  for (std::size_t k = begin; k < end; ++k) {
    const auto byte = static_cast<unsigned char>(text[k]);
    line += byte < 0x20 || byte == 0x7f ? ' ' : text[k];
    if (k < at && !continues(text[k]))
      caret += ' ';
  }
  line += end < text.size() ? "..." : "";
  return std::string(sentence) + "\n" + line + "\n" + caret + "^";
}

} // namespace attnwalk::grammar
