// SPDX-License-Identifier: Apache-2.0
// Inside `pattern`: words for messages about specs. Not installed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace attnwalk::grammar {

/// The candidate within a third of the word's letters (insertions, deletions, changes, swaps of
/// neighbors), or the one that the word begins; empty if none is that near,
/// and for single letters.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

/// "; did you mean 'window'?", or "; expected one of a, b, c" if nothing is near.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string_view>& candidates);

/// In quotes, unprintable bytes as \xNN, cut after 40 characters.
[[nodiscard]] std::string quoted(std::string_view word);

/// The words of a list with single spaces between them.
[[nodiscard]] std::vector<std::string_view> words(std::string_view list);

} // namespace attnwalk::grammar
