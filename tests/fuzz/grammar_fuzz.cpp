// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/grammar.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace attnwalk;

/// Whatever is parsed is written as text that parses to an equal spec.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<grammar::Spec> layers;
  try {
    layers = grammar::parse_layers({reinterpret_cast<const char*>(data), size});
  } catch (const Error& error) {
    if (error.code() != Code::domain)
      std::abort();
    return 0;
  }
  for (const grammar::Spec& spec : layers)
    if (!(grammar::parse(grammar::to_string(spec)) == spec))
      std::abort();
  return 0;
}
