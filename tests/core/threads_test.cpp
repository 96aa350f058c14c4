// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/threads.hpp"

#include "catch.hpp"

#include <thread>

using namespace attnwalk;

TEST_CASE("threads: what is asked for, else a choice of at least 1", "[core][threads]") {
  CHECK(threads() >= 1);
  CHECK_THROWS_WITH(threads(-1), Catch::Contains("threads = -1 must be 0"));
}

#ifdef _OPENMP
TEST_CASE("ThreadLimit: holds for its thread and its life", "[core][threads]") {
  const int before = threads();
  {
    const ThreadLimit outer(3);
    CHECK(threads() == 3);
    CHECK(threads(5) == 5);
    {
      const ThreadLimit inner(1);
      CHECK(threads() == 1);
      const ThreadLimit same(0);
      CHECK(threads() == 1);
    }
    CHECK(threads() == 3);
    int elsewhere = 0;
    std::thread([&] { elsewhere = threads(); }).join();
    CHECK(elsewhere == before);
  }
  CHECK(threads() == before);
  CHECK_THROWS_AS(ThreadLimit(-1), Error);
}
#endif
