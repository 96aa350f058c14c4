// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

namespace attnwalk::io {

/// What the ending of a file's name says that it holds.
enum class Format { market, npy, npz, safetensors };

/// By the ending .mtx, .npy, .npz or .safetensors, in capitals too; none for another.
[[nodiscard]] std::optional<Format> format_of(const std::filesystem::path& file);

/// As format_of. @throws Error{io} naming the endings that are read
[[nodiscard]] Format required_format(const std::filesystem::path& file);

} // namespace attnwalk::io
