// SPDX-License-Identifier: Apache-2.0
// Private: results as Python values, through their descriptions (core/fields.hpp).
#pragma once

#include "attnwalk/core/fields.hpp"
#include "attnwalk/core/timing.hpp"

#include "bind.hpp"

#include <cmath>
#include <concepts>
#include <ranges>
#include <string_view>
#include <type_traits>

namespace attnwalk::python {

/// The visitor: results become dictionaries, lists become lists, and what is absent, empty or not a
/// number is None, as it is null in JSON. What grows with the number of tokens becomes an array.
class DictWriter {
public:
  template <class T>
  void operator()(std::string_view name, const T& x) {
    out_[nb::str(name.data(), name.size())] = value(x);
  }
  template <class T>
  void bulk(std::string_view name, const T& x) {
    if constexpr (std::is_pointer_v<T>)
      out_[nb::str(name.data(), name.size())] = x == nullptr ? nb::none() : array(*x);
    else
      out_[nb::str(name.data(), name.size())] = array(x);
  }
  [[nodiscard]] nb::dict take() { return std::move(out_); }

  template <class T>
  [[nodiscard]] static nb::object value(const T& x) {
    if constexpr (std::same_as<T, bool>)
      return nb::bool_(x);
    else if constexpr (std::is_enum_v<T>)
      return text(name_of(x));
    else if constexpr (std::integral<T>)
      return nb::int_(x);
    else if constexpr (std::floating_point<T>)
      return std::isfinite(x) ? nb::object(nb::float_(x)) : nb::none();
    else if constexpr (std::convertible_to<const T&, std::string_view>)
      return text(x);
    else if constexpr (std::is_pointer_v<T> || requires { x.has_value(); })
      return x ? value(*x) : nb::none();
    else if constexpr (std::ranges::range<const T>)
      return list(x);
    else {
      DictWriter inner;
      fields(x, inner);
      return inner.take();
    }
  }

private:
  static nb::object text(std::string_view words) {
    return words.empty() ? nb::none() : nb::object(nb::str(words.data(), words.size()));
  }
  template <class T>
  static nb::object list(const T& items) {
    nb::list out;
    for (const auto& item : items)
      out.append(value(item));
    return out;
  }
  template <class T>
  static nb::object array(const T& items) {
    return nb::cast(owned_row(std::vector(items.begin(), items.end())));
  }

  nb::dict out_;
};

/// A result as a dictionary under the names of its C++ fields.
template <class R>
[[nodiscard]] nb::dict dict_of(const R& result) {
  DictWriter writer;
  fields(result, writer);
  return writer.take();
}

/// Seconds by the names of steps.
[[nodiscard]] inline nb::dict dict_of(const std::vector<Timing>& timings) {
  nb::dict out;
  for (const Timing& t : timings)
    out[nb::str(t.what.c_str())] = t.seconds;
  return out;
}

} // namespace attnwalk::python
