// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_RUNNER
#include "attnwalk/core/isa.hpp"

#include "catch.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>

/// ATTNWALK_ISA=baseline|avx2|avx512 chooses the kernels; without it the widest set runs.
int main(int argc, char** argv) {
  try {
    if (const char* wanted = std::getenv("ATTNWALK_ISA"))
      attnwalk::choose_isa(attnwalk::parse_isa(wanted));
  } catch (const std::exception& failure) {
    std::cerr << "ATTNWALK_ISA: " << failure.what() << "\n";
    return 2;
  }
  return Catch::Session().run(argc, argv);
}
