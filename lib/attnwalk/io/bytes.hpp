// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"

#include <cstddef>
#include <filesystem>
#include <span>

namespace attnwalk::io {

/// The bytes of a file: mapped if it is a regular one, else (a pipe, /dev/stdin) read.
class FileBytes {
public:
  /// @throws Error{io} with the system's reason
  explicit FileBytes(const std::filesystem::path& file);
  FileBytes(FileBytes&& other) noexcept;
  FileBytes& operator=(FileBytes&& other) noexcept;
  ~FileBytes();

  [[nodiscard]] std::span<const std::byte> span() const;

private:
  void* map_ = nullptr;
  std::size_t size_ = 0;
  Buffer<std::byte> read_;
};

/// All that a descriptor still delivers. @throws Error{io} naming `name`
[[nodiscard]] Buffer<std::byte> read_descriptor(int descriptor, const std::filesystem::path& name);

} // namespace attnwalk::io
