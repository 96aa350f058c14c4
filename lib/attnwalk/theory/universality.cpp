// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/theory/universality.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/sbm/moments.hpp"
#include "attnwalk/theory/hamiltonian.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::theory {
namespace {

/// n x n bits: row i says whom token i has heard of.
class Heard {
public:
  explicit Heard(Index n)
      : n_(n), words_(static_cast<std::size_t>((n + 63) / 64)),
        bits_(static_cast<std::size_t>(n) * words_) {}

  [[nodiscard]] std::uint64_t* row(Index i) { return bits_.data() + offset(i); }
  [[nodiscard]] const std::uint64_t* row(Index i) const { return bits_.data() + offset(i); }
  [[nodiscard]] std::size_t words() const { return words_; }
  [[nodiscard]] bool full() const {
    for (Index i = 0; i < n_; ++i)
      for (std::size_t w = 0; w < words_; ++w) {
        const bool last = w + 1 == words_ && n_ % 64 != 0;
        const std::uint64_t all = last ? (std::uint64_t{1} << (n_ % 64)) - 1 : ~std::uint64_t{0};
        if (row(i)[w] != all)
          return false;
      }
    return true;
  }
  friend bool operator==(const Heard& a, const Heard& b) { return a.bits_ == b.bits_; }

private:
  [[nodiscard]] std::size_t offset(Index i) const { return static_cast<std::size_t>(i) * words_; }
  Index n_;
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

/// S^t_i = union over j in A_i of S^{t-1}_j.
Heard heard_through(const pattern::Pattern& A, const Heard& before) {
  Heard after(A.rows());
  for (Index i = 0; i < A.rows(); ++i)
    for (const Index j : A.row(i))
      for (std::size_t w = 0; w < before.words(); ++w)
        after.row(i)[w] |= before.row(j)[w];
  return after;
}

void find_reach(std::span<const pattern::Pattern> layers, const UniversalityOptions& how,
                Universality& found) {
  const Index n = layers.front().rows();
  const auto p = static_cast<Index>(layers.size());
  if (n > how.reach_below) {
    found.reach_method = message("not determined for n above ", how.reach_below);
    return;
  }
  const auto size = static_cast<double>(n);
  require_memory("the sets of tokens that each has heard of",
                 size * size / 8 * static_cast<double>(2 + p));
  Heard now(n);
  for (Index i = 0; i < n; ++i)
    for (const Index j : layers.front().row(i))
      now.row(i)[j / 64] |= std::uint64_t{1} << (j % 64);
  // Equal sets at equal layers come again for ever: compared against one snapshot per period.
  Heard seen = now;
  Index seen_at = 1;
  for (Index t = 1; t <= how.most_steps; ++t) {
    if (t > 1)
      now = heard_through(layers[(t - 1) % p], now);
    if (now.full()) {
      found.reach = Verdict::holds;
      found.s = t;
      found.reach_method = "boolean products";
      return;
    }
    if (t > 1 && (t - seen_at) % p == 0) {
      if (now == seen) {
        found.reach = Verdict::fails;
        found.reach_method = message("nothing new after ", seen_at, " layers");
        return;
      }
      if (t >= 2 * seen_at) { // Brent: the snapshot moves on at powers of two
        seen = now;
        seen_at = t;
      }
    }
    poll(how.monitor, "spreading through layers");
  }
  found.reach_method = message("not within ", how.most_steps, " layers");
}

Share share(Index successes, Index draws) {
  const double z = 2.5758293035489; // two-sided 99 %
  const auto n = static_cast<double>(draws);
  const double p = static_cast<double>(successes) / n;
  const double center = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {p, std::max(0.0, center - half), std::min(1.0, center + half)};
}

} // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
  case Verdict::holds:
    return "holds";
  case Verdict::fails:
    return "fails";
  case Verdict::unknown:
    break;
  }
  return "unknown";
}

bool is_hamiltonian(const pattern::Pattern& U, std::span<const Index> order) {
  if (static_cast<Index>(order.size()) != U.rows())
    return false;
  std::vector<char> seen(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] < 0 || order[i] >= U.rows() || seen[order[i]] != 0)
      return false;
    seen[order[i]] = 1;
    if (i > 0 && !U.contains(order[i], order[i - 1]))
      return false;
  }
  return true;
}

Universality universality(std::span<const pattern::Pattern> layers,
                          const UniversalityOptions& how) {
  require(!layers.empty(), Code::shape, "universality needs one pattern at least");
  require(how.complete_below >= 0 && how.complete_below <= 24, Code::domain,
          "complete_below = ", how.complete_below, " must be in [0, 24]");
  require(how.rotations >= 0 && how.most_steps >= 1, Code::domain, "rotations = ", how.rotations,
          " must be 0 or more and most_steps = ", how.most_steps, " 1 or more");
  const Index n = layers.front().rows();
  for (const pattern::Pattern& A : layers)
    require(A.square() && A.rows() == n, Code::shape, "a pattern of ", A.rows(), " x ", A.cols(),
            " where every layer is ", n, " x ", n);
  Universality found;
  found.loops = Verdict::holds;
  pattern::Pattern U = layers.front();
  for (const pattern::Pattern& A : layers) {
    Index missing = 0;
    for (Index i = 0; i < n; ++i)
      missing += A.contains(i, i) ? 0 : 1;
    found.missing_loops.push_back(missing);
    if (missing > 0)
      found.loops = Verdict::fails;
    if (&A != layers.data())
      U = pattern::unite(U, A);
  }
  if (n == 0) {
    found.path = found.reach = Verdict::holds;
    found.path_method = found.reach_method = "nothing to visit";
    found.s = 1;
    return found;
  }
  // g(i+1) attends g(i): the path runs against the edges from query to key.
  HamiltonianPath path = hamiltonian_path(U.view(), how);
  std::reverse(path.order.begin(), path.order.end());
  found.path = path.verdict;
  found.order = std::move(path.order);
  found.path_method = std::move(path.method);
  find_reach(layers, how, found);
  return found;
}

UniversalityOdds universality_odds(const sbm::Model& model, Index layers, Index draws,
                                   const sbm::SampleOptions& sampling,
                                   const UniversalityOptions& how) {
  sbm::check(model);
  require(model.queries() == model.keys(), Code::shape, "a model of ", model.queries(), " x ",
          model.keys(), " must be square");
  require(layers >= 1 && draws >= 1, Code::domain, "layers = ", layers, " and draws = ", draws,
          " must be 1 or more");
  UniversalityOdds odds;
  odds.draws = draws;
  odds.log_loops = static_cast<double>(layers) * sbm::pair_sums(model, sampling.threads).log_loops;
  Index loops = 0;
  Index paths = 0;
  Index finite = 0;
  double sum_s = 0;
  for (Index d = 0; d < draws; ++d) {
    std::vector<pattern::Pattern> masks;
    for (Index l = 0; l < layers; ++l) {
      sbm::SampleOptions one = sampling;
      one.key.stream += static_cast<std::uint64_t>(d * layers + l);
      masks.push_back(sbm::sample(model, one).pattern);
    }
    const Universality found = universality(masks, how);
    loops += found.loops == Verdict::holds ? 1 : 0;
    paths += found.path == Verdict::holds ? 1 : 0;
    if (found.s) {
      ++finite;
      sum_s += static_cast<double>(*found.s);
    }
    poll(how.monitor, "drawing masks", static_cast<double>(d) / static_cast<double>(draws));
  }
  odds.loops = share(loops, draws);
  odds.path = share(paths, draws);
  odds.reach = share(finite, draws);
  odds.mean_s =
      finite == 0 ? std::numeric_limits<double>::quiet_NaN() : sum_s / static_cast<double>(finite);
  return odds;
}

} // namespace attnwalk::theory
