// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/exports/blocks.hpp"
#include "attnwalk/exports/fields.hpp"
#include "attnwalk/exports/lists.hpp"
#include "attnwalk/exports/order.hpp"

#include "values.hpp"

namespace attnwalk::python {
namespace {

using pattern::Pattern;

std::size_t size_of(Index n) {
  return static_cast<std::size_t>(n);
}

/// The arrays of a cover: indptr, indices and tables of its blocks, then its bit tables or, with
/// `masks`, a byte for each pair of each block.
nb::tuple block_cover(const Pattern& P, Index queries, Index keys, bool masks, int threads) {
  const exports::BlockSize size{queries, keys};
  exports::BlockCover cover;
  Buffer<std::uint8_t> bytes;
  {
    const nb::gil_scoped_release unlocked;
    if (masks)
      exports::require_whole_blocks(P.rows(), P.cols(), size);
    cover = exports::block_cover(P.view(), size, threads);
    if (masks)
      bytes = exports::block_masks(cover, threads);
  }
  const std::size_t tables = size_of(cover.table_count());
  const std::size_t words = size_of(cover.words);
  const std::size_t blocks = size_of(cover.blocks());
  nb::object content = masks ? nb::cast(owned<std::uint8_t>(
                                   std::move(bytes), {blocks, size_of(queries), size_of(keys)}))
                             : nb::cast(owned<std::uint32_t>(std::move(cover.bits),
                                                             {tables, size_of(queries), words}));
  return nb::make_tuple(owned_row(std::move(cover.offsets)), owned_row(std::move(cover.columns)),
                        owned_row(std::move(cover.tables)), content);
}

} // namespace

void bind_exports(nb::module_& m) {
  m.def("block_cover", block_cover, "pattern"_a, "queries"_a, "keys"_a, "masks"_a, "threads"_a);
  m.def(
      "export_cost",
      [](const Pattern& P, const std::string& form, Index queries, Index keys, int threads) {
        const auto kind = parse_name<exports::Form>("form", form);
        return dict_of(released([&] {
          return exports::cost(P.view(), kind, {queries, keys}, threads);
        }));
      },
      "pattern"_a, "form"_a, "queries"_a, "keys"_a, "threads"_a);
  m.def(
      "index_lists",
      [](const Pattern& P, std::optional<Index> width, int threads) {
        exports::IndexLists lists =
            released([&] { return exports::index_lists(P.view(), width, threads); });
        return owned<std::int32_t>(std::move(lists.keys),
                                   {size_of(lists.rows), size_of(lists.width)});
      },
      "pattern"_a, "width"_a.none(), "threads"_a);
  m.def(
      "order_of",
      [](const Pattern& P, const std::string& by) {
        const auto order = parse_name<exports::Order>("by", by);
        return owned_row(released([&] { return exports::order_of(P, order); }));
      },
      "pattern"_a, "by"_a);
  m.def(
      "order_by_label",
      [](const InRow<Index>& labels) {
        return owned_row(released([&] { return exports::order_by_label(span_of(labels)); }));
      },
      "labels"_a);
}

} // namespace attnwalk::python
