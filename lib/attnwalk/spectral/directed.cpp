// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/directed.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sparse/restrict.hpp"
#include "attnwalk/sparse/sums.hpp"
#include "attnwalk/spectral/classes.hpp"
#include "attnwalk/spectral/make_gap.hpp"
#include "attnwalk/spectral/stationary.hpp"

#include <algorithm>
#include <numeric>

namespace attnwalk::spectral {

namespace {

/// Closed classes reported one by one; the rest are counted.
constexpr std::size_t most_classes = 8;
constexpr const char* pi_gaps[] = {"sigma_2", "additive", "chatterjee", "k_step", "pseudo_gap"};

void add(GapReport& report, std::string name, double value, std::string method,
         std::string reason = {}) {
  report.bounds.push_back({std::move(name), value, std::move(method), std::move(reason)});
}

/// The slem of a walk with transient tokens: the larger of the class's and rho(A_TT).
Gap join(Gap slem, const Radius& open) {
  const Interval mine{open.value, open.lo, open.hi, 1 - open.value, 1 - open.hi, 1 - open.lo};
  const Status status = open.converged ? Status::certified : Status::not_converged;
  if (!slem.value)
    return make_gap("slem", mine, status, "spectral radius on the transient tokens");
  if (open.value > *slem.value) {
    slem.method = "spectral radius on the transient tokens";
    slem.status = slem.status == Status::certified ? status : slem.status;
  }
  const auto larger = [](std::optional<double>& a, double b) { a = std::max(a.value_or(b), b); };
  const auto smaller = [](std::optional<double>& a, double b) { a = std::min(a.value_or(b), b); };
  larger(slem.value, mine.value);
  larger(slem.lo, mine.lo);
  larger(slem.hi, mine.hi);
  smaller(slem.gap, mine.gap);
  smaller(slem.gap_lo, mine.gap_lo);
  smaller(slem.gap_hi, mine.gap_hi);
  return slem;
}

void explain(Gap& gap, const std::string& reason) {
  gap.reason = gap.reason.empty() ? reason : reason + "; " + gap.reason;
}

/// Places a class's pi among all tokens, 0 on the others.
Stationary scattered(Stationary s, const std::vector<Index>& keep, Index n) {
  if (s.pi.empty()) // refused
    return s;
  std::vector<double> pi(n, 0.0);
  for (std::size_t k = 0; k < keep.size(); ++k)
    pi[keep[k]] = s.pi[k];
  s.pi = std::move(pi);
  summarize(s);
  return s;
}

double mean_with_members(const std::vector<double>& probabilities, double inside, Index n) {
  return (sparse::compensated_sum(probabilities) + inside) / static_cast<double>(n);
}

class Report {
public:
  Report(const CsrView<double>& weights, const CsrView<double>& A,
         const pattern::Structure& structure, const GapOptions& how)
      : weights_(weights), A_(A), structure_(structure), how_(how),
        parts_(members(structure.strong)), is_open_(parts_.size(), 1) {
    for (const pattern::ClosedClass& c : structure.closed_classes)
      is_open_[c.label] = 0;
    out_.kind = Kind::directed;
  }

  GapReport make() {
    if (structure_.closed_classes.size() == 1)
      one_class();
    else
      several_classes();
    return std::move(out_);
  }

private:
  [[nodiscard]] ChainGaps gaps_of(const pattern::ClosedClass& c) const {
    const std::vector<Index>& keep = parts_[c.label];
    if (c.size == A_.rows)
      return chain_gaps(A_, structure_.symmetric ? &weights_ : nullptr, c.period, how_);
    const Csr<double> inside = sparse::restricted(A_, keep);
    if (!structure_.symmetric)
      return chain_gaps(inside, nullptr, c.period, how_);
    const Csr<double> part = sparse::restricted(weights_, keep);
    const CsrView<double> view = part.view();
    return chain_gaps(inside, &view, c.period, how_);
  }

  void one_class() {
    const pattern::ClosedClass& c = structure_.closed_classes.front();
    ChainGaps chain = gaps_of(c);
    out_.gaps = std::move(chain.gaps);
    out_.spectrum = std::move(chain.spectrum);
    if (c.size == A_.rows) {
      out_.stationary = std::move(chain.stationary);
      return;
    }
    const Transient open = transient_part(A_, parts_, {}, is_open_, how_);
    const std::string reason =
        message("restricted to the closed class of ", c.size, " of ", A_.rows,
                " tokens; pi is 0 on the ", structure_.transient, " transient ones");
    for (Gap& gap : out_.gaps)
      if (gap.name == "slem") {
        gap = join(std::move(gap), open.radius);
        explain(gap, "of the whole walk, transient tokens included");
      } else {
        explain(gap, reason);
      }
    out_.stationary = scattered(std::move(chain.stationary), parts_[c.label], A_.rows);
    if (!out_.stationary.pi.empty())
      out_.stationary.status = message(structure_.transient, " transient tokens have pi = 0");
    if (!out_.spectrum.points.empty())
      out_.spectrum.reason = reason;
    append_transient(open);
  }

  void several_classes() {
    std::vector<std::size_t> by_size(structure_.closed_classes.size());
    std::iota(by_size.begin(), by_size.end(), std::size_t{0});
    std::stable_sort(by_size.begin(), by_size.end(), [&](std::size_t a, std::size_t b) {
      return structure_.closed_classes[a].size > structure_.closed_classes[b].size;
    });
    const std::size_t count = by_size.size();
    by_size.resize(std::min(count, most_classes));

    const std::string reason = message(count, " closed classes: eigenvalue 1 has multiplicity ",
                                       count, ", and pi is not unique; see the gaps per class");
    out_.gaps.push_back(closed_gap("lambda_2", "closed classes", reason));
    out_.gaps.push_back(refusal("lambda_n", reason));
    out_.gaps.push_back(closed_gap("slem", "closed classes", reason));
    for (const char* name : pi_gaps)
      out_.gaps.push_back(refusal(name, reason));
    out_.stationary.status = reason;
    if (how_.whole_spectrum)
      out_.spectrum.reason = reason;
    add(out_, "closed_classes", static_cast<double>(count), "strong components",
        count > by_size.size() ? message("the ", by_size.size(), " largest are reported") : "");

    std::vector<Index> labels;
    labels.reserve(by_size.size());
    for (const std::size_t c : by_size)
      labels.push_back(structure_.closed_classes[c].label);
    const Transient open = transient_part(A_, parts_, labels, is_open_, how_);
    for (std::size_t rank = 0; rank < by_size.size(); ++rank) {
      const pattern::ClosedClass& c = structure_.closed_classes[by_size[rank]];
      const std::string prefix = message("class ", rank, ": ");
      add(out_, prefix + "size", static_cast<double>(c.size), "strong components");
      const auto inside = static_cast<double>(c.size);
      const double absorbed = open.absorbed.empty()
                                  ? inside / static_cast<double>(A_.rows)
                                  : mean_with_members(open.absorbed[rank], inside, A_.rows);
      add(out_, prefix + "absorption", absorbed, "(I - A_TT)^-1 A_TC 1",
          "mean over all tokens of the probability to end in the class");
      if (c.size == 1)
        continue;
      for (Gap& gap : gaps_of(c).gaps) {
        gap.name = prefix + gap.name;
        out_.gaps.push_back(std::move(gap));
      }
    }
    append_transient(open);
  }

  void append_transient(const Transient& open) {
    if (open.hops.empty())
      return;
    const std::string caveat = message("largest residual of the linear system ", open.residual);
    Bound radius{"transient_radius", open.radius.value, "Collatz-Wielandt", {}};
    if (!open.radius.converged)
      radius.reason = message("between ", open.radius.lo, " and ", open.radius.hi);
    out_.bounds.push_back(std::move(radius));
    add(out_, "absorption_mean", sparse::compensated_sum(open.hops) / static_cast<double>(A_.rows),
        "(I - A_TT)^-1 1, 0 on closed classes", caveat);
    add(out_, "absorption_max", *std::max_element(open.hops.begin(), open.hops.end()),
        "(I - A_TT)^-1 1", caveat);
  }

  const CsrView<double>& weights_;
  const CsrView<double>& A_;
  const pattern::Structure& structure_;
  const GapOptions& how_;
  std::vector<std::vector<Index>> parts_;
  std::vector<char> is_open_;
  GapReport out_;
};

} // namespace

GapReport gap_directed(const CsrView<double>& weights, const CsrView<double>& A,
                       const pattern::Structure& structure, const GapOptions& how) {
  return Report(weights, A, structure, how).make();
}

} // namespace attnwalk::spectral
