// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace attnwalk::tools {

/// Empty where this build can make PNG files, else the sentence that says what it lacks.
[[nodiscard]] std::string png_refusal();

/// An SVG picture of this library as the bytes of a PNG file, two pixels for each of its own.
/// @throws Error{domain} without librsvg; Error{memory} if the picture finds no room
[[nodiscard]] std::string png_of(const std::string& svg);

} // namespace attnwalk::tools
