// SPDX-License-Identifier: Apache-2.0
// The parallel passes outside the kernels: on one thread and on four, the same bits.
#include "attnwalk/core/random.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/io/matrix_market.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/scipy.hpp"
#include "attnwalk/sbm/goodness_of_fit.hpp"
#include "attnwalk/sbm/moments.hpp"
#include "attnwalk/sbm/sample.hpp"
#include "attnwalk/sbm/straight_through.hpp"
#include "attnwalk/spectral/gap.hpp"

#include "check.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <utility>

namespace attnwalk::races {
namespace {

bool same(const CsrView<double>& a, const CsrView<double>& b) {
  return a.rows == b.rows && a.cols == b.cols && a.entries() == b.entries() &&
         std::equal(a.offsets, a.offsets + a.rows + 1, b.offsets) &&
         std::equal(a.columns, a.columns + a.entries(), b.columns) &&
         (a.values == nullptr || std::equal(a.values, a.values + a.entries(), b.values));
}

template <Real T>
bool same(const Dense<T>& a, const Dense<T>& b) {
  return std::equal(a.data(), a.data() + a.shape().size(), b.data());
}

/// What `work` gives on one thread and on the team must be `equal`.
template <class Work, class Equal>
void compare(const char* what, const Work& work, const Equal& equal) {
  const auto one = work(1);
  check(equal(one, work(team)), what);
}

void compare_generators() {
  for (const char* text :
       {"random:d=16", "random:d=16,model=edges", "random:d=4,model=permutations",
        "erdos:prob=.004", "erdos:prob=.004,directed=true", "regular:d=8", "expander:d=8",
        "bigbird:block=32,rblocks=2,gblocks=1", "sbm:k=8,in=.02,out=.002", "symmetric(random:d=4)",
        "causal(random:d=8) + window:w=4"})
    compare(
        text,
        [&](int threads) {
          return grammar::build(text, {.queries = 4096, .seed = 3, .threads = threads}).pattern;
        },
        [](const auto& one, const auto& many) { return same(one.view(), many.view()); });
}

sbm::Model mixed_model() {
  const auto positive = [](Index rows, Index cols, double scale, std::uint64_t substream) {
    Dense<double> X(rows, cols);
    RandomStream draw({9, 9}, substream);
    for (Index x = 0; x < X.shape().size(); ++x)
      X.data()[x] = scale * draw.unit();
    return X;
  };
  return sbm::mixed(positive(2000, 6, 1, 1).view(), positive(6, 6, .01, 2).view(),
                    positive(1500, 6, 1, 3).view());
}

void compare_block_models() {
  const sbm::Model model = mixed_model();
  for (const sbm::SampleMethod method :
       {sbm::SampleMethod::poisson, sbm::SampleMethod::poisson_distinct,
        sbm::SampleMethod::bernoulli, sbm::SampleMethod::bernoulli_tiled})
    compare(
        "sample",
        [&](int threads) {
          return sbm::sample(
              model, {.method = method, .key = {1, 2}, .probabilities = true, .threads = threads});
        },
        [](const auto& one, const auto& many) {
          return same(one.pattern.view(), many.pattern.view()) && one.copies == many.copies &&
                 one.probability == many.probability;
        });
  compare(
      "expected_degrees", [&](int threads) { return sbm::expected_degrees(model, threads); },
      [](const auto& one, const auto& many) {
        return one.rows == many.rows && one.cols == many.cols;
      });
  compare(
      "pair_sums", [&](int threads) { return sbm::pair_sums(model, threads); },
      [](const auto& one, const auto& many) {
        return one.edges == many.edges && one.empty_rows == many.empty_rows;
      });
  const sbm::Sample drawn = sbm::sample(model, {.key = {1, 3}});
  compare(
      "goodness_of_fit",
      [&](int threads) {
        return sbm::goodness_of_fit(model, {&drawn.pattern, 1}, sbm::MaskLaw::bernoulli, {},
                                    threads);
      },
      [](const auto& one, const auto& many) { return one.p_value == many.p_value; });
  const std::vector<double> dp(static_cast<std::size_t>(drawn.pattern.entries()), 0.5);
  compare(
      "model_gradients",
      [&](int threads) { return sbm::model_gradients(model, drawn.pattern, dp, threads); },
      [](const auto& one, const auto& many) {
        return same(one.dY, many.dY) && same(one.dS, many.dS) && same(one.dZ, many.dZ);
      });
}

void compare_files(const Csr<double>& A) {
  const auto written = [&](int threads, const auto& write) {
    const ThreadLimit limit(threads);
    std::ostringstream out;
    write(out);
    return std::move(out).str();
  };
  const auto text = [&](int threads) {
    return written(threads, [&](std::ostream& out) { io::write_matrix_market(out, A.view()); });
  };
  const auto archive = [&](int threads) {
    return written(threads, [&](std::ostream& out) { io::write_scipy_npz(out, A.view()); });
  };
  const auto equal = [](const auto& one, const auto& many) { return one == many; };
  compare("write_matrix_market", text, equal);
  compare("write_scipy_npz", archive, equal);
  const std::string market = text(team);
  const std::string npz = archive(team);
  const auto same_csr = [](const auto& one, const auto& many) {
    return same(one.view(), many.view());
  };
  compare(
      "read_matrix_market",
      [&](int threads) { return io::read_matrix_market(market, "A", {.threads = threads}); },
      same_csr);
  compare(
      "scipy_csr",
      [&](int threads) {
        const io::ReadOptions how{.threads = threads};
        return io::scipy_csr(io::read_npz(std::as_bytes(std::span(npz)), "A", how), "A", how);
      },
      same_csr);
}

/// The values of a report, NaN-free: what is absent counts as -1.
std::vector<double> values(const spectral::GapReport& report) {
  std::vector<double> all;
  for (const spectral::Gap& gap : report.gaps)
    for (const auto& number : {gap.value, gap.lo, gap.hi})
      all.push_back(number.value_or(-1));
  for (const spectral::SpectrumPoint& point : report.spectrum.points)
    all.push_back(point.real + point.density);
  return all;
}

void compare_spectra(const Csr<double>& A) {
  const auto undirected =
      grammar::build("regular:d=12 + window:w=2", {.queries = 4096, .seed = 5}).pattern;
  const auto dense = grammar::build("random:d=16", {.queries = 300, .seed = 5}).pattern;
  const auto causal = grammar::build("causal(random:d=16) + window:w=1", {.queries = 3000}).pattern;
  const std::array inputs{std::pair{"gap of an undirected graph", undirected.view()},
                          std::pair{"gap of weights", A.view()},
                          std::pair{"gap of a small walk", dense.view()},
                          std::pair{"gap of a causal walk", causal.view()}};
  for (const auto& [what, walk] : inputs)
    compare(
        what,
        [&walk = walk](int threads) {
          return values(spectral::gap(walk, {.whole_spectrum = true, .threads = threads}));
        },
        [](const auto& one, const auto& many) { return one == many; });
}

/// Rows that sum to 1.
Csr<double> walk_on(const Csr<double>& A) {
  Csr<double> W = A;
  for (Index i = 0; i < W.rows; ++i) {
    const auto first = W.values.begin() + W.offsets[static_cast<std::size_t>(i)];
    const auto last = W.values.begin() + W.offsets[static_cast<std::size_t>(i) + 1];
    double sum = 0;
    for (auto x = first; x != last; ++x)
      sum += *x;
    for (auto x = first; x != last; ++x)
      *x /= sum;
  }
  return W;
}

void compare_diffusion(const Csr<double>& A) {
  using diffusion::Method;
  const Csr<double> W = walk_on(A);
  Dense<double> V(A.rows, 8);
  RandomStream draw({4, 4});
  for (Index x = 0; x < V.shape().size(); ++x)
    V.data()[x] = draw.normal();
  for (const Method method :
       {Method::diffuser, Method::truncated, Method::heat, Method::gmres, Method::bicgstab})
    compare(
        "diffuse",
        [&](int threads) {
          return diffusion::diffuse<double>(W.view(), std::as_const(V).view(),
                                            {.method = method, .threads = threads})
              .Z;
        },
        [](const auto& one, const auto& many) { return same(one, many); });
  for (const auto memory : {diffusion::Memory::store, diffusion::Memory::recompute})
    compare(
        "diffuse_backward",
        [&](int threads) {
          const View<const double> values = std::as_const(V).view();
          const auto out = diffusion::diffuse<double>(W.view(), values, {.threads = threads});
          return diffusion::diffuse_backward<double>(W.view(), values, out, values, memory);
        },
        [](const auto& one, const auto& many) {
          return same(one.dV, many.dV) && one.dA == many.dA;
        });
}

} // namespace

void compare_modules(const Csr<double>& A) {
  compare_generators();
  compare_block_models();
  compare_files(A);
  compare_spectra(A);
  compare_diffusion(A);
}

} // namespace attnwalk::races
