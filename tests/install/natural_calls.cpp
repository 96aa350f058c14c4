// SPDX-License-Identifier: Apache-2.0
// What a new user writes without looking anything up; each call must compile and say what it should.
#include <attnwalk/attnwalk.hpp>

#include <iostream>
#include <sstream>
#include <vector>

using namespace attnwalk;
using pattern::Pattern;

namespace {

int wrong = 0;

void expect(bool ok, const char* what) {
  if (!ok) {
    std::cout << "wrong: " << what << '\n';
    ++wrong;
  }
}

void patterns() {
  const Pattern cycle = Pattern::from_edges(4, {{0, 1}, {1, 2}, {2, 3}, {3, 0}});
  const std::vector<pattern::Pattern::Edge> edges{{0, 1}, {1, 4}};
  const Pattern mask = Pattern::from_mask({{true, false}, {true, true}});
  const Pattern csr =
      Pattern::from_csr(2, std::vector<Index>{0, 1, 3}, std::vector<Index>{0, 0, 1});
  expect(cycle.entries() == 4, "from_edges");
  expect(Pattern::from_edges(2, 5, edges).cols() == 5, "from_edges, rectangular");
  expect(mask == csr, "from_mask and from_csr");
  expect((mask | csr) == mask && (mask & csr) == mask && (mask - csr).entries() == 0, "| & -");
  expect(pattern::transpose(cycle).contains(1, 0), "transpose");
  expect(pattern::ring(9, 2, {.stride = 2}).contains(0, 4), "ring");
  expect(pattern::regular(12, 3, {.key = {1, 2}, .threads = 1}).degree(0) == 3, "regular");
  std::ostringstream words;
  words << cycle;
  expect(!words.str().empty(), "os << pattern");
}

void walks() {
  const auto built = grammar::build("window:w=2", 64);
  const Pattern& P = built.pattern;
  const pattern::Weights W(P, Buffer<double>(P.entries(), 0.5));
  const double found = *spectral::gap(P).at("lambda_2").value;
  expect(*spectral::gap(W).at("lambda_2").value == found, "gap(weights)");
  expect(*spectral::gap(built.pattern).at("lambda_2").value == found, "gap(built.pattern)");
  expect(pattern::structure(P).components == 1, "structure(pattern)");
  expect(pattern::structure(W).components == 1, "structure(weights)");
  std::ostringstream words;
  words << spectral::gap(P) << pattern::structure(P) << spectral::gap(P).at("slem")
        << spectral::Status::certified;
  expect(words.str().find("lambda_2") != std::string::npos, "os << report");
}

void arrays() {
  Dense<float> X(Shape{2, 3, 8, 4});
  X(1, 2, 7, 3) = 1;
  expect(X(1, 2, 7, 3) == 1 && X.size() == 2 * 3 * 8 * 4, "Dense(b, h, i, c)");
  float sum = 0;
  for (const float x : X)
    sum += x;
  expect(sum == 1, "a loop over Dense");
  const Pattern P = pattern::window(8, 2);
  const auto out = attention::attend(X, X, X, P, {.lse = true});
  expect(out.Z.shape().heads == 3, "attend with Dense");
  std::vector<float> numbers(32);
  const View<float> rows(numbers, Shape{1, 1, 8, 4});
  expect(rows.shape.tokens == 8, "View of a vector");
  const layers::Diffuser<float> layer(P, 4);
  const auto Z = layer.forward(X, X, X, {.alpha = .2, .hops = 3});
  const auto back = layer.backward(X, X, X, Z, Z.Z);
  expect(back.dQ.shape().width == 4, "forward and backward with Dense");
}

void members() { // what a class holds before it is filled
  [[maybe_unused]] const pattern::Weights weights;
  [[maybe_unused]] const pattern::PatternBatch batch;
  [[maybe_unused]] const spectral::GapReport report;
  [[maybe_unused]] const layers::DiffuserResult<float> diffused;
  [[maybe_unused]] const layers::SbmResult<float> attended;
  [[maybe_unused]] const layers::SampledResult<float> sampled;
  [[maybe_unused]] const sbm::SampledBatch masks;
}

} // namespace

int main() {
  patterns();
  walks();
  arrays();
  members();
  std::cout << (wrong == 0 ? "every call does what it says" : "see above") << '\n';
  return wrong;
}
