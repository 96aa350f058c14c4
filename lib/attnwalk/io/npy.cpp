// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/dtype.hpp"
#include "attnwalk/io/huge_pages.hpp"
#include "attnwalk/io/npy_header.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/printable.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>

namespace attnwalk::io {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = 1U << 20; // NumPy's own stay below 64 KiB
constexpr std::size_t most_dimensions = 32;      // NumPy 1's limit

/// Reads the Python literal of a header: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4),
/// }.
class Literal {
public:
  Literal(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  void expect(char wanted) {
    require(accept(wanted), Code::io, name_, ": the npy header lacks a '", wanted, "' before \"",
            seen(), "\"");
  }
  bool accept(char wanted) {
    skip();
    if (rest_.empty() || rest_.front() != wanted)
      return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view string() {
    skip();
    const char quote = rest_.empty() ? ' ' : rest_.front();
    const std::size_t end =
        quote == '\'' || quote == '"' ? rest_.find(quote, 1) : std::string_view::npos;
    require(end != std::string_view::npos, Code::io, name_,
            ": the npy header lacks a quoted word before \"", seen(), "\"");
    const std::string_view word = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return word;
  }
  bool boolean() {
    skip();
    for (const std::string_view word : {"True", "False"})
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(word.size());
        return word == "True";
      }
    throw Error(Code::io,
                message(name_, ": the npy header lacks True or False before \"", seen(), "\""));
  }
  Index extent() {
    skip();
    Index value = 0;
    const auto [end, failure] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    require(failure == std::errc{} && value >= 0, Code::io, name_,
            ": the npy header lacks a size of 0 .. 2^63 - 1 before \"", seen(), "\"");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    accept('L'); // Python 2 wrote long integers so
    return value;
  }
  void finish() {
    skip();
    require(rest_.empty(), Code::io, name_, ": the npy header goes on with \"", seen(), "\"");
  }

private:
  void skip() {
    const std::size_t start = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(std::min(start, rest_.size()));
  }
  /// What follows, fit for a message.
  [[nodiscard]] std::string seen() const { return printable(rest_, 16); }

  std::string_view rest_;
  std::string_view name_;
};

std::vector<Index> shape_in(Literal& literal, std::string_view name) {
  std::vector<Index> shape;
  literal.expect('(');
  while (!literal.accept(')')) {
    require(shape.size() < most_dimensions, Code::io, name, ": more than ", most_dimensions,
            " dimensions");
    shape.push_back(literal.extent());
    if (!literal.accept(',')) {
      require(shape.size() > 1, Code::io, name, ": the npy shape (", shape.front(),
              ") lacks its comma");
      literal.expect(')');
      break;
    }
  }
  return shape;
}

/// The element type of a descr; a byte string adds its length to the shape.
DType type_of(std::string_view descr, std::vector<Index>& shape, std::string_view name) {
  if (const auto known = dtype_spelled(descr, &DTypeRow::npy))
    return *known;
  require(!descr.starts_with("|O"), Code::io, name,
          ": object arrays hold pickled Python, which is not read");
  require(!descr.starts_with('>'), Code::io, name, ": big-endian numbers (", printable(descr),
          ") are not read");
  if (descr.starts_with("|S") || descr.starts_with("<U")) {
    const Index width = descr.starts_with("<U") ? 4 : 1; // UTF-32
    Index length = -1;
    const auto [end, failure] =
        std::from_chars(descr.data() + 2, descr.data() + descr.size(), length);
    if (failure == std::errc{} && end == descr.data() + descr.size() && length >= 0 &&
        length <= std::numeric_limits<Index>::max() / width) {
      shape.push_back(length * width);
      return DType::text;
    }
  }
  throw Error(Code::io, message(name, ": element type '", printable(descr),
                                "' is not one of bool, (u)int8 .. 64, float16 .. 64 or bytes"));
}

NpyHeader parse(std::string_view header, std::string_view name) {
  Literal literal(header, name);
  NpyHeader npy;
  std::string descr;
  std::array<bool, 3> seen{};
  constexpr std::array<std::string_view, 3> keys{"descr", "fortran_order", "shape"};
  literal.expect('{');
  while (!literal.accept('}')) {
    const std::string_view key = literal.string();
    const auto which =
        static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
    require(which < keys.size(), Code::io, name, ": the npy header has an unknown key '",
            printable(key), "'");
    require(!seen.at(which), Code::io, name, ": the npy header names '", key, "' twice");
    seen.at(which) = true;
    literal.expect(':');
    if (which == 0) {
      require(!literal.accept('['), Code::io, name,
              ": records of several fields (a structured array) are not read");
      descr = literal.string();
    } else if (which == 1) {
      npy.fortran = literal.boolean();
    } else {
      npy.info.shape = shape_in(literal, name);
    }
    if (!literal.accept(',')) {
      literal.expect('}');
      break;
    }
  }
  literal.finish();
  for (std::size_t key = 0; key < keys.size(); ++key)
    require(seen.at(key), Code::io, name, ": the npy header lacks '", keys.at(key), "'");
  require(!npy.fortran || npy.info.shape.size() <= 2, Code::io, name,
          ": Fortran order is read for at most 2 dimensions, not ", npy.info.shape.size());
  npy.info.dtype = type_of(descr, npy.info.shape, name);
  return npy;
}

/// rows x cols elements stored by columns, brought into C order.
Buffer<std::byte> by_rows(const Buffer<std::byte>& columns, Index rows, Index cols,
                          std::size_t width) {
  Buffer<std::byte> out(columns.size());
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < cols; ++j)
      std::memcpy(out.data() + static_cast<std::size_t>(i * cols + j) * width,
                  columns.data() + static_cast<std::size_t>(j * rows + i) * width, width);
  return out;
}

/// Elements [first, first + count) of an array that is wholly here.
Array cut(Array array, Index first, Index count) {
  if (first == 0 && count == array.size())
    return array;
  const Index width = bytes_of(array.dtype);
  array.bytes.erase(array.bytes.begin() + (first + count) * width, array.bytes.end());
  array.bytes.erase(array.bytes.begin(), array.bytes.begin() + first * width);
  array.shape = {count};
  return array;
}

} // namespace

NpyHeader read_npy_header(const Read& read, std::uint64_t total, std::string_view name) {
  std::array<std::byte, 12> start{};
  require(total >= start.size(), Code::io, name, ": ", total,
          " bytes are too few for an npy header");
  read(start.data(), 8);
  require(std::memcmp(start.data(), magic.data(), magic.size()) == 0, Code::io, name,
          ": not an npy array: it does not begin with \\x93NUMPY");
  const auto major = std::to_integer<unsigned>(start[6]);
  const auto minor = std::to_integer<unsigned>(start[7]);
  require(major >= 1 && major <= 3 && minor == 0, Code::io, name, ": npy version ", major, ".",
          minor, " is not 1.0, 2.0 or 3.0");
  const std::size_t wide = major == 1 ? 2 : 4;
  read(start.data() + 8, wide);
  std::uint32_t length = 0;
  std::memcpy(&length, start.data() + 8, wide);
  require(length <= longest_header, Code::io, name, ": an npy header of ", length,
          " bytes is longer than ", longest_header);
  require(length <= total - 8 - wide, Code::io, name, ": the npy header claims ", length,
          " bytes where ", total - 8 - wide, " are left");
  std::string header(length, '\0');
  read(reinterpret_cast<std::byte*>(header.data()), length);
  NpyHeader npy = parse(header, name);
  npy.header_bytes = 8 + wide + length;
  const std::uint64_t claimed = data_bytes(npy.info, name);
  const std::uint64_t left = total - npy.header_bytes;
  require(claimed == left, Code::io, name, ": the header claims ", claimed,
          " bytes of data where the file holds ", left);
  return npy;
}

Array read_npy_data(const NpyHeader& npy, const Read& read, Index first, Index count,
                    std::string_view name, const ReadOptions& how) {
  const auto width = static_cast<std::size_t>(bytes_of(npy.info.dtype));
  const bool transposed = npy.fortran && npy.info.shape.size() == 2;
  const bool whole = transposed || count == npy.info.size();
  const auto bytes = static_cast<std::size_t>(whole ? npy.info.size() : count) * width;
  require_room(static_cast<double>(bytes) * (transposed ? 2 : 1), name, how);
  Array array{npy.info.dtype, npy.info.shape, {}};
  if (!whole) {
    read(nullptr, static_cast<std::size_t>(first) * width);
    array.shape = {count};
  }
  array.bytes = large_buffer<std::byte>(bytes);
  read(array.bytes.data(), bytes);
  if (!transposed)
    return array;
  array.bytes = by_rows(array.bytes, array.shape[0], array.shape[1], width);
  return cut(std::move(array), first, count);
}

void visit_npy_data(const NpyHeader& npy, const Read& read, std::string_view name,
                    const ReadOptions& how,
                    const std::function<void(const Array& piece, Index first)>& visit) {
  constexpr Index piece_elements = 1 << 14;
  const Index size = npy.info.size();
  if (npy.fortran && npy.info.shape.size() == 2)
    return visit(read_npy_data(npy, read, 0, size, name, how), 0);
  const Index width = bytes_of(npy.info.dtype);
  Array piece{npy.info.dtype, {0}, {}};
  for (Index first = 0; first < size; first += piece.shape[0]) {
    piece.shape[0] = std::min(piece_elements, size - first);
    piece.bytes.resize(piece.shape[0] * width);
    read(piece.bytes.data(), piece.bytes.size());
    visit(piece, first);
  }
}

std::string npy_header(const ArrayInfo& info) {
  ArrayInfo stored = info;
  std::string descr;
  if (info.dtype == DType::text) {
    require(!info.shape.empty(), Code::shape, "text of shape () lacks the length of its strings");
    descr = message("|S", info.shape.back());
    stored.shape.pop_back();
  } else {
    descr = row_of(info.dtype).npy;
  }
  std::string dictionary = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (";
  for (const Index extent : stored.shape)
    dictionary += std::to_string(extent) + ", ";
  if (stored.shape.size() > 1)
    dictionary.resize(dictionary.size() - 2); // (3, ) but (3, 4)
  dictionary += "), }";
  // Spaces bring the data to a multiple of 64, so that a mapped file is aligned.
  const std::size_t before = magic.size() + 4;
  dictionary.append(63 - (before + dictionary.size()) % 64, ' ');
  dictionary += '\n';
  require(dictionary.size() <= std::numeric_limits<std::uint16_t>::max(), Code::shape,
          info.shape.size(), " dimensions are too many for an npy header");
  std::string out(magic);
  out += {'\x01', '\x00', static_cast<char>(dictionary.size() & 255U),
          static_cast<char>(dictionary.size() >> 8U)};
  return out + dictionary;
}

Buffer<std::byte> write_npy(const Array& array) {
  require(array.bytes.size() == static_cast<std::size_t>(array.size() * bytes_of(array.dtype)),
          Code::shape, array.bytes.size(), " bytes do not fill an array of ", array.size(), " ",
          to_string(array.dtype));
  if (array.dtype == DType::bfloat16) {
    Array wide{DType::float32, array.shape, Buffer<std::byte>(array.bytes.size() * 2)};
    for (std::size_t e = 0; e < array.bytes.size(); e += 2) { // the upper half of a float
      std::memset(wide.bytes.data() + 2 * e, 0, 2);
      std::memcpy(wide.bytes.data() + 2 * e + 2, array.bytes.data() + e, 2);
    }
    return write_npy(wide);
  }
  const std::string header = npy_header({array.dtype, array.shape});
  Buffer<std::byte> out(header.size() + array.bytes.size());
  std::memcpy(out.data(), header.data(), header.size());
  if (!array.bytes.empty())
    std::memcpy(out.data() + header.size(), array.bytes.data(), array.bytes.size());
  return out;
}

} // namespace attnwalk::io
