// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/goodness_of_fit.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/sbm/rates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace attnwalk::sbm {
namespace {

const double pooled_variance = 10; // a count of so much variance is close to normal

/// Mean, variance and fourth cumulant of a sum of independent pairs.
struct Moments {
  double mean = 0;
  double variance = 0;
  double fourth = 0;

  void add(const Moments& x, double times = 1) {
    mean += times * x.mean;
    variance += times * x.variance;
    fourth += times * x.fourth;
  }
};

Moments moments_of(double rate, MaskLaw law, bool certain) {
  if (certain)
    return {1, 0, 0};
  if (law == MaskLaw::poisson)
    return {rate, rate, rate};
  const double p = law == MaskLaw::bernoulli ? std::min(rate, 1.0) : -std::expm1(-rate);
  const double v = p * (1 - p);
  return {p, v, v * (1 - 6 * v)};
}

/// The block of each token: its cluster, or the largest of its memberships.
std::vector<std::size_t> blocks_of(const Membership& Y) {
  std::vector<std::size_t> block;
  for (Index i = 0; i < Y.tokens(); ++i)
    block.push_back(Y.is_hard()
                        ? Y.cluster(i)
                        : static_cast<std::size_t>(
                              std::max_element(Y.row(i), Y.row(i) + Y.clusters()) - Y.row(i)));
  return block;
}

/// What the model expects of rows, columns and pairs of blocks.
struct Expected {
  std::vector<Moments> rows;
  std::vector<Moments> cols;
  std::vector<Moments> blocks; ///< a x b
};

Expected expectations(const Model& model, MaskLaw law, const std::vector<std::size_t>& query_block,
                      const std::vector<std::size_t>& key_block, int threads) {
  const RateRows rates(model);
  const DistinctTokens queries(model.Y);
  const DistinctTokens keys(model.Z);
  const auto b = static_cast<std::size_t>(model.Z.clusters());
  const auto n = static_cast<Index>(queries.token.size());
  const auto m = static_cast<Index>(keys.token.size());
  const double pairs = static_cast<double>(n) * static_cast<double>(m);
  std::vector<double> X(static_cast<std::size_t>(n) * b);
  for (std::size_t i = 0; i < queries.token.size(); ++i)
    rates.row(queries.token[i], X.data() + i * b);
  std::vector<std::vector<Moments>> by_block(static_cast<std::size_t>(n));
  in_pieces(
      n,
      [&](Index first, Index last) {
        for (Index i = first; i < last; ++i) {
          std::vector<Moments>& mine = by_block[i];
          mine.resize(b);
          for (std::size_t j = 0; j < keys.token.size(); ++j)
            mine[key_block[keys.token[j]]].add(
                moments_of(rates.rate(X.data() + static_cast<std::size_t>(i) * b, keys.token[j]),
                           law, false),
                keys.count[j]);
        }
      },
      threads, pairs);
  std::vector<Moments> by_key(static_cast<std::size_t>(m));
  in_pieces(
      m,
      [&](Index first, Index last) {
        for (Index j = first; j < last; ++j)
          for (std::size_t i = 0; i < queries.token.size(); ++i)
            by_key[j].add(moments_of(rates.rate(X.data() + i * b, keys.token[j]), law, false),
                          queries.count[i]);
      },
      threads, pairs);

  Expected e;
  e.blocks.resize(static_cast<std::size_t>(model.Y.clusters()) * b);
  for (Index i = 0; i < model.queries(); ++i) {
    const auto I = static_cast<std::size_t>(i);
    Moments row;
    for (std::size_t v = 0; v < b; ++v) {
      const Moments& part = by_block[queries.of[I]][v];
      row.add(part);
      e.blocks[query_block[I] * b + v].add(part);
    }
    e.rows.push_back(row);
  }
  for (const Index kind : keys.of)
    e.cols.push_back(by_key[kind]);
  if (!model.loops)
    return e;
  for (Index i = 0; i < model.queries(); ++i) {
    const auto I = static_cast<std::size_t>(i);
    const double* x = X.data() + static_cast<std::size_t>(queries.of[I]) * b;
    const Moments drawn = moments_of(rates.rate(x, i), law, false);
    for (Moments* sum : {&e.rows[I], &e.cols[I], &e.blocks[query_block[I] * b + key_block[I]]}) {
      sum->add(drawn, -1);
      sum->add({1, 0, 0});
    }
  }
  return e;
}

double two_sided(double tail) {
  return std::min(1.0, 2 * std::min(tail, 1 - tail));
}

FitTest normal_test(std::string name, double z) {
  return {std::move(name), z, 0, std::erfc(std::abs(z) / std::sqrt(2.0))};
}

/// Chi-square of sums against their expectations, neighbors pooled until each cell varies enough.
FitTest pooled_test(std::string name, const std::vector<double>& found,
                    const std::vector<Moments>& expected, double draws) {
  FitTest test{std::move(name), 0, 0, 1};
  double off = 0;
  double variance = 0;
  const auto close = [&] {
    test.statistic += off * off / variance;
    test.freedom += 1;
    off = variance = 0;
  };
  double exact = 0; // what is off where nothing may vary
  for (std::size_t c = 0; c < found.size(); ++c) {
    const double difference = found[c] - draws * expected[c].mean;
    if (draws * expected[c].variance < 1e-9) {
      exact = std::max(exact, std::abs(difference));
      continue;
    }
    off += difference;
    variance += draws * expected[c].variance;
    if (variance >= pooled_variance)
      close();
  }
  if (variance > 0 && test.freedom == 0)
    close();
  if (exact > 0.5) {
    test.statistic = std::numeric_limits<double>::infinity();
    test.p_value = 0;
  } else if (test.freedom > 0) {
    test.p_value = two_sided(chi_square_tail(test.statistic, test.freedom));
  }
  return test;
}

} // namespace

MaskLaw law_of(SampleMethod method) {
  return method == SampleMethod::poisson            ? MaskLaw::poisson
         : method == SampleMethod::poisson_distinct ? MaskLaw::poisson_distinct
                                                    : MaskLaw::bernoulli;
}

GoodnessOfFit goodness_of_fit(const Model& model, std::span<const pattern::Pattern> masks,
                              MaskLaw law, std::span<const std::uint32_t> copies, int threads) {
  check(model);
  require(!masks.empty(), Code::domain, "there must be one mask at least to test");
  std::size_t entries = 0;
  for (const pattern::Pattern& A : masks) {
    require(A.rows() == model.queries() && A.cols() == model.keys(), Code::shape, "a mask of ",
            A.rows(), " x ", A.cols(), " does not fit a model of ", model.queries(), " x ",
            model.keys());
    entries += static_cast<std::size_t>(A.entries());
  }
  require(copies.empty() || copies.size() == entries, Code::shape, copies.size(),
          " numbers of copies given for ", entries, " entries");
  const std::vector<std::size_t> query_block = blocks_of(model.Y);
  const std::vector<std::size_t> key_block = blocks_of(model.Z);
  const Expected e = expectations(model, law, query_block, key_block, threads);
  const RateRows rates(model);
  const auto b = static_cast<std::size_t>(model.Z.clusters());
  const auto draws = static_cast<double>(masks.size());

  GoodnessOfFit result;
  result.draws = static_cast<Index>(masks.size());
  std::vector<double> rows(e.rows.size());
  std::vector<double> cols(e.cols.size());
  std::vector<double> blocks(e.blocks.size());
  std::vector<double> x(b);
  double spread = 0;        // sum of (length - mean)^2 - variance over rows and draws
  double spread_square = 0; // its variance
  double total_spread = 0;  // the same of whole masks
  Moments all;
  for (const Moments& row : e.rows)
    all.add(row);
  std::size_t at = 0;
  for (const pattern::Pattern& A : masks) {
    double whole = 0;
    for (Index i = 0; i < A.rows(); ++i) {
      const auto I = static_cast<std::size_t>(i);
      if (A.degree(i) > 0)
        rates.row(i, x.data());
      double length = 0;
      for (const Index j : A.row(i)) {
        const double count = copies.empty() ? 1 : copies[at];
        ++at;
        length += count;
        cols[j] += count;
        blocks[query_block[I] * b + key_block[j]] += count;
        if (rates.rate(x.data(), j) == 0 && (!model.loops || i != j))
          ++result.impossible;
      }
      rows[I] += length;
      whole += length;
      const Moments& row = e.rows[I];
      spread += (length - row.mean) * (length - row.mean) - row.variance;
      spread_square += row.fourth + 2 * row.variance * row.variance;
    }
    total_spread += (whole - all.mean) * (whole - all.mean) - all.variance;
    result.entries += whole / draws;
  }
  result.expected = all.mean;
  const double off = draws * (result.entries - all.mean);
  if (all.variance > 0) {
    result.tests.push_back(normal_test("entries", off / std::sqrt(draws * all.variance)));
    result.tests.push_back(normal_test("spread of row lengths", spread / std::sqrt(spread_square)));
  }
  if (all.variance > 0 && draws >= 30)
    result.tests.push_back(normal_test(
        "spread of entries",
        total_spread / std::sqrt(draws * (all.fourth + 2 * all.variance * all.variance))));
  result.tests.push_back(pooled_test("block pairs", blocks, e.blocks, draws));
  result.tests.push_back(pooled_test("rows", rows, e.rows, draws));
  result.tests.push_back(pooled_test("columns", cols, e.cols, draws));
  double least = 1;
  for (const FitTest& test : result.tests)
    least = std::min(least, test.p_value);
  result.p_value = std::min(1.0, least * static_cast<double>(result.tests.size()));
  return result;
}

GoodnessOfFit selftest(const Model& model, Index draws, const SampleOptions& how) {
  require(draws >= 1, Code::domain, "draws = ", draws, " must be 1 or more");
  std::vector<pattern::Pattern> masks;
  std::vector<std::uint32_t> copies;
  for (Index d = 0; d < draws; ++d) {
    SampleOptions one = how;
    one.key.stream += static_cast<std::uint64_t>(d);
    Sample drawn = sample(model, one);
    masks.push_back(std::move(drawn.pattern));
    copies.insert(copies.end(), drawn.copies.begin(), drawn.copies.end());
  }
  return goodness_of_fit(model, masks, law_of(how.method), copies, how.threads);
}

double chi_square_tail(double x, double freedom) {
  require(freedom > 0 && x >= 0, Code::domain, "chi-square ", x, " with ", freedom,
          " degrees of freedom must be 0 or more, with a positive freedom");
  const double a = freedom / 2;
  const double y = x / 2;
  if (y == 0)
    return 1;
  const double front = std::exp(a * std::log(y) - y - std::lgamma(a));
  if (y < a + 1) { // the series of the lower function
    double term = 1 / a;
    double sum = term;
    for (double k = a + 1; term > sum * 1e-17; ++k)
      sum += term *= y / k;
    return std::max(0.0, 1 - front * sum);
  }
  // The continued fraction of the upper one, by Lentz's method.
  double b = y + 1 - a;
  double c = 1e300;
  double d = 1 / b;
  double fraction = d;
  for (int k = 1; k < 10'000'000; ++k) {
    const double step = -k * (k - a);
    b += 2;
    d = 1 / (step * d + b);
    c = b + step / c;
    fraction *= c * d;
    if (std::abs(c * d - 1) < 1e-16)
      break;
  }
  return front * fraction;
}

} // namespace attnwalk::sbm
