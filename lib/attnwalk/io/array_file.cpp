// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/array_file.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/io/bytes.hpp"
#include "attnwalk/io/members.hpp"
#include "attnwalk/io/tensor_index.hpp"

#include <cstring>
#include <optional>

namespace attnwalk::io {
namespace {

constexpr std::string_view only = "array"; // what the array of an .npy file is called

} // namespace

/// Exactly one of the three is there.
struct ArrayFile::State {
  std::string name;
  ReadOptions how;
  FileBytes bytes;
  std::optional<Members> members;
  std::optional<TensorIndex> tensors;
  std::optional<NpyLayout> npy;

  State(const std::filesystem::path& file, const ReadOptions& options)
      : name(file.string()), how(options), bytes(file) {}

  /// Reads on from byte `at` of the file.
  [[nodiscard]] Read from(std::uint64_t at) const {
    return [rest = bytes.span().subspan(at), this](std::span<std::byte> out) mutable {
      require(out.size() <= rest.size(), Code::io, name, ": ends too early");
      if (!out.empty())
        std::memcpy(out.data(), rest.data(), out.size());
      rest = rest.subspan(out.size());
    };
  }
  void need(const std::string& array, bool held) const {
    require(held, Code::io, name, ": lacks the array ", array);
  }
};

ArrayFile::ArrayFile(const std::filesystem::path& file, const ReadOptions& how) {
  const std::string extension = file.extension().string();
  require(extension == ".npz" || extension == ".npy" || extension == ".safetensors", Code::io,
          file.string(), ": arrays are read from .npz, .npy and .safetensors files");
  state_ = std::make_unique<State>(file, how);
  const std::span<const std::byte> bytes = state_->bytes.span();
  if (extension == ".npz")
    state_->members.emplace(bytes, state_->name);
  else if (extension == ".npy")
    state_->npy = read_npy_header(state_->from(0), bytes.size(), state_->name);
  else
    state_->tensors = index_safetensors(bytes, state_->name);
}

ArrayFile::ArrayFile(ArrayFile&&) noexcept = default;
ArrayFile& ArrayFile::operator=(ArrayFile&&) noexcept = default;
ArrayFile::~ArrayFile() = default;

std::string ArrayFile::name() const {
  return state_->name;
}

std::vector<std::string> ArrayFile::names() const {
  if (state_->npy)
    return {std::string(only)};
  if (state_->members)
    return state_->members->names();
  std::vector<std::string> out;
  for (const auto& [tensor, place] : state_->tensors->tensors)
    out.push_back(tensor);
  return out;
}

bool ArrayFile::holds(const std::string& array) const {
  if (state_->npy)
    return array == only;
  return state_->members ? state_->members->holds(array) : state_->tensors->tensors.contains(array);
}

ArrayInfo ArrayFile::info(const std::string& array) const {
  state_->need(array, holds(array));
  if (state_->npy)
    return state_->npy->info;
  return state_->members ? state_->members->layout(array).info
                         : state_->tensors->tensors.at(array).info;
}

Array ArrayFile::read(const std::string& array) const {
  const ArrayInfo about = info(array);
  Array out = read(array, 0, about.size());
  out.shape = about.shape;
  return out;
}

Array ArrayFile::read(const std::string& array, Index first, Index count) const {
  const ArrayInfo about = info(array);
  const Index size = about.size();
  require(first >= 0 && count >= 0 && first <= size && count <= size - first, Code::index,
          state_->name, ": elements ", first, " .. ", first, " + ", count, " of array ", array,
          ", which has ", size);
  Array out;
  if (state_->members) {
    out = state_->members->read(array, first, count, state_->how);
  } else if (state_->npy) {
    out = read_npy_data(*state_->npy, state_->from(state_->npy->header_bytes), first, count,
                        state_->name, state_->how);
  } else {
    const Index width = bytes_of(about.dtype);
    require_room(static_cast<double>(count * width), state_->name, state_->how);
    out = {about.dtype, {}, Buffer<std::byte>(static_cast<std::size_t>(count * width))};
    state_->from(state_->tensors->tensors.at(array).begin +
                 static_cast<std::uint64_t>(first * width))(out.bytes);
  }
  out.shape = {count};
  return out;
}

void ArrayFile::visit(const std::string& array,
                      const std::function<void(const Array& piece, Index first)>& visit) const {
  const ArrayInfo about = info(array);
  if (state_->members)
    return state_->members->visit(array, state_->how, visit);
  if (state_->npy)
    return visit_npy_data(*state_->npy, state_->from(state_->npy->header_bytes), state_->name,
                          state_->how, visit);
  visit_npy_data({about, false, 0}, state_->from(state_->tensors->tensors.at(array).begin),
                 state_->name, state_->how, visit);
}

Arrays ArrayFile::read_some(const std::vector<std::string>& wanted) const {
  std::vector<std::string> held;
  for (const std::string& array : wanted)
    if (holds(array))
      held.push_back(array);
  if (state_->members)
    return state_->members->read(held, state_->how);
  Arrays out;
  for (const std::string& array : held)
    out.emplace(array, read(array));
  return out;
}

std::map<std::string, std::string> ArrayFile::metadata() const {
  return state_->tensors ? state_->tensors->metadata : std::map<std::string, std::string>{};
}

} // namespace attnwalk::io
