// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/workflow/gap.hpp"
#include "attnwalk/workflow/heads.hpp"

#include "catch.hpp"
#include "scratch.hpp"

#include <cmath>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::workflow;

namespace {

using List = std::vector<Index>;

/// layers x heads x tokens x width numbers without structure.
io::Array numbers(std::vector<Index> shape, double phase) {
  Index size = 1;
  for (const Index side : shape)
    size *= side;
  std::vector<double> x(size);
  for (Index i = 0; i < size; ++i)
    x[i] = 2 * std::sin(phase + 1.7 * static_cast<double>(i * i % 97));
  return io::to_array(x, std::move(shape));
}

/// The same numbers with the second and the third side exchanged.
io::Array exchanged(const io::Array& a) {
  const Index layers = a.shape[0], heads = a.shape[1], tokens = a.shape[2], width = a.shape[3];
  const std::vector<double> from = io::to_doubles(a, 0, a.size());
  std::vector<double> to(from.size());
  for (Index l = 0; l < layers; ++l)
    for (Index h = 0; h < heads; ++h)
      for (Index i = 0; i < tokens; ++i)
        for (Index c = 0; c < width; ++c)
          to[((l * tokens + i) * heads + h) * width + c] =
              from[((l * heads + h) * tokens + i) * width + c];
  return io::to_array(to, {layers, tokens, heads, width});
}

const io::Array q = numbers({2, 3, 9, 4}, 0);
const io::Array k = numbers({2, 3, 9, 4}, 1);

void same_gaps(const spectral::GapReport& a, const spectral::GapReport& b) {
  REQUIRE(a.gaps.size() == b.gaps.size());
  for (std::size_t i = 0; i < a.gaps.size(); ++i) {
    CHECK(a.gaps[i].name == b.gaps[i].name);
    CHECK(a.gaps[i].gap == b.gaps[i].gap);
    CHECK(a.gaps[i].gap_lo == b.gaps[i].gap_lo);
  }
}

} // namespace

TEST_CASE("chosen: numbers, ranges and all, each once and in order", "[workflow][heads]") {
  CHECK(chosen("all", 3, "head") == List{0, 1, 2});
  CHECK(chosen("1", 3, "head") == List{1});
  CHECK(chosen("5,0-2,1", 6, "head") == List{0, 1, 2, 5});
  for (const char* wrong : {"", "2-1", "a", "1,", "-1", "1-", "1 2", "0-2-3"})
    CHECK_THROWS_AS(chosen(wrong, 9, "head"), Error);
  CHECK_THROWS_WITH(chosen("0-3", 3, "head"),
                    "there is no head 3; the file has 3 heads in a layer, "
                    "counted from 0");
  CHECK(names_several("all"));
  CHECK(names_several("0-1"));
  CHECK_FALSE(names_several("12"));
}

TEST_CASE("gap_heads: every head as one call of gap has it, on any number of threads",
          "[workflow][heads]") {
  const Scratch file("heads.npz");
  io::write_bytes(file.path, io::write_npz({{"q", q}, {"k", k}}));
  HeadsInputs inputs;
  inputs.input.qk = file.path;
  inputs.input.mask = "causal(full)+window:w=2";
  inputs.heads = "0,2";
  for (const int threads : {1, 2}) {
    inputs.input.threads = threads;
    const HeadsResult all = gap_heads(inputs);
    CHECK(all.stored_layers == 2);
    CHECK(all.stored_heads == 3);
    REQUIRE(all.heads.size() == 4);
    CHECK(all.heads[3].layer == 1);
    CHECK(all.heads[3].head == 2);
    for (const HeadGap& one : all.heads) {
      InputOptions in = inputs.input;
      in.layer = one.layer;
      in.head = one.head;
      const GapResult alone = gap(in);
      same_gaps(one.report, alone.report);
      CHECK(one.entries == alone.input.pattern.entries());
    }
  }
}

TEST_CASE("gap_heads: attention matrices give what their q and k give", "[workflow][heads]") {
  const Scratch file("qk.npz");
  const Scratch stacked("attention.npy");
  io::write_bytes(file.path, io::write_npz({{"q", q}, {"k", k}}));
  HeadsInputs of_qk;
  of_qk.input.qk = file.path;
  const Index n = 9;
  std::vector<double> matrices; // layers x batch x heads x n x n, every second sequence zero
  for (Index layer = 0; layer < 2; ++layer)
    for (const bool second : {false, true})
      for (Index head = 0; head < 3; ++head) {
        const SparseInput in =
            resolve({.qk = file.path, .layer = layer, .head = head, .mask = "full"});
        for (Index e = 0; e < n * n; ++e)
          matrices.push_back(second ? in.view().value(e) : 0);
      }
  io::write_bytes(stacked.path, io::write_npy(io::to_array(matrices, {2, 2, 3, n, n})));
  HeadsInputs of_matrices;
  of_matrices.input.attention = stacked.path;
  CHECK_THROWS_WITH(gap_heads(of_matrices), Catch::Contains("2 sequences"));
  of_matrices.input.arrays.batch = 1;
  const HeadsResult a = gap_heads(of_qk);
  const HeadsResult b = gap_heads(of_matrices);
  REQUIRE(a.heads.size() == b.heads.size());
  for (std::size_t i = 0; i < a.heads.size(); ++i)
    CHECK(*a.heads[i].report.at("slem").gap == Approx(*b.heads[i].report.at("slem").gap));
}

TEST_CASE("resolve: heads after tokens, a batch and other names", "[workflow][heads]") {
  const Scratch plain("plain.npz");
  const Scratch other("other.npz");
  io::write_bytes(plain.path, io::write_npz({{"q", q}, {"k", k}}));
  io::Array batched = exchanged(q); // layers x batch of 1 x tokens x heads x width
  batched.shape.insert(batched.shape.begin() + 1, 1);
  io::write_bytes(other.path, io::write_npz({{"query", batched}, {"key", exchanged(k)}}));
  InputOptions how{.qk = other.path, .layer = 1, .head = 2};
  how.arrays = {.q = "query", .k = "key", .layout = io::HeadLayout::tokens_first};
  const SparseInput want = resolve({.qk = plain.path, .layer = 1, .head = 2});
  const SparseInput got = resolve(how);
  for (Index e = 0; e < want.pattern.entries(); ++e)
    CHECK(got.view().value(e) == want.view().value(e));
  how.arrays.batch = 1;
  CHECK_THROWS_WITH(resolve(how), Catch::Contains("no sequence 1"));
}

TEST_CASE("resolve: a remark where a reader would not expect what is done", "[workflow][heads]") {
  const auto remark = [](const InputOptions& how) {
    const SparseInput in = resolve(how);
    return in.origin.remarks.empty() ? std::string() : in.origin.remarks.front();
  };
  const Scratch wide("wide.npz");
  io::write_bytes(wide.path, io::write_npz({{"q", exchanged(q)}, {"k", exchanged(k)}}));
  CHECK_THAT(remark({.qk = wide.path, .mask = "full"}), Catch::Contains("`layout=tokens_first`"));
  const Scratch plain("plain.npz");
  io::write_bytes(plain.path, io::write_npz({{"q", q}, {"k", k}}));
  CHECK_THAT(remark({.qk = plain.path}), Catch::Contains("no mask"));
  CHECK(remark({.qk = plain.path, .mask = "full"}).empty());
  const Scratch model("model.npz");
  io::write_bytes(model.path, io::write_npz({{"q", q}, {"k", k}, {"membership_q", q}}));
  CHECK_THAT(remark({.qk = model.path}), Catch::Contains("block models"));
  const Scratch masked("masked.npz");
  const io::Array offsets = io::to_array(List{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {10});
  const io::Array columns = io::to_array(List{0, 1, 2, 3, 4, 5, 6, 7, 8}, {9});
  io::write_bytes(masked.path, io::write_npz({{"q", q},
                                              {"k", k},
                                              {"indptr", offsets},
                                              {"indices", columns},
                                              {"shape", io::to_array(List{9, 9}, {2})}}));
  CHECK(remark({.qk = masked.path}).empty());
  CHECK_THAT(remark({.source = masked.path.string()}), Catch::Contains("also stores q and k"));
}
