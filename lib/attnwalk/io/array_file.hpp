// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array.hpp"
#include "attnwalk/io/format.hpp"
#include "attnwalk/io/read_options.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace attnwalk::io {

/// The arrays of an .npz, .npy (one, named "array") or .safetensors file, read on demand: a slice
/// of one head out of a large file costs that slice (.npz: decompression up to its end). What is
/// wrong with an array is said when that array is asked for. A regular file is mapped, so it must
/// not be truncated meanwhile. Several threads may use it at once.
class ArrayFile {
public:
  /// @throws Error{io} for another extension, a file that cannot be opened, or a damaged directory
  explicit ArrayFile(const std::filesystem::path& file, const ReadOptions& how = {});
  /// The same over a file in memory or over arrays, both of which must outlive it.
  ArrayFile(std::span<const std::byte> file, Format format, std::string_view name,
            const ReadOptions& how = {});
  ArrayFile(const Arrays& arrays, std::string_view name, const ReadOptions& how = {});
  ArrayFile(ArrayFile&&) noexcept;
  ArrayFile& operator=(ArrayFile&&) noexcept;
  ~ArrayFile();

  [[nodiscard]] const std::string& name() const; ///< of the file, for messages
  [[nodiscard]] const ReadOptions& how() const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool holds(const std::string& array) const;
  /// The name of the only array, not counting the `provenance` that the command writes beside its
  /// results; none if there are several.
  [[nodiscard]] std::optional<std::string> only() const;
  /// @throws Error{io} if the file lacks the array or its header is wrong
  [[nodiscard]] ArrayInfo info(const std::string& array) const;
  [[nodiscard]] Array read(const std::string& array) const;
  /// Elements [first, first + count) in C order, as an array of one dimension.
  [[nodiscard]] Array read(const std::string& array, Index first, Index count) const;
  /// Several whole arrays, in parallel; those that the file lacks are left out.
  [[nodiscard]] Arrays read_some(const std::vector<std::string>& wanted) const;
  /// Calls visit(piece, first) for all elements in C order, in pieces of one dimension that stay in
  /// the cache: for readers that convert, and need no copy of the whole.
  void visit(const std::string& array,
             const std::function<void(const Array& piece, Index first)>& visit) const;
  /// String metadata of a .safetensors file; empty for the others.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace attnwalk::io
