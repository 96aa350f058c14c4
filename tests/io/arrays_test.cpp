// SPDX-License-Identifier: Apache-2.0
// npy, npz and safetensors: by hand, exact conversions, round trips.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/packed.hpp"
#include "attnwalk/io/safetensors.hpp"
#include "attnwalk/io/scipy.hpp"

#include "bytes_of.hpp"
#include "catch.hpp"

#include <cmath>
#include <cstring>
#include <sstream>

using namespace attnwalk;

namespace {

constexpr io::DType all_types[] = {io::DType::boolean, io::DType::uint8,   io::DType::int8,
                                   io::DType::uint16,  io::DType::int16,   io::DType::uint32,
                                   io::DType::int32,   io::DType::uint64,  io::DType::int64,
                                   io::DType::float16, io::DType::float32, io::DType::float64};

/// Bytes 0, 1, 2, .. in every element: no two elements or orders look alike.
io::Array counted(io::DType type, std::vector<Index> shape) {
  io::Array array{type, std::move(shape), {}};
  array.bytes.resize(static_cast<std::size_t>(array.size() * io::bytes_of(type)));
  for (std::size_t b = 0; b < array.bytes.size(); ++b)
    array.bytes[b] = type == io::DType::boolean ? std::byte(b % 2) : std::byte(b);
  return array;
}

bool same(const io::Array& a, const io::Array& b) {
  return a.dtype == b.dtype && a.shape == b.shape && a.bytes == b.bytes;
}

/// The value of a half-precision number by its definition.
double half(unsigned bits) {
  const unsigned exponent = (bits >> 10) & 31;
  const double fraction = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31)
    return fraction == 0 ? sign * INFINITY : NAN;
  return sign * (exponent == 0 ? std::ldexp(fraction, -24)
                               : std::ldexp(1024 + fraction, static_cast<int>(exponent) - 25));
}

} // namespace

TEST_CASE("to_doubles: float16 exactly, all 65536 of them", "[io][npy]") {
  io::Array all{io::DType::float16, {65536}, Buffer<std::byte>(2 * 65536)};
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const auto word = static_cast<std::uint16_t>(bits);
    std::memcpy(all.bytes.data() + std::size_t{2} * bits, &word, 2);
  }
  const std::vector<double> values = io::to_doubles(all, 0, 65536);
  Index wrong = 0;
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const double expected = half(bits);
    const bool right =
        std::isnan(expected)
            ? std::isnan(values[bits])
            : values[bits] == expected && std::signbit(values[bits]) == std::signbit(expected);
    wrong += right ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("to_doubles: bfloat16 is the upper half of a float", "[io][npy]") {
  const std::vector<float> floats{0, -1.5F, 3.140625F, 1e38F, -0x1p-126F};
  io::Array brain{io::DType::bfloat16, {static_cast<Index>(floats.size())}, {}};
  std::vector<double> expected;
  for (const float value : floats) {
    std::uint32_t word = 0;
    std::memcpy(&word, &value, 4);
    const auto upper = static_cast<std::uint16_t>(word >> 16);
    brain.bytes.push_back(std::byte(upper & 255));
    brain.bytes.push_back(std::byte(upper >> 8));
    word &= 0xffff0000U;
    float cut = 0;
    std::memcpy(&cut, &word, 4);
    expected.push_back(cut);
  }
  CHECK(io::to_doubles(brain, 0, brain.size()) == expected);
  // NumPy has no bfloat16: it is widened on the way out.
  const io::Array wide = io::read_npy(io::write_npy(brain), "test");
  CHECK(wide.dtype == io::DType::float32);
  CHECK(io::to_doubles(wide, 0, wide.size()) == expected);
}

TEST_CASE("to_doubles, to_indices: integers of every width, parts of an array", "[io][npy]") {
  const io::Array bytes{io::DType::int8, {3}, {std::byte{1}, std::byte{255}, std::byte{128}}};
  CHECK(io::to_doubles(bytes, 0, 3) == std::vector<double>{1, -1, -128});
  CHECK(io::to_doubles(bytes, 1, 1) == std::vector<double>{-1});
  CHECK(io::to_indices(bytes) == std::vector<Index>{1, -1, -128});
  CHECK_THROWS_AS(io::to_doubles(bytes, 2, 2), Error);
  CHECK_THROWS_AS(io::to_doubles(bytes, -1, 1), Error);
  CHECK_THROWS_WITH(io::to_indices(io::to_array(std::vector<double>{1}, {1})),
                    Catch::Contains("integers"));
  const io::Array huge{io::DType::uint64, {1}, Buffer<std::byte>(8, std::byte{255})};
  CHECK_THROWS_WITH(io::to_indices(huge), Catch::Contains("63 bits"));
}

TEST_CASE("read_npy: files by hand", "[io][npy]") {
  const auto header =
      GENERATE(as<std::string>{}, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }",
               "{\"shape\":(2,3),\"descr\":\"<i2\",\"fortran_order\":False}\n",
               "{ 'fortran_order' : False , 'shape' : (2L, 3L,) , 'descr' : '<i2' }  ");
  const int version = GENERATE(1, 2, 3);
  CAPTURE(header, version);
  const std::string data("\1\0\2\0\3\0\4\0\5\0\6\0", 12);
  const io::Array array = io::read_npy(bytes_of(npy_text(header, data, version)), "test");
  CHECK(array.dtype == io::DType::int16);
  CHECK(array.shape == std::vector<Index>{2, 3});
  CHECK(io::to_indices(array) == std::vector<Index>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("read_npy: Fortran order becomes C order", "[io][npy]") {
  const std::string data("\1\2\3\4\5\6", 6);
  const io::Array array = io::read_npy(
      bytes_of(npy_text("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", data)),
      "test");
  CHECK(io::to_indices(array) == std::vector<Index>{1, 3, 5, 2, 4, 6});
}

TEST_CASE("write_npy: is read back the same; data begin at a multiple of 64", "[io][npy]") {
  const auto shape = GENERATE(std::vector<Index>{}, std::vector<Index>{0}, std::vector<Index>{5},
                              std::vector<Index>{3, 4}, std::vector<Index>{2, 0, 3},
                              std::vector<Index>{2, 3, 1, 2});
  for (const io::DType type : all_types) {
    CAPTURE(io::to_string(type), shape);
    const io::Array array = counted(type, shape);
    const Buffer<std::byte> file = io::write_npy(array);
    CHECK((file.size() - array.bytes.size()) % 64 == 0);
    CHECK(same(io::read_npy(file, "test"), array));
  }
}

TEST_CASE("write_npz: is read back the same, stored and deflated; equal arrays give equal bytes",
          "[io][npz]") {
  const io::Packing packing = GENERATE(io::Packing::stored, io::Packing::deflate);
  io::Arrays arrays;
  for (const io::DType type : all_types)
    arrays[std::string(io::to_string(type))] = counted(type, {7, 11});
  arrays["large"] = counted(io::DType::float64, {1000, 100});
  arrays["text"] = {io::DType::text, {3}, {std::byte{'c'}, std::byte{'s'}, std::byte{'r'}}};
  arrays["nothing"] = counted(io::DType::int64, {0});
  const Buffer<std::byte> file = io::write_npz(arrays, packing);
  const io::Arrays again = io::read_npz(file, "test");
  REQUIRE(again.size() == arrays.size());
  for (const auto& [name, array] : arrays) {
    CAPTURE(name);
    CHECK(same(again.at(name), array));
  }
  CHECK(io::write_npz(again, packing) == file);
  if (packing == io::Packing::deflate)
    CHECK(file.size() < 300000);
}

TEST_CASE(
    "write_stored: 64-bit fields, names beyond ASCII and bodies of several parts are read back",
    "[io][npz]") {
  const bool wide = GENERATE(false, true);
  io::Arrays arrays;
  arrays["large"] = counted(io::DType::float64, {1 << 20}); // 8 MiB: three parts of a checksum
  arrays["\u03bb"] = counted(io::DType::int32, {3});
  arrays["nothing"] = counted(io::DType::int64, {0});
  const auto archive = [&](const std::vector<io::Packed>& members, int threads) {
    std::string out;
    io::write_stored([&](const void* bytes,
                         std::size_t count) { out.append(static_cast<const char*>(bytes), count); },
                     members, threads, wide);
    return bytes_of(out);
  };
  const io::PackedArrays content = io::packed(arrays);
  const Buffer<std::byte> file = archive(content.members, 1);
  CHECK(archive(content.members, 3) == file);
  if (!wide)
    CHECK(io::write_npz(arrays) == file);
  const io::Arrays again = io::read_npz(file, "test"); // libzip checks sizes and checksums
  REQUIRE(again.size() == arrays.size());
  for (const auto& [name, array] : arrays)
    CHECK(same(again.at(name), array));
  CHECK(io::read_npz(archive({}, 1), "test").empty());
  CHECK_THROWS_WITH(archive({{std::string(70000, 'a'), {}, {}}}, 1),
                    Catch::Contains("70000 bytes is too long"));
}

TEST_CASE("write_npz, write_scipy_npz: a stream gets the bytes of the archive in memory",
          "[io][npz]") {
  const auto text = [](const Buffer<std::byte>& bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  Csr<double> A{2, 3, {0, 2, 3}, {0, 2, 1}, {.5, -1, 2}};
  for (const bool weighted : {true, false}) {
    if (!weighted)
      A.values.clear();
    io::Arrays arrays = io::to_scipy_csr(A.view());
    arrays["zebra"] = counted(io::DType::int8, {3});
    std::ostringstream whole;
    io::write_npz(whole, arrays);
    CHECK(whole.str() == text(io::write_npz(arrays)));
    std::ostringstream sparse;
    io::write_scipy_npz(sparse, A.view(), {{"zebra", arrays.at("zebra")}});
    CHECK(sparse.str() == whole.str());
  }
}

TEST_CASE("write_safetensors: is read back the same, with metadata", "[io][safetensors]") {
  io::SafeTensors content;
  for (const io::DType type : all_types)
    content.tensors[std::string(io::to_string(type))] = counted(type, {3, 5});
  content.tensors["brain"] = counted(io::DType::bfloat16, {2, 2});
  content.tensors["scalar"] = counted(io::DType::float32, {});
  content.tensors["nothing"] = counted(io::DType::float32, {4, 0});
  content.metadata = {{"certificate", "{\"a\": \"\u00e9\\n\"}"}, {"", "empty key"}};
  const Buffer<std::byte> file = io::write_safetensors(content);
  const io::SafeTensors again = io::read_safetensors(file, "test");
  CHECK(again.metadata == content.metadata);
  REQUIRE(again.tensors.size() == content.tensors.size());
  for (const auto& [name, array] : content.tensors) {
    CAPTURE(name);
    CHECK(same(again.tensors.at(name), array));
  }
  CHECK(io::write_safetensors(again) == file);
  CHECK_THROWS_AS(io::write_safetensors({{{"t", {io::DType::text, {0}, {}}}}, {}}), Error);
}

TEST_CASE("read_safetensors: a file by hand", "[io][safetensors]") {
  const std::string data("\1\0\0\0\2\0\0\0\0\0\200\277", 12);
  const io::SafeTensors content = io::read_safetensors(
      bytes_of(tensors_text("{\"a\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                            "\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]}}   ",
                            data)),
      "test");
  CHECK(io::to_indices(content.tensors.at("a")) == std::vector<Index>{1, 2});
  CHECK(io::to_doubles(content.tensors.at("b"), 0, 1) == std::vector<double>{-1});
  CHECK(io::read_safetensors(bytes_of(tensors_text("{}", "")), "test").tensors.empty());
}

TEST_CASE("scipy_csr: csr by hand, unsorted rows, patterns, csc and coo", "[io][npz]") {
  const auto columns = [](const Csr<double>& A) {
    return std::vector<Index>(A.columns.begin(), A.columns.end());
  };
  const auto values = [](const Csr<double>& A) {
    return std::vector<double>(A.values.begin(), A.values.end());
  };
  const std::vector<Index> indptr{0, 2, 2, 3};
  const std::vector<Index> indices{3, 0, 1};
  const std::vector<double> data{5, 6, 7};
  const std::vector<Index> shape{3, 4};
  const auto text = [](const char* word) {
    io::Array out{io::DType::text, {3}, Buffer<std::byte>(3)};
    std::memcpy(out.bytes.data(), word, 3);
    return out;
  };
  io::Arrays arrays{{"indptr", io::to_array(indptr, {4})},
                    {"indices", io::to_array(indices, {3})},
                    {"data", io::to_array(data, {3})},
                    {"shape", io::to_array(shape, {2})},
                    {"format", text("csr")}};
  const Csr<double> A = io::scipy_csr(arrays, "test");
  CHECK(A.rows == 3);
  CHECK(A.cols == 4);
  CHECK(columns(A) == std::vector<Index>{0, 3, 1});
  CHECK(values(A) == std::vector<double>{6, 5, 7});

  arrays["data"] = {io::DType::boolean, {3}, Buffer<std::byte>(3, std::byte{1})};
  CHECK(io::scipy_csr(arrays, "test").values.empty());
  arrays["data"].bytes[1] = std::byte{0};
  CHECK(io::scipy_csr(arrays, "test").view().entries() == 2); // False is no entry

  arrays["data"] = io::to_array(data, {3});
  arrays["format"] = text("csc"); // the same arrays now read column by column
  arrays["shape"] = io::to_array(std::vector<Index>{4, 3}, {2});
  const Csr<double> B = io::scipy_csr(arrays, "test");
  CHECK(B.rows == 4);
  CHECK(columns(B) == std::vector<Index>{0, 2, 0});
  CHECK(values(B) == std::vector<double>{6, 7, 5});
  CHECK(std::vector<Index>(B.offsets.begin(), B.offsets.end()) ==
        std::vector<Index>{0, 1, 2, 2, 3});

  arrays["format"] = text("coo");
  arrays["row"] = io::to_array(std::vector<Index>{3, 0, 3}, {3});
  arrays["col"] = io::to_array(std::vector<Index>{2, 1, 0}, {3});
  const Csr<double> C = io::scipy_csr(arrays, "test");
  CHECK(columns(C) == std::vector<Index>{1, 0, 2});
  CHECK(values(C) == std::vector<double>{6, 7, 5});

  const Csr<double> square =
      io::scipy_csr({{"indptr", io::to_array(indptr, {4})},
                     {"indices", io::to_array(std::vector<Index>{1, 0, 2}, {3})}},
                    "test");
  CHECK(square.cols == 3);
  CHECK(square.values.empty());
}
