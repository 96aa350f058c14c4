// SPDX-License-Identifier: Apache-2.0
// Inputs that once gave a wrong number or a wrong sentence: data/faults, and others of each kind.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/workflow/attend.hpp"
#include "attnwalk/workflow/compare.hpp"
#include "attnwalk/workflow/diffuse.hpp"
#include "attnwalk/workflow/propagate.hpp"
#include "attnwalk/workflow/sample.hpp"
#include "attnwalk/workflow/universality.hpp"

#include "catch.hpp"
#include "io/temporary.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace attnwalk;
using namespace attnwalk::workflow;
using Catch::Contains;
using diffusion::Semiring;

namespace {

std::string fault(const char* name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return (std::filesystem::path(data == nullptr ? "data" : data) / "faults" / name).string();
}

InputOptions input(const std::string& source) {
  InputOptions in;
  in.source = source;
  return in;
}

std::string banner(const char* field) {
  return message("%%MatrixMarket matrix coordinate ", field, " general\n");
}

SampleInputs blocks(std::vector<std::vector<double>> S) {
  SampleInputs inputs;
  inputs.model.blocks = std::move(S);
  return inputs;
}

/// An .npy of n x n numbers of 2 or 4 bytes.
std::string square(const Temporary& folder, const char* name, io::DType type,
                   const std::vector<float>& numbers) {
  const auto n = static_cast<Index>(std::sqrt(static_cast<double>(numbers.size())));
  io::Array array{type, {n, n}, Buffer<std::byte>(numbers.size() * 4)};
  std::memcpy(array.bytes.data(), numbers.data(), array.bytes.size());
  return folder.write(name, io::write_npy(array)).string();
}

} // namespace

TEST_CASE("stored zeros are no entries wherever a matrix is a pattern (fault 03)",
          "[workflow][faults]") {
  const Temporary folder;
  // One mask: causal on 4 tokens, 10 edges. Stored with its 6 zeros as False, real, integer, -0.
  std::string real = "4 4 16\n";
  for (int i = 1; i <= 4; ++i)
    for (int j = 1; j <= 4; ++j)
      real += message(i, " ", j, " ", j <= i ? "0.5" : "-0", "\n");
  std::string integer = "4 4\n"; // dense, by columns
  for (int j = 1; j <= 4; ++j)
    for (int i = 1; i <= 4; ++i)
      integer += message(j <= i ? 3 : 0, "\n");
  const std::string dense = "%%MatrixMarket matrix array integer general\n" + integer;
  const std::string trained = "%%MatrixMarket matrix coordinate real general\n" + real;
  const std::string stored = folder.write("real.mtx", trained).string();
  for (const std::string& file :
       {fault("03-stored-zeros/stored_false.npz"), fault("03-stored-zeros/dense.npy"), stored,
        folder.write("dense.mtx", dense).string()}) {
    CAPTURE(file);
    CHECK(summarize_input(input(file)).summary.entries == 10);
    for (const Semiring semiring : {Semiring::lor_land, Semiring::plus_pair, Semiring::min_plus,
                                    Semiring::max_min, Semiring::plus_times}) {
      PropagateInputs inputs;
      inputs.input.source = file;
      CHECK(propagate(inputs, {.semiring = semiring}).X.columns.size() == 10);
    }
    UniversalityInputs universal;
    universal.input.source = file;
    CHECK(universality(universal).conditions.reach == theory::Verdict::fails); // causal
    PropagateInputs pairs;
    pairs.input = input("full");
    pairs.input.queries = 4;
    pairs.pairs = file;
    CHECK(propagate(pairs, {}).X.columns.size() == 10);
    SampleInputs tested = blocks({{.6}});
    tested.model.queries = 4;
    tested.test = file;
    CHECK(sample(tested).fit->fit.entries == 10);
    const auto both = resolve_all({file, fault("03-stored-zeros/dense.npy")}, {});
    CHECK(overlap(both[0].input.view(), both[1].input.view()).jaccard == 1);
  }
  // The library's own calls, without a file.
  const Csr<double> A{2, 2, {0, 2, 3}, {0, 1, 1}, {0, 2, 1}};
  const Csr<double> B{2, 2, {0, 1, 2}, {1, 1}, {2, 1}};
  CHECK(overlap(A.view(), B.view()).only_a == 0);
  CHECK(pattern::Pattern(Csr<double>(A)).entries() == 2);
  const Csr<double> start{2, 1, {0, 1, 2}, {0, 0}, {0, 1}};
  CHECK(diffusion::propagate(A, start, {.semiring = Semiring::lor_land, .hops = 0})
            .X.columns.size() == 1);
  // A distance of 0 is one.
  PropagateInputs distance;
  distance.input.source =
      folder.write("distance.mtx", banner("real") + "2 2 2\n1 2 0\n2 1 3\n").string();
  const auto costs = propagate(
      distance, {.semiring = Semiring::min_plus, .hops = 2, .cost = diffusion::Cost::weight});
  CHECK(costs.X.columns.size() == 2);
  CHECK(costs.max == 3);
}

TEST_CASE("a redundant size does not change a block model (fault 05)", "[workflow][faults]") {
  const std::vector<std::vector<double>> S{{.5, .1}, {.1, .5}};
  SampleInputs sizes = blocks(S);
  sizes.model.query_sizes = {10, 30};
  const SampleResult plain = sample(sizes);
  CHECK(plain.model.entries == Approx(560).epsilon(1e-14));
  const auto same = [&](const SampleInputs& other) {
    const SampleResult result = sample(other);
    CHECK(result.model.entries == plain.model.entries);
    CHECK(result.mask.pattern == plain.mask.pattern);
    CHECK(result.name == plain.name);
  };
  SampleInputs redundant = sizes;
  redundant.model.queries = 40;
  same(redundant);
  redundant.model.keys = 40;
  same(redundant);
  redundant.model.key_sizes = {10, 30};
  same(redundant);
  sizes.model.key_sizes = {10, 30};
  same(sizes);

  // Other sizes, other names; near equal ones as if they were said.
  SampleInputs other = blocks(S);
  other.model.queries = 40;
  const SampleResult equal = sample(other);
  CHECK(equal.model.entries == Approx(480).epsilon(1e-14));
  CHECK(equal.name != plain.name);
  other.model.query_sizes = {20, 20};
  CHECK(sample(other).name == equal.name);
  // Rectangular: what is not said of the keys is near equal.
  SampleInputs wide = blocks({{.5, .1, .1}, {.1, .5, .1}});
  wide.model.queries = 30;
  wide.model.query_sizes = {10, 20};
  const SampleResult keys = sample(wide);
  wide.model.keys = 30;
  CHECK(sample(wide).mask.pattern == keys.mask.pattern);
  CHECK(keys.name == "blocks 0.5,0.1,0.1;0.1,0.5,0.1, query-sizes 10,20, key-sizes 10,10,10");
  // Numbers that differ in the last digit, and methods, are told apart.
  SampleInputs last = blocks({{std::nextafter(.5, 1)}});
  last.model.queries = 3;
  CHECK(sample(last).name != "blocks 0.5, query-sizes 3, key-sizes 3");
  CHECK(sample(last, {.method = sbm::SampleMethod::poisson}).certificate().spec !=
        sample(last, {.method = sbm::SampleMethod::bernoulli}).certificate().spec);
}

TEST_CASE("a degree that the clamp or loops change gets a remark (fault 06)",
          "[workflow][faults]") {
  SampleInputs inputs = blocks({{.5, .1}, {.1, .5}});
  inputs.model.queries = 800;
  inputs.model.degree = 700;
  inputs.model.clamp = true;
  const SampleResult cut = sample(inputs);
  const double p = .5 * 700 / 240 / 5;                                          // out; in is 1.4583
  CHECK(cut.model.spectrum.slem() == Approx((1 - p) / (1 + p)).epsilon(1e-12)); // .548387
  CHECK(cut.model.spectrum.sigma_2() == Approx((1 - p) / (1 + p)).epsilon(1e-12));
  REQUIRE(cut.remarks.size() == 1);
  CHECK_THAT(cut.remarks[0], Contains("516.66") && Contains("700"));
  CHECK(cut.model.detectability.row_degree == Approx(400 * (1 + p)).epsilon(1e-12));

  inputs.model.degree = 200; // nothing above 1
  CHECK(sample(inputs).remarks.empty());
  inputs.model.loops = true;
  CHECK_THAT(sample(inputs).remarks.at(0), Contains("200") && Contains("attends itself"));
  inputs.model.loops = false;
  inputs.model.degree.reset();
  inputs.model.density = .9;
  CHECK_THAT(sample(inputs).remarks.at(0), Contains("720"));
  // Weighted tokens: rates are cut one by one.
  inputs.model.density = .5;
  inputs.model.spread = .8;
  const SampleResult weighted = sample(inputs);
  CHECK_THAT(weighted.remarks.at(0), Contains("400"));
  CHECK(weighted.model.spectrum.known);
  CHECK(weighted.model.spectrum.slem() < 1);
}

TEST_CASE("the entropy of a row is that of its distribution (fault 08)", "[workflow][faults]") {
  const RowWeights w =
      *summarize_input(input(fault("08-entropy-unnormalised/weights.mtx"))).summary.weights;
  const double first = -(.25 * std::log(.25) + .75 * std::log(.75));
  CHECK(w.entropy == Approx(first / 3).epsilon(1e-14)); // .18745
  CHECK(w.effective_keys == Approx((std::exp(first) + 2) / 3).epsilon(1e-14));
  CHECK(w.row_sum_min == 7);
  CHECK(w.row_sum_max == 250);

  const Temporary folder;
  const auto weights = [&](const std::string& lines) {
    return *summarize_input(input(folder.write("w.mtx", banner("real") + lines).string()))
                .summary.weights;
  };
  CHECK(weights("1 2 2\n1 1 1e-300\n1 2 1e-300\n").effective_keys == Approx(2).epsilon(1e-14));
  CHECK(weights("1 2 2\n1 1 1e307\n1 2 1e307\n").effective_keys == Approx(2).epsilon(1e-14));
  CHECK(std::isnan(weights("1 2 2\n1 1 -1\n1 2 2\n").entropy)); // no distribution
  CHECK(weights("2 2 3\n1 1 -1\n1 2 2\n2 1 5\n").entropy == 0); // of the second row alone
}

TEST_CASE("counts of walks beyond what doubles hold (fault 13)", "[workflow][faults]") {
  PropagateInputs inputs;
  inputs.input = input("full");
  inputs.input.queries = 63;
  CHECK_THROWS_WITH(propagate(inputs, {.hops = 200}), Contains("inf") && Contains("200 hops"));
  // 63^(k-1) walks of k hops: 63^8 < 2^53 < 63^9.
  CHECK(propagate(inputs, {.hops = 9}).remarks.empty());
  CHECK_THAT(propagate(inputs, {.hops = 11}).remarks.at(0), Contains("2^53"));
  CHECK(propagate(inputs, {.semiring = Semiring::lor_land, .hops = 200}).remarks.empty());
  inputs.normalize = true;
  CHECK(propagate(inputs, {.hops = 200}).remarks.empty());
  inputs.normalize = false;
  inputs.pairs = "full";
  inputs.theta = {1e308, 1e308, 1e308};
  CHECK_THROWS_WITH(propagate(inputs, {}), Contains("beyond the range"));

  const Temporary folder;
  PropagateInputs far;
  far.input.source =
      folder.write("far.mtx", banner("real") + "2 2 2\n1 2 1e308\n2 1 1e308\n").string();
  CHECK_THROWS_WITH(
      propagate(far, {.semiring = Semiring::min_plus, .hops = 2, .cost = diffusion::Cost::weight}),
      Contains("beyond the range"));
  for (const char* file : {"x.npz", "x.mtx", "x.safetensors"})
    CHECK_THROWS_WITH(
        io::write_sparse(folder / file, Csr<double>{1, 1, {0, 1}, {0}, {HUGE_VAL}}, {}),
        Contains("inf"));
}

TEST_CASE("weights are judged by the precision of their file (fault 14)", "[workflow][faults]") {
  const auto diffused = [](const std::string& file) {
    DiffuseInputs inputs;
    inputs.input.source = file;
    inputs.random_v = 1;
    return diffuse(inputs, {});
  };
  CHECK(diffused(fault("14-float32-walk/float32_walk.npy")).summary.weights->row_sum_error < 1e-15);

  const Temporary folder;
  // 3 weights in float32: (3 + 2 + 1) 2^-24 = 3.6e-7.
  const auto row = [&](const char* name, float off) {
    const float third = 1.0F / 3;
    return square(folder, name, io::DType::float32,
                  {third + off, third, third, third, third, third, third, third, third});
  };
  CHECK_NOTHROW(diffused(row("near.npy", 2e-7F)));
  CHECK_THROWS_WITH(diffused(row("far.npy", 5e-7F)),
                    Contains("row 0") && Contains("`normalize`") && Contains("3.576278687e-07"));
  // Half precision: 2^-11 for storing them.
  const auto half = [&](const char* name, std::uint16_t weight) {
    std::vector<std::uint16_t> bits(4, weight);
    io::Array array{io::DType::float16, {2, 2}, Buffer<std::byte>(8)};
    std::memcpy(array.bytes.data(), bits.data(), 8);
    return folder.write(name, io::write_npy(array)).string();
  };
  CHECK_NOTHROW(diffused(half("half.npy", 0x3800)));                              // .5
  CHECK_THROWS_WITH(diffused(half("more.npy", 0x3802)), Contains("`normalize`")); // .501
  // Text and doubles keep 1e-8.
  const std::string text = banner("real") + "1 1 1\n1 1 1.0000001\n";
  CHECK_THROWS_WITH(diffused(folder.write("text.mtx", text).string()),
                    Contains("1.0000001") && Contains("1e-08") && Contains("`normalize`"));
}

TEST_CASE("a file that exists is named with the endings that are read (fault 15)",
          "[workflow][faults]") {
  CHECK(resolve(input(fault("15-file-names/A.MTX"))).pattern.entries() == 2);
  const Temporary folder;
  const std::string text = banner("pattern") + "2 2 1\n1 2\n";
  for (const char* name : {"noext", "m.mtx.gz", "m.txt", "m.pt", "m.NPZ.bak"}) {
    const std::string file = folder.write(name, text).string();
    CAPTURE(file);
    CHECK(names_file(file));
    CHECK_THROWS_WITH(resolve(input(file)), Contains(file) && Contains(".mtx, .npy, .npz or"));
  }
  CHECK_THROWS_WITH(resolve(input((folder / "m.mtx.gz").string())), Contains("unpack"));
  // In the working directory, without a slash; a spec stays a spec whatever lies there.
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "");
  folder.write("full", text);
  CHECK(names_file("noext"));
  CHECK(names_file("m.mtx.gz"));
  CHECK_FALSE(names_file("full"));
  CHECK_FALSE(names_file("windov:w=3"));
  std::filesystem::current_path(before);
  // Every reader: masks, arrays, and capitals of the others.
  CHECK_THROWS_WITH(io::read_mask(folder / "m.txt"), Contains(".mtx, .npy, .npz or"));
  CHECK_THROWS_WITH(io::ArrayFile(folder / "m.pt"), Contains(".mtx, .npy, .npz or"));
  const io::Array ones{io::DType::boolean, {1, 2}, Buffer<std::byte>(2, std::byte{1})};
  folder.write("ONES.NPY", io::write_npy(ones));
  CHECK(io::read_mask(folder / "ONES.NPY").matrix.columns.size() == 2);
}
