// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/regular.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/generators/draw.hpp"
#include "attnwalk/generators/pairing.hpp"
#include "attnwalk/generators/switching.hpp"
#include "attnwalk/pattern/rows.hpp"

#include <optional>
#include <span>

namespace attnwalk::pattern {
namespace {

// One matching in exp((d^2-1)/4) is simple: up to 7 draws on average are affordable.
constexpr Index redrawn_up_to = 3;
constexpr std::uint64_t mixing_switches = 16; // per fault
// A fault that no switch repairs (possible only in tiny graphs) gives the matching up.
constexpr std::uint64_t patience = 100'000;

// Whether the switch makes no loop and no second copy. If a and b are one edge, or share a vertex
// crosswise, one of the new pairs is an edge already, so that needs no test of its own.
template <class Graph>
bool fits(const Graph& graph, const Arc& a, const Arc& b) {
  return a.from != b.from && a.to != b.to && !graph.has(a.from, b.from) && !graph.has(a.to, b.to);
}

template <class Graph>
bool repair(Graph& graph, const Arc& fault, RandomStream& draw) {
  Arc other;
  for (std::uint64_t t = 0; t < patience; ++t)
    if (graph.pick(draw, other) && fits(graph, fault, other)) {
      graph.switch_arcs(fault, other);
      return true;
    }
  return false;
}

template <class Graph>
bool make_simple(Graph& graph, Index d, RandomStream draw, Monitor* monitor) {
  constexpr std::uint64_t between_polls = 1 << 16;
  const std::vector<Arc>& faults = graph.faults();
  if (d <= redrawn_up_to)
    return faults.empty();
  const std::uint64_t steps = faults.size() * mixing_switches;
  const auto share = [&](std::size_t done) {
    return static_cast<double>(done) / static_cast<double>(faults.size() + steps);
  };
  for (std::size_t f = 0; f < faults.size(); ++f) {
    if (f % between_polls == 0)
      poll(monitor, "removing multiple edges", share(f));
    if (!repair(graph, faults[f], draw))
      return false;
  }
  Arc a;
  Arc b;
  for (std::uint64_t t = 0; t < steps; ++t) {
    if (t % between_polls == 0)
      poll(monitor, "switching edges", share(faults.size() + t));
    if (graph.pick(draw, a) && graph.pick(draw, b) && fits(graph, a, b))
      graph.switch_arcs(a, b);
  }
  return true;
}

// The arrays of one draw, or none if it must be drawn again.
std::optional<Csr<double>> trial(Index n, Index d, std::uint64_t number,
                                 const RegularOptions& how) {
  const RandomStream switches(part_of(how.key, "regular switches"), number);
  Buffer<std::uint32_t> ends = matched_ends(n, d, how.key, number, how.threads);
  poll(how.monitor, "building rows");
  if (n <= 64 * d) { // a bit per pair takes no more memory than the pattern
    BitGraph graph(n, d, std::move(ends));
    if (make_simple(graph, d, switches, how.monitor))
      return graph.take();
    return std::nullopt;
  }
  RowGraph graph(n, d, ends, how.threads);
  Buffer<std::uint32_t>().swap(ends);
  if (make_simple(graph, d, switches, how.monitor))
    return graph.take();
  return std::nullopt;
}

Pattern simple_regular(Index n, Index d, const RegularOptions& how) {
  for (std::uint64_t number = 0;; ++number) {
    poll(how.monitor, "matching edges");
    if (auto arrays = trial(n, d, number, how))
      return Pattern::trusted(std::move(*arrays));
  }
}

Pattern complement(const Pattern& P, int threads) {
  const Index n = P.rows();
  return build_rows(
      n, n, {}, [&](Index i) { return n - 1 - P.degree(i); },
      [&](Index i, Index* out) {
        Index next = 0;
        const auto write_until = [&](Index gap) {
          for (; next < gap; ++next)
            if (next != i)
              *out++ = next;
          next = gap + 1;
        };
        for (const Index j : P.row(i))
          write_until(j);
        write_until(n);
      },
      threads);
}

} // namespace

Pattern regular(Index n, Index d, const RegularOptions& how) {
  require(n >= 0 && n <= Index{1} << 31, Code::domain, "n = ", n, " must be in [0, 2^31]");
  require(d >= 0, Code::domain, "d = ", d, " must be 0 or more");
  require(d < n || (n == 0 && d == 0), Code::domain, "d = ", d, " must be below n = ", n,
          "; the nearest n that fits is ", static_cast<double>(d) + 1);
  require(n % 2 == 0 || d % 2 == 0, Code::domain, "n d = ", n, " * ", d,
          " is odd, so no graph has these degrees; the nearest n that fits is ", n + 1);
  const double ends = static_cast<double>(n) * static_cast<double>(d);
  require_memory(message("a ", d, "-regular graph on ", n, " vertices"), 12 * ends);
  if (d <= (n - 1) / 2)
    return simple_regular(n, d, how);
  return complement(simple_regular(n, n - 1 - d, how), how.threads);
}

} // namespace attnwalk::pattern
