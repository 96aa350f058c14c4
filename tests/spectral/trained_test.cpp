// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/attention.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/spectral/causal.hpp"
#include "attnwalk/spectral/directed.hpp"
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
constexpr double dense_tol = 1e-11; ///< two dense solvers

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
    mask = restricted(h.mask->view(), keep);
  } else {
    mask = walk_of(n, [](Index i, Index j) { return j <= i ? 1.0 : 0.0; });
  }
  const Shape shape{1, 1, n, h.width};
  const pattern::Weights A =
      attention::weights(View<const double>(h.q.data(), shape),
                         View<const double>(h.k.data(), shape), pattern::Pattern(std::move(mask)));
  return row_normalised(prepare(A.view(), EmptyRows::loop).weights.view());
}

void require_inside(const Gap& g, double truth) {
  INFO(g.name << " " << g.method << " [" << *g.lo << ", " << *g.hi << "] truth " << truth);
  CHECK(*g.lo <= truth + dense_tol);
  CHECK(*g.hi >= truth - dense_tol);
}

} // namespace

TEST_CASE("chain_gaps: trained heads on 160 tokens against dense truth", "[spectral][trained]") {
  for (Index layer = 0; layer < layers; ++layer)
    for (Index head = 0; head < heads; ++head) {
      INFO("layer " << layer << " head " << head);
      const Csr<double> A = attention_of("diffuser.npz", layer, head, 160);
      const ChainGaps found = chain_gaps(A, nullptr, 1, {});
      const Truth truth = truth_of(A.view(), found.stationary.pi);
      require_inside(named(found.gaps, "slem"), truth.slem);
      require_inside(named(found.gaps, "sigma_2"), truth.sigma_2);
      require_inside(named(found.gaps, "additive"), truth.additive);
      require_inside(named(found.gaps, "chatterjee"), truth.chatterjee);
      require_inside(named(found.gaps, "k_step"), std::pow(truth.power_norms[7], 1.0 / 8));
      CHECK(*named(found.gaps, "slem").gap_lo > 0);
      CHECK(*named(found.gaps, "slem").gap_hi / *named(found.gaps, "slem").gap_lo < 2);
    }
}

TEST_CASE("gap: a nearly reducible trained head, 1 - slem of 2e-7 and pi_min of 9e-10",
          "[spectral][trained]") {
  const Csr<double> A = attention_of("diffuser.npz", 1, 3, 1024);
  const GapReport report = gap(A.view());
  CHECK(report.kind == Kind::directed);
  for (const char* name :
       {"slem", "sigma_2", "additive", "chatterjee", "k_step", "pseudo_gap", "doeblin"}) {
    INFO(name);
    CHECK(report.at(name).status == Status::certified);
    CHECK(report.at(name).gap_lo.has_value());
  }
  const Gap& slem = report.at("slem");
  CHECK(report.stationary.min == Approx(8.87e-10).epsilon(1e-3));
  CHECK(*slem.gap == Approx(1.8923e-7).epsilon(1e-4));
  CHECK(*slem.gap_lo > 1.8e-7);
  CHECK(*slem.gap_hi < 2.0e-7);
  CHECK(slem.residual < 1e-12);
  CHECK(*report.at("sigma_2").gap <= *slem.gap);
  CHECK(*report.at("chatterjee").value <= *slem.gap_hi);
}

TEST_CASE("gap_causal: trained causal heads, exact and without an eigensolver",
          "[spectral][trained]") {
  for (Index layer = 0; layer < layers; ++layer)
    for (Index head = 0; head < heads; ++head) {
      INFO("layer " << layer << " head " << head);
      const Csr<double> A = attention_of("causal.npz", layer, head, 512);
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
