// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/dense_array.hpp"

#include "attnwalk/core/memory.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

namespace attnwalk::io {
namespace {

/// The array's name in the file: as wanted, or the only one that there is.
std::string chosen(const ArrayFile& file, const std::string& array) {
  return file.holds(array) ? array : file.only().value_or(array);
}

DenseHeader header_of(const std::vector<Index>& shape, DType dtype, const std::string& name) {
  const std::size_t dimensions = shape.size();
  require(dimensions >= 1 && dimensions <= 4, Code::io, name, " has ", dimensions,
          " dimensions where 1 to 4 are needed: batch x heads x tokens x width");
  require(dtype != DType::text, Code::io, name, " is text");
  if (dimensions == 1)
    return {{1, 1, shape[0], 1}, dtype, 1};
  std::array<Index, 4> sides{1, 1, 1, 1};
  std::copy(shape.begin(), shape.end(), sides.end() - static_cast<Index>(dimensions));
  return {{sides[0], sides[1], sides[2], sides[3]}, dtype, static_cast<int>(dimensions)};
}

} // namespace

DenseHeader dense_header(const ArrayFile& file, const std::string& array) {
  const std::string held = chosen(file, array);
  const ArrayInfo info = file.info(held);
  return header_of(info.shape, info.dtype, file.name() + ": array " + held);
}

template <Real T>
Dense<T> to_dense(const Array& array, const std::string& name) {
  const DenseHeader header = header_of(array.shape, array.dtype, name);
  require_memory(name, static_cast<double>(header.shape.size()) * sizeof(T));
  Dense<T> out(header.shape);
  constexpr auto wanted = std::is_same_v<T, float> ? DType::float32 : DType::float64;
  if (array.dtype == wanted && !array.bytes.empty()) {
    std::memcpy(out.data(), array.bytes.data(), array.bytes.size());
    return out;
  }
  const Index piece = 1 << 16; // doubles at a time: the cache's size
  for (Index first = 0; first < array.size(); first += piece) {
    const std::vector<double> numbers =
        to_doubles(array, first, std::min(piece, array.size() - first));
    std::transform(numbers.begin(), numbers.end(), out.data() + first,
                   [](double x) { return static_cast<T>(x); });
  }
  return out;
}

template <Real T>
Dense<T> read_dense(const ArrayFile& file, const std::string& array) {
  const std::string held = chosen(file, array);
  static_cast<void>(dense_header(file, held)); // refuses before the data are read
  return to_dense<T>(file.read(held), file.name() + ": array " + held);
}

template <Real T>
Array to_array(const Dense<T>& X, int dimensions) {
  const Shape& s = X.shape();
  Array out;
  out.dtype = std::is_same_v<T, float> ? DType::float32 : DType::float64;
  out.shape = {s.batch, s.heads, s.tokens, s.width};
  while (static_cast<int>(out.shape.size()) > dimensions && out.shape.front() == 1)
    out.shape.erase(out.shape.begin());
  out.bytes.resize(s.size() * sizeof(T));
  if (!out.bytes.empty())
    std::memcpy(out.bytes.data(), X.data(), out.bytes.size());
  return out;
}

template Dense<float> to_dense(const Array&, const std::string&);
template Dense<double> to_dense(const Array&, const std::string&);
template Dense<float> read_dense(const ArrayFile&, const std::string&);
template Dense<double> read_dense(const ArrayFile&, const std::string&);
template Array to_array(const Dense<float>&, int);
template Array to_array(const Dense<double>&, int);

} // namespace attnwalk::io
