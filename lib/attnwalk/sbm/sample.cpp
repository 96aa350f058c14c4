// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/sample.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/sbm/draw_rows.hpp"
#include "attnwalk/sbm/moments.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace attnwalk::sbm {
namespace {

struct Name {
  SampleMethod method;
  std::string_view text;
};
constexpr std::array names{Name{SampleMethod::automatic, "automatic"},
                           Name{SampleMethod::poisson, "poisson"},
                           Name{SampleMethod::poisson_distinct, "poisson_distinct"},
                           Name{SampleMethod::bernoulli, "bernoulli"},
                           Name{SampleMethod::bernoulli_tiled, "bernoulli_tiled"},
                           Name{SampleMethod::bernoulli_dense, "bernoulli_dense"}};

bool draws_poisson(SampleMethod method) {
  return method == SampleMethod::poisson || method == SampleMethod::poisson_distinct;
}

/// sum lambda, forced loops and the clamp aside.
double total_rate(const Model& model) {
  const std::vector<double> y = model.Y.column_sums();
  const std::vector<double> z = model.Z.column_sums();
  double total =
      model.delta * static_cast<double>(model.queries()) * static_cast<double>(model.keys());
  for (std::size_t u = 0; u < y.size(); ++u)
    for (std::size_t v = 0; v < z.size(); ++v)
      total += y[u] * model.S(static_cast<Index>(u), static_cast<Index>(v)) * z[v];
  return total;
}

/// Refuses rates above 1 where they are probabilities: at once by their bound, else row by row.
void require_probabilities(const Model& model, int threads) {
  const double slack = 1 + 0x1p-40; // what rounding may add to a rate of 1
  if (model.clamp || rate_bound(model) <= slack)
    return;
  const RateRows rates(model);
  const DistinctTokens queries(model.Y);
  const DistinctTokens keys(model.Z);
  in_pieces(
      static_cast<Index>(queries.token.size()),
      [&](Index first, Index last) {
        std::vector<double> x(rates.width());
        for (Index i = first; i < last; ++i) {
          const Index query = queries.token[i];
          rates.row(query, x.data());
          if (rates.bound(x.data()) <= slack)
            continue;
          for (const Index key : keys.token)
            require(rates.rate(x.data(), key) <= slack, Code::domain, "the probability of (", query,
                    ", ", key, ") is ", rates.rate(x.data(), key),
                    "; it must be in [0, 1], or the model must clamp");
        }
      },
      threads);
}

/// Rows drawn by one thread at a time, in the order of the result.
struct Piece {
  std::size_t model = 0;
  Index first = 0;
  Index last = 0;
  std::uint64_t substream = 0; ///< of the first row, its number in the result
  RowBuffer rows;
};

/// One model's row sampler: the sparse one, the tiled one, or neither (the slow twin).
struct Sampler {
  Sampler(const Model& drawn, SampleMethod how, bool with_probabilities, int threads)
      : model(drawn), method(how), probabilities(with_probabilities) {
    if (method == SampleMethod::bernoulli_tiled)
      tiled = std::make_unique<TiledRows>(model, probabilities);
    else if (method != SampleMethod::bernoulli_dense)
      sparse = std::make_unique<SparseRows>(model, method, probabilities, threads);
  }

  void draw(Piece& piece, Scratch& s, Index* sizes) const {
    if (tiled) {
      for (Index i = piece.first; i < piece.last; i += TiledRows::group)
        tiled->draw(i, std::min(i + TiledRows::group, piece.last),
                    piece.substream + static_cast<std::uint64_t>(i - piece.first), s, piece.rows,
                    sizes + (i - piece.first));
      return;
    }
    for (Index i = piece.first; i < piece.last; ++i) {
      const std::uint64_t substream = piece.substream + static_cast<std::uint64_t>(i - piece.first);
      sizes[i - piece.first] = sparse
                                   ? sparse->draw(i, substream, s, piece.rows)
                                   : draw_dense(model, i, substream, probabilities, s, piece.rows);
    }
  }

  const Model& model;
  SampleMethod method;
  bool probabilities;
  std::unique_ptr<SparseRows> sparse;
  std::unique_ptr<TiledRows> tiled;
};

struct Drawn {
  Csr<double> csr;
  std::vector<SampleMethod> methods;
  Cost cost; ///< of the first model
  Buffer<std::uint32_t> copies;
  Buffer<double> probability;
};

/// Pieces of about 2^16 expected entries.
std::vector<Piece> cut(std::span<const Model> models, std::span<const Cost> costs,
                       pattern::RowRange rows) {
  std::vector<Piece> pieces;
  for (std::size_t number = 0; number < models.size(); ++number) {
    const double degree =
        costs[number].proposals / std::max(1.0, static_cast<double>(models[number].queries()));
    const auto length = static_cast<Index>(std::clamp(65536 / (degree + 8), 8.0, 8192.0));
    for (Index i = rows.begin; i < rows.end; i += length) {
      Piece piece;
      piece.model = number;
      piece.first = i;
      piece.last = std::min(i + length, rows.end);
      piece.substream = number * static_cast<std::uint64_t>(models[number].queries()) +
                        static_cast<std::uint64_t>(i);
      pieces.push_back(std::move(piece));
    }
  }
  return pieces;
}

/// Widens the pieces into the result's arrays and lets go of them.
void gather(std::vector<Piece>& pieces, int threads, Drawn& drawn) {
  Buffer<Index> starts{0};
  for (const Piece& piece : pieces)
    starts.push_back(starts.back() + static_cast<Index>(piece.rows.keys.size()));
  const auto entries = static_cast<std::size_t>(starts.back());
  drawn.csr.columns.resize(entries);
  const bool counted =
      !pieces.empty() && !drawn.methods.empty() && drawn.methods.front() == SampleMethod::poisson;
  const bool probable = std::any_of(pieces.begin(), pieces.end(), [](const Piece& piece) {
    return !piece.rows.probability.empty();
  });
  drawn.copies.resize(counted ? entries : 0);
  drawn.probability.resize(probable ? entries : 0);
  in_pieces(
      static_cast<Index>(pieces.size()),
      [&](Index first, Index last) {
        for (Index p = first; p < last; ++p) {
          RowBuffer& rows = pieces[p].rows;
          const Index start = starts[p];
          std::copy(rows.keys.begin(), rows.keys.end(), drawn.csr.columns.begin() + start);
          if (counted)
            std::copy(rows.copies.begin(), rows.copies.end(), drawn.copies.begin() + start);
          if (probable)
            std::copy(rows.probability.begin(), rows.probability.end(),
                      drawn.probability.begin() + start);
          rows = {};
        }
      },
      threads);
}

Drawn draw_all(std::span<const Model> models, const SampleOptions& how) {
  Drawn drawn;
  std::vector<Cost> costs;
  double entries = 0;
  double bytes = 0;
  for (const Model& model : models) {
    check(model);
    costs.push_back(predict(model, how.method, how.probabilities));
    entries += costs.back().entries;
    bytes += costs.back().bytes;
  }
  drawn.cost = costs.empty() ? Cost{} : costs.front();
  const Model& any = models.front();
  const pattern::RowRange rows = pattern::resolved(how.rows, any.queries());
  // The workspace of one head at a time; a share of the rows takes a share of the arrays.
  const double share = any.queries() == 0
                           ? 0
                           : static_cast<double>(rows.size()) / static_cast<double>(any.queries());
  if (bytes * share > 1 << 20)
    require_memory(message("a mask of ", any.queries(), " x ", any.keys(), " with ", entries,
                           " expected entries"),
                   bytes * share);
  std::vector<Sampler> samplers;
  samplers.reserve(models.size());
  for (std::size_t number = 0; number < models.size(); ++number) {
    const Model& model = models[number];
    SampleMethod method = how.method;
    if (!draws_poisson(method))
      require_probabilities(model, how.threads);
    if (method == SampleMethod::automatic)
      method = costs[number].tiled_ns < costs[number].sparse_ns ? SampleMethod::bernoulli_tiled
                                                                : SampleMethod::bernoulli;
    drawn.methods.push_back(method);
    samplers.emplace_back(model, method, how.probabilities, how.threads);
  }

  std::vector<Piece> pieces = cut(models, costs, rows);
  Csr<double>& csr = drawn.csr;
  csr.rows = rows.size() * static_cast<Index>(models.size());
  csr.cols = any.keys();
  csr.offsets.resize(csr.rows + 1);
  Index* const sizes = csr.offsets.data() + 1;
  const auto count = static_cast<Index>(pieces.size());
  // Rounds of pieces, so that a monitor is asked now and then.
  const Index round = how.monitor == nullptr ? count : 64 * Index{threads(how.threads)};
  for (Index begin = 0; begin < count; begin += round) {
    poll(how.monitor, "sampling", static_cast<double>(begin) / static_cast<double>(count));
    const Index end = std::min(count, begin + round);
    in_pieces(
        end - begin,
        [&](Index first, Index last) {
          Scratch scratch(any, how.key);
          for (Index p = begin + first; p < begin + last; ++p) {
            Piece& piece = pieces[p];
            const Sampler& sampler = samplers[piece.model];
            scratch.x.resize(sampler.model.Z.clusters());
            sampler.draw(piece, scratch,
                         sizes + static_cast<Index>(piece.model) * rows.size() + piece.first -
                             rows.begin);
          }
        },
        how.threads);
  }
  csr.offsets[0] = 0;
  for (Index r = 0; r < csr.rows; ++r)
    sizes[r] += csr.offsets[r];
  gather(pieces, how.threads, drawn);
  return drawn;
}

} // namespace

std::string_view to_string(SampleMethod method) {
  return std::find_if(names.begin(), names.end(),
                      [&](const Name& name) { return name.method == method; })
      ->text;
}

SampleMethod parse_method(std::string_view name) {
  for (const Name& known : names)
    if (known.text == name)
      return known.method;
  throw Error(Code::domain, message("method '", name,
                                    "' must be automatic, poisson, "
                                    "poisson_distinct, bernoulli, bernoulli_tiled or "
                                    "bernoulli_dense"));
}

Cost predict(const Model& model, SampleMethod method, bool probabilities) {
  check(model);
  const auto n = static_cast<double>(model.queries());
  const auto m = static_cast<double>(model.keys());
  const auto b = static_cast<double>(model.Z.clusters());
  const SparsePlan::Total sparse = SparsePlan(model, method).total();
  Cost cost;
  cost.entries = std::min(total_rate(model) + (model.loops ? n : 0), n * m);
  cost.proposals = sparse.proposals;
  cost.sparse_ns = sparse.nanoseconds;
  cost.tiled_ns = n * m * (b * cost::tile + cost::tile_coin) + m * b;
  const bool tiled = method == SampleMethod::bernoulli_tiled ||
                     (method == SampleMethod::automatic && cost.tiled_ns < cost.sparse_ns);
  const double entry = 8 + 4 + (probabilities ? 16 : 0) + (method == SampleMethod::poisson ? 8 : 0);
  cost.bytes = 8 * (n + 1) + entry * cost.entries + 8 * m * (tiled || !model.Z.is_hard() ? b : 1.5);
  return cost;
}

Sample sample(const Model& model, const SampleOptions& how) {
  Drawn drawn = draw_all({&model, 1}, how);
  Sample result;
  result.pattern = pattern::Pattern::trusted(std::move(drawn.csr));
  result.method = drawn.methods.front();
  result.copies = std::move(drawn.copies);
  result.probability = std::move(drawn.probability);
  result.cost = drawn.cost;
  return result;
}

SampledBatch sample_batch(std::span<const Model> models, Index batch, Index heads,
                          const SampleOptions& how) {
  require(batch >= 1 && heads >= 1 && static_cast<Index>(models.size()) == batch * heads,
          Code::shape, models.size(), " models given for a batch of ", batch, " x ", heads);
  for (const Model& model : models)
    require(model.queries() == models.front().queries() && model.keys() == models.front().keys(),
            Code::shape, "a model of ", model.queries(), " x ", model.keys(),
            " stands beside one of ", models.front().queries(), " x ", models.front().keys());
  require(how.rows.begin == 0 && (how.rows.end == -1 || how.rows.end == models.front().queries()),
          Code::index, "a batch is drawn whole: rows [", how.rows.begin, ", ", how.rows.end,
          ") belong to one model");
  Drawn drawn = draw_all(models, how);
  return {pattern::PatternBatch::stacked(std::move(drawn.csr), batch, heads),
          std::move(drawn.methods), std::move(drawn.copies), std::move(drawn.probability)};
}

} // namespace attnwalk::sbm
