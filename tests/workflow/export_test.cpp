// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/workflow/export.hpp"

#include "catch.hpp"

#include <cstring>

using namespace attnwalk;
using namespace attnwalk::workflow;
using exports::Form;
using exports::Order;

TEST_CASE("export_pattern writes the blocks of a small band", "[workflow]") {
  ExportInputs inputs{.input = {.source = "window:w=1", .queries = 4}, .block = 2};
  const ExportResult result = export_pattern(inputs);
  REQUIRE(result.costs.size() == 3);
  CHECK(result.costs[0].cost.blocks == 4);
  io::Arrays arrays = export_arrays(result);
  CHECK(io::to_indices(arrays.at("indptr")) == std::vector<Index>{0, 2, 4});
  CHECK(io::to_indices(arrays.at("indices")) == std::vector<Index>{0, 1, 0, 1});
  CHECK(io::to_indices(arrays.at("shape")) == std::vector<Index>{4, 4});
  CHECK(io::to_doubles(arrays.at("data"), 0, 16) ==
        std::vector<double>{1, 1, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1});
  CHECK(arrays.count("order") == 0);

  inputs.form = Form::bit_table;
  arrays = export_arrays(export_pattern(inputs));
  CHECK(io::to_indices(arrays.at("tables")) == std::vector<Index>{1, 2, 3, 1});
  CHECK(io::to_indices(arrays.at("bits")) == std::vector<Index>{0, 0, 3, 3, 0, 1, 2, 0});
}

TEST_CASE("export_pattern puts the tokens in the order that it writes beside them", "[workflow]") {
  const ExportResult result = export_pattern({.input = {.source = "star:g=1", .queries = 5},
                                              .form = Form::index_lists,
                                              .order = Order::rcm});
  const io::Arrays arrays = export_arrays(result);
  const std::vector<Index> order = io::to_indices(arrays.at("order"));
  REQUIRE(order.size() == 5);
  const pattern::Pattern before = resolve({.source = "star:g=1", .queries = 5}).pattern;
  const std::vector<Index> keys = io::to_indices(arrays.at("indices"));
  const Index width = arrays.at("indices").shape.at(1);
  Index entries = 0;
  for (Index i = 0; i < 5; ++i)
    for (Index e = 0; e < width && keys[i * width + e] >= 0; ++e, ++entries)
      CHECK(before.contains(order[i], order[keys[i * width + e]]));
  CHECK(entries == before.entries());
}

TEST_CASE("exports refuse what is no file, has no whole blocks or no order", "[workflow]") {
  CHECK_THROWS_WITH(require_file_form(Form::block_mask),
                    Catch::Contains("block_mask is no file: Pattern.to_block_mask()"));
  CHECK_THROWS_WITH(
      export_arrays(export_pattern({.input = {.source = "full", .queries = 5}, .block = 2})),
      "5 queries are no multiple of the block of 2");
  CHECK_THROWS_WITH(
      export_pattern({.input = {.source = "full", .queries = 4, .keys = 6}, .order = Order::rcm}),
      "order = rcm needs as many queries as keys, not 4 and 6");
  CHECK_THROWS_WITH(
      export_pattern(
          {.input = {.source = "full", .queries = 4}, .form = Form::index_lists, .block = 2}),
      "`block` belongs to `form=bsr` and `form=bit_table`");
}
