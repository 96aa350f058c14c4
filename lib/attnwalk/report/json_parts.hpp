// SPDX-License-Identifier: Apache-2.0
// Private: what the JSON of several results is made of.
#pragma once

#include "attnwalk/report/block_model.hpp"
#include "attnwalk/report/json.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <optional>
#include <string_view>

namespace attnwalk::report {

using Json = nlohmann::ordered_json;

/// null for what is not finite.
[[nodiscard]] inline Json real(double x) {
  return std::isfinite(x) ? Json(x) : Json(nullptr);
}

template <class T>
[[nodiscard]] Json optional(const std::optional<T>& x) {
  if (!x)
    return nullptr;
  if constexpr (std::is_floating_point_v<T>)
    return real(*x);
  else
    return *x;
}

/// null for strings that are empty when there is nothing to say.
[[nodiscard]] inline Json text(std::string_view words) {
  return words.empty() ? Json(nullptr) : Json(words);
}

[[nodiscard]] Json input(const Provenance& from);
[[nodiscard]] Json timings(const std::vector<Timing>& list, Json sums = Json::object());
[[nodiscard]] Json degrees(const pattern::Degrees& d);
[[nodiscard]] Json summary(const Summary& s);
/// What the closed forms say of a block model.
[[nodiscard]] Json model_json(const ModelReport& report);

/// Text that is not UTF-8 (a file name may be anything) is replaced, never an exception.
[[nodiscard]] std::string dump(const Json& j, const JsonOptions& how);

} // namespace attnwalk::report
