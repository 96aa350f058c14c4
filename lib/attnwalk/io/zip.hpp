// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attnwalk::io {

/// A zip archive in memory, read only. One thread at a time; a second thread opens its own.
class Archive {
public:
  struct Member {
    std::string name;
    std::uint64_t bytes = 0; ///< claimed, and checked against what its packed bytes could hold
    std::string refusal;     ///< why it cannot be read (encrypted, another method); empty if it can
  };

  /// @throws Error{io} if the archive is damaged, a member is encrypted, packed by another method
  /// than
  ///         deflate, named twice, or claims more than its packed bytes can hold
  Archive(std::span<const std::byte> file, std::string_view name);
  Archive(Archive&&) noexcept;
  Archive& operator=(Archive&&) noexcept;
  ~Archive();

  [[nodiscard]] const std::vector<Member>& members() const { return members_; }

  /// Reads one member from its beginning.
  class Stream {
  public:
    Stream(const Archive& archive, std::size_t member);
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;
    ~Stream();
    /// The next bytes. @throws Error{io} if the packed data end early or are damaged
    void read(std::span<std::byte> out);
    /// Checks, after the last byte, that nothing follows and that the checksum is right.
    void finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
  };

private:
  struct State;
  std::unique_ptr<State> state_;
  std::vector<Member> members_;
};

/// A member to be written, in one or two pieces.
struct Packed {
  std::string name;
  std::string head;
  std::span<const std::byte> body;
};

/// Members packed by deflate. @throws Error{io} if libzip refuses
[[nodiscard]] Buffer<std::byte> deflated_archive(const std::vector<Packed>& members);

/// Takes the next bytes of an archive.
using Sink = std::function<void(const void* bytes, std::size_t count)>;

/// Members as they are, without a copy of their bodies: equal members give equal bytes. libzip
/// takes twice the time and holds the archive twice in memory (docs/io.md).
///
/// @param always_wide  fields of 64 bits also where no size needs them, for tests
/// @throws Error{domain} if a name is too long
/// @cost   one pass over the bodies for their checksums, on all threads
/// @see    [pkware2022]
void write_stored(const Sink& out, const std::vector<Packed>& members, int threads,
                  bool always_wide = false);

} // namespace attnwalk::io
