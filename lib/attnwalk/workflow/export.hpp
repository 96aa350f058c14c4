// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/exports/cost.hpp"
#include "attnwalk/exports/order.hpp"
#include "attnwalk/io/array.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/workflow/input.hpp"

#include <vector>

/// Patterns as files of other libraries' forms.
namespace attnwalk::workflow {

struct ExportInputs {
  InputOptions input;
  exports::Form form = exports::Form::bsr;
  Index block = 64; ///< queries and keys of a block
  exports::Order order = exports::Order::none;
};

/// Of an export the blocks alone.
[[nodiscard]] FieldRules rules(const ExportInputs& inputs);

/// What a form costs once the tokens are in an order.
struct OrderedCost {
  exports::Order order = exports::Order::none;
  exports::Cost cost;
};

struct ExportResult {
  Provenance origin;
  exports::Form form = exports::Form::bsr;
  exports::BlockSize block;
  exports::Order order = exports::Order::none;
  std::vector<Index> permutation; ///< token of each number; empty where the order is none
  pattern::Pattern pattern;       ///< in that order
  std::vector<OrderedCost> costs; ///< of each order; of a rectangular pattern of none alone
};

/// Resolves a pattern (the entries of weights count, their values do not), puts its tokens in order
/// and counts what the form costs in each order.
/// @throws Error{shape} for an order of a rectangular pattern; else as resolve and exports::cost
/// @cost   O(m log degree) for each order
[[nodiscard]] ExportResult export_pattern(const ExportInputs& inputs);

/// Refuses a form that is no file, saying who makes it.
/// @throws Error{domain}
void require_file_form(exports::Form form);

/// The arrays of the form: `indptr`, `indices`, `data`, `shape`, `format` of SciPy's bsr;
/// `indptr`, `indices`, `tables`, `bits`, `block`, `shape` of a bit table; `indices`, `shape` of
/// index lists; beside them `order` where the tokens were put in one.
/// @throws Error{domain} as require_file_form; Error{shape} if a bsr has no whole blocks; else as
///         exports::block_cover and exports::index_lists
[[nodiscard]] io::Arrays export_arrays(const ExportResult& result);

} // namespace attnwalk::workflow
