// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/core/utf8.hpp"
#include "attnwalk/io/members.hpp"
#include "attnwalk/io/printable.hpp"

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

Members::Members(std::span<const std::byte> file, std::string_view name)
    : file_(file), name_(name) {
  const Archive archive(file, name);
  for (std::size_t number = 0; number < archive.members().size(); ++number) {
    const std::string& member = archive.members()[number].name;
    if (member.ends_with(suffix))
      numbers_.emplace(member.substr(0, member.size() - suffix.size()), number);
  }
}

template <class Work>
void Members::open(const std::string& array, const Work& work) const {
  // The handle of libzip is not for several threads, and opening it again costs microseconds.
  const Archive own(file_, name_);
  const std::size_t number = numbers_.at(array);
  const std::string place = name_ + ": array " + printable(array);
  Archive::Stream stream(own, number);
  const NpyLayout header = read_npy_header([&](std::span<std::byte> out) { stream.read(out); },
                                           own.members()[number].bytes, place);
  work(stream, header, place);
}

NpyLayout Members::layout(const std::string& array) const {
  NpyLayout out;
  open(array, [&](const Archive::Stream& /*stream*/, const NpyLayout& header,
                  const std::string& /*place*/) { out = header; });
  return out;
}

Array Members::read(const std::string& array, Index first, Index count,
                    const ReadOptions& how) const {
  Array out;
  open(array, [&](Archive::Stream& stream, const NpyLayout& header, const std::string& place) {
    const Read next = [&](std::span<std::byte> bytes) { stream.read(bytes); };
    out = read_npy_data(header, next, first, count, place, how);
    if (first + count == header.info.size())
      stream.finish();
  });
  return out;
}

void Members::visit(const std::string& array, const ReadOptions& how,
                    const std::function<void(const Array& piece, Index first)>& visit) const {
  open(array, [&](Archive::Stream& stream, const NpyLayout& header, const std::string& place) {
    const Read next = [&](std::span<std::byte> bytes) { stream.read(bytes); };
    visit_npy_data(header, next, place, how, visit);
    stream.finish();
  });
}

std::vector<std::string> Members::names() const {
  std::vector<std::string> out;
  for (const auto& [array, number] : numbers_)
    out.push_back(array);
  return out;
}

Arrays Members::read(const std::vector<std::string>& wanted, const ReadOptions& how) const {
  double bytes = 0;
  std::vector<Index> sizes;
  Arrays out;
  for (const std::string& array : wanted) {
    const NpyLayout header = layout(array);
    sizes.push_back(header.info.size());
    bytes += static_cast<double>(data_bytes(header.info, name_));
    out.emplace(array, Array{});
  }
  require_room(bytes, name_, how);
  for_each_part(static_cast<Index>(wanted.size()), how.threads, [&](Index part) {
    const auto number = static_cast<std::size_t>(part);
    out.at(wanted[number]) = read(wanted[number], 0, sizes[number], how);
  });
  return out;
}

Arrays read_npz(std::span<const std::byte> file, std::string_view name, const ReadOptions& how) {
  const Members members(file, name);
  return members.read(members.names(), how);
}

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
  return packing == Packing::deflate ? deflated_archive(content.members)
                                     : stored_archive(content.members, 0);
}

void write_npz(std::ostream& out, const Arrays& arrays) {
  write_stored(out, packed(arrays).members, 0);
}

} // namespace attnwalk::io
