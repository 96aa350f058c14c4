// SPDX-License-Identifier: Apache-2.0
// Stored heads: the trained models of data/trained, and small stacks made here.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/io/heads.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/stored_model.hpp"

#include "catch.hpp"
#include "temporary.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace attnwalk;

namespace {

std::filesystem::path trained(const char* name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return std::filesystem::path(data == nullptr ? "data" : data) / "trained" / name;
}

} // namespace

TEST_CASE("read_head: the trained heads, against values that NumPy printed", "[io][head]") {
  struct Row {
    const char* file;
    double q, k; // q[2, 1, 5, 3] and k[2, 1, 5, 3]
    Index mask;  // entries of the stored mask, 0 if there is none
  };
  const Row row = GENERATE(Row{"causal.npz", 0.1026611328125, 3.29296875, 0},
                           Row{"diffuser.npz", -4.53515625, -3.326171875, 140135},
                           Row{"sbm.npz", 0.0113677978515625, 4.0546875, 0});
  CAPTURE(row.file);
  const io::Head head = io::read_head(trained(row.file), 2, 1);
  CHECK(head.tokens == 1024);
  CHECK(head.width == 32);
  for (const io::Array& array : {head.q, head.k, head.v.value()}) {
    REQUIRE(array.dtype == io::DType::float16);
    REQUIRE(array.shape == std::vector<Index>{1024, 32});
  }
  CHECK(io::to_dense<double>(head.q)(5, 3) == row.q); // float16 is converted exactly
  CHECK(io::to_dense<float>(head.k)(5, 3) == static_cast<float>(row.k));
  CHECK(head.mask.has_value() == (row.mask > 0));
  if (head.mask) {
    CHECK(head.mask->rows == 1024);
    CHECK(head.mask->view().entries() == row.mask);
    CHECK(head.mask->offsets[1] == 103);
    CHECK(head.mask->offsets[2] == 198);
    CHECK(head.mask->values.empty());
  }
}

TEST_CASE("read_model: expected densities of the trained block models are those of log.json",
          "[io][head]") {
  const std::array<double, 4> expected{.2829, .1658, .1135, .0907};
  const double printed = 0.5e-4; // four digits
  for (Index layer = 0; layer < 4; ++layer) {
    double sum = 0;
    for (Index head = 0; head < 4; ++head) {
      const io::StoredModel model = io::read_model(trained("sbm.npz"), layer, head);
      REQUIRE(model.queries() == 1024);
      REQUIRE(model.keys() == 1024);
      REQUIRE(model.S.shape() == Shape{1, 1, 32, 32});
      CHECK(model.delta == 0.01);
      CHECK(model.clamp);
      CHECK_FALSE(model.hard);
      for (Index i = 0; i < 1024; ++i) {
        std::array<double, 32> yS{};
        for (Index a = 0; a < 32; ++a)
          for (Index b = 0; b < 32; ++b)
            yS[b] += model.Y(i, a) * model.S(a, b);
        for (Index j = 0; j < 1024; ++j) {
          double p = model.delta;
          for (Index b = 0; b < 32; ++b)
            p += yS[b] * model.Z(j, b);
          sum += std::min(p, 1.0);
        }
      }
    }
    CAPTURE(layer);
    CHECK(std::abs(sum / (4.0 * 1024 * 1024) - expected.at(static_cast<std::size_t>(layer))) <=
          printed);
  }
}

TEST_CASE("read_head: says how many layers and heads there are", "[io][head]") {
  const auto told = [](Index layer, Index head) {
    try {
      static_cast<void>(io::read_head(trained("causal.npz"), layer, head));
    } catch (const Error& error) {
      CHECK(error.code() == Code::index);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(told(4, 0), Catch::Contains("no layer 4") && Catch::Contains("4 layers"));
  CHECK_THAT(told(-1, 0), Catch::Contains("no layer -1"));
  CHECK_THAT(told(0, 7), Catch::Contains("no head 7") && Catch::Contains("4 heads"));
}

TEST_CASE("read_head: key heads that several query heads share", "[io][head]") {
  const Temporary folder;
  std::vector<double> q(2 * 4 * 3 * 2);
  std::vector<double> k(2 * 2 * 3 * 2);
  for (std::size_t e = 0; e < q.size(); ++e)
    q[e] = static_cast<double>(e);
  for (std::size_t e = 0; e < k.size(); ++e)
    k[e] = 100 + static_cast<double>(e);
  const io::Arrays arrays{{"q", io::to_array(q, {2, 4, 3, 2})},
                          {"k", io::to_array(k, {2, 2, 3, 2})}};
  folder.write("gqa.npz", io::write_npz(arrays, io::Packing::deflate));
  const io::Head head = io::read_head(folder / "gqa.npz", 1, 2); // query heads 2, 3 use key head 1
  CHECK(io::to_doubles(head.q, 0, 6) == std::vector<double>{36, 37, 38, 39, 40, 41});
  CHECK(io::to_doubles(head.k, 0, 6) == std::vector<double>{118, 119, 120, 121, 122, 123});
  CHECK_FALSE(head.v.has_value());
  CHECK_FALSE(head.mask.has_value());

  const io::Heads all = io::read_heads(folder / "gqa.npz");
  CHECK(std::array{all.layers, all.heads, all.tokens, all.width} ==
        std::array<Index, 4>{2, 4, 3, 2});
  for (Index layer = 0; layer < 2; ++layer)
    for (Index h = 0; h < 4; ++h) {
      const io::Head one = io::read_head(folder / "gqa.npz", layer, h);
      CHECK(all.head(layer, h).q.bytes == one.q.bytes);
      CHECK(all.head(layer, h).k.bytes == one.k.bytes);
    }
  CHECK_THROWS_WITH(all.head(0, 4), Catch::Contains("no head 4"));
}

TEST_CASE("read_heads: the mask is every head's, and other orders of the sides are named",
          "[io][head]") {
  const Temporary folder;
  const std::vector<double> q(2 * 3 * 5 * 2, 1.0);
  const std::vector<Index> indptr{0, 1, 2, 2};
  const std::vector<Index> indices{0, 2};
  io::Arrays arrays{{"q", io::to_array(q, {2, 5, 3, 2})},
                    {"k", io::to_array(q, {2, 5, 3, 2})},
                    {"indptr", io::to_array(indptr, {4})},
                    {"indices", io::to_array(indices, {2})}};
  folder.write("heads.npz", io::write_npz(arrays));
  CHECK(io::read_heads(folder / "heads.npz").mask.value().offsets ==
        io::read_head(folder / "heads.npz", 1, 4).mask.value().offsets);
  for (const char* name : {"q", "k"}) // layers x tokens x heads x width
    arrays[name].shape = {2, 3, 5, 2};
  folder.write("swapped.npz", io::write_npz(arrays));
  CHECK_THROWS_WITH(io::read_heads(folder / "swapped.npz"),
                    Catch::Contains("3 x 3") && Catch::Contains("`layout=tokens_first`"));
}

TEST_CASE("read_model: hard and mixed memberships of two dimensions", "[io][head]") {
  const Temporary folder;
  const std::vector<double> S{.5, .1, .2, .4};
  const std::vector<Index> blocks{0, 1, 1};
  const std::vector<double> theta{1, .5, 1.5};
  io::Arrays arrays{{"S", io::to_array(S, {2, 2})},
                    {"query_block", io::to_array(blocks, {3})},
                    {"key_block", io::to_array(blocks, {3})},
                    {"theta", io::to_array(theta, {3})}};
  folder.write("hard.npz", io::write_npz(arrays));
  const io::StoredModel hard = io::read_model(folder / "hard.npz", 0, 0);
  CHECK(hard.hard);
  CHECK(hard.queries() == 3);
  CHECK(hard.query_block == std::vector<std::uint32_t>{0, 1, 1});
  CHECK(hard.theta == theta);
  CHECK(hard.phi.empty());
  CHECK(hard.S(1, 0) == .2);
  CHECK(hard.delta == 0);
  CHECK_FALSE(hard.clamp);
  CHECK_THROWS_WITH(io::read_model(folder / "hard.npz", 0, 1), Catch::Contains("no head 1"));

  const std::vector<double> Y{1, 0, .25, .75, 0, 1};
  arrays = {{"S", io::to_array(S, {2, 2})},
            {"Y", io::to_array(Y, {3, 2})},
            {"Z", io::to_array(Y, {3, 2})},
            {"delta", io::to_array(std::vector<double>{.125}, {1})}};
  folder.write("mixed.npz", io::write_npz(arrays));
  const io::StoredModel mixed = io::read_model(folder / "mixed.npz", 0, 0);
  CHECK(mixed.keys() == 3);
  CHECK(mixed.Z(1, 1) == .75);
  CHECK(mixed.delta == .125);
  CHECK(mixed.clamp);
  arrays["S"].shape = {1, 4};
  folder.write("unfit.npz", io::write_npz(arrays));
  CHECK_THROWS_WITH(io::read_model(folder / "unfit.npz", 0, 0), Catch::Contains("clusters"));
}
