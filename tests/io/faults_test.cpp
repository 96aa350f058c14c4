// SPDX-License-Identifier: Apache-2.0
// Files that other programs write and that were once misread: data/faults, and others of each kind.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/matrix_market.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/packed.hpp"
#include "attnwalk/io/safetensors.hpp"
#include "attnwalk/io/scipy.hpp"

#include "bytes_of.hpp"
#include "catch.hpp"
#include "temporary.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

using namespace attnwalk;

namespace {

std::filesystem::path fault(const char* name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return std::filesystem::path(data == nullptr ? "data" : data) / "faults" / name;
}

/// "row:column" of every entry, then "=value" if there are values.
std::string entries(const Csr<double>& A) {
  std::string out;
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      out += message(out.empty() ? "" : " ", i, ":", A.columns[e]);
      if (!A.values.empty())
        out += message("=", A.values[e]);
    }
  return out;
}

const char* const causal = "0:0 1:0 1:1 2:0 2:1 2:2 3:0 3:1 3:2 3:3";

io::Array floats(const std::vector<float>& numbers, std::vector<Index> shape) {
  io::Array out{io::DType::float32, std::move(shape), {}};
  out.bytes.resize(numbers.size() * 4);
  std::memcpy(out.bytes.data(), numbers.data(), out.bytes.size());
  return out;
}

/// indptr, indices and shape of a 3 x 3 matrix whose three compressed lines hold 2, 0 and 2, 1.
io::Arrays three() {
  const std::vector<Index> indptr{0, 1, 3, 4};
  const std::vector<Index> indices{2, 0, 2, 1};
  const std::vector<Index> shape{3, 3};
  return {{"indptr", io::to_array(indptr, {4})},
          {"indices", io::to_array(indices, {4})},
          {"shape", io::to_array(shape, {2})}};
}

io::Array word(io::DType type, std::string_view text) {
  return {type, {static_cast<Index>(text.size())}, bytes_of(text)};
}

} // namespace

TEST_CASE("read_mask: additive and boolean masks of one meaning (fault 02)", "[io][faults]") {
  CHECK(entries(io::read_mask(fault("02-additive-mask/boolean.npy")).matrix) == causal);
  CHECK(entries(io::read_mask(fault("02-additive-mask/additive.npy")).matrix) == causal);

  const Temporary folder;
  const auto read = [&](const io::Array& mask) {
    folder.write("mask.npy", io::write_npy(mask));
    return entries(io::read_mask(folder / "mask.npy").matrix);
  };
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(read(floats({0, -infinity, 0, 0}, {2, 2})) == "0:0 1:0 1:1");
  CHECK(read(floats({0, std::numeric_limits<float>::lowest(), -1e9F, 0}, {2, 2})) == "0:0 1:1");
  CHECK(read(floats({1, 0, 1, .5F}, {2, 2})) == "0:0 1:0 1:1"); // not additive: ones attend
  CHECK(read({io::DType::int8, {1, 2}, bytes_of(std::string{0, 1})}) == "0:1");
  CHECK(read({io::DType::int8, {1, 2}, bytes_of(std::string{0, 0})}).empty());
  CHECK_THROWS_WITH(read(floats({0, -1, -2, 0}, {2, 2})), // a bias by distance
                    Catch::Contains("(0, 1) = -1") && Catch::Contains("not an additive mask's"));
  CHECK_THROWS_WITH(read(floats({1, -1e9F, 1, 1}, {2, 2})), Catch::Contains("neither additive"));
  CHECK_THROWS_WITH(read(floats({0, 0, 0, 0}, {2, 2})), Catch::Contains("zeros only"));
  CHECK_THROWS_WITH(read(floats({0, std::nanf(""), 0, 0}, {2, 2})), Catch::Contains("not finite"));
  CHECK_THROWS_WITH(read(floats({infinity, 0, 0, 0}, {2, 2})), Catch::Contains("not finite"));
}

TEST_CASE("False and, of a mask, stored zeros are no entries (fault 03)", "[io][faults]") {
  CHECK(entries(io::read_sparse(fault("03-stored-zeros/stored_false.npz")).matrix) == causal);
  CHECK(entries(io::read_mask(fault("03-stored-zeros/stored_false.npz")).matrix) == causal);
  CHECK(entries(io::read_mask(fault("03-stored-zeros/dense.npy")).matrix) == causal);

  const Temporary folder;
  const auto check = [&](const std::filesystem::path& file, const char* mask, const char* matrix) {
    CHECK(entries(io::read_mask(file).matrix) == mask);
    CHECK(entries(io::read_sparse(file).matrix) == matrix);
  };
  check(folder.write("zero.mtx", "%%MatrixMarket matrix coordinate real general\n"
                                 "2 2 3\n1 1 0\n1 2 .5\n2 1 -0\n"),
        "0:1", "0:0=0 0:1=0.5 1:0=-0"); // a distance of 0 is an entry, a mask's 0 is none
  io::Arrays arrays = three();
  arrays["data"] = word(io::DType::boolean, std::string{1, 0, 1, 0});
  check(folder.write("csr.npz", io::write_npz(arrays)), "0:2 1:2", "0:2 1:2");
  arrays["format"] = word(io::DType::text, "csc");
  check(folder.write("csc.npz", io::write_npz(arrays)), "2:0 2:1", "2:0 2:1");
  arrays.erase("format");
  arrays["data"] = floats({0, 2, 0, 3}, {4});
  check(folder.write("floats.npz", io::write_npz(arrays)), "1:0 2:1", "0:2=0 1:0=2 1:2=0 2:1=3");
  arrays["data"] = floats({1, 2, -1, 3}, {4});
  folder.write("negative.npz", io::write_npz(arrays));
  CHECK_THROWS_WITH(io::read_mask(folder / "negative.npz"), Catch::Contains("(1, 2) = -1"));
}

TEST_CASE("GCXS arrays obey compressed_axes and fill_value (fault 04)", "[io][faults]") {
  const Csr<double> columns = io::read_sparse(fault("04-gcxs-transposed/gcxs_columns.npz")).matrix;
  CHECK(entries(columns) == "0:1=1 1:2=1 2:0=5 2:1=1");

  io::Arrays arrays = three();
  const auto axes = [&](std::vector<Index> axes, double fill) {
    const auto count = static_cast<Index>(axes.size());
    arrays["compressed_axes"] = io::to_array(axes, {count});
    arrays["fill_value"] = io::to_array(std::vector<double>{fill}, {});
    return entries(io::scipy_csr(arrays, "gcxs"));
  };
  CHECK(axes({0}, 0) == "0:2 1:0 1:2 2:1");
  CHECK(axes({1}, 0) == "0:1 1:2 2:0 2:1");
  CHECK_THROWS_WITH(axes({0}, 1), Catch::Contains("fill_value is not 0"));
  CHECK_THROWS_WITH(axes({0}, std::nan("")), Catch::Contains("fill_value is not 0"));
  CHECK_THROWS_WITH(axes({2}, 0), Catch::Contains("compressed_axes"));
  CHECK_THROWS_WITH(axes({0, 1}, 0), Catch::Contains("compressed_axes"));
}

TEST_CASE("what pydata's sparse writes today: gcxs by name, and COO (fault 04)", "[io][faults]") {
  io::Arrays arrays = three();
  arrays["format"] = word(io::DType::text, "gcxs");
  arrays["compressed_axes"] = io::to_array(std::vector<Index>{1}, {1});
  arrays["fill_value"] = io::to_array(std::vector<double>{0}, {});
  CHECK(entries(io::scipy_csr(arrays, "gcxs")) == "0:1 1:2 2:0 2:1");
  arrays["shape"] = io::to_array(std::vector<Index>{2, 2, 2}, {3});
  CHECK_THROWS_WITH(io::scipy_csr(arrays, "gcxs"), Catch::Contains("shape has 3 numbers"));

  io::Arrays coo;
  coo["format"] = word(io::DType::text, "coo");
  coo["shape"] = io::to_array(std::vector<Index>{2, 4}, {2});
  coo["coords"] = io::to_array(std::vector<Index>{1, 0, 1, 3, 2, 0}, {2, 3}); // rows, then columns
  coo["data"] = io::to_array(std::vector<double>{7, 8, 9}, {3});
  coo["fill_value"] = io::to_array(std::vector<double>{0}, {});
  CHECK(entries(io::scipy_csr(coo, "coo")) == "0:2=8 1:0=9 1:3=7");
  coo.erase("format");
  CHECK(entries(io::scipy_csr(coo, "coo")) == "0:2=8 1:0=9 1:3=7");
  coo["fill_value"] = io::to_array(std::vector<double>{1}, {});
  CHECK_THROWS_WITH(io::scipy_csr(coo, "coo"), Catch::Contains("fill_value is not 0"));
  coo["fill_value"] = io::to_array(std::vector<double>{0}, {});
  coo["shape"] = io::to_array(std::vector<Index>{2, 3}, {2});
  CHECK_THROWS_WITH(io::scipy_csr(coo, "coo"), Catch::Contains("coords[3] = 3"));
  coo["coords"] = io::to_array(std::vector<Index>{1, 0, 1}, {1, 3});
  CHECK_THROWS_WITH(io::scipy_csr(coo, "coo"), Catch::Contains("2 x entries"));
}

TEST_CASE("one dense matrix in an archive is read; several are named", "[io][faults]") {
  const Temporary folder;
  const io::Array mask{io::DType::boolean, {2, 2}, bytes_of(std::string{1, 0, 1, 1})};
  for (const char* name : {"one.npz", "one.safetensors"}) {
    const bool npz = std::string(name) == "one.npz";
    const io::Arrays one{{"mask", mask}};
    folder.write(name, npz ? io::write_npz(one) : io::write_safetensors({one, {}}));
    CHECK(entries(io::read_sparse(folder / name).matrix) == "0:0 1:0 1:1");
    CHECK(entries(io::read_mask(folder / name).matrix) == "0:0 1:0 1:1");
  }
  folder.write("additive.npz", io::write_npz({{"m", floats({0, -1e9F, 0, 0}, {2, 2})}}));
  CHECK(entries(io::read_mask(folder / "additive.npz").matrix) == "0:0 1:0 1:1");
  folder.write("two.npz", io::write_npz({{"a", mask}, {"b", mask}}));
  CHECK_THROWS_WITH(io::read_sparse(folder / "two.npz"),
                    Catch::Contains("but a, b") && Catch::Contains("indptr and indices"));
  folder.write("words.npz", io::write_npz({{"a", word(io::DType::text, "ab")}}));
  CHECK_THROWS_WITH(io::read_sparse(folder / "words.npz"), Catch::Contains("holds text"));
  folder.write("line.npz", io::write_npz({{"a", floats({1, 2}, {2})}}));
  CHECK_THROWS_WITH(io::read_sparse(folder / "line.npz"), Catch::Contains("1 dimension where"));
  const std::string records =
      "{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (0,), }\n";
  CHECK_THROWS_WITH(io::read_npy(bytes_of(npy_text(records, "")), "r.npy"),
                    Catch::Contains("structured array"));
}

TEST_CASE("the format of a sparse matrix as SciPy of all versions stores it (fault 09)",
          "[io][faults]") {
  CHECK(entries(io::read_sparse(fault("09-scipy019-format/unicode_format.npz")).matrix) ==
        "0:1=1 1:2=1 2:0=1");

  const auto letters = [](std::string_view word) { // as '<U3' holds them
    std::string out;
    for (const char c : word)
      out += std::string{c, 0, 0, 0};
    return out;
  };
  const std::string header = "{'descr': '<U3', 'fortran_order': False, 'shape': (), }\n";
  io::Arrays arrays = three();
  arrays["format"] = io::read_npy(bytes_of(npy_text(header, letters("csc"))), "format");
  CHECK(entries(io::scipy_csr(arrays, "test")) == "0:1 1:2 2:0 2:1");
  arrays["format"] = io::read_npy(bytes_of(npy_text(header, letters("bsr"))), "format");
  CHECK_THROWS_WITH(io::scipy_csr(arrays, "test"), Catch::Contains("format bsr is not read"));
  arrays["format"] = word(io::DType::text, std::string("csr\0\0", 5)); // padded, 'S5'
  CHECK(entries(io::scipy_csr(arrays, "test")) == "0:2 1:0 1:2 2:1");

  // safetensors files name it in their metadata, where others name the framework.
  arrays.erase("format");
  const Temporary folder;
  const auto named = [&](const std::string& format) {
    folder.write("a.safetensors", io::write_safetensors({arrays, {{"format", format}}}));
    return entries(io::read_sparse(folder / "a.safetensors").matrix);
  };
  CHECK(named("csr") == "0:2 1:0 1:2 2:1");
  CHECK(named("csc") == "0:1 1:2 2:0 2:1");
  CHECK(named("pt") == "0:2 1:0 1:2 2:1");
  CHECK_THROWS_WITH(named("bsr"), Catch::Contains("format bsr is not read"));
}

TEST_CASE("arrays that nobody asks for do not matter (fault 10)", "[io][faults]") {
  const io::ArrayFile file(fault("10-unread-dtype-elsewhere/qkv_and_fp8.safetensors"));
  CHECK(io::read_dense<float>(file, "q").shape() == Shape{1, 1, 4, 3});
  CHECK(file.names().size() == 4);
  CHECK_THROWS_WITH(file.info("gate.weight"), Catch::Contains("F8_E4M3 is not read"));
  CHECK_THROWS_WITH(file.read("gate.weight"), Catch::Contains("tensor gate.weight"));

  const Temporary folder;
  const std::string pickled = npy_text("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n",
                                       std::string("\x80\x04N.", 4));
  const io::Arrays readable{{"x", floats({1, 2}, {2})}};
  const io::PackedArrays good = io::packed(readable);
  std::string archive;
  std::vector<io::Packed> members = good.members;
  const Buffer<std::byte> object = bytes_of(pickled);
  members.push_back({"y.npy", "", object});
  io::write_stored(
      [&](const void* bytes, std::size_t count) {
        archive.append(static_cast<const char*>(bytes), count);
      },
      members, 1);
  folder.write("object.npz", archive);
  const io::ArrayFile mixed(folder / "object.npz");
  CHECK(io::to_doubles(mixed.read("x"), 0, 2) == std::vector<double>{1, 2});
  CHECK_THROWS_WITH(mixed.read("y"), Catch::Contains("pickled Python"));
  CHECK_THROWS_WITH(io::read_arrays(folder / "object.npz"), Catch::Contains("pickled Python"));
}

TEST_CASE("Matrix Market: sentences name the likely cause", "[io][faults]") {
  const auto read = [](const std::string& text) {
    return entries(io::read_matrix_market(text, "a.mtx"));
  };
  const std::string banner = "%%MatrixMarket matrix coordinate real general\n1 1 1\n";
  CHECK(read("%%MatrixMarket matrix coordinate unsigned-integer general\n1 1 1\n1 1 7\n") ==
        "0:0=7");                                              // as SciPy writes unsigned types
  CHECK(read("\xef\xbb\xbf" + banner + "1 1 2\n") == "0:0=2"); // a byte order mark
  CHECK_THROWS_WITH(read("%MatrixMarket matrix coordinate real general\n1 1 0\n"),
                    Catch::Contains("line 1") && Catch::Contains("one %"));
  CHECK_THROWS_WITH(read(banner + "1 1 1.5D+03\n"), Catch::Contains("Fortran exponent"));
  CHECK_THROWS_WITH(read(banner + "1 1 1e-400\n"), Catch::Contains("too close to 0"));
  CHECK_THROWS_WITH(read(banner + "1 1 1e400\n"), Catch::Contains("beyond the range"));
}
