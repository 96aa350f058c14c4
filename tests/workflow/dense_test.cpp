// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/heads.hpp"
#include "attnwalk/io/scipy.hpp"
#include "attnwalk/workflow/attend.hpp"
#include "attnwalk/workflow/dense.hpp"

#include "catch.hpp"
#include "scratch.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::workflow;

namespace {

template <Real T>
Dense<T> counting(Shape shape) {
  Dense<T> X(shape);
  for (Index e = 0; e < shape.size(); ++e)
    X.data()[e] = static_cast<T>(e) / 4 - 3; // exact in float
  return X;
}

template <Real T>
void same(const Dense<T>& X, const Dense<T>& Y) {
  REQUIRE(X.shape() == Y.shape());
  for (Index e = 0; e < X.shape().size(); ++e)
    CHECK(X.data()[e] == Y.data()[e]);
}

std::filesystem::path trained(const char* name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return std::filesystem::path(data == nullptr ? "data" : data) / "trained" / name;
}

} // namespace

TEST_CASE("read_dense: every format gives back what write_dense wrote, in both precisions",
          "[workflow][dense]") {
  const Shape shape{2, 3, 5, 7};
  for (const char* name : {"x.npy", "x.npz", "x.safetensors"}) {
    const Scratch file(name);
    write_dense(file.path, {{"x", io::to_array(counting<float>(shape))}}, {});
    const io::DenseHeader header = io::dense_header(io::ArrayFile(file.path), "x");
    CHECK(header.shape == shape);
    CHECK(header.stored == io::DType::float32);
    same(io::read_dense<float>(io::ArrayFile(file.path), "x"), counting<float>(shape));
    same(io::read_dense<double>(io::ArrayFile(file.path), "x"), counting<double>(shape));
    write_dense(file.path, {{"x", io::to_array(counting<double>(shape))}}, {});
    same(io::read_dense<float>(io::ArrayFile(file.path), "another name"), counting<float>(shape));
  }
}

TEST_CASE("read_dense: fewer dimensions are one batch, one head, width 1", "[workflow][dense]") {
  const Scratch file("flat.npz");
  io::Array line = io::to_array(counting<double>({1, 1, 4, 1}));
  line.shape = {4};
  write_dense(file.path,
              {{"line", line},
               {"plane", io::to_array(counting<double>({1, 1, 4, 2}))},
               {"empty", io::to_array(Dense<double>(Shape{1, 1, 0, 3}))}},
              {});
  CHECK(io::dense_header(io::ArrayFile(file.path), "line").shape == Shape{1, 1, 4, 1});
  CHECK(io::dense_header(io::ArrayFile(file.path), "line").dimensions == 1);
  CHECK(io::dense_header(io::ArrayFile(file.path), "plane").dimensions == 2);
  CHECK(io::dense_header(io::ArrayFile(file.path), "plane").shape == Shape{1, 1, 4, 2});
  CHECK(io::read_dense<float>(io::ArrayFile(file.path), "empty").shape() == Shape{1, 1, 0, 3});
  same(io::read_dense<double>(io::ArrayFile(file.path), "line"), counting<double>({1, 1, 4, 1}));
  CHECK_THROWS_AS(io::read_dense<float>(io::ArrayFile(file.path), "missing"), Error);
}

TEST_CASE("write_dense: several arrays do not fit an .npy", "[workflow][dense]") {
  const Scratch file("two.npy");
  const io::Array x = io::to_array(counting<float>({1, 1, 2, 2}));
  CHECK_THROWS_WITH(write_dense(file.path, {{"x", x}, {"y", x}}, {}),
                    Catch::Contains("holds one array where 2"));
  CHECK_FALSE(std::filesystem::exists(file.path));
}

TEST_CASE("summarize: norms and spread by hand", "[workflow][dense]") {
  Dense<float> X(Shape{1, 2, 2, 2});
  const std::vector<float> numbers{3, 0, -4, 1, 0, 0, 0, 12};
  std::copy(numbers.begin(), numbers.end(), X.data());
  const DenseSummary s = summarize(X);
  CHECK(s.largest == 12);
  CHECK(s.frobenius == Approx(std::sqrt(9.0 + 16 + 1 + 144)));
  CHECK(s.spread == 12); // of column 1 of the second head; column 0 of the first has 7
  CHECK(s.checksum.size() == 16);
  const std::string before = s.checksum;
  X.data()[3] = 2;
  CHECK(summarize(X).checksum != before);
  const DenseSummary none = summarize(Dense<double>(Shape{1, 1, 0, 3}));
  CHECK(none.largest == 0);
  CHECK(none.spread == 0);
}

TEST_CASE("attend: a stored head, the same head from files, and its weights agree",
          "[workflow][attend]") {
  const auto file = trained("diffuser.npz");
  AttendInputs inputs;
  inputs.input.qk = file;
  inputs.input.layer = 1;
  inputs.input.head = 2;
  inputs.precision = Precision::float64;
  const AttendResult stored = attend(inputs, {.lse = true});
  CHECK(stored.origin.mask == "stored");
  CHECK(stored.origin.entries == 140135);

  // The weights of the same head, times its values.
  const SparseInput weights = resolve(inputs.input);
  const io::Head head = io::read_head(file, 1, 2);
  const CsrView<double> A = weights.view();
  const std::vector<double> z = io::to_doubles(stored.arrays.at("z"), 0, head.tokens * head.width);
  const auto V = io::to_dense<double>(*head.v);
  const double tol = 1e-12; // rounding of sums of up to 1024 numbers below 3
  double worst = 0;
  for (Index i = 0; i < head.tokens; ++i)
    for (Index c = 0; c < head.width; ++c) {
      double sum = 0;
      for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
        sum += A.values[e] * V(A.columns[e], c);
      worst = std::max(worst, std::abs(sum - z[static_cast<std::size_t>(i * head.width + c)]));
    }
  CHECK(worst < tol);

  const Scratch copy("qkv.npz");
  const auto part = [](const io::Array& stored) {
    return io::to_array(io::to_dense<double>(stored));
  };
  io::Arrays arrays = io::to_scipy_csr(weights.pattern.view());
  arrays.emplace("q", part(head.q));
  arrays.emplace("k", part(head.k));
  arrays.emplace("v", part(*head.v));
  write_dense(copy.path, arrays, {});
  const AttendResult again = attend({.input = {.source = copy.path.string()}}, {.lse = true});
  CHECK(again.precision == Precision::float64); // as stored
  CHECK(again.z.checksum == stored.z.checksum);
  CHECK(again.lse_max == stored.lse_max);
}

TEST_CASE("attend: the outputs have as many dimensions as q", "[workflow][attend]") {
  const Scratch file("deep.npz");
  for (const std::vector<Index>& shape :
       {std::vector<Index>{4, 2}, std::vector<Index>{1, 4, 2}, std::vector<Index>{1, 1, 4, 2}}) {
    io::Arrays arrays;
    for (const char* name : {"q", "k", "v"}) {
      io::Array x = io::to_array(counting<double>({1, 1, 4, 2}));
      x.shape = shape;
      arrays.emplace(name, std::move(x));
    }
    write_dense(file.path, arrays, {});
    const AttendResult result = attend({.input = {.source = file.path.string()}}, {.lse = true});
    CHECK(result.arrays.at("z").shape == shape);
    CHECK(result.arrays.at("lse").shape == std::vector<Index>(shape.begin(), shape.end() - 1));
  }
}

TEST_CASE("attend: the two back ends and bfloat16 agree with double to their precision",
          "[workflow][attend]") {
  AttendInputs inputs;
  inputs.input.qk = trained("causal.npz");
  inputs.input.mask = "causal(window:w=16)";
  const AttendResult single = attend(inputs);
  CHECK(single.precision == Precision::float32);
  inputs.precision = Precision::float64;
  const AttendResult exact = attend(inputs, {.backend = attention::Backend::graphblas});
  inputs.precision = Precision::bfloat16;
  const AttendResult half = attend(inputs);
  CHECK(single.z.frobenius == Approx(exact.z.frobenius).epsilon(1e-5));
  CHECK(half.z.frobenius == Approx(exact.z.frobenius).epsilon(1e-2)); // 8 bits of mantissa
  CHECK(half.z.checksum != single.z.checksum);
}
