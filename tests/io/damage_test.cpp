// SPDX-License-Identifier: Apache-2.0
// Every beginning and every changed byte of small good files, and archives that lie about their
// sizes.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/matrix_market.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/safetensors.hpp"
#include "attnwalk/io/scipy.hpp"

#include "bytes_of.hpp"
#include "catch.hpp"

#include <sstream>

using namespace attnwalk;

namespace {

using Bytes = Buffer<std::byte>;
using Reader = std::function<void(const Bytes&)>;

Csr<double> small() {
  Csr<double> A;
  A.rows = 3;
  A.cols = 3;
  A.offsets = {0, 2, 2, 3};
  A.columns = {0, 2, 1};
  A.values = {.5, 2, 1};
  return A;
}

struct Format {
  const char* name;
  Bytes file;
  Reader read;
};

std::vector<Format> formats() {
  const auto A = small();
  std::ostringstream text;
  io::write_matrix_market(text, A.view());
  io::Arrays arrays = io::to_scipy_csr(A.view());
  const Reader npz = [](const Bytes& file) {
    static_cast<void>(io::scipy_csr(io::read_npz(file, "damaged"), "damaged"));
  };
  std::vector<Format> out;
  out.push_back({"npz stored", io::write_npz(arrays), npz});
  out.push_back({"npz deflated", io::write_npz(arrays, io::Packing::deflate), npz});
  out.push_back({"npy", io::write_npy(arrays.at("data")),
                 [](const Bytes& file) { static_cast<void>(io::read_npy(file, "damaged")); }});
  arrays.erase("format");
  out.push_back(
      {"safetensors", io::write_safetensors({arrays, {{"a", "b"}}}),
       [](const Bytes& file) { static_cast<void>(io::read_safetensors(file, "damaged")); }});
  out.push_back({"Matrix Market", bytes_of(text.str()), [](const Bytes& file) {
                   static_cast<void>(io::read_matrix_market(text_of(file), "damaged"));
                 }});
  return out;
}

/// Whether the reader refused; anything but an Error fails the test.
bool refused(const Format& format, const Bytes& file) {
  try {
    format.read(file);
  } catch (const Error& error) {
    return std::string_view(error.what()).starts_with("damaged");
  }
  return false;
}

/// Overwrites the field `offset` bytes into every record that begins with `signature`.
Bytes with_field(Bytes file, const std::string& signature, std::size_t offset,
                 const std::string& value) {
  const std::string text = text_of(file);
  for (std::size_t at = text.find(signature); at != std::string::npos;
       at = text.find(signature, at + 1))
    std::memcpy(file.data() + at + offset, value.data(), value.size());
  return file;
}

const std::string local_record("PK\3\4");
const std::string central_record("PK\1\2");

} // namespace

TEST_CASE("readers: every truncation of a small file is refused", "[io][refusals]") {
  for (const Format& format : formats()) {
    CAPTURE(format.name);
    CHECK_FALSE(refused(format, format.file));
    for (std::size_t size = 0; size < format.file.size(); ++size) {
      const Bytes cut(format.file.begin(), format.file.begin() + static_cast<std::ptrdiff_t>(size));
      // Text without its last line end is whole, and a shorter last number is another number.
      const bool whole =
          std::string_view(format.name) == "Matrix Market" && size + 1 >= format.file.size();
      CAPTURE(size);
      CHECK((whole || refused(format, cut)));
    }
  }
}

TEST_CASE("readers: a changed byte is refused or harmless, never worse", "[io][refusals]") {
  for (const Format& format : formats())
    for (std::size_t place = 0; place < format.file.size(); ++place)
      for (const unsigned flip : {1U, 128U, 255U}) {
        Bytes changed = format.file;
        changed[place] ^= std::byte(flip);
        CAPTURE(format.name, place, flip);
        CHECK_NOTHROW(refused(format, changed));
      }
}

TEST_CASE("read_npz: a checksum that does not fit is refused", "[io][npz][refusals]") {
  const io::Array array = io::to_array(std::vector<double>(100, 1.0), {100});
  Bytes file = io::write_npz({{"a", array}});
  const auto place = text_of(file).find(std::string("\xf0\x3f", 2)); // a 1.0 in the data
  REQUIRE(place != std::string::npos);
  file[place] = std::byte{0xf1};
  CHECK_THROWS_WITH(io::read_npz(file, "bad.npz"),
                    Catch::Contains("bad.npz") && Catch::Contains("CRC"));
}

TEST_CASE("read_npz: sizes that packed bytes cannot hold are refused before allocation",
          "[io][npz][refusals]") {
  const io::Array array = io::to_array(std::vector<double>(1000, 0.0), {1000});
  const auto claim = [](Bytes file, std::uint64_t bytes) {
    file = with_field(std::move(file), local_record, 22, little_endian(bytes, 4));
    return with_field(std::move(file), central_record, 24, little_endian(bytes, 4));
  };
  const Bytes stored = io::write_npz({{"a", array}});
  const Bytes deflated = io::write_npz({{"a", array}}, io::Packing::deflate);
  CHECK_THROWS_WITH(io::read_npz(claim(stored, 0xfffffff0), "bomb.npz"),
                    Catch::Contains("claims 4294967280 bytes"));
  CHECK_THROWS_WITH(io::read_npz(claim(deflated, 0xfffffff0), "bomb.npz"),
                    Catch::Contains("claims 4294967280 bytes"));
  // Deflate packs at most 1032 bytes into one.
  const std::string text = text_of(deflated);
  const auto packed = static_cast<unsigned char>(text[text.find(central_record) + 20]);
  REQUIRE(text.substr(text.find(central_record) + 21, 3) == std::string(3, '\0'));
  CHECK_THROWS_WITH(io::read_npz(claim(deflated, 1032 * packed + 1), "bomb.npz"),
                    Catch::Contains("hold at most"));
  // A claim within deflate's ratio still has to be what the array's own header says.
  CHECK_THROWS_WITH(io::read_npz(claim(deflated, 8129), "bomb.npz"),
                    Catch::Contains("header claims 8000 bytes"));
}

TEST_CASE("write_npz: names of which a reader would make something else are refused",
          "[io][npz][refusals]") {
  const io::Array array = io::to_array(std::vector<double>{1}, {1});
  for (const std::string& name :
       {std::string("f\x91\x91mat"), std::string("\xc3"), std::string("a\nb"),
        std::string("a\0b", 3), std::string("\x7f"), std::string("\xed\xa0\x80")})
    for (const io::Packing packing : {io::Packing::stored, io::Packing::deflate}) {
      CAPTURE(name);
      CHECK_THROWS_WITH(io::write_npz({{name, array}}, packing),
                        Catch::Contains("must be UTF-8 without control characters"));
    }
  for (const std::string name : {"", "a b", "\u00e9", "\u20ac/\u5b57", "\U0001f600"})
    for (const io::Packing packing : {io::Packing::stored, io::Packing::deflate}) {
      CAPTURE(name);
      CHECK(io::read_npz(io::write_npz({{name, array}}, packing), "names").contains(name));
    }
}

TEST_CASE("read_npz: a name in another encoding than UTF-8 keeps its bytes", "[io][npz]") {
  const io::Array array = io::to_array(std::vector<double>{1}, {1});
  std::string file = text_of(io::write_npz({{"format", array}}));
  for (std::size_t at = file.find("format"); at != file.npos; at = file.find("format", at))
    file.replace(at, 6, "f\x91\x91mat"); // as zip programs of other systems write it
  CHECK(io::read_npz(bytes_of(file), "old").contains("f\x91\x91mat"));
}

TEST_CASE("read_npz: members packed by other methods, encrypted, overlapping or named twice",
          "[io][npz][refusals]") {
  const io::Arrays arrays{{"a", io::to_array(std::vector<double>(50, 1.0), {50})},
                          {"b", io::to_array(std::vector<double>(50, 1.0), {50})}};
  const Bytes file = io::write_npz(arrays);
  const auto both = [&](std::size_t local, std::size_t central, const std::string& value) {
    return with_field(with_field(file, local_record, local, value), central_record, central, value);
  };
  CHECK_THROWS_WITH(io::read_npz(both(8, 10, little_endian(12, 2)), "bad.npz"),
                    Catch::Contains("packed by method 12"));
  CHECK_THROWS_WITH(io::read_npz(both(6, 8, little_endian(1, 2)), "bad.npz"),
                    Catch::Contains("encrypted"));
  CHECK_THROWS_WITH(io::read_npz(both(30, 46, "c.npy"), "bad.npz"),
                    Catch::Contains("two members are named c.npy"));
  CHECK_THROWS_WITH(
      io::read_npz(with_field(file, central_record, 20, little_endian(900, 4)), "bad.npz"),
      Catch::Contains("bad.npz"));
  CHECK_THROWS_WITH(io::read_npz(bytes_of("not a zip archive"), "bad.npz"),
                    Catch::Contains("too few for a zip archive"));
  CHECK_THROWS_WITH(io::read_npz(Buffer<std::byte>(100), "bad.npz"),
                    Catch::Contains("not a zip archive"));
}

TEST_CASE("readers: a bound on memory is kept", "[io][refusals]") {
  const io::ReadOptions how{.max_bytes = 1000};
  const io::Array array = io::to_array(std::vector<double>(200, 0.0), {200});
  const auto says = Catch::Contains("bytes where at most 1000 are allowed");
  CHECK_THROWS_WITH(io::read_npy(io::write_npy(array), "big", how), says);
  CHECK_THROWS_WITH(io::read_npz(io::write_npz({{"a", array}}, io::Packing::deflate), "big", how),
                    says);
  CHECK_THROWS_WITH(io::read_safetensors(io::write_safetensors({{{"a", array}}, {}}), "big", how),
                    says);
  CHECK_THROWS_WITH(
      io::read_matrix_market("%%MatrixMarket matrix coordinate pattern general\n200 200 0\n", "big",
                             how),
      says);
}
