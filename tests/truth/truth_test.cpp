// SPDX-License-Identifier: Apache-2.0
// Every interval and bound of a report against numbers of 60 digits, on random walks of all kinds, by
// the dense and by the sparse solvers. A plain run samples them; the long form is
//   ATTNWALK_TRUTH=2000 unit_truth "[truth]"     (so many walks by the dense path, a quarter by the sparse)
// ATTNWALK_TRUTH_FIRST is the first seed (0 if absent), and ATTNWALK_TRUTH_SIZE the least number of
// tokens of the first (3 if absent).
#include "attnwalk/spectral/gap.hpp"

#include "catch.hpp"
#include "truth/exact_walk.hpp"
#include "truth/walks.hpp"

#include <cstdlib>
#include <iostream>
#include <limits>
#include <sstream>

using namespace attnwalk;
using namespace attnwalk::spectral;
using namespace attnwalk::test;

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// What the checks of all walks came to.
struct Tally {
  int walks = 0;
  int certified = 0, probable = 0, estimates = 0, refused = 0;
  int bounds = 0;
};

/// The checks of one report; misses as lines that say what and by how much.
class Judge {
public:
  Judge(const GapReport& report, const ExactWalk& truth, bool dense, Tally& tally)
      : report_(report), truth_(truth), dense_(dense), tally_(tally) {}

  std::vector<std::string> misses() {
    gaps(truth_.values, "");
    for (int rank = 0; !truth_.classes.empty(); ++rank) {
      const std::string prefix = "class " + std::to_string(rank) + ": ";
      const std::optional<double> size = bound(prefix + "size");
      if (!size)
        break;
      for (const ExactWalk::Class& c : truth_.classes)
        if (static_cast<double>(c.size) == *size)
          gaps(c.values, prefix);
    }
    stationary();
    mixing();
    graph();
    return std::move(misses_);
  }

private:
  [[nodiscard]] const Gap* find(const std::string& name) const {
    for (const Gap& g : report_.gaps)
      if (g.name == name)
        return &g;
    return nullptr;
  }
  [[nodiscard]] std::optional<double> bound(const std::string& name) const {
    for (const Bound& b : report_.bounds)
      if (b.name == name)
        return b.value;
    return {};
  }
  void miss(const std::string& what, double end, const Real& truth) {
    std::ostringstream text;
    text.precision(17);
    text << what << " = " << end << ", truth " << truth.str(20) << ", off by "
         << static_cast<double>((Real(end) - truth) / std::max(Real(abs(truth)), Real(1e-300)))
         << " of it";
    misses_.push_back(text.str());
  }
  /// end <= all that the truth may be, or >=. Probable ends are wrong one time in a million: in these
  /// few thousand, never.
  void below(const std::string& what, const std::optional<double>& end, const Real& truth) {
    if (end && Real(*end) > truth)
      miss(what, *end, truth);
  }
  void above(const std::string& what, const std::optional<double>& end, const Real& truth) {
    if (end && Real(*end) < truth)
      miss(what, *end, truth);
  }

  void gaps(const std::map<std::string, Bracket>& values, const std::string& prefix) {
    for (const auto& entry : values) {
      const std::string& name = entry.first;
      const Bracket& x = entry.second;
      if (name ==
          "transient_radius") { // a bound that gives its own limits where it has not settled
        for (const Bound& b : report_.bounds)
          if (b.name == name && b.reason.empty() && abs(Real(*b.value) - x.lo) > Real(1e-12))
            miss(name, *b.value, x.lo);
        continue;
      }
      const Gap* g = find(prefix + name);
      if (g == nullptr || !g->value) {
        ++tally_.refused;
        continue;
      }
      const std::string what =
          prefix + name + " (" + std::string(to_string(g->status)) + ", " + g->method + ") ";
      if ((g->lo && *g->lo > *g->value) || (g->hi && *g->hi < *g->value) ||
          (g->gap_lo && *g->gap_lo > *g->gap) || (g->gap_hi && *g->gap_hi < *g->gap))
        misses_.push_back(what + "lies outside its own interval");
      const bool itself = name == "chatterjee" || name == "pseudo_gap" || name == "doeblin";
      const bool last = name == "lambda_n";
      const Bracket gap = itself ? x
                          : last ? Bracket{1 + x.lo, 1 + x.hi}
                                 : Bracket{1 - x.hi, 1 - x.lo};
      // Of estimates nothing is promised but the upper end of the slem.
      const bool whole = g->status == Status::certified || g->status == Status::probable ||
                         g->status == Status::not_converged;
      (g->status == Status::certified  ? tally_.certified
       : g->status == Status::estimate ? tally_.estimates
                                       : tally_.probable)++;
      if (whole) {
        below(what + "lo", g->lo, x.hi);
        above(what + "gap_hi", g->gap_hi, gap.lo);
      }
      // An interval of everything would never miss. Flows that nearly balance widen it most.
      constexpr double widest = 1e-9;
      if (dense_ && name != "slem" && name != "k_step" && name != "pseudo_gap" &&
          name != "chatterjee" && *g->hi - *g->lo > widest)
        misses_.push_back(what + "has an interval of width " + std::to_string(*g->hi - *g->lo));
      if (whole || name == "slem") {
        above(what + "hi", g->hi, x.lo);
        below(what + "gap_lo", g->gap_lo, gap.hi);
      }
    }
  }

  void stationary() {
    const Stationary& s = report_.stationary;
    if (truth_.pi.empty() || s.pi.size() != truth_.pi.size())
      return;
    Real error = 0, worst = 0;
    for (std::size_t i = 0; i < s.pi.size(); ++i) {
      error += abs(Real(s.pi[i]) - truth_.pi[i]);
      if (truth_.pi[i] > 0)
        worst = std::max(worst, Real(abs(Real(s.pi[i]) - truth_.pi[i]) / truth_.pi[i]));
    }
    ++tally_.bounds;
    above("error bound of pi (" + s.method + ")", s.error_bound, error);
    above("relative error of pi (" + s.method + ")", s.relative_error, worst);
    // The rows of a walk in double are off by parts of eps each, and so is its balance.
    if (truth_.reversibility && *truth_.reversibility > Real(1e-13) && s.min > 1e-100)
      if (abs(Real(s.reversibility_defect) / *truth_.reversibility - 1) > Real(.05))
        miss("reversibility defect (" + s.method + ")", s.reversibility_defect,
             *truth_.reversibility);
  }

  void mixing() {
    for (std::size_t k = 1; k <= truth_.distance.size(); ++k) {
      const std::string at = "(" + std::to_string(k) + ")";
      tally_.bounds += 2;
      below("distance_lo" + at, bound("distance_lo" + at), truth_.distance[k - 1] + Real(1e-50));
      above("distance_hi" + at, bound("distance_hi" + at), truth_.distance[k - 1]);
    }
    if (truth_.mixing_time) {
      const Real t = *truth_.mixing_time;
      ++tally_.bounds;
      below("mixing_time_lo", bound("mixing_time_lo"), t);
      for (const char* name : {"mixing_time_hi", "mixing_time_sigma_2", "mixing_time_pseudo_gap",
                               "mixing_time_doeblin"})
        above(name, bound(name), t);
    }
    // ln 2 / ln(1/slem) itself, not only the whole number that it bounds.
    const auto slem = truth_.values.find("slem");
    if (report_.kind != Kind::causal && slem != truth_.values.end() && slem->second.hi < 1 &&
        slem->second.lo > 0)
      below("mixing_time_lo of the slem", bound("mixing_time_lo"),
            log(Real(2)) / -log(slem->second.hi));
    if (truth_.diameter && !truth_.distance.empty())
      above("hop_bound", bound("hop_bound"), Real(*truth_.diameter));
  }

  void graph() {
    const double slack = 64 * eps; // sums of positive weights, which these bounds do not round
    if (truth_.conductance) {
      tally_.bounds += 2;
      below("cheeger_lo", bound("cheeger_lo"), *truth_.conductance * (1 + slack));
      above("cheeger_hi", bound("cheeger_hi"), *truth_.conductance * (1 - slack));
    }
    if (truth_.connectivity) {
      const Real slack_of_zero(1e-45);
      below("connectivity_lo", bound("connectivity_lo"),
            *truth_.connectivity * (1 + slack) + slack_of_zero);
      above("connectivity_hi", bound("connectivity_hi"), *truth_.connectivity * (1 - slack));
    }
    if (truth_.diameter && report_.kind == Kind::undirected)
      above("diameter_hi", bound("diameter_hi"), Real(*truth_.diameter));
    if (truth_.kemeny && bound("kemeny")) // printed where it is known to a thousandth
      if (abs(Real(*bound("kemeny")) / *truth_.kemeny - 1) > Real(1e-3))
        miss("kemeny", *bound("kemeny"), *truth_.kemeny);
  }

  const GapReport& report_;
  const ExactWalk& truth_;
  bool dense_;
  Tally& tally_;
  std::vector<std::string> misses_;
};

void judge(WalkKind kind, Index n, std::uint64_t seed, bool dense, Tally& tally) {
  const Csr<double> W = random_weights(kind, n, seed);
  const int steps = !dense          ? 3
                    : seed % 4 == 2 ? 2
                                    : 8; // few: bounds for longer powers have to hold
  const ExactWalk truth = exact_walk(W, {.steps = steps, .distances = dense});
  const GapReport report = gap(W, {.dense_below = dense ? Index{2048} : Index{0},
                                   .steps = steps,
                                   .key = {seed, 0},
                                   .threads = 1});
  ++tally.walks;
  for (const std::string& line : Judge(report, truth, dense, tally).misses())
    FAIL_CHECK("kind " << name_of(kind) << ", n " << n << ", seed " << seed
                       << (dense ? ", dense: " : ", sparse: ") << line);
}

void print(const char* path, const Tally& t) {
  std::cerr << path << ": " << t.walks << " walks, intervals " << t.certified << " certified, "
            << t.probable << " probable, " << t.estimates << " estimates; " << t.refused
            << " refused; " << t.bounds << " bounds\n";
}

} // namespace

TEST_CASE("gap: no interval or bound misses the truth to 60 digits, dense solvers", "[truth]") {
  const std::uint64_t walks = number("ATTNWALK_TRUTH", 60);
  const std::uint64_t first = number("ATTNWALK_TRUTH_FIRST", 0);
  const auto size = static_cast<Index>(number("ATTNWALK_TRUTH_SIZE", 3));
  Tally tally;
  for (std::uint64_t seed = first; seed < first + walks; ++seed)
    judge(static_cast<WalkKind>(seed % walk_kinds), size + static_cast<Index>(seed * 7 % 13), seed,
          true, tally);
  print("dense", tally);
}

TEST_CASE("gap: no interval or bound misses the truth to 60 digits, sparse solvers", "[truth]") {
  const std::uint64_t walks = number("ATTNWALK_TRUTH", 40) / 4;
  const std::uint64_t first = number("ATTNWALK_TRUTH_FIRST", 0);
  Tally tally;
  for (std::uint64_t seed = first; seed < first + walks; ++seed) {
    const auto kind = static_cast<WalkKind>(7 * seed % walk_kinds); // any few differ
    // Above the sizes that are always solved densely: 48 symmetric, else 64.
    const bool symmetric = kind == WalkKind::undirected || kind == WalkKind::pattern;
    const Index small = kind == WalkKind::causal ? 12 : symmetric ? 49 : 65;
    judge(kind, small + static_cast<Index>(seed / walk_kinds % 4), seed, false, tally);
  }
  print("sparse", tally);
}
