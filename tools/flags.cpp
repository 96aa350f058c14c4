// SPDX-License-Identifier: Apache-2.0
#include "flags.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace attnwalk::tools {
namespace {

/// Fields whose flag is not their own name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> renamed{
    {{"queries", "-n"}, {"from_tokens", "--from"}, {"to_tokens", "--to"}}};

} // namespace

std::string flag_of(std::string_view field) {
  for (const auto& [name, flag] : renamed)
    if (name == field)
      return std::string(flag);
  std::string flag = "--" + std::string(field);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string with_flags(std::string_view sentence) {
  std::string out;
  while (!sentence.empty()) {
    const std::size_t open = sentence.find('`');
    const std::size_t close = open == std::string_view::npos ? open : sentence.find('`', open + 1);
    if (close == std::string_view::npos)
      break;
    const std::string_view name = sentence.substr(open + 1, close - open - 1);
    const std::size_t end =
        std::min(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), name.size());
    const bool field = end > 0 && (end == name.size() || name[end] == '=');
    if (!field) { // a backquote of a file's name
      out += sentence.substr(0, open + 1);
      sentence.remove_prefix(open + 1);
      continue;
    }
    out += std::string(sentence.substr(0, open)) + flag_of(name.substr(0, end));
    if (end < name.size())
      out += " " + std::string(name.substr(end + 1));
    sentence.remove_prefix(close + 1);
  }
  return out + std::string(sentence);
}

} // namespace attnwalk::tools
