// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/dense.hpp"

#include "attnwalk/core/random.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/safetensors.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <ostream>
#include <string_view>
#include <utility>

namespace attnwalk::workflow {
namespace {

const char* const origin_key = "provenance";

std::string_view bytes_of(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

} // namespace

void write_dense(const std::filesystem::path& file, io::Arrays arrays, const std::string& origin) {
  const std::optional<io::Format> format = io::format_of(file);
  require(format != io::Format::npy || arrays.size() == 1, Code::domain, file.string(),
          " holds one array where ", arrays.size(), " are to be written; choose .npz");
  if (format == io::Format::npy) {
    io::write_bytes(file, io::write_npy(arrays.begin()->second));
    if (!origin.empty())
      io::write_atomically(std::filesystem::path(file).concat(".json"),
                           [&](std::ostream& out) { out << origin; });
    return;
  }
  if (format != io::Format::npz)
    return io::write_bytes(file,
                           io::write_safetensors({std::move(arrays), {{origin_key, origin}}}));
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

template DenseSummary summarize(const Dense<float>&);
template DenseSummary summarize(const Dense<double>&);

} // namespace attnwalk::workflow
