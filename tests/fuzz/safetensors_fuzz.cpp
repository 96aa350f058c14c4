// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/safetensors.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace attnwalk;

/// Whatever is accepted is written and read back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const io::ReadOptions how{.max_bytes = 1 << 24, .threads = 1};
  try {
    const auto a = io::read_safetensors(std::as_bytes(std::span(data, size)), "fuzz", how);
    const auto b = io::read_safetensors(io::write_safetensors(a), "again", how);
    if (a.metadata != b.metadata || a.tensors.size() != b.tensors.size())
      std::abort();
    for (const auto& [name, tensor] : a.tensors)
      if (tensor.shape != b.tensors.at(name).shape || tensor.bytes != b.tensors.at(name).bytes)
        std::abort();
  } catch (const Error& error) {
    const std::string_view sentence = error.what();
    if (sentence.starts_with("again") || sentence.find('\n') != sentence.npos)
      std::abort();
  }
  return 0;
}
