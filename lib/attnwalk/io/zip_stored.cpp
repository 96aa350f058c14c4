// SPDX-License-Identifier: Apache-2.0
// Archives of members that are stored as they are: no library is needed to put bytes between
// headers, and only so do they go into a file as they come, checksums on all threads.
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/io/large.hpp"
#include "attnwalk/io/zip.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <ostream>

namespace attnwalk::io {
namespace {

constexpr std::uint64_t most_32 = 0xFFFFFFFF; // in such a field: see the one of 64 bits
constexpr std::uint64_t most_16 = 0xFFFF;
constexpr std::uint16_t first_day = (1U << 5U) | 1U; // 1980-01-01: equal arrays give equal bytes
constexpr Index part_bytes = 1 << 22;

template <class T>
void put(std::string& out, std::uint64_t value) {
  for (std::size_t byte = 0; byte < sizeof(T); ++byte)
    out += static_cast<char>(value >> (8 * byte) & 0xFFU);
}

/// The CRC-32 of a member: of its parts on all threads, then joined.
std::uint32_t checksum(const Packed& member, int threads) {
  const auto* bytes = reinterpret_cast<const Bytef*>(member.body.data());
  const auto size = static_cast<Index>(member.body.size());
  const Index parts = size / part_bytes + 1;
  std::vector<uLong> sums(static_cast<std::size_t>(parts));
  for_each_part(parts, threads, [&](Index p) {
    const Index begin = part_begin(size, parts, p);
    const Index end = part_begin(size, parts, p + 1);
    sums[static_cast<std::size_t>(p)] =
        crc32_z(0, bytes + begin, static_cast<std::size_t>(end - begin));
  });
  uLong all = crc32_z(0, reinterpret_cast<const Bytef*>(member.head.data()), member.head.size());
  for (Index p = 0; p < parts; ++p)
    all = crc32_combine(all, sums[static_cast<std::size_t>(p)],
                        part_begin(size, parts, p + 1) - part_begin(size, parts, p));
  return static_cast<std::uint32_t>(all);
}

/// What the headers before a member and in the directory share, from the version on.
std::string shared_fields(const Packed& member, std::uint32_t sum, std::uint64_t size, bool wide) {
  const bool ascii = std::all_of(member.name.begin(), member.name.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  std::string out;
  put<std::uint16_t>(out, wide ? 45 : 20);        // the version of the format that has what is used
  put<std::uint16_t>(out, ascii ? 0 : 1U << 11U); // names are UTF-8
  put<std::uint16_t>(out, 0);                     // stored
  put<std::uint16_t>(out, 0);                     // midnight
  put<std::uint16_t>(out, first_day);
  put<std::uint32_t>(out, sum);
  put<std::uint32_t>(out, wide ? most_32 : size); // packed
  put<std::uint32_t>(out, wide ? most_32 : size);
  put<std::uint16_t>(out, member.name.size());
  return out;
}

/// The end of the directory, which begins at `begin`.
std::string directory_end(std::uint64_t members, std::uint64_t begin, std::uint64_t size,
                          bool wide) {
  std::string out;
  if (wide) {
    out += "PK\x06\x06";
    put<std::uint64_t>(out, 44); // bytes of this record from here
    put<std::uint16_t>(out, 45);
    put<std::uint16_t>(out, 45);
    put<std::uint32_t>(out, 0);
    put<std::uint32_t>(out, 0);
    put<std::uint64_t>(out, members);
    put<std::uint64_t>(out, members);
    put<std::uint64_t>(out, size);
    put<std::uint64_t>(out, begin);
    out += "PK\x06\x07";
    put<std::uint32_t>(out, 0);
    put<std::uint64_t>(out, begin + size);
    put<std::uint32_t>(out, 1);
  }
  out += "PK\x05\x06";
  put<std::uint16_t>(out, 0);
  put<std::uint16_t>(out, 0);
  put<std::uint16_t>(out, wide ? most_16 : members);
  put<std::uint16_t>(out, wide ? most_16 : members);
  put<std::uint32_t>(out, wide ? most_32 : size);
  put<std::uint32_t>(out, wide ? most_32 : begin);
  put<std::uint16_t>(out, 0);
  return out;
}

} // namespace

StoredFrame stored_frame(const std::vector<Packed>& members, int threads, bool always_wide) {
  constexpr std::uint64_t headers = 256; // of one member, name apart
  std::uint64_t bound = headers;
  for (const Packed& member : members) {
    require(member.name.size() < most_16, Code::domain, "an array's name of ", member.name.size(),
            " bytes is too long for an archive");
    bound += member.head.size() + member.body.size() + 2 * member.name.size() + headers;
  }
  const bool wide = always_wide || bound >= most_32 || members.size() >= most_16;
  StoredFrame out;
  std::string directory;
  std::uint64_t offset = 0;
  for (const Packed& member : members) {
    const std::uint64_t size = member.head.size() + member.body.size();
    const std::string fields = shared_fields(member, checksum(member, threads), size, wide);
    std::string before = "PK\x03\x04" + fields;
    put<std::uint16_t>(before, wide ? 20 : 0);
    before += member.name;
    directory += "PK\x01\x02";
    put<std::uint16_t>(directory, wide ? 45 : 20); // made by this version, on no system
    directory += fields;
    put<std::uint16_t>(directory, wide ? 28 : 0);
    put<std::uint16_t>(directory, 0); // no comment
    put<std::uint16_t>(directory, 0); // the first volume
    put<std::uint16_t>(directory, 0);
    put<std::uint32_t>(directory, 0);
    put<std::uint32_t>(directory, wide ? most_32 : offset);
    directory += member.name;
    if (wide) {
      for (std::string* place : {&before, &directory}) {
        put<std::uint16_t>(*place, 1);
        put<std::uint16_t>(*place, place == &before ? 16 : 24);
        put<std::uint64_t>(*place, size);
        put<std::uint64_t>(*place, size);
      }
      put<std::uint64_t>(directory, offset);
    }
    before += member.head;
    offset += before.size() + member.body.size();
    out.before.push_back(std::move(before));
  }
  out.after = directory + directory_end(members.size(), offset, directory.size(), wide);
  return out;
}

void write_stored(std::ostream& out, const std::vector<Packed>& members, int threads) {
  const StoredFrame frame = stored_frame(members, threads);
  for (std::size_t m = 0; m < members.size(); ++m) {
    out << frame.before[m];
    out.write(reinterpret_cast<const char*>(members[m].body.data()),
              static_cast<std::streamsize>(members[m].body.size()));
  }
  out << frame.after;
}

Buffer<std::byte> stored_archive(const std::vector<Packed>& members, int threads,
                                 bool always_wide) {
  const StoredFrame frame = stored_frame(members, threads, always_wide);
  std::size_t size = frame.after.size();
  for (std::size_t m = 0; m < members.size(); ++m)
    size += frame.before[m].size() + members[m].body.size();
  auto out = large_buffer<std::byte>(size);
  std::byte* place = out.data();
  const auto append = [&](const void* bytes, std::size_t count) {
    if (count > 0)
      std::memcpy(place, bytes, count);
    place += count;
  };
  for (std::size_t m = 0; m < members.size(); ++m) {
    append(frame.before[m].data(), frame.before[m].size());
    append(members[m].body.data(), members[m].body.size());
  }
  append(frame.after.data(), frame.after.size());
  return out;
}

} // namespace attnwalk::io
