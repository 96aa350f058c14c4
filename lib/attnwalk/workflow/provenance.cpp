// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/grammar.hpp"
#include "attnwalk/io/format.hpp"
#include "attnwalk/workflow/input.hpp"

#include <array>
#include <charconv>
#include <system_error>

namespace attnwalk::workflow {
namespace {

bool is_spec(const std::string& text) {
  try {
    static_cast<void>(grammar::parse_layers(text));
    return true;
  } catch (const Error&) {
    return false;
  }
}

} // namespace

std::string exact(double x) {
  std::array<char, 32> room{};
  return {room.data(), std::to_chars(room.data(), room.data() + room.size(), x).ptr};
}

std::string title(const Provenance& origin) {
  switch (origin.source) {
  case Source::spec:
    return origin.spec;
  case Source::file:
    return (origin.file == "-" ? "standard input" : origin.file) +
           (origin.mask.empty()       ? origin.spec.empty() ? "" : " (" + origin.spec + ")"
            : origin.mask == "stored" ? ", stored mask"
                                      : ", mask " + origin.mask);
  case Source::head:
    return message(origin.file, ", layer ", origin.layer, ", head ", origin.head,
                   origin.mask.empty()       ? ""
                   : origin.mask == "stored" ? ", stored mask"
                                             : ", mask " + origin.mask);
  }
  return "";
}

bool names_file(const std::string& text) {
  if (text == "-")
    return true;
  std::error_code ignored;
  const bool exists = !text.empty() && std::filesystem::exists(text, ignored);
  if (!io::format_of(text) && text.find('/') == std::string::npos)
    return exists && !std::filesystem::is_directory(text, ignored) && !is_spec(text);
  return exists || text.find_first_of(":(") == std::string::npos;
}

} // namespace attnwalk::workflow
