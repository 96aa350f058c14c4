// SPDX-License-Identifier: Apache-2.0
// Times of the block model samplers, one core, everything from the model to sorted compressed rows,
// and of whole SBM-Transformer layers, all threads:
// sbm_bench speed|scaling|heads|layer|passes|large ...; one line of JSON per case.
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/layers/sbm.hpp"
#include "attnwalk/sbm/moments.hpp"
#include "attnwalk/sbm/sample.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <string>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::sbm;

namespace {

double seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

/// Half of the edges within k equal blocks, half across.
Model planted(Index n, double degree, Index k) {
  const auto N = static_cast<double>(n);
  const auto K = static_cast<double>(k);
  return planted_model(n, n, k, degree / 2 * K / N, degree / 2 / (N - N / K));
}

/// Every membership mixed, all different: one alias table of n slots per cluster.
Model mixed(Index n, double degree, Index k) {
  Model model;
  RandomStream draw({1, 1});
  const auto random = [&](Index rows, Index cols) {
    Dense<double> A(rows, cols);
    for (Index e = 0; e < A.shape().size(); ++e)
      A.data()[e] = draw.unit() * draw.unit();
    return A;
  };
  model.Y = Membership::mixed(random(n, k));
  model.Z = Membership::mixed(random(n, k));
  model.S = random(k, k);
  model.clamp = true;
  return with_degree(std::move(model), degree);
}

/// Memberships near 1/2 and S uniform: a head of the SBM-Transformer as it starts.
Model untrained(Index n, Index k, double density) {
  Model model = mixed(n, 1, k);
  RandomStream draw({1, 2});
  const auto near_half = [&] {
    Dense<double> A(n, k);
    for (Index e = 0; e < A.shape().size(); ++e)
      A.data()[e] = .49 + .02 * draw.unit();
    return A;
  };
  model.Y = Membership::mixed(near_half());
  model.Z = Membership::mixed(near_half());
  std::fill_n(model.S.data(), k * k, 1.0);
  return with_density(std::move(model), density);
}

struct Row {
  double seconds = 0;
  double entries = 0;
  SampleMethod method = SampleMethod::automatic;
};

/// The median of `repetitions` draws after one that warms up; entries within 6 sigma of the model.
Row timed(const Model& model, SampleMethod method, int repetitions) {
  std::vector<double> times;
  Row row;
  for (int r = -1; r < repetitions; ++r) {
    const double start = seconds();
    const Sample mask = sample(
        model, {.method = method, .key = {static_cast<std::uint64_t>(r + 1), 1}, .threads = 1});
    if (r >= 0 || repetitions == 1)
      times.push_back(seconds() - start);
    row.entries = static_cast<double>(mask.pattern.entries());
    row.method = mask.method;
    if (method != SampleMethod::poisson && method != SampleMethod::poisson_distinct) {
      const double expected = expected_edges(model, 1);
      require(std::abs(row.entries - expected) < 6 * std::sqrt(expected), Code::domain, row.entries,
              " entries drawn where ", expected, " are expected");
    }
  }
  std::sort(times.begin(), times.end());
  row.seconds = times[times.size() / 2];
  return row;
}

void print(const std::string& name, Index n, Index k, SampleMethod asked, const Row& row) {
  std::cout << "{\"case\": \"" << name << "\", \"n\": " << n << ", \"k\": " << k
            << ", \"method\": \"" << to_string(asked) << "\", \"drawn_by\": \""
            << to_string(row.method) << "\", \"entries\": " << row.entries
            << ", \"seconds\": " << row.seconds
            << ", \"entries_per_us\": " << row.entries / row.seconds * 1e-6 << "}" << std::endl;
}

void speed() {
  for (const Index n : {Index{65536}, Index{1000000}}) {
    const int repetitions = n < 100000 ? 7 : 1;
    print("planted", n, 10, SampleMethod::bernoulli,
          timed(planted(n, 100, 10), SampleMethod::bernoulli, repetitions));
    print("mixed", n, 10, SampleMethod::bernoulli,
          timed(mixed(n, 100, 10), SampleMethod::bernoulli, repetitions));
  }
  print("planted", 500000, 10, SampleMethod::bernoulli,
        timed(planted(500000, 10, 10), SampleMethod::bernoulli, 7));
  print("mixed", 500000, 10, SampleMethod::bernoulli,
        timed(mixed(500000, 10, 10), SampleMethod::bernoulli, 7));
}

void scaling() {
  for (const double entries : {1e5, 1e6, 1e7, 1e8}) {
    const auto n = static_cast<Index>(entries / 100);
    print("planted", n, 10, SampleMethod::bernoulli,
          timed(planted(n, 100, 10), SampleMethod::bernoulli, entries > 2e7 ? 1 : 5));
  }
}

void heads() {
  for (const Index n : {1024, 2048, 4096})
    for (const double density : {.01, .03, .1, .26, .5}) {
      const Model model = untrained(n, 128, density);
      for (const SampleMethod method :
           {SampleMethod::bernoulli, SampleMethod::bernoulli_tiled, SampleMethod::automatic})
        print("head", n, 128, method, timed(model, method, 5));
    }
}

template <class T>
Dense<T> normal(RandomStream& draw, Shape shape, double deviation) {
  Dense<T> A(shape);
  for (Index e = 0; e < shape.size(); ++e)
    A.data()[e] = static_cast<T>(deviation * draw.normal());
  return A;
}

/// Models of a layer's heads from q, k and C at once, beside one call of `head` for each; all
/// threads, medians of 15.
void layer() {
  RandomStream draw({2, 1});
  const auto random = [&](Shape shape) { return normal<double>(draw, shape, .2); };
  const TwoLayerMap<double> f{random({1, 1, 32, 32}), random({1, 1, 1, 32}), random({1, 1, 32, 32}),
                              random({1, 1, 1, 32})};
  for (const Shape shape :
       {Shape{1, 2, 256, 32}, Shape{8, 2, 256, 32}, Shape{8, 2, 1024, 32}, Shape{2, 2, 4096, 32}}) {
    const Dense<double> q = random(shape);
    const Dense<double> k = random(shape);
    const Dense<double> C = random({1, shape.heads, 128, 32});
    std::vector<double> loop;
    std::vector<double> batch;
    for (int r = 0; r < 16; ++r) {
      double start = seconds();
      std::vector<Head<double>> one_by_one;
      for (Index b = 0; b < shape.batch; ++b)
        for (Index h = 0; h < shape.heads; ++h)
          one_by_one.push_back(
              head<double>(q.view().head(b, h), k.view().head(b, h), C.view().head(0, h), f));
      loop.push_back(seconds() - start);
      start = seconds();
      const auto all = sbm::heads<double>(q.view(), k.view(), C.view(), f);
      batch.push_back(seconds() - start);
      for (std::size_t at = 0; at < one_by_one.size(); ++at)
        require(all.models[at].Y.at(7, 5) == one_by_one[at].model.Y.at(7, 5), Code::domain, "head ",
                at, " has other bits in a batch");
    }
    for (std::vector<double>* times : {&loop, &batch}) {
      times->erase(times->begin()); // the warm-up
      std::sort(times->begin(), times->end());
    }
    std::cout << "{\"case\": \"layer\", \"batch\": " << shape.batch
              << ", \"heads\": " << shape.heads << ", \"n\": " << shape.tokens
              << ", \"k\": 128, \"threads\": " << threads() << ", \"loop_ms\": " << 1e3 * loop[7]
              << ", \"batch_ms\": " << 1e3 * batch[7] << "}" << std::endl;
  }
}

/// Forward and backward of a layer as it starts, 128 clusters drawn with deviation sqrt(2 / (k d));
/// all threads, medians of 5.
void passes() {
  for (const Index n : {1024, 2048, 4096}) {
    RandomStream draw({3, 1});
    const Shape shape{1, 2, n, 32};
    const Dense<float> Q = normal<float>(draw, shape, 1), K = normal<float>(draw, shape, 1);
    const Dense<float> V = normal<float>(draw, shape, 1), G = normal<float>(draw, shape, 1);
    const layers::SbmParameters<float> parameters{
        normal<float>(draw, {1, 2, 128, 32}, std::sqrt(2.0 / (128 * 32))),
        {normal<float>(draw, {1, 1, 32, 32}, .1), normal<float>(draw, {1, 1, 1, 32}, .1),
         normal<float>(draw, {1, 1, 32, 32}, .1), normal<float>(draw, {1, 1, 1, 32}, .1)}};
    const layers::SbmAttention<float> layer;
    std::vector<double> forward;
    std::vector<double> backward;
    double density = 0;
    for (std::uint64_t r = 0; r < 6; ++r) {
      const layers::SampledOptions how{.key = {r, 1}, .sparsity_weight = 1e-4};
      const double start = seconds();
      const auto out = layer.forward(Q.view(), K.view(), V.view(), parameters, how);
      const double middle = seconds();
      const auto g = layer.backward(Q.view(), K.view(), V.view(), parameters, out, G.view());
      const double end = seconds();
      density = out.density.front();
      require(std::isfinite(g.dC(0, 0, 0, 0)), Code::domain, "the gradient of C is ",
              g.dC(0, 0, 0, 0));
      if (r == 0)
        continue; // the warm-up
      forward.push_back(middle - start);
      backward.push_back(end - middle);
    }
    std::sort(forward.begin(), forward.end());
    std::sort(backward.begin(), backward.end());
    std::cout << "{\"case\": \"passes\", \"n\": " << n
              << ", \"heads\": 2, \"k\": 128, \"threads\": " << threads()
              << ", \"density\": " << density << ", \"forward_ms\": " << 1e3 * forward[2]
              << ", \"backward_ms\": " << 1e3 * backward[2] << "}" << std::endl;
  }
}

void large() {
  print("planted", 10000000, 10, SampleMethod::bernoulli,
        timed(planted(10000000, 10, 10), SampleMethod::bernoulli, 1));
}

} // namespace

int main(int argc, char** argv) {
  for (int a = 1; a < argc; ++a) {
    const std::string what = argv[a];
    if (what == "speed")
      speed();
    else if (what == "scaling")
      scaling();
    else if (what == "heads")
      heads();
    else if (what == "layer")
      layer();
    else if (what == "passes")
      passes();
    else if (what == "large")
      large();
    else
      return 2;
  }
  return 0;
}
