// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/zip.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/io/huge_pages.hpp"
#include "attnwalk/io/printable.hpp"

#include <zip.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

namespace attnwalk::io {
namespace {

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct Close {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
struct Release {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Handle = std::unique_ptr<zip_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Release>;

/// A zip_error_t that frees its message.
class Problem {
public:
  Problem() { zip_error_init(&error_); }
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;
  ~Problem() { zip_error_fini(&error_); }
  zip_error_t* get() { return &error_; }
  std::string text() { return zip_error_strerror(&error_); }

private:
  zip_error_t error_{};
};

// Deflate codes at most 258 bytes in 2 bits.
constexpr std::uint64_t deflate_ratio = 1032;
constexpr zip_uint64_t described =
    ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;

[[noreturn]] void fail(std::string_view name, const std::string& why) {
  throw Error(Code::io, message(name, ": ", why));
}

/// A member as the directory describes it; `room` is what earlier ones left of the file.
Archive::Member described_member(const zip_stat_t& entry, std::string_view name,
                                 std::uint64_t& room) {
  require((entry.valid & described) == described, Code::io, name,
          ": the directory does not say how large a member is");
  Archive::Member out{entry.name, entry.size, {}};
  const std::string member = printable(entry.name);
  // Members that overlap in the file would multiply its size: their packed bytes must fit together.
  require(entry.comp_size <= room, Code::io, name, ": member ", member, " claims ", entry.comp_size,
          " packed bytes where the file has ", room, " left");
  room -= entry.comp_size;
  if ((entry.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && entry.encryption_method != ZIP_EM_NONE) {
    out.refusal = message(name, ": member ", member, " is encrypted");
    return out;
  }
  if (entry.comp_method != ZIP_CM_STORE && entry.comp_method != ZIP_CM_DEFLATE) {
    out.refusal = message(name, ": member ", member, " is packed by method ", entry.comp_method,
                          ", neither stored (0) nor deflate (8)");
    return out;
  }
  const std::uint64_t most =
      entry.comp_method == ZIP_CM_STORE ? entry.comp_size : entry.comp_size * deflate_ratio;
  require(entry.size <= most, Code::io, name, ": member ", member, " claims ", entry.size,
          " bytes where its ", entry.comp_size, " packed ones hold at most ", most);
  return out;
}

} // namespace

struct Archive::State {
  std::string name;
  Handle handle;
};

Archive::Archive(std::span<const std::byte> file, std::string_view name)
    : state_(std::make_unique<State>()) {
  state_->name = name;
  constexpr std::size_t directory_end = 22; // libzip takes an empty file for an empty archive
  require(file.size() >= directory_end, Code::io, name, ": ", file.size(),
          " bytes are too few for a zip archive");
  Problem problem;
  Source source(zip_source_buffer_create(file.data(), file.size(), 0, problem.get()));
  if (!source)
    fail(name, problem.text());
  state_->handle.reset(zip_open_from_source(source.get(), ZIP_RDONLY, problem.get()));
  if (!state_->handle)
    fail(name, "not a zip archive that can be read (" + problem.text() + ")");
  static_cast<void>(source.release()); // the handle frees it

  std::set<std::string_view> names;
  std::uint64_t room = file.size();
  const zip_int64_t count = zip_get_num_entries(state_->handle.get(), 0);
  for (zip_int64_t number = 0; number < count; ++number) {
    zip_stat_t entry;
    if (zip_stat_index(state_->handle.get(), static_cast<zip_uint64_t>(number), ZIP_FL_ENC_RAW,
                       &entry) != 0)
      fail(name, zip_strerror(state_->handle.get()));
    Archive::Member member = described_member(entry, name, room);
    require(names.insert(entry.name).second, Code::io, name, ": two members are named ",
            printable(entry.name));
    members_.push_back(std::move(member));
  }
}

Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;

struct Archive::Stream::State {
  std::string name;
  std::unique_ptr<zip_file_t, Close> file;
};

Archive::Stream::Stream(const Archive& archive, std::size_t member)
    : state_(std::make_unique<State>()) {
  const Member& about = archive.members().at(member);
  require(about.refusal.empty(), Code::io, about.refusal);
  state_->name = archive.state_->name + ": member " + printable(about.name);
  zip_t* handle = archive.state_->handle.get();
  state_->file.reset(zip_fopen_index(handle, member, 0));
  if (!state_->file)
    fail(state_->name, zip_strerror(handle));
}

Archive::Stream::Stream(Stream&&) noexcept = default;
Archive::Stream& Archive::Stream::operator=(Stream&&) noexcept = default;
Archive::Stream::~Stream() = default;

void Archive::Stream::read(std::span<std::byte> out) {
  while (!out.empty()) {
    const zip_int64_t got = zip_fread(state_->file.get(), out.data(), out.size());
    if (got < 0)
      fail(state_->name, zip_file_strerror(state_->file.get()));
    require(got > 0, Code::io, state_->name, ": ends ", out.size(),
            " bytes before the size that it claims");
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

void Archive::Stream::finish() {
  std::byte extra{};
  const zip_int64_t got = zip_fread(state_->file.get(), &extra, 1);
  if (got < 0)
    fail(state_->name, zip_file_strerror(state_->file.get()));
  require(got == 0, Code::io, state_->name, ": goes on beyond the size that it claims");
}

Buffer<std::byte> deflated_archive(const std::vector<Packed>& members) {
  Problem problem;
  Source buffer(zip_source_buffer_create(nullptr, 0, 0, problem.get()));
  if (!buffer)
    fail("npz", problem.text());
  Handle handle(zip_open_from_source(buffer.get(), ZIP_CREATE | ZIP_TRUNCATE, problem.get()));
  if (!handle)
    fail("npz", problem.text());
  zip_source_keep(buffer.get()); // one reference for us, one for the handle
  for (const Packed& member : members) {
    const std::array<zip_buffer_fragment_t, 2> pieces{
        {{reinterpret_cast<zip_uint8_t*>(const_cast<char*>(member.head.data())),
          member.head.size()},
         {reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(member.body.data())),
          member.body.size()}}};
    Source source(zip_source_buffer_fragment(handle.get(), pieces.data(), pieces.size(), 0));
    const zip_int64_t number =
        source ? zip_file_add(handle.get(), member.name.c_str(), source.get(), ZIP_FL_ENC_UTF_8)
               : -1;
    if (number < 0)
      fail("npz", zip_strerror(handle.get()));
    static_cast<void>(source.release());
    const auto index = static_cast<zip_uint64_t>(number);
    // 1980-01-01, the first date that zip knows: equal arrays give equal bytes.
    if (zip_set_file_compression(handle.get(), index, ZIP_CM_DEFLATE, 0) != 0 ||
        zip_file_set_dostime(handle.get(), index, 0, (1U << 5U) | 1U, 0) != 0)
      fail("npz", zip_strerror(handle.get()));
  }
  if (zip_close(handle.get()) != 0)
    fail("npz", zip_strerror(handle.get()));
  static_cast<void>(handle.release()); // closed

  zip_stat_t written;
  if (zip_source_stat(buffer.get(), &written) != 0 || zip_source_open(buffer.get()) != 0)
    fail("npz", "the archive cannot be read back");
  auto out = large_buffer<std::byte>(written.size);
  const zip_int64_t got = zip_source_read(buffer.get(), out.data(), out.size());
  zip_source_close(buffer.get());
  require(got == static_cast<zip_int64_t>(out.size()), Code::io,
          "npz: the archive cannot be read back");
  return out;
}

} // namespace attnwalk::io
