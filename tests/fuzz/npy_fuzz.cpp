// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/npz.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace attnwalk;

/// Whatever is accepted is written and read back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const io::ReadOptions how{.max_bytes = 1 << 24, .threads = 1};
  try {
    const io::Array a = io::read_npy(std::as_bytes(std::span(data, size)), "fuzz", how);
    const io::Array b = io::read_npy(io::write_npy(a), "again", how);
    if (a.dtype != b.dtype || a.shape != b.shape || a.bytes != b.bytes)
      std::abort();
    if (a.dtype != io::DType::text)
      static_cast<void>(io::to_doubles(a, 0, a.size()));
  } catch (const Error& error) {
    const std::string_view sentence = error.what();
    if (sentence.starts_with("again") || sentence.find('\n') != sentence.npos)
      std::abort();
  }
  return 0;
}
