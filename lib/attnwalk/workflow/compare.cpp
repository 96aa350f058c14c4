// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/compare.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sparse/entries.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>
#include <limits>
#include <span>
#include <utility>

namespace attnwalk::workflow {
namespace {

double row_sum(const CsrView<double>& A, Index i) {
  double sum = 0;
  for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
    sum += A.value(e);
  return sum;
}

/// What one row of each contributes to the overlap.
struct RowOverlap {
  Index common = 0;
  double l1 = 0;
  double squares = 0;
};

RowOverlap merge(const CsrView<double>& A, const CsrView<double>& B, Index i) {
  RowOverlap row;
  const double sum_a = row_sum(A, i);
  const double sum_b = row_sum(B, i);
  const auto weight = [](const CsrView<double>& M, Index e, double sum) {
    return sum > 0 ? M.value(e) / sum : 0;
  };
  Index a = A.offsets[i];
  Index b = B.offsets[i];
  while (a < A.offsets[i + 1] || b < B.offsets[i + 1]) {
    const Index last = std::numeric_limits<Index>::max();
    const Index ja = a < A.offsets[i + 1] ? A.columns[a] : last;
    const Index jb = b < B.offsets[i + 1] ? B.columns[b] : last;
    const double wa = ja <= jb ? weight(A, a, sum_a) : 0;
    const double wb = jb <= ja ? weight(B, b, sum_b) : 0;
    row.common += ja == jb ? 1 : 0;
    row.l1 += std::abs(wa - wb);
    row.squares += (wa - wb) * (wa - wb);
    a += ja <= jb ? 1 : 0;
    b += jb <= ja ? 1 : 0;
  }
  return row;
}

} // namespace

Overlap overlap(const CsrView<double>& first, const CsrView<double>& second) {
  require(first.rows == second.rows && first.cols == second.cols, Code::shape, "shapes ",
          first.rows, " x ", first.cols, " and ", second.rows, " x ", second.cols,
          " must be equal to be compared");
  const auto entries = [](const CsrView<double>& stored) {
    sparse::validate_weights(stored);
    Csr<double> kept = sparse::owned(stored);
    sparse::drop_zeros(kept);
    return kept;
  };
  const Csr<double> kept_a = entries(first);
  const Csr<double> kept_b = entries(second);
  const CsrView<double> A = kept_a.view();
  const CsrView<double> B = kept_b.view();
  Overlap o;
  double squares = 0;
  for (Index i = 0; i < A.rows; ++i) {
    const RowOverlap row = merge(A, B, i);
    o.common += row.common;
    squares += row.squares;
    o.tv_mean += row.l1 / 2;
    if (row.l1 / 2 > o.tv_max) {
      o.tv_max = row.l1 / 2;
      o.tv_max_row = i;
    }
  }
  o.only_a = A.entries() - o.common;
  o.only_b = B.entries() - o.common;
  const Index either = o.common + o.only_a + o.only_b;
  o.jaccard = either == 0 ? 1 : static_cast<double>(o.common) / static_cast<double>(either);
  o.tv_mean = A.rows == 0 ? 0 : o.tv_mean / static_cast<double>(A.rows);
  o.frobenius = std::sqrt(squares);
  return o;
}

bool settled(const spectral::GapReport& report) {
  return std::none_of(report.gaps.begin(), report.gaps.end(), [](const spectral::Gap& g) {
    return g.status == spectral::Status::refused || g.status == spectral::Status::not_converged;
  });
}

namespace {

/// A number among the values of `vary`: all of `item`.
double number(const std::string& item, const std::string& vary) {
  double value = 0;
  const auto read = std::from_chars(item.data(), item.data() + item.size(), value);
  require(read.ec == std::errc{} && read.ptr == item.data() + item.size() && value >= 0,
          Code::domain, "`vary` = ", vary, " must be a name and values, as n=256:4096 or w=1,2,4");
  return value;
}

const spectral::Gap* gap_of(const Compared& input, const std::string& by) {
  for (const spectral::Gap& g : input.report.gaps)
    if (g.name == by && g.gap)
      return &g;
  return nullptr;
}

bool proved(const spectral::Gap& g) {
  return is_proved(g.status) && g.gap_lo && g.gap_hi;
}

/// Whether both are one known number.
bool same_point(const spectral::Gap& g, const spectral::Gap& h) {
  return proved(g) && proved(h) && *g.gap_lo == *g.gap_hi && *h.gap_lo == *h.gap_hi &&
         *g.gap_lo == *h.gap_lo;
}

/// How sure it is which of two gaps is larger, or that they are equal.
spectral::Status order_status(const spectral::Gap& g, const spectral::Gap& h) {
  const bool apart = proved(g) && proved(h) && (*g.gap_lo > *h.gap_hi || *h.gap_lo > *g.gap_hi);
  if (!apart && !same_point(g, h))
    return spectral::Status::estimate;
  return std::max(g.status, h.status);
}

InputOptions of_source(const InputOptions& how, const std::string& source,
                       std::optional<std::pair<Index, Index>> size) {
  InputOptions options = how;
  options.source = source;
  if (names_file(source)) { // it has its own size
    options.queries.reset();
    options.keys.reset();
  } else if (size) {
    options.queries = size->first;
    options.keys = size->second;
  }
  return options;
}

/// Inputs at one value of what varies.
std::vector<Compared> compared(const std::vector<std::string>& asked,
                               const std::vector<Resolved>& resolved,
                               const spectral::GapOptions& how, CompareResult& result) {
  for (const Resolved& other : resolved) {
    const pattern::Pattern& first = resolved.front().input.pattern;
    const pattern::Pattern& P = other.input.pattern;
    require(P.rows() == first.rows() && P.cols() == first.cols(), Code::shape, "shapes ",
            first.rows(), " x ", first.cols(), " and ", P.rows(), " x ", P.cols(),
            " must be equal to be compared");
  }
  std::vector<Compared> inputs;
  inputs.reserve(resolved.size());
  for (std::size_t at = 0; at < resolved.size(); ++at) {
    Compared one;
    one.asked = asked[at];
    one.found = resolved[at].found;
    one.origin = resolved[at].input.origin;
    one.report = spectral::gap(resolved[at].input.view(), how);
    for (const std::string& remark : one.origin.remarks)
      result.remarks.push_back(remark);
    inputs.push_back(std::move(one));
  }
  return inputs;
}

/// Found numbers that miss what was asked for by more than a twentieth.
void remark_misses(const Compared& input, double per_row, std::vector<std::string>& remarks) {
  if (!input.found)
    return;
  const double got =
      static_cast<double>(input.origin.entries) / static_cast<double>(input.origin.queries);
  if (std::abs(got - per_row) > 0.05 * per_row)
    remarks.push_back(message(input.origin.spec, " has ", std::round(got * 100) / 100,
                              " entries a row, the nearest to ", per_row, " that ", input.asked,
                              " has at n = ", input.origin.queries));
}

/// Steps of one name count together.
void add(std::vector<Timing>& sums, const Timing& step) {
  for (Timing& sum : sums)
    if (sum.what == step.what) {
      sum.seconds += step.seconds;
      return;
    }
  sums.push_back(step);
}

/// What every input needs computed.
void choose_quantities(const CompareInputs& in, const std::string& by, spectral::GapOptions& how) {
  if (!how.only.empty()) {
    if (std::find(how.only.begin(), how.only.end(), by) == how.only.end())
      how.only.push_back(by);
    return;
  }
  if (in.all)
    return;
  how.only = {"slem", "sigma_2", "sigma_2_bipartite"};
  if (std::find(how.only.begin(), how.only.end(), by) == how.only.end())
    how.only.push_back(by);
}

} // namespace

Varied varied_values(const std::string& vary) {
  const std::size_t equals = vary.find('=');
  require(equals != std::string::npos && equals > 0, Code::domain, "`vary` = ", vary,
          " must be a name and values, as n=256:4096 or w=1,2,4");
  Varied varied{vary.substr(0, equals), {}};
  for (std::size_t at = equals + 1; at <= vary.size();) {
    const std::size_t end = std::min(vary.find(',', at), vary.size());
    const std::string item = vary.substr(at, end - at);
    const std::size_t colon = item.find(':');
    at = end + 1;
    if (colon == std::string::npos) {
      (void)number(item, vary);
      varied.values.push_back(item);
      continue;
    }
    const double from = number(item.substr(0, colon), vary);
    const double to = number(item.substr(colon + 1), vary);
    require(from > 0 && from <= to, Code::domain, "`vary` = ", vary,
            ": a range a:b doubles from a above 0 up to b");
    const int doublings = std::ilogb(to / from);
    for (int k = 0; k <= doublings; ++k)
      varied.values.push_back(exact(std::ldexp(from, k)));
  }
  return varied;
}

std::vector<Resolved> resolve_all(const std::vector<std::string>& sources, const InputOptions& how,
                                  std::optional<double> per_row) {
  require(std::count(sources.begin(), sources.end(), "-") <= 1, Code::domain,
          "standard input can be only one of the inputs");
  require(!how.queries || !std::all_of(sources.begin(), sources.end(), names_file), Code::domain,
          "`queries` = ", how.queries.value_or(0),
          " belongs to a spec: every input has its own size");
  std::vector<std::optional<Resolved>> found(sources.size());
  std::optional<std::pair<Index, Index>> size;
  const auto adopt = [&](std::size_t at, Resolved&& one) {
    if (!size && !how.queries)
      size = std::pair(one.input.pattern.rows(), one.input.pattern.cols());
    found[at] = std::move(one);
  };
  for (std::size_t at = 0; at < sources.size(); ++at)
    if (names_file(sources[at]))
      adopt(at, {resolve(of_source(how, sources[at], size)), {}});
  // A spec that fixes its size gives it to those that do not: they wait for it.
  for (bool again = true; again;) {
    again = false;
    std::exception_ptr refusal;
    for (std::size_t at = 0; at < sources.size(); ++at) {
      if (found[at])
        continue;
      const bool last_word = how.queries || size;
      try {
        InputOptions options = of_source(how, sources[at], size);
        std::optional<Found> number;
        if (const auto open = open_spec(sources[at])) {
          require(per_row.has_value(), Code::domain, sources[at],
                  " leaves a number open: say what for, with `per_row` or `vary`");
          number = with_entries(*open, *per_row, options);
          options.source = open->with(number->value);
        }
        adopt(at, {resolve(options), std::move(number)});
        again = again || !last_word;
      } catch (const Error& error) {
        if (last_word || error.code() != Code::domain)
          throw;
        if (!refusal)
          refusal = std::current_exception();
      }
    }
    if (refusal && !again)
      std::rethrow_exception(refusal);
  }
  std::vector<Resolved> all;
  all.reserve(found.size());
  for (std::optional<Resolved>& one : found)
    all.push_back(std::move(*one));
  return all;
}

void rank(std::span<Compared> inputs, const std::string& by) {
  for (Compared& input : inputs) {
    const spectral::Gap* g = gap_of(input, by);
    input.rank = 0;
    input.rank_status = spectral::Status::refused;
    if (g == nullptr)
      continue;
    input.rank = 1;
    input.rank_status = proved(*g) ? g->status : spectral::Status::estimate;
    for (const Compared& other : inputs) {
      const spectral::Gap* h = gap_of(other, by);
      if (h == nullptr || &other == &input)
        continue;
      input.rank += *h->gap > *g->gap ? 1 : 0;
      input.rank_status = std::max(input.rank_status, order_status(*g, *h));
    }
  }
}

CompareResult compare(const CompareInputs& in, spectral::GapOptions how) {
  how.key.seed = in.input.seed;
  how.threads = in.input.threads;
  const auto& names = spectral::gap_names;
  require(in.by.empty() || std::find(names.begin(), names.end(), in.by) != names.end(),
          Code::domain, "`by` = ", in.by,
          " is no quantity; `attnwalk gap --all` lists them, as slem");
  require(in.sources.size() >= (in.vary.empty() ? 2 : 1), Code::domain, "compare needs ",
          in.vary.empty() ? "two inputs" : "an input", ", and takes any number");
  CompareResult result;
  Varied varied{"", {""}};
  if (!in.vary.empty())
    varied = varied_values(in.vary);
  result.varied = varied.name;
  const bool sizes = varied.name == "n";
  require(!sizes || !in.input.queries, Code::domain, "`queries` and `vary` = ", in.vary,
          " are two sizes where one is needed");
  require(!sizes || std::none_of(in.sources.begin(), in.sources.end(), names_file), Code::domain,
          "`vary` = ", in.vary, " belongs to specs: a file has its own size");
  for (const std::string& value : varied.values) {
    std::vector<Timing> timings;
    InputOptions input = in.input;
    std::vector<std::string> sources = in.sources;
    bool used = varied.name.empty() || sizes;
    if (sizes) {
      const double n = number(value, in.vary);
      require(n >= 1 && n == std::floor(n) && n < 9e15, Code::domain, "`vary` = ", in.vary,
              ": n must be a whole number above 0");
      input.queries = static_cast<Index>(n);
    } else if (!varied.name.empty()) {
      for (std::string& source : sources)
        if (const auto open = open_spec(source); open && open->key == varied.name) {
          source = open->with(value);
          used = true;
        }
    }
    require(used, Code::domain, "`vary` = ", in.vary, ": no input leaves ", varied.name,
            " open, as in ", varied.name, "=?");
    std::vector<Resolved> resolved =
        timed(timings, "inputs", [&] { return resolve_all(sources, input, in.per_row); });
    const pattern::Pattern& first = resolved.front().input.pattern;
    result.by = !in.by.empty()                 ? in.by
                : first.rows() == first.cols() ? "slem"
                                               : "sigma_2_bipartite";
    spectral::GapOptions options = how;
    choose_quantities(in, result.by, options);
    std::vector<Compared> inputs =
        timed(timings, "gaps", [&] { return compared(in.sources, resolved, options, result); });
    rank(inputs, result.by);
    if (in.vary.empty() && inputs.size() == 2)
      result.overlap = timed(timings, "overlap", [&] {
        return overlap(resolved[0].input.view(), resolved[1].input.view());
      });
    for (Compared& input_of : inputs) {
      if (!varied.name.empty())
        input_of.at = number(value, in.vary);
      if (in.per_row)
        remark_misses(input_of, *in.per_row, result.remarks);
      result.inputs.push_back(std::move(input_of));
    }
    for (const Timing& step : timings)
      add(result.timings, step);
  }
  return result;
}

} // namespace attnwalk::workflow
