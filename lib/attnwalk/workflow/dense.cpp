// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/dense.hpp"

#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/safetensors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <ostream>
#include <string_view>
#include <type_traits>
#include <utility>

namespace attnwalk::workflow {
namespace {

const char* const origin_key = "provenance";

/// The array's name in the file: as wanted, or the only one that there is.
std::string chosen(const io::ArrayFile& file, const DenseSource& from) {
  std::vector<std::string> names = file.names();
  std::erase(names, origin_key);
  if (file.holds(from.array) || names.size() != 1)
    return from.array;
  return names.front();
}

DenseHeader header_of(const io::ArrayFile& file, const std::string& array) {
  const io::ArrayInfo info = file.info(array);
  const std::size_t dimensions = info.shape.size();
  require(dimensions >= 1 && dimensions <= 4, Code::io, file.name(), ": array ", array, " has ",
          dimensions, " dimensions where 1 to 4 are needed: batch x heads x tokens x width");
  require(info.dtype != io::DType::text, Code::io, file.name(), ": array ", array, " is text");
  if (dimensions == 1)
    return {{1, 1, info.shape[0], 1}, info.dtype, 1};
  std::array<Index, 4> sides{1, 1, 1, 1};
  std::copy(info.shape.begin(), info.shape.end(), sides.end() - static_cast<Index>(dimensions));
  return {{sides[0], sides[1], sides[2], sides[3]}, info.dtype, static_cast<int>(dimensions)};
}

void write_bytes(const std::filesystem::path& file, const Buffer<std::byte>& bytes) {
  io::write_atomically(file, [&](std::ostream& out) {
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
  });
}

std::string_view bytes_of(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

} // namespace

DenseHeader dense_header(const DenseSource& from) {
  const io::ArrayFile file(from.file);
  return header_of(file, chosen(file, from));
}

template <Real T>
Dense<T> read_dense(const DenseSource& from) {
  const io::ArrayFile file(from.file);
  const std::string array = chosen(file, from);
  const DenseHeader header = header_of(file, array);
  require_memory(array + " of " + from.file.string(),
                 static_cast<double>(header.shape.size()) * sizeof(T));
  Dense<T> out(header.shape);
  const io::Array stored = file.read(array);
  constexpr auto wanted = std::is_same_v<T, float> ? io::DType::float32 : io::DType::float64;
  if (stored.dtype == wanted && !stored.bytes.empty()) {
    std::memcpy(out.data(), stored.bytes.data(), stored.bytes.size());
    return out;
  }
  const Index piece = 1 << 16; // doubles at a time: the cache's size
  for (Index first = 0; first < stored.size(); first += piece) {
    const std::vector<double> numbers =
        io::to_doubles(stored, first, std::min(piece, stored.size() - first));
    std::transform(numbers.begin(), numbers.end(), out.data() + first,
                   [](double x) { return static_cast<T>(x); });
  }
  return out;
}

template <Real T>
io::Array to_array(const Dense<T>& X, int dimensions) {
  const Shape& s = X.shape();
  io::Array out;
  out.dtype = std::is_same_v<T, float> ? io::DType::float32 : io::DType::float64;
  out.shape = {s.batch, s.heads, s.tokens, s.width};
  while (static_cast<int>(out.shape.size()) > dimensions && out.shape.front() == 1)
    out.shape.erase(out.shape.begin());
  out.bytes.resize(static_cast<std::size_t>(s.size()) * sizeof(T));
  if (!out.bytes.empty())
    std::memcpy(out.bytes.data(), X.data(), out.bytes.size());
  return out;
}

void write_dense(const std::filesystem::path& file, io::Arrays arrays, const std::string& origin) {
  const std::string extension = file.extension().string();
  require(extension != ".npy" || arrays.size() == 1, Code::domain, file.string(),
          " holds one array where ", arrays.size(), " are to be written; choose .npz");
  if (extension == ".npy") {
    write_bytes(file, io::write_npy(arrays.begin()->second));
    if (!origin.empty())
      io::write_atomically(std::filesystem::path(file).concat(".json"),
                           [&](std::ostream& out) { out << origin; });
    return;
  }
  if (extension != ".npz")
    return write_bytes(file, io::write_safetensors({std::move(arrays), {{origin_key, origin}}}));
  if (origin.empty())
    return io::write_atomically(file, [&](std::ostream& out) { io::write_npz(out, arrays); });
  io::Array words{io::DType::uint8, {static_cast<Index>(origin.size())}, {}};
  words.bytes.resize(origin.size());
  std::memcpy(words.bytes.data(), origin.data(), origin.size());
  arrays[origin_key] = std::move(words);
  io::write_atomically(file, [&](std::ostream& out) { io::write_npz(out, arrays); });
}

template <Real T>
DenseSummary summarize(const Dense<T>& X) {
  const Shape& shape = X.shape();
  DenseSummary out;
  out.shape = shape;
  double squares = 0;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto width = static_cast<std::size_t>(shape.width);
  for (Index head = 0; head < shape.batch * shape.heads; ++head) {
    std::vector<double> least(width, infinity);
    std::vector<double> most(width, -infinity);
    for (Index i = 0; i < shape.tokens; ++i) {
      const T* row = X.data() + (head * shape.tokens + i) * shape.width;
      for (std::size_t c = 0; c < width; ++c) {
        const double x = row[c];
        squares += x * x;
        least[c] = std::min(least[c], x);
        most[c] = std::max(most[c], x);
      }
    }
    for (std::size_t c = 0; c < width && shape.tokens > 0; ++c) {
      out.spread = std::max(out.spread, most[c] - least[c]);
      out.largest = std::max({out.largest, std::abs(most[c]), std::abs(least[c])});
    }
  }
  out.frobenius = std::sqrt(squares);
  std::uint64_t hash =
      stream_of(bytes_of(X.data(), static_cast<std::size_t>(shape.size()) * sizeof(T)));
  out.checksum.resize(16);
  for (auto digit = out.checksum.rbegin(); digit != out.checksum.rend(); ++digit, hash >>= 4)
    *digit = "0123456789abcdef"[hash & 15];
  return out;
}

template Dense<float> read_dense(const DenseSource&);
template Dense<double> read_dense(const DenseSource&);
template io::Array to_array(const Dense<float>&, int);
template io::Array to_array(const Dense<double>&, int);
template DenseSummary summarize(const Dense<float>&);
template DenseSummary summarize(const Dense<double>&);

} // namespace attnwalk::workflow
