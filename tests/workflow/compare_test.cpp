// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/workflow/compare.hpp"
#include "attnwalk/workflow/summary.hpp"

#include "catch.hpp"
#include "scratch.hpp"

#include <cmath>
#include <string>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::workflow;

namespace {

const double tol = 4 * 2.3e-16; // a handful of roundings of numbers near 1

// Rows: {0: .5, 1: .5}, {}, {2: 1}
Csr<double> small() {
  return {3, 3, {0, 2, 2, 3}, {0, 1, 2}, {.5, .5, 1}};
}
/// An input whose only gap is slem's.
Compared with_gap(double gap, double lo, double hi,
                  spectral::Status status = spectral::Status::certified) {
  Compared input;
  spectral::Gap g;
  g.name = "slem";
  g.gap = gap;
  g.gap_lo = lo;
  g.gap_hi = hi;
  g.status = status;
  input.report.gaps = {g};
  return input;
}

// Rows: {1: 3}, {0: 1}, {2: 2}
Csr<double> other() {
  return {3, 3, {0, 1, 2, 3}, {1, 0, 2}, {3, 1, 2}};
}

} // namespace

TEST_CASE("summarize: sizes, degrees and loops by hand", "[workflow][summary]") {
  const auto A = small();
  const Summary s = summarize(A.view());
  CHECK(s.entries == 3);
  CHECK(s.density == Approx(1.0 / 3).epsilon(tol));
  CHECK(s.row_degree.min == 0);
  CHECK(s.row_degree.max == 2);
  CHECK(s.row_degree.sd == Approx(std::sqrt(2.0 / 3)).epsilon(tol));
  CHECK(s.empty_rows == 1);
  CHECK(s.loops == 2);
  REQUIRE(s.weights);
  CHECK(s.weights->min == .5);
  CHECK(s.weights->max == 1);
  CHECK(s.weights->row_sum_error == 0);
  CHECK(s.weights->entropy == Approx(std::log(2.0) / 2).epsilon(tol)); // rows: ln 2 and 0
  CHECK(s.weights->effective_keys == Approx(1.5).epsilon(tol));
}

TEST_CASE("summarize: empty shapes are valid", "[workflow][summary]") {
  CHECK(summarize(CsrView<double>{}).density == 0);
  const Csr<double> none{2, 2, {0, 0, 0}, {}, {}};
  CHECK(summarize(none.view()).empty_rows == 2);
  CHECK_FALSE(summarize(none.view()).weights);
}

TEST_CASE("overlap: common entries, Jaccard and distances by hand", "[workflow][compare]") {
  const auto A = small();
  const auto B = other();
  const Overlap o = overlap(A.view(), B.view());
  CHECK(o.common == 2);
  CHECK(o.only_a == 1);
  CHECK(o.only_b == 1);
  CHECK(o.jaccard == .5);
  // normalized rows differ by (.5, -.5), (-1), (0)
  CHECK(o.tv_max == Approx(.5).epsilon(tol));
  CHECK(o.tv_mean == Approx(1.0 / 3).epsilon(tol));
  CHECK(o.frobenius == Approx(std::sqrt(1.5)).epsilon(tol));
}

TEST_CASE("overlap: a matrix with itself, and with nothing", "[workflow][compare]") {
  const auto A = small();
  const Overlap same = overlap(A.view(), A.view());
  CHECK(same.jaccard == 1);
  CHECK(same.frobenius == 0);
  const Csr<double> none{3, 3, {0, 0, 0, 0}, {}, {}};
  CHECK(overlap(A.view(), none.view()).common == 0);
  CHECK(overlap(none.view(), none.view()).jaccard == 1);
}

TEST_CASE("overlap: refuses shapes that differ", "[workflow][compare]") {
  const auto A = small();
  const Csr<double> wide{3, 4, {0, 0, 0, 0}, {}, {}};
  CHECK_THROWS_WITH(overlap(A.view(), wide.view()),
                    "shapes 3 x 3 and 3 x 4 must be equal to be compared");
}

TEST_CASE("rank: the largest gap first; certified where no interval meets another",
          "[workflow][compare]") {
  using spectral::Status;
  std::vector<Compared> inputs{with_gap(.1, .09, .11), with_gap(.5, .4, .6),
                               with_gap(.105, .1, .12), with_gap(0, 0, 0), with_gap(0, 0, 0)};
  inputs.emplace_back(); // has no gap at all
  rank(inputs, "slem");
  const std::vector<Index> ranks{3, 1, 2, 4, 4, 0};
  const std::vector<Status> sure{Status::estimate,  Status::certified, Status::estimate,
                                 Status::certified, Status::certified, Status::refused};
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    INFO(k);
    CHECK(inputs[k].rank == ranks[k]);
    CHECK(inputs[k].rank_status == sure[k]);
  }
  // Ends that touch may be one number; what is probable makes the ranks so; an estimate proves none.
  inputs = {with_gap(.2, .2, .3), with_gap(.4, .3, .5)};
  rank(inputs, "slem");
  CHECK(inputs[0].rank_status == Status::estimate);
  CHECK(inputs[1].rank_status == Status::estimate);
  inputs = {with_gap(.2, .1, .3), with_gap(.5, .4, .6, Status::probable)};
  rank(inputs, "slem");
  CHECK(inputs[0].rank_status == Status::probable);
  inputs[1] = with_gap(.5, .4, .6, Status::estimate);
  rank(inputs, "slem");
  CHECK(inputs[0].rank_status == Status::estimate);
}

TEST_CASE("varied_values: ranges double, lists are as they are", "[workflow][compare]") {
  const Varied sizes = varied_values("n=256:4096");
  CHECK(sizes.name == "n");
  CHECK(sizes.values == std::vector<std::string>{"256", "512", "1024", "2048", "4096"});
  CHECK(varied_values("w=1,5,8:20").values == std::vector<std::string>{"1", "5", "8", "16"});
  for (const char* wrong :
       {"", "n", "n=", "=3", "n=a", "n=3:", "n=4:2", "n=0:2", "n=1,,2", "n=-1"}) {
    INFO(wrong);
    CHECK_THROWS_AS(varied_values(wrong), Error);
  }
}

TEST_CASE("with_entries: the value of all whose count is nearest", "[workflow][compare]") {
  const InputOptions how{.queries = 60, .seed = 3};
  for (const char* text : {"window:w=?", "dilated:w=?,stride=4", "dilated:w=5,stride=?",
                           "strided:stride=?", "random:d=?", "blockwindow:w=?", "regular:d=?",
                           "causal(window:w=?)", "ring:w=?+random:d=2"})
    for (const double per_row : {1.0, 6.5, 17.0, 50.0}) {
      INFO(text << " for " << per_row);
      const OpenSpec open = *open_spec(text);
      double least = 1e300; // of every value
      for (Index k = 0; k <= 60; ++k) {
        try {
          const auto P = grammar::build(open.with(std::to_string(k)), {.queries = 60, .seed = 3});
          least =
              std::min(least, std::abs(static_cast<double>(P.pattern.entries()) - 60 * per_row));
        } catch (const Error&) {
          continue;
        }
      }
      const Found found = with_entries(open, per_row, how);
      CHECK(std::abs(static_cast<double>(found.entries) - 60 * per_row) == least);
      const auto again = grammar::build(open.with(found.value), {.queries = 60, .seed = 3});
      CHECK(again.pattern.entries() == found.entries);
    }
  const Found share = with_entries(*open_spec("erdos:prob=?"), 8, {.queries = 500, .seed = 1});
  CHECK(std::abs(static_cast<double>(share.entries) - 4000) <= 2); // mirrored: two entries an edge
}

TEST_CASE("open_spec: one number of one term", "[workflow][compare]") {
  CHECK_FALSE(open_spec("window:w=3"));
  CHECK(open_spec("loops( dilated : stride=4 , w = ? )")->key == "w");
  CHECK(open_spec("global:g=2+window:w=?")->with("7") == "global:g=2+window:w=7");
  for (const char* wrong : {"?", "window:?", "window:w=?+random:d=?", "window:v=?", "windw:w=?",
                            "global:g=2,at=?", "sbm:file=?,layer=0,head=0"}) {
    INFO(wrong);
    CHECK_THROWS_AS(open_spec(wrong), Error);
  }
  const OpenSpec open = *open_spec("window:w=?");
  CHECK_THROWS_WITH(with_entries(open, 8, {}), "`queries` is needed to find w in window:w=?");
  CHECK_THROWS_AS(with_entries(open, 0, {.queries = 9}), Error);
  CHECK_THROWS_AS(with_entries(open, 10, {.queries = 9}), Error);
  CHECK_THROWS_AS(with_entries(*open_spec("torus:a=?,b=7"), 4, {.queries = 12}),
                  Error); // fits none
}

TEST_CASE("resolve_all: a spec takes the size of a file, or of a spec that fixes one",
          "[workflow][compare]") {
  const Scratch file("pair.npz");
  const std::string name = file.path.string();
  const Csr<double> A{3, 3, {0, 1, 2, 3}, {1, 2, 0}, {}};
  io::write_sparse(file.path, A.view(), {});
  for (const auto& sources : {std::vector<std::string>{name, "full"}, {"full", name, "none"}})
    for (const Resolved& one : resolve_all(sources, {}))
      CHECK(one.input.origin.queries == 3);
  for (const Resolved& one : resolve_all({"full", "torus:a=3,b=4", "window:w=?"}, {}, 5.0))
    CHECK(one.input.origin.queries == 12);
  CHECK_THROWS_AS(resolve_all({"full", "none"}, {}), Error); // nothing fixes n
  CHECK_THROWS_AS(resolve_all({"-", "-"}, {}), Error);
  CHECK_THROWS_AS(resolve_all({name, name}, {.queries = 3}), Error);
  CHECK_THROWS_AS(resolve_all({"window:w=?", "full"}, {.queries = 3}), Error); // for what?
}

TEST_CASE("compare: ranks at equal entries, and gaps of cycles against n", "[workflow][compare]") {
  CompareInputs inputs;
  inputs.sources = {"window:w=?", "random:d=?", "full"};
  inputs.input.queries = 64;
  inputs.per_row = 8;
  const CompareResult result = compare(inputs);
  CHECK(result.by == "slem");
  REQUIRE(result.inputs.size() == 3);
  CHECK(result.inputs[0].origin.spec == "window:w=4"); // 9 a row but for the ends: 8.69; w=3: 6.81
  CHECK(result.inputs[1].found->value == "8");
  CHECK(result.inputs[0].rank == 3);
  CHECK(result.inputs[1].rank == 2);
  CHECK(result.inputs[2].rank == 1);
  CHECK_FALSE(result.inputs[2].found);
  CHECK_FALSE(result.overlap);
  CHECK(result.remarks.size() == 1); // 8.69 is 9 % off

  CompareInputs sweep;
  sweep.sources = {"ring:w=1"};
  sweep.vary = "n=9,27";
  const CompareResult cycles = compare(sweep);
  REQUIRE(cycles.inputs.size() == 2);
  for (const Compared& cycle : cycles.inputs) { // eigenvalues (1 + 2 cos(2 pi k / n)) / 3
    const double gap = (2 - 2 * std::cos(2 * std::acos(-1.0) / *cycle.at)) / 3;
    CHECK(*cycle.report.at("slem").gap == Approx(gap).epsilon(1e-9));
  }
  sweep.sources = {"ring:w=?"};
  sweep.input.queries = 64;
  sweep.vary = "w=1:4";
  CHECK(compare(sweep).inputs[2].origin.spec == "ring:w=4");

  sweep.vary = "v=1:4";
  CHECK_THROWS_AS(compare(sweep), Error); // no input leaves v open
  sweep.vary = "n=8:16";
  CHECK_THROWS_AS(compare(sweep), Error); // two sizes
  sweep.vary = "";
  CHECK_THROWS_AS(compare(sweep), Error); // one input
  inputs.by = "lambda";
  CHECK_THROWS_AS(compare(inputs), Error);
}
