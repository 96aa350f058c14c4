// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/io/stored_model.hpp"
#include "attnwalk/sbm/model.hpp"

#include <optional>
#include <string_view>

namespace attnwalk::grammar {

/// The block model behind a spec, and the key that draws the spec's mask of it:
/// sbm::sample(model, {.key = key}).pattern equals build(text).pattern.
struct BlockModel {
  sbm::Model model;
  Key key;
};

/// The model of a spec with the single term `sbm`; none for other specs.
/// @throws Error as `build`
[[nodiscard]] std::optional<BlockModel> block_model(std::string_view text,
                                                    const BuildOptions& how = {});

/// A model read from a file. @throws Error as sbm::Membership and sbm::check
[[nodiscard]] sbm::Model stored_model(const io::StoredModel& stored);

} // namespace attnwalk::grammar
