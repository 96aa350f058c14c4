// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/layout.hpp"
#include "attnwalk/io/zip.hpp"

#include <map>
#include <string>
#include <vector>

namespace attnwalk::io {

/// The arrays of an .npz archive, each decompressed only when it is read; for any threads at once.
class Members {
public:
  /// `file` must outlive this. @throws Error{io} as Archive
  Members(std::span<const std::byte> file, std::string_view name);

  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool holds(const std::string& array) const { return numbers_.contains(array); }
  [[nodiscard]] NpyLayout layout(const std::string& array) const;
  /// Elements [first, first + count); from the beginning of the member to their end is
  /// decompressed.
  [[nodiscard]] Array read(const std::string& array, Index first, Index count,
                           const ReadOptions& how) const;
  /// All elements, piece by piece.
  void visit(const std::string& array, const ReadOptions& how,
             const std::function<void(const Array& piece, Index first)>& visit) const;
  /// Whole arrays, in parallel.
  [[nodiscard]] Arrays read(const std::vector<std::string>& wanted, const ReadOptions& how) const;

private:
  /// Calls work(stream, header, place) behind the header of an array, place for messages.
  template <class Work>
  void open(const std::string& array, const Work& work) const;

  std::span<const std::byte> file_;
  std::string name_;
  std::map<std::string, std::size_t> numbers_;
};

/// Arrays as members of an archive to be written, which refer to them.
struct PackedArrays {
  std::vector<Buffer<std::byte>> widened; ///< bfloat16, which NumPy lacks, as float32
  std::vector<Packed> members;
};
/// @throws Error{shape} if an array's bytes do not fill its shape
/// @throws Error{domain} if a name is not UTF-8 or has control characters
[[nodiscard]] PackedArrays packed(const Arrays& arrays);

} // namespace attnwalk::io
