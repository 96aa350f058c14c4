// SPDX-License-Identifier: Apache-2.0
// Stored heads: the trained models of data/trained, and small stacks made here.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/file.hpp"

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
  REQUIRE(head.q.size() == 1024 * 32);
  REQUIRE(head.k.size() == 1024 * 32);
  REQUIRE(head.v.size() == 1024 * 32);
  CHECK(head.q[5 * 32 + 3] == row.q); // float16 is converted exactly
  CHECK(head.k[5 * 32 + 3] == row.k);
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
      REQUIRE(model.queries == 1024);
      REQUIRE(model.keys == 1024);
      REQUIRE(model.clusters_q == 32);
      REQUIRE(model.clusters_k == 32);
      CHECK(model.delta == 0.01);
      for (std::size_t i = 0; i < 1024; ++i) {
        std::array<double, 32> yS{};
        for (std::size_t a = 0; a < 32; ++a)
          for (std::size_t b = 0; b < 32; ++b)
            yS.at(b) += model.Y[i * 32 + a] * model.S[a * 32 + b];
        for (std::size_t j = 0; j < 1024; ++j) {
          double p = model.delta;
          for (std::size_t b = 0; b < 32; ++b)
            p += yS.at(b) * model.Z[j * 32 + b];
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
  CHECK(head.q == std::vector<double>{36, 37, 38, 39, 40, 41});
  CHECK(head.k == std::vector<double>{118, 119, 120, 121, 122, 123});
  CHECK(head.v.empty());
  CHECK_FALSE(head.mask.has_value());
}
