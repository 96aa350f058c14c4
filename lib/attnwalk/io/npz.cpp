// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/npz.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/utf8.hpp"
#include "attnwalk/io/npy_header.hpp"
#include "attnwalk/io/packed.hpp"
#include "attnwalk/io/printable.hpp"

#include <ostream>

namespace attnwalk::io {
namespace {

constexpr std::string_view suffix = ".npy";

/// Control characters and bytes that are no UTF-8 would be read back as another name or not at all.
std::string member_of(const std::string& array) {
  for (std::size_t at = 0; at < array.size();) {
    const std::size_t bytes = utf8_length(array, at);
    require(bytes > 0 && (bytes > 1 || (array[at] >= ' ' && array[at] != '\x7f')), Code::domain,
            "the name of array \"", printable(array),
            "\" must be UTF-8 without control characters");
    at += bytes;
  }
  return array + std::string(suffix);
}

} // namespace

PackedArrays packed(const Arrays& arrays) {
  PackedArrays out;
  out.widened.reserve(arrays.size());
  for (const auto& [name, array] : arrays) {
    std::string member = member_of(name);
    if (array.dtype == DType::bfloat16) {
      out.widened.push_back(write_npy(array));
      out.members.push_back({std::move(member), {}, out.widened.back()});
      continue;
    }
    require(array.bytes.size() == static_cast<std::size_t>(array.size() * bytes_of(array.dtype)),
            Code::shape, "array ", name, ": ", array.bytes.size(), " bytes do not fill ",
            array.size(), " ", to_string(array.dtype));
    out.members.push_back({std::move(member), npy_header({array.dtype, array.shape}), array.bytes});
  }
  return out;
}

Buffer<std::byte> write_npz(const Arrays& arrays, Packing packing) {
  const PackedArrays content = packed(arrays);
  if (packing == Packing::deflate)
    return deflated_archive(content.members);
  Buffer<std::byte> out;
  std::size_t bytes = 0;
  for (const Packed& member : content.members)
    bytes += 256 + 2 * member.name.size() + member.head.size() + member.body.size();
  out.reserve(bytes);
  write_stored(
      [&](const void* bytes, std::size_t count) {
        const auto* first = static_cast<const std::byte*>(bytes);
        out.insert(out.end(), first, first + count);
      },
      content.members, 0);
  return out;
}

void write_stored(std::ostream& out, const std::vector<Packed>& members) {
  write_stored(
      [&](const void* bytes, std::size_t count) {
        out.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
      },
      members, 0);
}

void write_npz(std::ostream& out, const Arrays& arrays) {
  write_stored(out, packed(arrays).members);
}

} // namespace attnwalk::io
