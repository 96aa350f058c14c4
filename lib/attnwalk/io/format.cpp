// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/format.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace attnwalk::io {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 4> endings{
    {{".mtx", Format::market},
     {".npy", Format::npy},
     {".npz", Format::npz},
     {".safetensors", Format::safetensors}}};

std::string ending_of(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

} // namespace

std::optional<Format> format_of(const std::filesystem::path& file) {
  const std::string ending = ending_of(file);
  for (const auto& [known, format] : endings)
    if (known == ending)
      return format;
  return std::nullopt;
}

Format required_format(const std::filesystem::path& file) {
  const std::optional<Format> found = format_of(file);
  const std::string ending = ending_of(file);
  const bool packed = ending == ".gz" || ending == ".bz2" || ending == ".xz" || ending == ".zst";
  require(found.has_value(), Code::io, file.string(),
          ": the name of a file that is read ends in "
          ".mtx, .npy, .npz or .safetensors",
          packed ? "; unpack it first" : "");
  return *found;
}

} // namespace attnwalk::io
