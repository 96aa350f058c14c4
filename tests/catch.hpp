// SPDX-License-Identifier: Apache-2.0
// The one file that knows which Catch2 is installed, 2.13 (Debian 12) or 3 (Debian 13): the tests
// write Catch2 2's names.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

#include <string>

namespace Catch {
using Matchers::MatcherBase;
using Matchers::StartsWith;
inline auto Contains(const std::string& part) {
  return Matchers::ContainsSubstring(part);
}
} // namespace Catch
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
