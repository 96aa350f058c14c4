// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/input.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

namespace attnwalk::workflow {
namespace {

constexpr std::array<std::string_view, 4> extensions{".mtx", ".npz", ".npy", ".safetensors"};

} // namespace

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
    return message(origin.file, ", layer ", origin.layer, ", head ", origin.head, ", ",
                   origin.mask == "stored" ? "stored mask" : "mask " + origin.mask);
  }
  return "";
}

bool names_file(const std::string& text) {
  if (text == "-")
    return true;
  const std::string extension = std::filesystem::path(text).extension().string();
  const bool known = std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
  if (!known && text.find('/') == std::string::npos)
    return false;
  std::error_code ignored;
  return text.find_first_of(":(") == std::string::npos || std::filesystem::exists(text, ignored);
}

} // namespace attnwalk::workflow
