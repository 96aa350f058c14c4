// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/io/dtype.hpp"
#include "attnwalk/io/huge_pages.hpp"
#include "attnwalk/io/npy_header.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

namespace attnwalk::io {

static_assert(std::endian::native == std::endian::little,
              "the formats are little endian and their bytes are used in place");

namespace {

struct Half {
  std::uint16_t bits;
};
struct Brain {
  std::uint16_t bits;
};

double widen(Half half) {
  const std::uint64_t sign = static_cast<std::uint64_t>(half.bits & 0x8000U) << 48;
  const std::uint64_t exponent = (half.bits >> 10) & 31U;
  const std::uint64_t fraction = half.bits & 1023U;
  if (exponent == 0) { // a multiple of 2^-24
    const double magnitude = static_cast<double>(fraction) * 0x1.0p-24;
    return sign == 0 ? magnitude : -magnitude;
  }
  const std::uint64_t rebased = exponent == 31 ? 2047 : exponent + 1023 - 15;
  return std::bit_cast<double>(sign | rebased << 52 | fraction << 42);
}

double widen(Brain brain) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(brain.bits) << 16);
}

template <class T>
double widen(T value) {
  return static_cast<double>(value);
}

/// Calls visit(T{}) with the C++ type of the elements.
template <class Visit>
void with_type(DType type, const Visit& visit) {
  switch (type) {
  case DType::boolean:
  case DType::uint8:
  case DType::text:
    return visit(std::uint8_t{});
  case DType::int8:
    return visit(std::int8_t{});
  case DType::uint16:
    return visit(std::uint16_t{});
  case DType::int16:
    return visit(std::int16_t{});
  case DType::uint32:
    return visit(std::uint32_t{});
  case DType::int32:
    return visit(std::int32_t{});
  case DType::uint64:
    return visit(std::uint64_t{});
  case DType::int64:
    return visit(std::int64_t{});
  case DType::float16:
    return visit(Half{});
  case DType::bfloat16:
    return visit(Brain{});
  case DType::float32:
    return visit(float{});
  case DType::float64:
    return visit(double{});
  }
}

/// Element `number` of bytes without a promise of alignment.
template <class T>
T load(const std::byte* bytes, Index number) {
  T value;
  std::memcpy(&value, bytes + number * static_cast<Index>(sizeof(T)), sizeof(T));
  return value;
}

Index product(const std::vector<Index>& shape) {
  Index size = 1;
  for (const Index extent : shape)
    size *= extent;
  return size;
}

template <class T>
Array copied(DType type, std::span<const T> data, std::vector<Index> shape) {
  Array array{type, std::move(shape), {}};
  require(array.size() == static_cast<Index>(data.size()), Code::shape, data.size(),
          " numbers do not fill an array of ", array.size());
  array.bytes = large_buffer<std::byte>(data.size_bytes());
  if (!data.empty())
    std::memcpy(array.bytes.data(), data.data(), data.size_bytes());
  return array;
}

} // namespace

std::string_view to_string(DType type) {
  return row_of(type).name;
}

Index bytes_of(DType type) {
  return row_of(type).bytes;
}

Index ArrayInfo::size() const {
  return product(shape);
}
Index Array::size() const {
  return product(shape);
}

bool is_integer(DType type) {
  return type >= DType::uint8 && type <= DType::int64;
}

std::uint64_t data_bytes(const ArrayInfo& info, std::string_view name) {
  // Sizes of 0 are passed over, so that every partial product of a shape is known to fit.
  const Index largest = std::numeric_limits<Index>::max();
  Index bytes = bytes_of(info.dtype);
  bool empty = false;
  for (const Index extent : info.shape) {
    require(extent >= 0, Code::io, name, ": the size ", extent, " in the shape is negative");
    if (extent == 0)
      empty = true;
    else
      require(bytes <= largest / extent, Code::io, name, ": the shape claims more than 2^63 bytes");
    bytes *= std::max<Index>(extent, 1);
  }
  return empty ? 0 : static_cast<std::uint64_t>(bytes);
}

void require_room(double bytes, std::string_view name, const ReadOptions& how) {
  if (how.max_bytes > 0)
    require(bytes <= how.max_bytes, Code::memory, name, " would take ", bytes,
            " bytes where at most ", how.max_bytes, " are allowed");
  else if (bytes > 0x1.0p20) // asking the machine costs more than reading a small file
    require_memory(name, bytes);
}

void convert(const Array& array, Index first, Index count, double* out) {
  with_type(array.dtype, [&]<class T>(T) {
    if constexpr (std::is_same_v<T, double>) {
      if (count > 0)
        std::memcpy(out, array.bytes.data() + first * 8, static_cast<std::size_t>(count) * 8);
    } else {
      for (Index e = 0; e < count; ++e)
        out[e] = widen(load<T>(array.bytes.data(), first + e));
    }
  });
}

void convert(const Array& array, Index first, Index count, Index* out, std::string_view name) {
  require(is_integer(array.dtype), Code::io, name, ": ", to_string(array.dtype),
          " numbers where integers are needed");
  with_type(array.dtype, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T>) {
      for (Index e = 0; e < count; ++e) {
        const T value = load<T>(array.bytes.data(), first + e);
        if constexpr (std::is_same_v<T, std::uint64_t>)
          require(value <= static_cast<T>(std::numeric_limits<Index>::max()), Code::io, name,
                  ": the number ", value, " is beyond 63 bits");
        out[e] = static_cast<Index>(value); // NOLINT(bugprone-signed-char-misuse): int8 is a number
      }
    }
  });
}

std::vector<double> to_doubles(const Array& array, Index first, Index count) {
  require(array.dtype != DType::text, Code::domain, "text is not a number");
  require(first >= 0 && count >= 0 && first <= array.size() && count <= array.size() - first,
          Code::index, "elements ", first, " .. ", first, " + ", count, " of an array of ",
          array.size());
  std::vector<double> out(count);
  convert(array, first, count, out.data());
  return out;
}

std::vector<Index> to_indices(const Array& array) {
  std::vector<Index> out(array.size());
  convert(array, 0, array.size(), out.data(), "array");
  return out;
}

Array to_array(std::span<const double> data, std::vector<Index> shape) {
  return copied(DType::float64, data, std::move(shape));
}

Array to_array(std::span<const Index> data, std::vector<Index> shape) {
  return copied(DType::int64, data, std::move(shape));
}

} // namespace attnwalk::io
