// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/pairing.hpp"

#include "attnwalk/pattern/rows.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace attnwalk::pattern {
namespace {

// Chunks and buckets are cut by n d alone, never by the number of threads.
constexpr Index bucket_ends = Index{1} << 16;
constexpr int most_bucket_bits = 12;

// Uniform bucket numbers, `width` bits each, several from one 64-bit draw.
class BucketNumbers {
public:
  BucketNumbers(Key key, std::uint64_t substream, int width)
      : draw_(key, substream), width_(width) {}

  std::size_t next() {
    if (left_ < width_) {
      bits_ = draw_.bits();
      left_ = 64;
    }
    const auto number = static_cast<std::size_t>(bits_ & ((std::uint64_t{1} << width_) - 1));
    bits_ >>= width_;
    left_ -= width_;
    return number;
  }

private:
  RandomStream draw_;
  int width_;
  std::uint64_t bits_ = 0;
  int left_ = 0;
};

} // namespace

Buffer<std::uint32_t> matched_ends(Index n, Index d, Key key, std::uint64_t trial, int threads) {
  const Index count = n * d;
  int width = 0;
  while (width < most_bucket_bits && (count >> width) > bucket_ends)
    ++width;
  const std::size_t buckets = std::size_t{1} << width;
  const Index chunk = std::max<Index>(Index{1} << 18, count / 512);
  const Index chunks = (count + chunk - 1) / chunk;
  const std::uint64_t throws = trial << 33; // substreams of the chunks, then those of the buckets
  const std::uint64_t shuffles = throws | std::uint64_t{1} << 32;
  Buffer<std::uint32_t> ends(static_cast<std::size_t>(count));

  // place[c * buckets + b]: how many ends chunk c throws into bucket b, then where they go.
  std::vector<Index> place(static_cast<std::size_t>(chunks) * buckets);
  const auto each_end = [&](Index c, const auto& visit) {
    BucketNumbers bucket(key, throws + static_cast<std::uint64_t>(c), width);
    Index* const mine = place.data() + static_cast<std::size_t>(c) * buckets;
    const Index first = c * chunk;
    const Index last = std::min(count, first + chunk);
    Index vertex = first / d;
    Index rest = d - first % d; // ends that `vertex` has left
    for (Index end = first; end < last; ++end) {
      visit(mine[width == 0 ? 0 : bucket.next()], static_cast<std::uint32_t>(vertex));
      if (--rest == 0) {
        ++vertex;
        rest = d;
      }
    }
  };
  const auto each_chunk = [&](const auto& visit) {
    in_pieces(
        chunks,
        [&](Index first, Index last) {
          for (Index c = first; c < last; ++c)
            each_end(c, visit);
        },
        threads);
  };
  each_chunk([](Index& size, std::uint32_t) { ++size; });
  std::vector<Index> starts(buckets + 1);
  Index total = 0;
  for (std::size_t b = 0; b < buckets; ++b) {
    starts[b] = total;
    for (Index c = 0; c < chunks; ++c) {
      Index& size = place[static_cast<std::size_t>(c) * buckets + b];
      total += std::exchange(size, total);
    }
  }
  starts[buckets] = total;
  each_chunk([&](Index& to, std::uint32_t v) { ends[to++] = v; });

  in_pieces(
      static_cast<Index>(buckets),
      [&](Index first, Index last) {
        for (Index b = first; b < last; ++b) {
          const Index begin = starts[b];
          const Index size = starts[b + 1] - begin;
          std::uint32_t* const bucket = ends.data() + begin;
          RandomStream draw(key, shuffles + static_cast<std::uint64_t>(b));
          for (Index i = size - 1; i > 0; --i)
            std::swap(bucket[i], bucket[draw.below(static_cast<std::uint64_t>(i) + 1)]);
        }
      },
      threads);
  return ends;
}

} // namespace attnwalk::pattern
