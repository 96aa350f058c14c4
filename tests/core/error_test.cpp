// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"

#include "catch.hpp"

#include <string>

using namespace attnwalk;

TEST_CASE("require: throws the joined sentence, the code and the caller's place", "[core][error]") {
  const double alpha = 1.5;
  const int line = __LINE__ + 2;
  try {
    require(alpha <= 1, Code::domain, "alpha = ", alpha, " must be in (0, 1]");
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.what() == std::string("alpha = 1.5 must be in (0, 1]"));
    CHECK(error.code() == Code::domain);
    CHECK(error.callers_mistake());
    CHECK(error.where().line == line);
    CHECK(std::string(error.where().file).ends_with("error_test.cpp"));
  }
  CHECK_NOTHROW(require(true, Code::io, "never said"));
}

TEST_CASE("Error: the caller's mistakes are shape, domain and index", "[core][error]") {
  for (const Code code : {Code::shape, Code::domain, Code::index})
    CHECK(Error(code, "").callers_mistake());
  for (const Code code : {Code::io, Code::memory, Code::cancelled, Code::graphblas})
    CHECK_FALSE(Error(code, "").callers_mistake());
  CHECK(to_string(Code::memory) == "memory");
}
