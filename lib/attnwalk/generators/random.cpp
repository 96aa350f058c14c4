// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/random.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/generators/draw.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace attnwalk::pattern {
namespace {

constexpr std::array<std::string_view, 3> model_names{"row", "edges", "permutations"};

// Row sizes take the substreams from here up, numbered by the boundary that a halving puts between
// two rows; the rows themselves take the substreams below.
constexpr std::uint64_t first_halving = std::uint64_t{1} << 63;

// Spreads `held` cells of the rows [first, last) over those of them in `part`.
struct Halving {
  Index width; // of the grid
  Key key;
  RowRange part;
  Index* counts; // of the rows of `part`

  struct Node {
    Index first;
    Index last;
    Index held;
  };

  [[nodiscard]] bool meets(const Node& node) const {
    return node.first < part.end && node.last > part.begin;
  }

  [[nodiscard]] std::array<Node, 2> halves(const Node& node) const {
    const Index middle = node.first + (node.last - node.first) / 2;
    RandomStream draw(key, first_halving | static_cast<std::uint64_t>(middle));
    const Index held = hypergeometric(draw, (middle - node.first) * width,
                                      (node.last - middle) * width, node.held);
    return {Node{node.first, middle, held}, Node{middle, node.last, node.held - held}};
  }

  void spread(const Node& node) const { // recursion depth log2(rows)
    if (!meets(node))
      return;
    if (node.last - node.first == 1) {
      counts[node.first - part.begin] = node.held;
      return;
    }
    for (const Node& half : halves(node))
      spread(half);
  }
};

Pattern random_edges(Index n, Index m, Index d, Key key, RowRange rows, int threads) {
  const RowRange part = resolved(rows, n);
  require(static_cast<double>(n) * static_cast<double>(d) < 0x1p62, Code::domain, n, " rows of ", d,
          " entries must be fewer than 2^62");
  const Buffer<Index> counts =
      edge_counts(n, m, n * d, {.key = key, .rows = part, .threads = threads});
  const auto count = [&](Index i) { return counts[i - part.begin]; };
  return build_rows(
      n, m, part, count,
      [&](Index i, Index* out) {
        RandomStream draw(key, static_cast<std::uint64_t>(i));
        distinct(draw, m, count(i), out);
      },
      threads);
}

// One permutation of 0..n-1 by Fisher and Yates; its images of the rows of `part` go to `images`.
void permute(Index n, RandomStream draw, RowRange part, std::uint32_t* images) {
  std::vector<std::uint32_t> image(static_cast<std::size_t>(n));
  std::iota(image.begin(), image.end(), 0U);
  for (Index i = n - 1; i > 0; --i)
    std::swap(image[i], image[draw.below(static_cast<std::uint64_t>(i) + 1)]);
  std::copy(image.begin() + part.begin, image.begin() + part.end, images);
}

Pattern random_permutations(Index n, Index d, Key key, RowRange rows, int threads) {
  require(n <= Index{1} << 32, Code::domain, "n = ", n, " must be at most 2^32 for permutations");
  const RowRange part = resolved(rows, n);
  const Index height = part.size();
  require_memory("the images of the permutations",
                 static_cast<double>(height) * static_cast<double>(d) * sizeof(std::uint32_t));
  // Permutation p is the p-th run of `height` images; a row reads d runs side by side.
  Buffer<std::uint32_t> images(static_cast<std::size_t>(height * d));
  in_pieces(
      d,
      [&](Index first, Index last) {
        for (Index p = first; p < last; ++p)
          permute(n, RandomStream(key, static_cast<std::uint64_t>(p)), part,
                  images.data() + p * height);
      },
      threads);
  const auto keys_of = [&](Index i, Index* out) { // sorted, merged; returns the end
    for (Index p = 0; p < d; ++p)
      out[p] = images[p * height + i - part.begin];
    std::sort(out, out + d);
    return std::unique(out, out + d);
  };
  return build_rows(
      n, n, part,
      [&](Index i) {
        std::vector<Index> keys(static_cast<std::size_t>(d));
        return static_cast<Index>(keys_of(i, keys.data()) - keys.data());
      },
      [&](Index i, Index* out) {
        std::vector<Index> keys(static_cast<std::size_t>(d));
        std::copy(keys.data(), keys_of(i, keys.data()), out);
      },
      threads);
}

} // namespace

std::string_view to_string(RandomModel model) {
  return model_names.at(static_cast<std::size_t>(model));
}

RandomModel parse_random_model(std::string_view name) {
  const auto* const at = std::find(model_names.begin(), model_names.end(), name);
  require(at != model_names.end(), Code::domain, "model = ", name,
          " must be row, edges or permutations");
  return static_cast<RandomModel>(at - model_names.begin());
}

Buffer<Index> edge_counts(Index n, Index m, Index total, const RandomOptions& how) {
  require(n >= 0 && m >= 0, Code::domain, "an ", n, " x ", m, " grid has a negative size");
  require(static_cast<double>(n) * static_cast<double>(m) < 0x1p62, Code::domain, "an ", n, " x ",
          m, " grid must have fewer than 2^62 cells");
  require(total >= 0 && total <= n * m, Code::domain, total, " distinct cells must be in [0, ",
          n * m, "], the cells of an ", n, " x ", m, " grid");
  const RowRange part = resolved(how.rows, n);
  Buffer<Index> counts(static_cast<std::size_t>(part.size()));
  if (part.size() == 0)
    return counts;
  const Halving halving{m, how.key, part, counts.data()};
  // The top of the tree one node after the other, its branches side by side.
  constexpr Index branch = 1024; // rows
  std::vector<Halving::Node> branches{{0, n, total}};
  for (bool split = true; split;) {
    split = false;
    std::vector<Halving::Node> next;
    for (const Halving::Node& node : branches) {
      if (node.last - node.first <= branch) {
        next.push_back(node);
        continue;
      }
      split = true;
      for (const Halving::Node& half : halving.halves(node))
        if (halving.meets(half))
          next.push_back(half);
    }
    branches = std::move(next);
  }
  in_pieces(
      static_cast<Index>(branches.size()),
      [&](Index first, Index last) {
        for (Index b = first; b < last; ++b)
          halving.spread(branches[b]);
      },
      how.threads);
  return counts;
}

Pattern random(Index n, Index m, Index d, const RandomOptions& how) {
  require(n >= 0 && m >= 0, Code::domain, "an ", n, " x ", m, " pattern has a negative size");
  require(d >= 0, Code::domain, "d = ", d, " must be 0 or more");
  require(d <= m, Code::domain, "d = ", d, " must be at most the number of keys, ", m,
          "; the nearest n that fits is ", d);
  require(how.model != RandomModel::permutations || n == m, Code::shape,
          "permutations need a square pattern, not ", n, " x ", m);
  const RowRange part = resolved(how.rows, n);
  require_room(static_cast<double>(part.size()), static_cast<double>(m),
               static_cast<double>(part.size()) * static_cast<double>(d));
  switch (how.model) {
  case RandomModel::edges:
    return random_edges(n, m, d, how.key, part, how.threads);
  case RandomModel::permutations:
    return random_permutations(n, d, how.key, part, how.threads);
  case RandomModel::row:
    break;
  }
  return build_rows(
      n, m, part, [&](Index) { return d; },
      [&](Index i, Index* out) {
        RandomStream draw(how.key, static_cast<std::uint64_t>(i));
        distinct(draw, m, d, out);
      },
      how.threads);
}

} // namespace attnwalk::pattern
