// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/input.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

namespace attnwalk::report {
namespace {

constexpr std::array<std::string_view, 4> extensions{".mtx", ".npz", ".npy", ".safetensors"};

} // namespace

std::string_view to_string(Source source) {
  switch (source) {
  case Source::spec:
    return "spec";
  case Source::file:
    return "file";
  case Source::head:
    return "head";
  }
  return "";
}

std::string title(const Provenance& from) {
  switch (from.source) {
  case Source::spec:
    return from.spec;
  case Source::file:
    return (from.file == "-" ? "standard input" : from.file) +
           (from.mask.empty()       ? from.spec.empty() ? "" : " (" + from.spec + ")"
            : from.mask == "stored" ? ", stored mask"
                                    : ", mask " + from.mask);
  case Source::head:
    return message(from.file, ", layer ", from.layer, ", head ", from.head, ", ",
                   from.mask == "stored" ? "stored mask" : "mask " + from.mask);
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

} // namespace attnwalk::report
