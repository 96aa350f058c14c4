// SPDX-License-Identifier: Apache-2.0
// A build without libzip or nlohmann-json says so.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/safetensors.hpp"

#include "catch.hpp"

#include <functional>

using namespace attnwalk;

namespace {

/// Refused for want of the library, or, in a build that has it, for the empty input.
void check_refused(const std::function<void()>& call, const char* name) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.code() == Code::io);
    CHECK_THAT(error.what(), Catch::Contains(name));
    return;
  }
  FAIL("not refused");
}

} // namespace

TEST_CASE("read_npz, read_safetensors: one clear error without their libraries", "[io][missing]") {
  check_refused([] { static_cast<void>(io::read_npz({}, "a.npz")); }, "a.npz");
  check_refused([] { static_cast<void>(io::read_safetensors({}, "a.st")); }, "a.st");
}
