// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/array_file.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/io/bytes.hpp"
#include "attnwalk/io/npy_header.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/printable.hpp"
#include "attnwalk/io/safetensors.hpp"
#include "attnwalk/io/tensor_index.hpp"
#include "attnwalk/io/zip.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace attnwalk::io {
namespace {

const char* const npy_array = "array"; // what the array of an .npy file is called
constexpr std::string_view npy_suffix = ".npy";

/// Reads on through bytes in place.
Read through(std::span<const std::byte> rest, const std::string& name) {
  return [rest, &name](std::byte* out, std::size_t count) mutable {
    require(count <= rest.size(), Code::io, name, ": ends in the middle of an npy header");
    if (out != nullptr && count > 0)
      std::memcpy(out, rest.data(), count);
    rest = rest.subspan(count);
  };
}

/// Reads on through a member of an archive.
Read through(Archive::Stream& stream) {
  return [&stream](std::byte* out, std::size_t count) {
    if (out != nullptr)
      return stream.read({out, count});
    std::array<std::byte, 1U << 14> unwanted{};
    for (std::size_t left = count; left > 0;) {
      const std::size_t step = std::min(left, unwanted.size());
      stream.read(std::span(unwanted).first(step));
      left -= step;
    }
  };
}

/// Where one array is: its bytes in place, or its member of the archive.
struct Stored {
  NpyHeader header; ///< of bytes in place
  std::span<const std::byte> data;
  std::size_t member = 0;
  std::string refusal; ///< why it cannot be read; empty if it can
};

} // namespace

struct ArrayFile::State {
  std::string name;
  ReadOptions how;
  std::optional<FileBytes> file;
  std::optional<std::span<const std::byte>> archive; ///< an .npz; else all data are in place
  std::map<std::string, Stored> arrays;
  std::map<std::string, std::string> metadata;

  State(std::string_view words, const ReadOptions& options) : name(words), how(options) {}

  void index(std::span<const std::byte> bytes, Format format) {
    switch (format) {
    case Format::npy: {
      const NpyHeader header = read_npy_header(through(bytes, name), bytes.size(), name);
      arrays[npy_array] = {header, bytes.subspan(header.header_bytes), 0, {}};
      return;
    }
    case Format::npz: {
      archive = bytes;
      const Archive zip(bytes, name);
      for (std::size_t number = 0; number < zip.members().size(); ++number) {
        const std::string& member = zip.members()[number].name;
        if (member.ends_with(npy_suffix))
          arrays[member.substr(0, member.size() - npy_suffix.size())].member = number;
      }
      return;
    }
    case Format::safetensors:
    case Format::market:
      break;
    }
    TensorIndex tensors = index_safetensors(bytes, name);
    metadata = std::move(tensors.metadata);
    for (auto& [tensor, place] : tensors.tensors)
      arrays[tensor] = {{std::move(place.info), false, 0},
                        bytes.subspan(place.begin, place.end - place.begin),
                        0,
                        std::move(place.refusal)};
  }

  /// Calls work(header, read, place): what is stored, a reader at its first element, and words for
  /// messages. If work returns true, it has read to the end.
  template <class Work>
  void open(const std::string& array, const Work& work) const {
    const auto found = arrays.find(array);
    require(found != arrays.end(), Code::io, name, ": lacks the array ", array);
    const Stored& stored = found->second;
    require(stored.refusal.empty(), Code::io, stored.refusal);
    if (!archive) {
      work(stored.header, through(stored.data, name), name);
      return;
    }
    // libzip's handle serves one thread at a time, and opening it again costs microseconds.
    const Archive own(*archive, name);
    const std::string place = name + ": array " + printable(array);
    Archive::Stream stream(own, stored.member);
    const Read read = through(stream);
    const NpyHeader header = read_npy_header(read, own.members()[stored.member].bytes, place);
    if (work(header, read, place))
      stream.finish();
  }
};

ArrayFile::ArrayFile(const std::filesystem::path& file, const ReadOptions& how) {
  const Format format = required_format(file);
  require(format != Format::market, Code::io, file.string(),
          ": arrays are read from .npz, .npy and .safetensors files");
  state_ = std::make_unique<State>(file.string(), how);
  state_->file.emplace(file);
  state_->index(state_->file->span(), format);
}

ArrayFile::ArrayFile(std::span<const std::byte> file, Format format, std::string_view name,
                     const ReadOptions& how)
    : state_(std::make_unique<State>(name, how)) {
  state_->index(file, format);
}

ArrayFile::ArrayFile(const Arrays& arrays, std::string_view name, const ReadOptions& how)
    : state_(std::make_unique<State>(name, how)) {
  for (const auto& [array, held] : arrays)
    state_->arrays[array] = {{{held.dtype, held.shape}, false, 0}, held.bytes, 0, {}};
}

ArrayFile::ArrayFile(ArrayFile&&) noexcept = default;
ArrayFile& ArrayFile::operator=(ArrayFile&&) noexcept = default;
ArrayFile::~ArrayFile() = default;

const std::string& ArrayFile::name() const {
  return state_->name;
}

const ReadOptions& ArrayFile::how() const {
  return state_->how;
}

std::vector<std::string> ArrayFile::names() const {
  std::vector<std::string> out;
  for (const auto& [array, stored] : state_->arrays)
    out.push_back(array);
  return out;
}

bool ArrayFile::holds(const std::string& array) const {
  return state_->arrays.contains(array);
}

std::optional<std::string> ArrayFile::only() const {
  std::vector<std::string> all = names();
  std::erase(all, "provenance");
  return all.size() == 1 ? std::optional(all.front()) : std::nullopt;
}

ArrayInfo ArrayFile::info(const std::string& array) const {
  ArrayInfo out;
  state_->open(array, [&](const NpyHeader& header, const Read&, const std::string&) {
    out = header.info;
    return false;
  });
  return out;
}

Array ArrayFile::read(const std::string& array) const {
  Array out;
  state_->open(array, [&](const NpyHeader& header, const Read& read, const std::string& place) {
    out = read_npy_data(header, read, 0, header.info.size(), place, state_->how);
    out.shape = header.info.shape;
    return true;
  });
  return out;
}

Array ArrayFile::read(const std::string& array, Index first, Index count) const {
  Array out;
  state_->open(array, [&](const NpyHeader& header, const Read& read, const std::string& place) {
    const Index size = header.info.size();
    require(first >= 0 && count >= 0 && first <= size && count <= size - first, Code::index,
            state_->name, ": elements ", first, " .. ", first, " + ", count, " of array ", array,
            ", which has ", size);
    out = read_npy_data(header, read, first, count, place, state_->how);
    out.shape = {count};
    return first + count == size;
  });
  return out;
}

Arrays ArrayFile::read_some(const std::vector<std::string>& wanted) const {
  Arrays out;
  double bytes = 0;
  for (const std::string& array : wanted)
    if (holds(array)) {
      bytes += static_cast<double>(data_bytes(info(array), state_->name));
      out.emplace(array, Array{});
    }
  require_room(bytes, state_->name, state_->how);
  std::vector<Arrays::value_type*> each;
  for (auto& held : out)
    each.push_back(&held);
  for_each_part(static_cast<Index>(each.size()), state_->how.threads,
                [&](Index part) { each[part]->second = read(each[part]->first); });
  return out;
}

void ArrayFile::visit(const std::string& array,
                      const std::function<void(const Array& piece, Index first)>& visit) const {
  state_->open(array, [&](const NpyHeader& header, const Read& read, const std::string& place) {
    visit_npy_data(header, read, place, state_->how, visit);
    return true;
  });
}

const std::map<std::string, std::string>& ArrayFile::metadata() const {
  return state_->metadata;
}

Array read_npy(std::span<const std::byte> file, std::string_view name, const ReadOptions& how) {
  return ArrayFile(file, Format::npy, name, how).read(npy_array);
}

Arrays read_npz(std::span<const std::byte> file, std::string_view name, const ReadOptions& how) {
  const ArrayFile arrays(file, Format::npz, name, how);
  return arrays.read_some(arrays.names());
}

SafeTensors read_safetensors(std::span<const std::byte> file, std::string_view name,
                             const ReadOptions& how) {
  const ArrayFile tensors(file, Format::safetensors, name, how);
  return {tensors.read_some(tensors.names()), tensors.metadata()};
}

} // namespace attnwalk::io
