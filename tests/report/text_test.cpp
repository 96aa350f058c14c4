// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/text.hpp"

#include "catch.hpp"
#include "samples.hpp"
#include "support/words.hpp"

#include <sstream>
#include <string>

using namespace attnwalk;
using namespace attnwalk::report;

using words::contains;

namespace {} // namespace

TEST_CASE("gap_text: every number as people see it", "[report][text]") {
  const std::string expected =
      R"(ring:w=3
64 x 64, 448 entries, 7 a row, undirected, seed 7

Mixes: every token reaches every other and no period stands in the way. How fast is not known here.

quantity             value  interval                               gap  status
lambda_2   0.9808315265165  [0.9808315265, 0.9808315266]  0.0191684735  certified
dobrushin                -  >= 0.750000                              -  estimate

found by
  lambda_2: LAPACK, residual 2e-15
  dobrushin: sampled pairs of rows

not given: chatterjee: two closed classes, of 3 & 4 tokens: <no> single limit

density                 10.9 %
entries in a row        7 in every one
regular                 of degree 7
self loops              64, smallest weight 0.143
causal                  no
components              1
strong components       1
closed classes          1, of 64, period 1, transient tokens 0
diameter                11 (exact: breadth-first search from every vertex)
reached in hops         1: 10.9 %, 2: 20.3 %
full reach              after 11 hops
stationary              from row sums of symmetric weights, residual 0
  pi                    0.25 to 0.75
  from uniform          TV 0
  reversibility defect  0
sweep cut               conductance 0.09, 4 tokens on one side
  set                   0..2 9

bound         value  method
cheeger_lo  0.00958  gap / 2
kemeny            -  not asked for

tv_max(k), k = 1..2   1, 0.5 (k products)
tv_mean(k), k = 1..2  0.75, 0.3125 (k products)

time: build 250 us, structure 2.00 ms, dense 500 ms, dense 250 ms
)";
  const std::string text = gap_text(samples::provenance(), samples::report(), {.all = true});
  CHECK(text == expected);
}

TEST_CASE("operator<<: reports, structures, gaps and statuses print themselves", "[report][text]") {
  std::ostringstream out;
  out << samples::report();
  const std::string whole = gap_text(samples::provenance(), samples::report(), {.all = true});
  const std::string table = out.str().substr(0, out.str().find("\ntime:"));
  CHECK(contains(whole, table)); // the same table, without heading
  CHECK(table.starts_with("quantity"));
  out.str("");
  out << samples::structure();
  CHECK(contains(out.str(), "entries in a row     7 in every one\n"));
  out.str("");
  out << samples::certified();
  CHECK(out.str() == "lambda_2 = 0.9808315265165 in [0.980831526510, 0.980831526520], certified");
  out.str("");
  out << spectral::Status::not_converged;
  CHECK(out.str() == "not_converged");
}

TEST_CASE("gap_text: colors change nothing but the escapes", "[report][text]") {
  const std::string plain = gap_text(samples::provenance(), samples::report(), {.all = true});
  std::string colored =
      gap_text(samples::provenance(), samples::report(), {.color = true, .all = true});
  CHECK(contains(colored, "\x1b[32mcertified\x1b[0m"));
  for (std::size_t at = colored.find('\x1b'); at != std::string::npos; at = colored.find('\x1b'))
    colored.erase(at, colored.find('m', at) - at + 1);
  CHECK(colored == plain);
}

TEST_CASE("gap_text: the answer first, on one screen of 100 columns", "[report][text]") {
  auto report = samples::report();
  auto slem = samples::certified();
  slem.name = "slem";
  report.gaps.push_back(slem);
  report.bounds.push_back({"mixing_time_lo", 35.8, "", ""});
  report.bounds.push_back({"mixing_time_hi", 210, "", ""});
  const std::string text = gap_text(samples::provenance(), report);
  const std::size_t sentence =
      text.find("Mixes at a moderate speed: in the long run each hop removes 1.9 %");
  const std::size_t numbers = text.find("slem gap");
  const std::size_t refused = text.find("not given: chatterjee");
  CHECK(sentence < numbers);
  CHECK(numbers < refused);
  CHECK(refused < text.find("Every number: --all"));
  CHECK(contains(text, "36 to 210 hops"));
  CHECK_FALSE(contains(text, "dobrushin"));
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    CHECK(line.size() <= 100);
  CHECK(count <= 24);
}

TEST_CASE("info_text: facts that say something, a fraction short of 1 never reads as all",
          "[report][text]") {
  auto s = samples::structure();
  s.reach = {{1, 0.99999, 0.99999, 0.99999}};
  s.empty_rows = 3;
  s.diameter_at_most.reset();
  s.full_reach.reset();
  const std::string text = info_text(samples::provenance(), s);
  CHECK(contains(text, "1: 99.99900 %"));
  CHECK(contains(text, "empty rows           3"));
  CHECK(contains(text, "infinite"));
  CHECK(contains(text, "full reach           never"));
  CHECK_FALSE(contains(text, "empty columns"));
}

TEST_CASE("summary_text: weights and certificate", "[report][text]") {
  workflow::Summary s;
  s.rows = s.cols = 64;
  s.entries = 448;
  s.density = 448.0 / 4096;
  s.weights = workflow::RowWeights{
      .min = 1e-9, .max = .5, .row_sum_error = 1e-16, .entropy = 2, .effective_keys = 8};
  auto origin = samples::provenance();
  origin.certificate.certified = true;
  origin.certificate.lambda_hi = 0.6666666666;
  origin.certificate.method = "inertia";
  const std::string text = summary_text(origin, s, "w.npz");
  CHECK(contains(text, "2 nats a row"));
  CHECK(contains(text, "<= 0.6666667")); // rounded up: still a bound
  CHECK(contains(text, "w.npz"));
  CHECK_FALSE(contains(summary_text(origin, s, ""), "written to"));
}

TEST_CASE("title, names_file: what an input is called and taken for", "[report][input]") {
  auto origin = samples::provenance();
  CHECK(workflow::title(origin) == "ring:w=3");
  origin.source = workflow::Source::file;
  origin.file = "-";
  CHECK(workflow::title(origin) == "standard input (ring:w=3)");
  origin.source = workflow::Source::head;
  origin.file = "a.npz";
  origin.layer = 2;
  origin.mask = "stored";
  CHECK(workflow::title(origin) == "a.npz, layer 2, head 0, stored mask");

  for (const char* file : {"-", "a.mtx", "dir/a", "dir/a.npz", "x.safetensors"})
    CHECK(workflow::names_file(file));
  for (const char* spec : {"full", "ring:w=3", "sbm:head=0,layer=0,file=a/b.npz", "causal(full)"})
    CHECK_FALSE(workflow::names_file(spec));
}
