// SPDX-License-Identifier: Apache-2.0
// Stands in for zip.cpp and zip_stored.cpp in a build without libzip.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/zip.hpp"

namespace attnwalk::io {
namespace {

[[noreturn]] void refuse(std::string_view name) {
  throw Error(Code::io, message(name, ": this build of attnwalk has no libzip, which npz needs"));
}

} // namespace

struct Archive::State {};
struct Archive::Stream::State {};

Archive::Archive(std::span<const std::byte>, std::string_view name) {
  refuse(name);
}
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;
Archive::Stream::Stream(const Archive&, std::size_t) {
  refuse("npz");
}
Archive::Stream::Stream(Stream&&) noexcept = default;
Archive::Stream& Archive::Stream::operator=(Stream&&) noexcept = default;
Archive::Stream::~Stream() = default;
void Archive::Stream::read(std::span<std::byte>) {}
void Archive::Stream::finish() {}

Buffer<std::byte> deflated_archive(const std::vector<Packed>&) {
  refuse("npz");
}
void write_stored(const Sink&, const std::vector<Packed>&, int, bool) {
  refuse("npz");
}

} // namespace attnwalk::io
