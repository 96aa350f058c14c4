// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/safetensors.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/io/dtype.hpp"
#include "attnwalk/io/huge_pages.hpp"
#include "attnwalk/io/npy_header.hpp"
#include "attnwalk/io/printable.hpp"
#include "attnwalk/io/tensor_index.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

namespace attnwalk::io {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t longest_header = 100'000'000; // the format's own bound
constexpr int deepest = 3;                            // header, tensor, list of numbers
constexpr std::string_view metadata_key = "__metadata__";

/// Parses, refusing what nlohmann would let pass: keys given twice and needless depth.
Json parse(std::string_view text, std::string_view name) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start)
      require(depth < deepest, Code::io, name, ": the header nests deeper than ", deepest,
              " levels");
    if (event == Json::parse_event_t::object_start)
      keys.emplace_back();
    else if (event == Json::parse_event_t::object_end)
      keys.pop_back();
    else if (event == Json::parse_event_t::key)
      require(keys.back().insert(parsed.get<std::string>()).second, Code::io, name,
              ": the header names \"", printable(parsed.get<std::string>()), "\" twice");
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::exception& problem) {
    throw Error(Code::io,
                message(name, ": the header is not JSON: ", printable(problem.what(), 200)));
  }
}

std::uint64_t whole(const Json& number, std::string_view name, std::string_view what) {
  require(number.is_number_unsigned(), Code::io, name, ": ", what,
          " holds something else than integers of at least 0");
  return number.get<std::uint64_t>();
}

TensorIndex::Place place_of(const Json& entry, std::uint64_t data, std::uint64_t size,
                            std::string_view name) {
  require(entry.is_object() && entry.size() == 3 && entry.contains("dtype") &&
              entry.contains("shape") && entry.contains("data_offsets"),
          Code::io, name, ": a tensor has exactly dtype, shape and data_offsets");
  const Json& dtype = entry["dtype"];
  const Json& shape = entry["shape"];
  const Json& offsets = entry["data_offsets"];
  require(dtype.is_string() && shape.is_array() && offsets.is_array() && offsets.size() == 2,
          Code::io, name, ": dtype is a string, shape a list, data_offsets a list of two");
  TensorIndex::Place place;
  const auto& text = dtype.get_ref<const std::string&>();
  const std::optional<DType> known = dtype_spelled(text, &DTypeRow::safetensors);
  if (known)
    place.info.dtype = *known;
  else
    place.refusal = message(name, ": dtype ", printable(text), " is not read");
  for (const Json& extent : shape) {
    const std::uint64_t value = whole(extent, name, "shape");
    require(value <= static_cast<std::uint64_t>(std::numeric_limits<Index>::max()), Code::io, name,
            ": the size ", value, " in the shape is beyond 2^63");
    place.info.shape.push_back(static_cast<Index>(value));
  }
  const std::uint64_t begin = whole(offsets[0], name, "data_offsets");
  const std::uint64_t end = whole(offsets[1], name, "data_offsets");
  require(begin <= end && end <= size, Code::io, name, ": data_offsets ", begin, " .. ", end,
          " leave the ", size, " bytes of data");
  if (known) {
    const std::uint64_t claimed = data_bytes(place.info, name);
    require(end - begin == claimed, Code::io, name, ": data_offsets span ", end - begin,
            " bytes where the shape needs ", claimed);
  }
  place.begin = data + begin;
  place.end = data + end;
  return place;
}

/// The tensors must cover the data exactly.
void check_cover(const TensorIndex& index, std::uint64_t data, std::uint64_t total,
                 std::string_view name) {
  std::vector<std::array<std::uint64_t, 2>> spans;
  spans.reserve(index.tensors.size());
  for (const auto& [tensor, place] : index.tensors)
    spans.push_back({place.begin, place.end});
  std::sort(spans.begin(), spans.end());
  std::uint64_t covered = data;
  for (const auto& [begin, end] : spans) {
    require(begin == covered, Code::io, name, ": the tensors ",
            begin < covered ? "overlap" : "leave a hole", " at byte ", std::min(begin, covered));
    covered = end;
  }
  require(covered == total, Code::io, name, ": ", total - covered,
          " bytes at the end belong to no tensor");
}

} // namespace

TensorIndex index_safetensors(std::span<const std::byte> file, std::string_view name) {
  std::uint64_t length = 0;
  require(file.size() >= sizeof length, Code::io, name, ": ", file.size(),
          " bytes are too few for a safetensors file");
  std::memcpy(&length, file.data(), sizeof length);
  require(length <= longest_header, Code::io, name, ": a header of ", length,
          " bytes is longer than ", longest_header);
  require(length <= file.size() - sizeof length, Code::io, name, ": the header claims ", length,
          " bytes where ", file.size() - sizeof length, " are left");
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + sizeof length, length);
  require(text.starts_with('{'), Code::io, name, ": the header does not begin with {");
  const Json header = parse(text, name);
  require(header.is_object(), Code::io, name, ": the header is not a JSON object");
  const std::uint64_t data = sizeof length + length;
  TensorIndex index;
  for (const auto& [key, entry] : header.items()) {
    if (key != metadata_key) {
      index.tensors.emplace(key, place_of(entry, data, file.size() - data,
                                          message(name, ": tensor ", printable(key))));
      continue;
    }
    require(entry.is_object(), Code::io, name, ": __metadata__ is not a JSON object");
    for (const auto& [word, value] : entry.items()) {
      require(value.is_string(), Code::io, name, ": __metadata__ ", printable(word),
              " is not a string");
      index.metadata.emplace(word, value.get<std::string>());
    }
  }
  check_cover(index, data, file.size(), name);
  return index;
}

Buffer<std::byte> write_safetensors(const SafeTensors& content) {
  std::vector<std::pair<Index, const std::string*>> order;
  for (const auto& [tensor, array] : content.tensors) {
    require(array.dtype != DType::text, Code::domain, "tensor ", tensor,
            " is text, which safetensors files do not hold");
    require(tensor != metadata_key, Code::domain, "no tensor may be named ", metadata_key);
    require(array.bytes.size() == static_cast<std::size_t>(array.size() * bytes_of(array.dtype)),
            Code::shape, "tensor ", tensor, ": ", array.bytes.size(), " bytes do not fill ",
            array.size(), " ", to_string(array.dtype));
    order.emplace_back(-bytes_of(array.dtype), &tensor);
  }
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : *a.second < *b.second;
  });
  Json header = Json::object();
  if (!content.metadata.empty())
    header[std::string(metadata_key)] = content.metadata;
  std::uint64_t offset = 0;
  for (const auto& [rank, tensor] : order) {
    const Array& array = content.tensors.at(*tensor);
    header[*tensor] = {{"dtype", row_of(array.dtype).safetensors},
                       {"shape", array.shape},
                       {"data_offsets", {offset, offset + array.bytes.size()}}};
    offset += array.bytes.size();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const Json::exception& problem) {
    throw Error(Code::domain,
                message("names and metadata of tensors must be UTF-8: ", problem.what()));
  }
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  auto out = large_buffer<std::byte>(sizeof length + length + offset);
  std::memcpy(out.data(), &length, sizeof length);
  std::memcpy(out.data() + sizeof length, text.data(), length);
  std::byte* place = out.data() + sizeof length + length;
  for (const auto& [rank, tensor] : order) {
    const Buffer<std::byte>& bytes = content.tensors.at(*tensor).bytes;
    place = std::copy(bytes.begin(), bytes.end(), place);
  }
  return out;
}

} // namespace attnwalk::io
