// SPDX-License-Identifier: Apache-2.0
// Every public function that takes CSR arrays refuses arrays that lie, before it reads through
// them.
#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/diffusion/propagate.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/matrix_market.hpp"
#include "attnwalk/io/scipy.hpp"
#include "attnwalk/pattern/batch.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/sparse/restrict.hpp"
#include "attnwalk/sparse/symmetry.hpp"
#include "attnwalk/sparse/validate.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/resistance.hpp"
#include "attnwalk/spectral/stationary.hpp"
#include "attnwalk/structure/structure.hpp"
#include "attnwalk/workflow/compare.hpp"
#include "attnwalk/workflow/summary.hpp"

#include "support/matrices.hpp"

#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

using namespace attnwalk;

namespace {

using Matrix = Csr<double>;

struct Reader {
  std::string name;
  std::function<void(const Matrix&)> call;
};

/// 3 x 3: what stands beside the matrix under test.
const Matrix& good() {
  static const Matrix A = support::csr_of({{0.5, 0.5, 0}, {0.25, 0.5, 0.25}, {0, 0.5, 0.5}});
  return A;
}

Dense<double> ones() {
  Dense<double> V(3, 1);
  std::fill_n(V.data(), 3, 1.0);
  return V;
}

template <class Value>
void drop(const Value&) {}

/// Functions that ask for a valid structure, whatever the values.
std::vector<Reader> structure_readers() {
  return {
      {"validate", [](const Matrix& A) { sparse::validate(A.view()); }},
      {"Pattern::adopt", [](const Matrix& A) { drop(pattern::Pattern::adopt(A.view(), nullptr)); }},
      {"Pattern", [](const Matrix& A) { drop(pattern::Pattern(Matrix(A))); }},
      {"components", [](const Matrix& A) { drop(pattern::components(A.view())); }},
      {"strong_components", [](const Matrix& A) { drop(pattern::strong_components(A.view())); }},
      {"forecast_bytes of A",
       [](const Matrix& A) { drop(diffusion::forecast_bytes(A.view(), good().view())); }},
      {"forecast_bytes of B",
       [](const Matrix& A) { drop(diffusion::forecast_bytes(good().view(), A.view())); }},
      {"summarize", [](const Matrix& A) { drop(workflow::summarize(A.view())); }},
      {"mask_svg", [](const Matrix& A) { drop(report::mask_svg(A.view())); }},
      {"write_matrix_market",
       [](const Matrix& A) {
         std::ostringstream out;
         io::write_matrix_market(out, A.view());
       }},
      {"to_scipy_csr", [](const Matrix& A) { drop(io::to_scipy_csr(A.view())); }},
      {"write_scipy_npz",
       [](const Matrix& A) {
         std::ostringstream out;
         io::write_scipy_npz(out, A.view());
       }},
      {"write_sparse",
       [](const Matrix& A) { io::write_sparse("/nowhere/refused.npz", A.view(), {}); }},
  };
}

/// Functions that also read values and need numbers.
std::vector<Reader> value_readers() {
  return {
      {"diffuse",
       [](const Matrix& A) { drop(diffusion::diffuse<double>(A.view(), ones().view())); }},
      {"diffuse_backward",
       [](const Matrix& A) {
         drop(diffusion::diffuse_backward<double>(A.view(), ones().view(), {}, ones().view()));
       }},
      {"propagate of A",
       [](const Matrix& A) { drop(diffusion::propagate(A.view(), good().view())); }},
      {"propagate of X",
       [](const Matrix& A) { drop(diffusion::propagate(good().view(), A.view())); }},
      {"multihop_weights",
       [](const Matrix& A) {
         const std::vector<double> theta{0, 1, 1};
         drop(diffusion::multihop_weights(A.view(), pattern::Pattern(Matrix(good())), theta));
       }},
      {"rollout",
       [](const Matrix& A) {
         const std::vector<CsrView<double>> layers{good().view(), A.view()};
         drop(diffusion::rollout(layers));
       }},
  };
}

/// Functions that need the weights of a walk: no negative ones either.
std::vector<Reader> weight_readers() {
  return {
      {"validate_weights", [](const Matrix& A) { sparse::validate_weights(A.view()); }},
      {"structure", [](const Matrix& A) { drop(pattern::structure(A.view())); }},
      {"gap", [](const Matrix& A) { drop(spectral::gap(A.view())); }},
      {"stationary", [](const Matrix& A) { drop(spectral::stationary(A.view(), nullptr, {})); }},
      {"stationary of weights",
       [](const Matrix& A) {
         const CsrView<double> weights = A.view();
         drop(spectral::stationary(good().view(), &weights, {}));
       }},
      {"effective_resistance",
       [](const Matrix& A) {
         const spectral::Terminals ends{0, 2};
         drop(spectral::effective_resistance(A.view(), {&ends, 1}));
       }},
      {"overlap of A", [](const Matrix& A) { drop(workflow::overlap(A.view(), good().view())); }},
      {"overlap of B", [](const Matrix& A) { drop(workflow::overlap(good().view(), A.view())); }},
      {"bulk_radius", [](const Matrix& A) { drop(report::bulk_radius(A.view(), {})); }},
  };
}

} // namespace

TEST_CASE("arrays: columns out of range, unsorted or twice and offsets that fall are refused",
          "[report][arrays]") {
  for (const auto& readers : {structure_readers(), value_readers(), weight_readers()})
    for (const Reader& reader : readers)
      for (const support::Broken& broken : support::broken_matrices()) {
        INFO(reader.name << " where " << broken.words);
        CHECK_THROWS_WITH(reader.call(broken.matrix), Catch::Contains(broken.words));
      }
}

TEST_CASE("arrays: weights that are not finite or below 0 are refused", "[report][arrays]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double bad : {nan, std::numeric_limits<double>::infinity(), -1.0}) {
    Matrix A = good();
    A.values[3] = bad;
    for (const Reader& reader : weight_readers()) {
      INFO(reader.name << " where a weight is " << bad);
      CHECK_THROWS_WITH(reader.call(A), Catch::Contains("at row 1, column 1"));
    }
  }
  Matrix A = good();
  A.values[3] = nan;
  for (const Reader& reader : value_readers()) {
    INFO(reader.name);
    CHECK_THROWS_WITH(reader.call(A), Catch::Contains("nan"));
  }
}

TEST_CASE("arrays: lengths that do not fit each other are refused", "[report][arrays]") {
  const std::vector<Reader> owners{
      {"validate", [](const Matrix& A) { sparse::validate(A); }},
      {"Pattern", [](const Matrix& A) { drop(pattern::Pattern(Matrix(A))); }},
      {"PatternBatch::stacked",
       [](const Matrix& A) { drop(pattern::PatternBatch::stacked(Matrix(A), 1, 1)); }},
      {"gap", [](const Matrix& A) { drop(spectral::gap(A)); }},
  };
  for (const Reader& reader : owners) {
    INFO(reader.name);
    Matrix short_offsets = good();
    short_offsets.offsets.pop_back();
    CHECK_THROWS_WITH(reader.call(short_offsets), Catch::Contains("3 offsets"));
    Matrix short_columns = good();
    short_columns.columns.pop_back();
    CHECK_THROWS_WITH(reader.call(short_columns),
                      Catch::Contains("columns 6") || Catch::Contains("6 columns"));
  }
  Matrix short_values = good();
  short_values.values.pop_back();
  CHECK_THROWS_WITH(sparse::validate_weights(short_values), "6 values given for 7 entries");
  CHECK_THROWS_WITH(spectral::gap(short_values), "6 values given for 7 entries");
  CHECK_NOTHROW(sparse::validate(short_values)); // a pattern has no use for them

  const Matrix wide = support::csr_of({{1, 1, 0}, {0, 1, 1}});
  CHECK_THROWS_WITH(diffusion::forecast_bytes(wide.view(), wide.view()),
                    "A has 3 columns and B 2 rows; they must agree");
  CHECK_THROWS_WITH(sparse::reversible_measure(wide.view()), Catch::Contains("2 x 3"));
  for (const std::vector<Index>& keep : {std::vector<Index>{1, 3}, {-1}, {1, 0}, {2, 2}})
    CHECK_THROWS_WITH(sparse::restricted(good().view(), keep), Catch::Contains("to keep"));
}

TEST_CASE("arrays: missing ones are refused where there are rows or entries", "[report][arrays]") {
  CsrView<double> A = good().view();
  A.columns = nullptr;
  CHECK_THROWS_WITH(sparse::validate(A), "a matrix of 7 entries needs their columns");
  A.offsets = nullptr;
  CHECK_THROWS_WITH(sparse::validate(A), "a matrix of 3 rows needs its offsets");
  CHECK_THROWS_WITH(sparse::validate(CsrView<double>{-1, 2}),
                    "a matrix of -1 x 2 has a negative size");
  CHECK_NOTHROW(sparse::validate(CsrView<double>{}));
  CHECK(sparse::row_normalized({}).view().entries() == 0);
  CHECK(pattern::Pattern::adopt({}, nullptr).entries() == 0);
}
