// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/export.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/exports/blocks.hpp"
#include "attnwalk/exports/lists.hpp"
#include "attnwalk/pattern/algebra.hpp"

#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace attnwalk::workflow {
namespace {

using exports::Form;
using exports::Order;
using pattern::Pattern;

/// The numbers as they are in memory.
template <class T>
io::Array array_of(io::DType dtype, std::vector<Index> shape, const T* data, std::size_t count) {
  io::Array out{dtype, std::move(shape), {}};
  out.bytes.resize(count * sizeof(T));
  if (count > 0)
    std::memcpy(out.bytes.data(), data, out.bytes.size());
  return out;
}

template <class Numbers>
io::Array row_of(const Numbers& numbers) {
  return io::to_array(std::span<const Index>(numbers.data(), numbers.size()),
                      {static_cast<Index>(numbers.size())});
}

bool has_blocks(Form form) {
  return form != Form::csr && form != Form::edge_index && form != Form::index_lists &&
         form != Form::dense;
}

} // namespace

FieldRules rules(const ExportInputs& inputs) {
  FieldRules all = rules(inputs.input);
  all.push_back({"block", inputs.block != ExportInputs{}.block, has_blocks(inputs.form),
                 "`form=bsr` and `form=bit_table`"});
  return all;
}

ExportResult export_pattern(const ExportInputs& inputs) {
  require_applicable(rules(inputs));
  SparseInput input = resolve(inputs.input);
  ExportResult result;
  result.origin = std::move(input.origin);
  result.form = inputs.form;
  result.block = {inputs.block, inputs.block};
  result.order = inputs.order;
  result.pattern = input.pattern;
  const bool square = input.pattern.square();
  require(square || inputs.order == Order::none, Code::shape, "order = ", to_string(inputs.order),
          " needs as many queries as keys, not ", input.pattern.rows(), " and ",
          input.pattern.cols());
  result.costs = timed(result.origin.timings, "orders", [&] {
    std::vector<OrderedCost> costs;
    for (const auto& [order, name] : names_of(Order{})) {
      if (order != Order::none && !square)
        continue;
      std::vector<Index> numbers;
      Pattern P = input.pattern;
      if (order != Order::none) {
        numbers = exports::order_of(P, order);
        P = permute(P, numbers);
      }
      costs.push_back(
          {order, exports::cost(P.view(), inputs.form, result.block, inputs.input.threads)});
      if (order == inputs.order) {
        result.pattern = std::move(P);
        result.permutation = std::move(numbers);
      }
    }
    return costs;
  });
  return result;
}

void require_file_form(Form form) {
  const auto refuse = [&](std::string_view who) {
    throw Error(Code::domain, message("form = ", to_string(form), " is no file: ", who));
  };
  switch (form) {
  case Form::bsr:
  case Form::bit_table:
  case Form::index_lists:
    return;
  case Form::csr:
    return refuse("`attnwalk pattern -o` writes compressed rows");
  case Form::block_mask:
    return refuse("Pattern.to_block_mask() makes it in Python; bit_table holds the same numbers");
  case Form::flashinfer:
    return refuse("Pattern.to_flashinfer() makes it in Python; bsr holds the same blocks");
  case Form::edge_index:
    return refuse("Pattern.to_edge_index() makes it in Python");
  case Form::dense:
    return refuse("Pattern.to_dense() makes it in Python");
  }
}

io::Arrays export_arrays(const ExportResult& result) {
  require_file_form(result.form);
  const Pattern& P = result.pattern;
  io::Arrays arrays;
  const std::vector<Index> shape{P.rows(), P.cols()};
  arrays["shape"] = row_of(shape);
  if (!result.permutation.empty())
    arrays["order"] = row_of(result.permutation);
  if (result.form == Form::index_lists) {
    const exports::IndexLists lists = exports::index_lists(P.view(), {}, result.origin.threads);
    arrays["indices"] =
        array_of(io::DType::int32, {lists.rows, lists.width}, lists.keys.data(), lists.keys.size());
    return arrays;
  }
  if (result.form == Form::bsr)
    exports::require_whole_blocks(P.rows(), P.cols(), result.block);
  const exports::BlockCover cover =
      exports::block_cover(P.view(), result.block, result.origin.threads);
  arrays["indptr"] = row_of(cover.offsets);
  arrays["indices"] = row_of(cover.columns);
  if (result.form == Form::bsr) {
    const auto masks = exports::block_masks(cover, result.origin.threads);
    arrays["data"] =
        array_of(io::DType::boolean, {cover.blocks(), result.block.queries, result.block.keys},
                 masks.data(), masks.size());
    const std::string_view format = "bsr";
    arrays["format"] = array_of(io::DType::text, {static_cast<Index>(format.size())}, format.data(),
                                format.size());
    return arrays;
  }
  const std::vector<Index> block{result.block.queries, result.block.keys};
  arrays["block"] = row_of(block);
  arrays["tables"] = row_of(cover.tables);
  arrays["bits"] =
      array_of(io::DType::uint32, {cover.table_count(), result.block.queries, cover.words},
               cover.bits.data(), cover.bits.size());
  return arrays;
}

} // namespace attnwalk::workflow
