// SPDX-License-Identifier: Apache-2.0
// Any bytes are a spec, or are refused with an Error; what is accepted goes there and back.
#include "attnwalk/core/error.hpp"
#include "attnwalk/pattern/grammar.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace attnwalk;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    for (const pattern::Spec& layer : pattern::parse_layers(text))
      if (!(pattern::parse(to_string(layer)) == layer))
        std::abort();
  } catch (const Error& error) {
    if (error.code() != Code::domain)
      std::abort();
  }
  return 0;
}
