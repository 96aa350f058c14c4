// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/version.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/workflow/input.hpp"

#include "catch.hpp"
#include "scratch.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

using namespace attnwalk;
using namespace attnwalk::workflow;

namespace {

std::string trained(const char* name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return std::string(data == nullptr ? "data" : data) + "/trained/" + name;
}

Code code_of(const InputOptions& how) {
  try {
    (void)resolve(how);
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error");
  return Code::io;
}

} // namespace

TEST_CASE("resolve: a spec becomes a pattern with its provenance", "[workflow][input]") {
  const SparseInput in = resolve({.source = "random:d=2", .queries = 9, .seed = 4, .threads = 1});
  CHECK(in.origin.source == Source::spec);
  CHECK(in.origin.spec == "random:d=2");
  CHECK(in.origin.queries == 9);
  CHECK(in.origin.keys == 9);
  CHECK(in.origin.entries == in.pattern.entries());
  CHECK(in.origin.seed == 4);
  CHECK(in.origin.threads == 1);
  CHECK(in.origin.version == version);
  CHECK(in.origin.certificate.spec == "random:d=2");
  CHECK_FALSE(in.origin.weighted);
  CHECK(in.view().values == nullptr);
}

TEST_CASE("resolve: a file comes back with its values and its certificate", "[workflow][input]") {
  const Scratch file("weights.mtx");
  const Csr<double> A{2, 2, {0, 2, 3}, {0, 1, 0}, {.25, .75, 1}};
  pattern::Certificate origin;
  origin.spec = "by hand";
  io::write_sparse(file.path, A.view(), origin);
  const SparseInput in = resolve({.source = file.path.string()});
  CHECK(in.origin.source == Source::file);
  CHECK(in.origin.spec == "by hand");
  CHECK(in.origin.weighted);
  CHECK(in.view().entries() == 3);
  CHECK(in.view().value(1) == .75);
  std::filesystem::remove(file.path.string() + ".json");
}

TEST_CASE("resolve: mask overrides the stored mask, without both every pair attends",
          "[workflow][input]") {
  const SparseInput stored = resolve({.qk = trained("diffuser.npz"), .layer = 1, .head = 2});
  CHECK(stored.origin.mask == "stored");
  CHECK(stored.origin.entries == 140135);
  const SparseInput given = resolve({.qk = trained("diffuser.npz"), .mask = "window:w=1"});
  CHECK(given.origin.mask == "window:w=1");
  CHECK(given.origin.entries == 3 * 1024 - 2);
  const SparseInput full = resolve({.qk = trained("causal.npz")});
  CHECK(full.origin.mask == "full");
  CHECK(full.origin.entries == 1024 * 1024);
  double sum = 0;
  for (Index e = full.view().offsets[5]; e < full.view().offsets[6]; ++e)
    sum += full.view().value(e);
  CHECK(sum == Approx(1).epsilon(1024 * 2.3e-16)); // one rounding per term
}

TEST_CASE("resolve: refusals", "[workflow][input]") {
  CHECK(code_of({}) == Code::domain);
  CHECK(code_of({.source = "full", .queries = 2, .mask = "full"}) == Code::domain);
  CHECK(code_of({.source = "full", .queries = 2, .layer = 1}) == Code::domain);
  CHECK(code_of({.source = "a.mtx", .queries = 2}) == Code::domain);
  CHECK(code_of({.source = "full", .qk = "a.npz"}) == Code::domain);
  CHECK(code_of({.source = "no/such.mtx"}) == Code::io);
  CHECK(code_of({.qk = trained("causal.npz"), .layer = 4}) == Code::index);
  CHECK(code_of({.qk = trained("causal.npz"), .head = -1}) == Code::index);
  CHECK(code_of({.queries = 1024, .qk = trained("causal.npz")}) == Code::domain);
  CHECK(code_of({.source = "nosuchterm", .queries = 2}) == Code::domain);
}

TEST_CASE("resolve: stops where the monitor was cancelled", "[workflow][input]") {
  Monitor monitor;
  monitor.cancel();
  CHECK(code_of({.source = "ring:w=1", .queries = 8, .monitor = &monitor}) == Code::cancelled);
}

TEST_CASE("timed: keeps the result and notes the seconds", "[workflow][input]") {
  std::vector<Timing> timings;
  CHECK(timed(timings, "work", [] { return 7; }) == 7);
  REQUIRE(timings.size() == 1);
  CHECK(timings[0].what == "work");
  CHECK(timings[0].seconds >= 0);
}
