// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/bytes.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/io/descriptor.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/huge_pages.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace attnwalk::io {
namespace {

constexpr Index part_bytes = 1 << 24;

[[noreturn]] void fail(const std::filesystem::path& name, std::string_view what) {
  const int reason = errno;
  throw Error(Code::io,
              message(name.string(), ": cannot be ", what, " (", std::strerror(reason), ")"));
}

/// A file opened for reading.
class Input {
public:
  explicit Input(const std::filesystem::path& file)
      : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (number() < 0)
      fail(file, "opened");
    if (::fstat(number(), &status_) != 0)
      fail(file, "examined");
    require(!S_ISDIR(status_.st_mode), Code::io, file.string(), ": is a directory, not a file");
  }

  [[nodiscard]] int number() const { return descriptor_.number(); }
  /// Whether its size is known and it can be read at any place. Files of /proc claim size 0.
  [[nodiscard]] bool regular() const { return S_ISREG(status_.st_mode) && status_.st_size > 0; }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(status_.st_size); }

private:
  Descriptor descriptor_;
  struct stat status_ {};
};

} // namespace

Buffer<std::byte> read_descriptor(int descriptor, const std::filesystem::path& name) {
  Buffer<std::byte> out;
  std::size_t used = 0;
  for (;;) {
    if (used == out.size()) {
      const std::size_t larger = std::max<std::size_t>(1U << 16, 2 * used);
      if (larger > (1U << 24))
        require_memory(name.string(), static_cast<double>(larger));
      out.resize(larger);
    }
    const ssize_t got = ::read(descriptor, out.data() + used, out.size() - used);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      fail(name, "read");
    if (got == 0)
      break;
    used += static_cast<std::size_t>(got);
  }
  out.resize(used);
  return out;
}

Buffer<std::byte> read_bytes(const std::filesystem::path& file) {
  const Input in(file);
  if (!in.regular())
    return read_descriptor(in.number(), file);
  require_memory(file.string(), static_cast<double>(in.size()));
  auto out = large_buffer<std::byte>(in.size());
  const auto size = static_cast<Index>(in.size());
  const Index parts = size / part_bytes + 1;
  // In parts, since touching new pages takes longer than copying into them.
  for_each_part(parts, 0, [&](Index p) {
    const Index end = part_begin(size, parts, p + 1);
    for (Index at = part_begin(size, parts, p); at < end;) {
      const ssize_t got =
          ::pread(in.number(), out.data() + at, static_cast<std::size_t>(end - at), at);
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        fail(file, "read");
      require(got > 0, Code::io, file.string(), ": became shorter while it was read");
      at += got;
    }
  });
  return out;
}

FileBytes::FileBytes(const std::filesystem::path& file) {
  const Input in(file);
  if (!in.regular()) {
    read_ = read_descriptor(in.number(), file);
    return;
  }
  map_ = ::mmap(nullptr, in.size(), PROT_READ, MAP_PRIVATE, in.number(), 0);
  if (map_ == MAP_FAILED) {
    map_ = nullptr;
    fail(file, "mapped");
  }
  size_ = in.size();
}

FileBytes::FileBytes(FileBytes&& other) noexcept
    : map_(std::exchange(other.map_, nullptr)), size_(std::exchange(other.size_, 0)),
      read_(std::move(other.read_)) {}

FileBytes& FileBytes::operator=(FileBytes&& other) noexcept {
  std::swap(map_, other.map_);
  std::swap(size_, other.size_);
  std::swap(read_, other.read_);
  return *this;
}

FileBytes::~FileBytes() {
  if (map_ != nullptr)
    ::munmap(map_, size_);
}

std::span<const std::byte> FileBytes::span() const {
  if (map_ == nullptr)
    return read_;
  return {static_cast<const std::byte*>(map_), size_};
}

} // namespace attnwalk::io
