// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/weights.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/io/heads.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/sparse/restrict.hpp"
#include "attnwalk/spectral/causal.hpp"
#include "attnwalk/spectral/walk.hpp"

#include "catch.hpp"
#include "spectral/chains.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numeric>

using namespace attnwalk;
using namespace attnwalk::spectral;
using namespace attnwalk::test;

namespace {

constexpr Index layers = 4;
constexpr Index heads = 4;

std::filesystem::path trained(const char* name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return std::filesystem::path(data == nullptr ? "data" : data) / "trained" / name;
}

/// Attention of the leading n tokens on the stored mask, or on all earlier keys.
Csr<double> attention_of(const char* file, Index layer, Index head, Index n) {
  const io::Head h = io::read_head(trained(file), layer, head);
  Csr<double> mask;
  if (h.mask) {
    std::vector<Index> keep(static_cast<std::size_t>(n));
    std::iota(keep.begin(), keep.end(), Index{0});
    mask = sparse::restricted(h.mask->view(), keep);
  } else {
    mask = walk_of(n, [](Index i, Index j) { return j <= i ? 1.0 : 0.0; });
  }
  const auto q = io::to_dense<double>(h.q);
  const auto k = io::to_dense<double>(h.k);
  const Shape shape{1, 1, n, h.width};
  const pattern::Weights A =
      attention::weights(View<const double>(q.data(), shape), View<const double>(k.data(), shape),
                         pattern::Pattern(std::move(mask)));
  return sparse::row_normalized(prepare(A.view(), EmptyRowStep::loop).weights);
}

/// One of the slowest heads: what holds of its report at every length.
GapReport gap_of_nearly_reducible(Index n) {
  const Csr<double> A = attention_of("diffuser.npz", 1, 3, n);
  GapReport report = gap(A.view());
  CHECK(report.kind == Kind::directed);
  for (const char* name :
       {"slem", "sigma_2", "additive", "chatterjee", "k_step", "pseudo_gap", "doeblin"}) {
    INFO(name);
    CHECK(report.at(name).status == Status::certified);
    CHECK(report.at(name).gap_lo.has_value());
  }
  const Gap& slem = report.at("slem");
  UNSCOPED_INFO("pi_min " << report.stationary.min << " gap " << *slem.gap << " [" << *slem.gap_lo
                          << ", " << *slem.gap_hi << "] residual " << slem.residual);
  CHECK(slem.residual < 1e-12);
  CHECK(*report.at("sigma_2").gap <= *slem.gap);
  CHECK(*report.at("chatterjee").value <= *slem.gap_hi);
  return report;
}

} // namespace

TEST_CASE("gap: a nearly reducible trained head keeps the digits of its gaps",
          "[spectral][trained]") {
  const GapReport report = gap_of_nearly_reducible(264);
  const Gap& slem = report.at("slem");
  CHECK(report.stationary.min < 1e-7);
  CHECK(*slem.gap < 1e-5);
  CHECK(*slem.gap_lo > 0);
  CHECK(*slem.gap_hi / *slem.gap_lo < 1.1);
}

TEST_CASE("gap: a nearly reducible trained head at its whole length, 1 - slem of 2e-7",
          "[.spectral-full]") {
  const GapReport report = gap_of_nearly_reducible(1024);
  const Gap& slem = report.at("slem");
  CHECK(report.stationary.min == Approx(8.87e-10).epsilon(1e-3));
  CHECK(*slem.gap == Approx(1.8923e-7).epsilon(1e-4));
  CHECK(*slem.gap_lo > 1.8e-7);
  CHECK(*slem.gap_hi < 2.0e-7);
}

TEST_CASE("gap_causal: trained causal heads, exact and without an eigensolver",
          "[spectral][trained]") {
  for (Index layer = 0; layer < layers; ++layer)
    for (Index head = 0; head < heads; ++head) {
      INFO("layer " << layer << " head " << head);
      const Csr<double> A = attention_of("causal.npz", layer, head, 256);
      const GapReport report = gap_causal(A, {.dense_below = 0});
      double largest = 0;
      for (Index i = 1; i < A.rows; ++i) {
        const auto end = static_cast<std::size_t>(A.offsets[static_cast<std::size_t>(i) + 1]);
        largest = std::max(largest, A.columns[end - 1] == i ? A.values[end - 1] : 0.0);
      }
      CHECK(*named(report.gaps, "slem").value == largest);
      CHECK(*bound(report, "absorption_max").value >= 1);
      CHECK(*bound(report, "tv_max(8)").value <= 1);
      CHECK(*bound(report, "tv_mean(8)").value <= *bound(report, "tv_mean(1)").value);
      CHECK(*bound(report, "norm_2").value >= 1);
    }
}
