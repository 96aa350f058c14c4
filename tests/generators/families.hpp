// SPDX-License-Identifier: Apache-2.0
// Every deterministic generator beside its line of the grammar, read literally.
#pragma once

#include "attnwalk/pattern/rows.hpp"

#include <functional>
#include <string>
#include <vector>

namespace attnwalk::support {

/// A generator at fixed arguments and the dense definition that it must reproduce.
struct Family {
  std::string name;
  Index rows = 0;
  Index cols = 0;
  std::function<pattern::Pattern(pattern::RowRange)> make;
  std::function<bool(Index, Index)> edge;
};

/// All generators at sizes 0, 1, 2, small, prime and power of two, wherever the size fits.
[[nodiscard]] std::vector<Family> families();

/// One of each at sizes where several threads share the rows. No definitions: too slow there.
[[nodiscard]] std::vector<Family> large_families();

} // namespace attnwalk::support
