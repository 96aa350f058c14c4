// SPDX-License-Identifier: Apache-2.0
// Files that lie, end early or hold what a matrix must not: each ends in one sentence.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/matrix_market.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/safetensors.hpp"
#include "attnwalk/io/scipy.hpp"

#include "bytes_of.hpp"
#include "catch.hpp"

using namespace attnwalk;

namespace {

/// A wrong file, and the words that its refusal must contain.
struct Wrong {
  std::string text;
  const char* says;
};

template <class Read>
void check_refused(const Wrong& wrong, const Read& read) {
  CAPTURE(wrong.text.substr(0, 200), wrong.says);
  std::string said;
  try {
    read(bytes_of(wrong.text));
  } catch (const Error& error) {
    CHECK_FALSE(error.callers_mistake());
    said = error.what();
  }
  CHECK_THAT(said, Catch::Contains("bad.file") && Catch::Contains(wrong.says));
  CHECK(said.find('\n') == std::string::npos); // one sentence
}

const auto market = [](const Buffer<std::byte>& file) {
  static_cast<void>(io::read_matrix_market(text_of(file), "bad.file"));
};
const auto npy = [](const Buffer<std::byte>& file) {
  static_cast<void>(io::read_npy(file, "bad.file"));
};
const auto tensors = [](const Buffer<std::byte>& file) {
  static_cast<void>(io::read_safetensors(file, "bad.file"));
};

std::string real(const std::string& body) {
  return "%%MatrixMarket matrix coordinate real general\n" + body;
}

std::string dictionary(const std::string& descr, const std::string& shape,
                       const std::string& fortran = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

std::string tensor(const std::string& fields) {
  return "{\"t\":{" + fields + "}}";
}

} // namespace

TEST_CASE("read_matrix_market: refuses and names the line", "[io][matrix_market][refusals]") {
  const Wrong wrong = GENERATE(values<Wrong>({
      {"", "line 1"},
      {"hello", "does not begin with"},
      {"%%MatrixMarket", "does not begin with"},
      {"%%MatrixMarket vector coordinate real general\n1 1 0\n", "does not begin with"},
      {"%%MatrixMarket matrix sparse real general\n1 1 0\n", "format \"sparse\""},
      {"%%MatrixMarket matrix coordinate complex general\n1 1 0\n", "field \"complex\""},
      {"%%MatrixMarket matrix array pattern general\n1 1\n", "field \"pattern\" of a array"},
      {"%%MatrixMarket matrix coordinate real skew-symmetric\n1 1 0\n",
       "symmetry \"skew-symmetric\""},
      {"%%MatrixMarket matrix coordinate real hermitian\n1 1 0\n", "symmetry \"hermitian\""},
      {"%%MatrixMarket matrix coordinate real general extra\n1 1 0\n", "goes on with \"extra\""},
      {real(""), "before the line of sizes"},
      {real("% only a comment\n\n"), "before the line of sizes"},
      {real("2 2\n"), "line 2: the number of entries is missing"},
      {real("2 2 1 1\n1 1 1\n"), "goes on with"},
      {real("-2 2 0\n"), "number of rows = -2 must be in 0"},
      {real("2.5 2 0\n"), "not a whole number"},
      {real("99999999999999999999 2 0\n"), "not a whole number of 63 bits"},
      {real("4611686018427387904 2 0\n"), "must be in 0 .. 1152921504606846976"},
      {real("1000000000000000000 2 0\n"), "would take"},
      {real("2 2 1000000000000\n1 1 1\n"), "claims 1000000000000 entries where 1 lines follow"},
      {real("2 2 2\n1 1 1\n"), "claims 2 entries where 1 lines follow"},
      {real("2 2 2\n1 1 1\n\n"), "claims 2 entries but holds 1"},
      {real("2 2 1\n1 1 1\n2 2 1\n"), "line 4: goes on after the 1 entries"},
      {real("2 2 1\n0 1 1\n"), "line 3: row = 0 must be in 1 .. 2"},
      {real("2 2 1\n3 1 1\n"), "line 3: row = 3 must be in 1 .. 2"},
      {real("% c\n2 2 2\n1 1 1\n1 9 1\n"), "line 5: column = 9 must be in 1 .. 2"},
      {real("2 2 1\n1\n"), "line 3: the column is missing"},
      {real("2 2 1\n1 1\n"), "line 3: the value is missing"},
      {real("2 2 1\n1 1 x\n"), "line 3: value \"x\" is not a number"},
      {real("2 2 1\n1 1 1x\n"), "value \"1x\" is not a number"},
      {real("2 2 1\n1 1 +-1\n"), "value \"+-1\" is not a number"},
      {real("2 2 1\n1 1 nan\n"), "value \"nan\" is not finite"},
      {real("2 2 1\n1 1 -inf\n"), "value \"-inf\" is not finite"},
      {real("2 2 1\n1 1 1e999\n"), "beyond the range"},
      {real("2 2 1\n1 1 1 1\n"), "goes on with \"1\""},
      {real("2 2 1\n1x 1 1\n"), "row \"1x\" is not a whole number"},
      {real("2 2 3\n1 2 1\n1 1 1\n1 2 3\n"), "line 5: entry (1, 2) occurs twice"},
      {"%%MatrixMarket matrix coordinate pattern general\n2 2 1\n1 1 1\n", "goes on with"},
      {"%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 1 1.5\n", "not a whole number"},
      {"%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 1 9007199254740993\n",
       "must be in -9007199254740992"},
      {"%%MatrixMarket matrix coordinate real symmetric\n2 3 0\n", "2 x 3 cannot be symmetric"},
      {"%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n2 1 1\n1 2 1\n",
       "line 4: entry (1, 2) occurs twice, perhaps mirrored"},
      {"%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n", "claims 4 numbers where 3"},
      {"%%MatrixMarket matrix array real general\n1 1\n1\n2\n", "line 4: goes on after"},
      {"%%MatrixMarket matrix array real general\n1 1\nnan\n", "not finite"},
      {"%%MatrixMarket matrix array real general\n1000000000 1000000000\n1\n",
       "claims 1e+18 numbers where 1"},
      {"%%MatrixMarket matrix array real general\n0 1000000000000000000\n", "would take"},
  }));
  check_refused(wrong, market);
  // Far from the end of the file lines are read eight characters at a time: the same is refused.
  Wrong longer{wrong.text + "\n%" + std::string(200, '-'), wrong.says};
  if (std::string(wrong.says).find("where") != std::string::npos)
    longer.says = "claims"; // and now another number of lines
  check_refused(longer, market);
}

TEST_CASE("read_npy: 32 dimensions are read, 33 are not", "[io][npy][refusals]") {
  const auto file = [](int dimensions) {
    std::string shape = "(1";
    for (int k = 1; k < dimensions; ++k)
      shape += ", 1";
    return bytes_of(npy_text(dictionary("'<f8'", shape + ")"), "12345678"));
  };
  CHECK(io::read_npy(file(32), "a.npy").shape.size() == 32);
  CHECK_THROWS_WITH(io::read_npy(file(33), "a.npy"), Catch::Contains("more than 32 dimensions"));
}

TEST_CASE("read_npy: refuses before it allocates", "[io][npy][refusals]") {
  const std::string eight(8, '\0');
  const Wrong wrong = GENERATE_COPY(values<Wrong>({
      {"", "too few"},
      {"\x93NUMPY\1", "too few"},
      {"NUMPY and more than twelve", "does not begin with"},
      {npy_text(dictionary("'<f8'", "(1,)"), eight, 4), "npy version 4.0"},
      {npy_text(dictionary("'<f8'", "(1,)"), "1234567"),
       "claims 8 bytes of data where the file holds 7"},
      {npy_text(dictionary("'<f8'", "(1,)"), eight + "x"), "where the file holds 9"},
      {npy_text(dictionary("'<f8'", "(1000000000000,)"), eight), "claims 8000000000000 bytes"},
      {npy_text(dictionary("'<f8'", "(4611686018427387904, 4)"), eight), "more than 2^63"},
      {npy_text(dictionary("'<f8'", "(99999999999999999999,)"), eight), "lacks a size"},
      {npy_text(dictionary("'<f8'", "(0, 4611686018427387904, 4)"), ""), "more than 2^63"},
      {npy_text(dictionary("'<f8'", "(-1,)"), eight), "lacks a size"},
      {npy_text(dictionary("'<f8'", "(1)"), eight), "lacks its comma"},
      {npy_text(dictionary("'<f8'", "1"), eight), "lacks a '('"},
      {npy_text(dictionary("'>f8'", "(1,)"), eight), "big-endian"},
      {npy_text(dictionary("''", "(1,)"), eight), "element type ''"},
      {npy_text(dictionary("'\n'", "(1,)"), eight), "element type '?'"},
      {npy_text(dictionary("'|O'", "(1,)"), eight), "pickled"},
      {npy_text(dictionary("'<c16'", "(1,)"), eight + eight), "'<c16'"},
      {npy_text(dictionary("'<f16'", "(1,)"), eight + eight), "'<f16'"},
      {npy_text(dictionary("'>U2'", "(1,)"), eight), "big-endian"},
      {npy_text(dictionary("[('a', '<f8')]", "(1,)"), eight), "structured array"},
      {npy_text(dictionary("'<f8'", "(1, 1, 1)", "True"), eight), "Fortran order"},
      {npy_text(dictionary("'<f8'", "(1,)", "Maybe"), eight), "True or False"},
      {npy_text("", eight), "lacks a '{'"},
      {npy_text("{}", eight), "lacks 'descr'"},
      {npy_text("{'descr': '<f8', 'shape': (1,)}", eight), "lacks 'fortran_order'"},
      {npy_text("{'descr': '<f8', 'descr': '<f8'}", eight), "names 'descr' twice"},
      {npy_text("{'descr': '<f8', 'other': 1}", eight), "unknown key 'other'"},
      {npy_text(dictionary("'<f8'", "(1,)") + "x", eight), "goes on with"},
      {npy_text("{'descr': '<f8", eight), "lacks a quoted word"},
      {std::string("\x93NUMPY\1\0", 8) + little_endian(60000, 2) + "{}",
       "header claims 60000 bytes"},
      {std::string("\x93NUMPY\2\0", 8) + little_endian(0xffffffff, 4) + "{", "longer than 1048576"},
  }));
  check_refused(wrong, npy);
}

TEST_CASE("read_safetensors: refuses before it allocates", "[io][safetensors][refusals]") {
  const std::string good = R"("dtype":"U8","shape":[4],"data_offsets":[0,4])";
  const Wrong wrong = GENERATE_COPY(values<Wrong>({
      {"", "too few"},
      {"1234567", "too few"},
      {little_endian(1ULL << 40, 8) + "{}", "longer than 100000000"},
      {little_endian(~0ULL, 8) + "{}", "longer than 100000000"},
      {little_endian(3, 8) + "{}", "claims 3 bytes where 2 are left"},
      {tensors_text("", ""), "does not begin with {"},
      {tensors_text(" {}", ""), "does not begin with {"},
      {tensors_text("[]", ""), "does not begin with {"},
      {tensors_text("{", ""), "not JSON"},
      {tensors_text("{}x", ""), "not JSON"},
      {tensors_text("{\"\xff\":1}", ""), "not JSON"},
      {tensors_text("{}", "x"), "1 bytes at the end belong to no tensor"},
      {tensors_text(tensor(good), "123"), "leave the 3 bytes"},
      {tensors_text(tensor(good), "12345"), "1 bytes at the end"},
      {tensors_text("{\"t\":{" + good + "},\"t\":{" + good + "}}", "1234"), "names \"t\" twice"},
      {tensors_text(tensor(good + ",\"dtype\":\"U8\""), "1234"), "names \"dtype\" twice"},
      {tensors_text(tensor(good + ",\"more\":1"), "1234"), "exactly dtype, shape"},
      {tensors_text(R"({"t":{"dtype":"U8","shape":[4]}})", "1234"), "exactly dtype, shape"},
      {tensors_text(R"({"t":[1]})", ""), "exactly dtype, shape"},
      {tensors_text(tensor(R"("dtype":8,"shape":[4],"data_offsets":[0,4])"), "1234"),
       "is a string"},
      {tensors_text(tensor(R"("dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4])"), "1234"),
       "F8_E4M3"},
      {tensors_text(tensor(R"("dtype":"U8","shape":[5],"data_offsets":[0,4])"), "1234"),
       "span 4 bytes where the shape needs 5"},
      {tensors_text(tensor(R"("dtype":"U8","shape":[-4],"data_offsets":[0,4])"), "1234"),
       "at least 0"},
      {tensors_text(tensor(R"("dtype":"U8","shape":[4.0],"data_offsets":[0,4])"), "1234"),
       "integers"},
      {tensors_text(tensor(R"("dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,4])"),
                    "1234"),
       "beyond 2^63"},
      {tensors_text(tensor(R"("dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,4])"),
                    "1234"),
       "more than 2^63"},
      {tensors_text(tensor(R"("dtype":"U8","shape":[4],"data_offsets":[4,0])"), "1234"), "4 .. 0"},
      {tensors_text(tensor(R"("dtype":"U8","shape":[4],"data_offsets":[0])"), "1234"),
       "list of two"},
      {tensors_text(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                    R"("b":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}})",
                    "12345"),
       "overlap at byte"},
      {tensors_text(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                    R"("b":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}})",
                    "12345"),
       "hole at byte"},
      {tensors_text(R"({"__metadata__":{"a":1}})", ""), "__metadata__ a is not a string"},
      {tensors_text(R"({"__metadata__":[]})", ""), "__metadata__ is not"},
      {tensors_text("{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}", ""),
       "nests deeper"},
  }));
  check_refused(wrong, tensors);
}

TEST_CASE("scipy_csr: refuses arrays that are no matrix", "[io][npz][refusals]") {
  const auto numbers = [](std::vector<Index> list) {
    return io::to_array(list, {static_cast<Index>(list.size())});
  };
  const auto doubles = [](std::vector<double> list) {
    return io::to_array(list, {static_cast<Index>(list.size())});
  };
  const io::Arrays good{{"indptr", numbers({0, 2, 3})},
                        {"indices", numbers({0, 1, 1})},
                        {"data", doubles({1, 2, 3})},
                        {"shape", numbers({2, 2})}};
  CHECK(io::scipy_csr(good, "bad.file").view().entries() == 3);
  struct Change {
    const char* array;
    io::Array value;
    const char* says;
  };
  const io::Array text{io::DType::text, {3}, {std::byte{'b'}, std::byte{'s'}, std::byte{'r'}}};
  const std::vector<Change> changes{
      {"indptr", numbers({0, 2}), "indptr has 2 numbers where 2 + 1"},
      {"indptr", numbers({}), "indptr is empty"},
      {"indptr", numbers({1, 2, 3}), "begins with 1"},
      {"indptr", numbers({0, 3, 2}), "falls from 3 to 2"},
      {"indptr", numbers({0, 2, 4}), "ends with 4 where indices has 3"},
      {"indptr", doubles({0, 2, 3}), "float64 numbers where integers"},
      {"indices", numbers({0, 2, 1}), "indices[1] = 2 must be at least 0 and below 2"},
      {"indices", numbers({0, -1, 1}), "indices[1] = -1"},
      {"indices", numbers({1, 1, 1}), "entry (0, 1) occurs twice"},
      {"indices", io::to_array(std::vector<Index>{0, 1, 1}, {3, 1}), "2 dimensions where 1"},
      {"data", doubles({1, 2}), "data has 2 numbers for 3 entries"},
      {"data", doubles({1, 2, NAN}), "data[2] = nan is not finite"},
      {"data", doubles({1, INFINITY, 0}), "data[1] = inf is not finite"},
      {"data", text, "data is text"},
      {"shape", numbers({2}), "shape has 1 numbers"},
      {"shape", numbers({-2, 2}), "negative size"},
      {"shape", numbers({3, 2}), "indptr has 3 numbers where 3 + 1"},
      {"format", text, "format bsr is not read"},
      {"format", doubles({1}), "format is float64"},
  };
  for (const Change& change : changes) {
    CAPTURE(change.array, change.says);
    io::Arrays arrays = good;
    arrays[change.array] = change.value;
    CHECK_THROWS_WITH(io::scipy_csr(arrays, "bad.file"), Catch::Contains(change.says));
  }
  for (const char* missing : {"indptr", "indices"}) {
    io::Arrays arrays = good;
    arrays.erase(missing);
    CHECK_THROWS_WITH(io::scipy_csr(arrays, "bad.file"),
                      Catch::Contains("lacks the array") && Catch::Contains(missing));
  }
}
