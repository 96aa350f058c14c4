// SPDX-License-Identifier: Apache-2.0
// Private: what every source of attnwalk._core needs.
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/names.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/batch.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <optional>
#include <utility>

namespace attnwalk::python {

namespace nb = nanobind;
using namespace nb::literals;

/// What NumPy hands over: read-only views of one kind of number in the CPU's memory. Strided arrays
/// come as they are where T is floating point and the last stride is 1, which Python makes sure of.
template <class T, class... Extra>
using In = nb::ndarray<const T, nb::device::cpu, Extra...>;
template <class T>
using InRow = In<T, nb::ndim<1>, nb::c_contig>;
template <class T>
using Out = nb::ndarray<nb::numpy, T>;

template <class T>
[[nodiscard]] std::span<const T> span_of(const InRow<T>& array) {
  return {array.data(), array.size()};
}
template <class T>
[[nodiscard]] std::span<const T> span_of(const std::optional<InRow<T>>& array) {
  return array ? span_of(*array) : std::span<const T>();
}
template <class T>
[[nodiscard]] std::vector<T> vector_of(const InRow<T>& array) {
  return {array.data(), array.data() + array.size()};
}

/// The last up to four dimensions as batch x heads x tokens x width.
template <Real T>
[[nodiscard]] View<const T> view_of(const In<T>& array) {
  const std::size_t ndim = array.ndim();
  require(ndim >= 1 && ndim <= 4, Code::shape, "an array of ", ndim,
          " dimensions was given where 1 to 4 are needed");
  std::array<Index, 4> sizes{1, 1, 1, 1};
  std::array<Index, 4> strides{0, 0, 0, 1};
  for (std::size_t d = 0; d < ndim; ++d) {
    sizes[4 - ndim + d] = static_cast<Index>(array.shape(d));
    strides[4 - ndim + d] = array.stride(d);
  }
  require(strides[3] == 1 || sizes[3] <= 1, Code::shape,
          "the numbers of a token must be contiguous in memory");
  return {
      array.data(), {sizes[0], sizes[1], sizes[2], sizes[3]}, {strides[0], strides[1], strides[2]}};
}

/// A NumPy array that owns `values`, a vector or a Dense; nothing is copied.
template <class T, class Values>
[[nodiscard]] Out<T> owned(Values values, std::initializer_list<std::size_t> shape) {
  auto* kept = new Values(std::move(values));
  nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<Values*>(p); });
  T* data = nullptr;
  if constexpr (requires { kept->view(); })
    data = kept->view().data;
  else
    data = kept->data();
  return Out<T>(data, shape.size(), shape.begin(), owner);
}
template <class Values>
[[nodiscard]] auto owned_row(Values values) {
  const std::size_t size = values.size();
  return owned<typename Values::value_type>(std::move(values), {size});
}
template <Real T>
[[nodiscard]] Out<T> owned_dense(Dense<T> X) {
  const Shape s = X.shape();
  return owned<T>(std::move(X),
                  {static_cast<std::size_t>(s.batch), static_cast<std::size_t>(s.heads),
                   static_cast<std::size_t>(s.tokens), static_cast<std::size_t>(s.width)});
}
/// The same with the last two dimensions alone.
template <Real T>
[[nodiscard]] Out<T> owned_matrix(Dense<T> X) {
  const Shape s = X.shape();
  return owned<T>(std::move(X),
                  {static_cast<std::size_t>(s.tokens), static_cast<std::size_t>(s.width)});
}

/// Runs `work` without the interpreter's lock.
template <class Work>
[[nodiscard]] auto released(Work&& work) {
  const nb::gil_scoped_release unlocked;
  return std::forward<Work>(work)();
}

/// A Monitor that lets Python stop the work (Ctrl-C, an exception of the callable) and tells a
/// callable how far it is. Python is asked at most every 50 ms.
class Watch {
public:
  /// @param progress  called with a text and a fraction, or None
  explicit Watch(nb::object progress) : progress_(std::move(progress)) {
    monitor_.progress = [this](std::string_view what, double fraction) { ask(what, fraction); };
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  [[nodiscard]] Monitor* monitor() { return &monitor_; }

private:
  void ask(std::string_view what, double fraction) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(50))
      return;
    last_ = now;
    const nb::gil_scoped_acquire locked;
    if (PyErr_CheckSignals() != 0)
      throw nb::python_error();
    if (!progress_.is_none())
      progress_(nb::str(what.data(), what.size()), fraction);
  }

  Monitor monitor_;
  nb::object progress_;
  std::chrono::steady_clock::time_point last_{};
};

void bind_pattern(nb::module_& m);
void bind_grammar(nb::module_& m);
void bind_spectral(nb::module_& m);
void bind_attention(nb::module_& m);
void bind_diffusion(nb::module_& m);
void bind_sbm(nb::module_& m);
void bind_layers(nb::module_& m);
void bind_files(nb::module_& m);
void bind_exports(nb::module_& m);

} // namespace attnwalk::python
