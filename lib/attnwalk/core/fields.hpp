// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <utility>

/// How a result is described once. For a result type `R` its module defines, beside R,
///
///     template <class Visitor> void fields(const R& x, Visitor& v) { v("rows", x.rows); ... }
///
/// which calls v(name, value) for every field in reading order. A value is a number, a truth, a
/// text, an enumerator with `names_of`, a result with `fields` of its own, or an optional, a
/// pointer (null: absent) or a list of these. v.bulk(name, value) is for what grows with the
/// number of tokens and is wanted on request only. JSON reads these descriptions, as any other
/// reader of results can.
namespace attnwalk {
inline namespace core {

/// Fields that belong together under one name and are no struct of their own: what `fill` visits.
template <class Fill>
struct Group {
  explicit Group(Fill how) : fill(std::move(how)) {}
  Fill fill;
};
template <class Fill>
Group(Fill) -> Group<Fill>;
template <class Fill, class Visitor>
void fields(const Group<Fill>& group, Visitor& v) {
  group.fill(v);
}

/// A list of results that are looked up by their member `name`.
template <class T>
struct ByName {
  template <class List>
  explicit ByName(const List& list) : items(list) {}
  std::span<const T> items;
};
template <class List>
ByName(const List&) -> ByName<typename List::value_type>;
template <class T, class Visitor>
void fields(const ByName<T>& list, Visitor& v) {
  for (const T& item : list.items)
    v(item.name, item);
}

/// `value`, or null where it is not known. `value` must outlive the visit.
template <class T>
[[nodiscard]] const T* known_if(bool known, const T& value) {
  return known ? &value : nullptr;
}

} // namespace core
} // namespace attnwalk
