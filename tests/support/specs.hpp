// SPDX-License-Identifier: Apache-2.0
// The example of each term of the grammar, and the other models of `random`: what tests of "every
// generator" run over.
#pragma once

#include "attnwalk/core/index.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include <optional>
#include <string>
#include <vector>

namespace attnwalk::support {

[[nodiscard]] const std::vector<std::string>& specs();

/// With seed 5; nothing where the term refuses the size.
[[nodiscard]] std::optional<pattern::Pattern> built(const std::string& spec, Index n);

} // namespace attnwalk::support
