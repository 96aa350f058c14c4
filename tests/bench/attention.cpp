// SPDX-License-Identifier: Apache-2.0
#include "attention.hpp"

#include "attnwalk/core/threads.hpp"
#include "attnwalk/io/scipy.hpp"
#include "attnwalk/layers/diffuser.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/workflow/dense.hpp"

#include "data.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

namespace attnwalk::bench {

using attention::Attention;
namespace {

// Entries whose rows are checked against loops in double.
constexpr Index checked_entries = 1 << 18;

template <class T>
Index row_bytes(Index width) {
  return width * static_cast<Index>(sizeof(T));
}

} // namespace

template <Real T>
AttentionBench<T>::AttentionBench(const BenchOptions& how, std::string name,
                                  const pattern::Pattern& P, Index heads, bool half)
    : how_(how), name_(std::move(name)), P_(P), heads_(heads), half_(half),
      sample_(sampled_rows(P.view(), checked_entries)),
      Q_(normal_rows<T>(heads, P.rows(), how.dim, how.seed, "q")),
      K_(normal_rows<T>(heads, P.cols(), how.dim, how.seed, "k")),
      V_(normal_rows<T>(heads, P.cols(), how.dim, how.seed, "v")),
      G_(normal_rows<T>(heads, P.rows(), how.dim, how.seed, "g")),
      plan_(
          kernels::PlanBatch::of(pattern::PatternBatch(P_), {.row_bytes = row_bytes<T>(how.dim)})),
      both_plan_(kernels::PlanBatch::of(pattern::PatternBatch(P_),
                                        {.row_bytes = row_bytes<T>(2 * how.dim)})),
      q_(std::as_const(Q_).view(), kernels::row_lanes<T>(), how.threads),
      k_(std::as_const(K_).view(), kernels::row_lanes<T>(), how.threads),
      v_(std::as_const(V_).view(), kernels::row_lanes<T>(), how.threads),
      ops_(plan_, 1, heads, how.threads), sink_(static_cast<std::size_t>(heads * P.rows())) {}

template <Real T>
BenchRow AttentionBench<T>::row(const std::string& operation, const std::string& backend) const {
  BenchRow out;
  out.operation = operation;
  out.backend = backend;
  out.pattern = name_;
  out.n = P_.rows();
  out.entries = P_.entries();
  out.head_dim = how_.dim;
  out.heads = heads_;
  out.dtype = half_ ? "bfloat16" : sizeof(T) == sizeof(float) ? "float" : "double";
  out.threads = threads(how_.threads);
  return out;
}

template <Real T>
std::vector<Index> AttentionBench<T>::checked_heads() const {
  return heads_ == 1 ? std::vector<Index>{0} : std::vector<Index>{0, heads_ - 1};
}

template <Real T>
void AttentionBench<T>::scores() {
  ops_.scores(q_.view(), k_.view(),
              {.scale = static_cast<T>(1 / std::sqrt(static_cast<double>(how_.dim)))},
              edges_.data());
}

template <Real T>
void AttentionBench<T>::weights() {
  ops_.softmax(edges_.data());
}

template <Real T>
void AttentionBench<T>::hop(View<const T> from, Dense<T>& to, T scale, T base_scale) {
  ops_.sum(kernels::By::query, scale, edges_.data(), from, to.view(), v_.view(), base_scale);
}

template <Real T>
void AttentionBench<T>::hops() {
  const auto keep = static_cast<T>(1 - alpha_);
  const auto mix = static_cast<T>(alpha_);
  hop(v_.view(), Z_, keep, mix);
  for (Index k = 1; k < how_.hops; ++k) {
    hop(std::as_const(Z_).view(), other_, keep, mix);
    std::swap(Z_, other_);
  }
}

template <Real T>
void AttentionBench<T>::gather(const kernels::PlanBatch& plans, const kernels::PaddedInput<T>& X) {
  kernels::EdgeOps<T>(plans, 1, heads_, how_.threads).gather(X.view(), sink_.data());
}

template <Real T>
double AttentionBench<T>::scores_error(const Buffer<T>& found) const {
  double worst = 0;
  const double scale = 1 / std::sqrt(static_cast<double>(how_.dim));
  for (const Index h : checked_heads())
    for (Index i = 0; i < P_.rows(); ++i)
      for (Index t = 0; t < sample_.view().degree(i); ++t) {
        const T* q = Q_.view().row(0, h, i);
        const T* k = K_.view().row(0, h, P_.row(i)[static_cast<std::size_t>(t)]);
        double sum = 0;
        for (Index c = 0; c < how_.dim; ++c)
          sum += static_cast<double>(q[c]) * static_cast<double>(k[c]);
        const Index e = h * P_.entries() + P_.view().offsets[i] + t;
        worst = std::max(worst, std::abs(sum * scale - static_cast<double>(found[e])));
      }
  return worst;
}

template <Real T>
double AttentionBench<T>::hops_error(const Dense<T>& Z, double alpha, Index hops) const {
  double worst = 0;
  for (const Index h : checked_heads())
    for (const Index c : {Index{0}, how_.dim - 1}) {
      const std::vector<double> wanted =
          hops_of_column(P_.view(), edge(h), V_.view().head(0, h), c, alpha, hops);
      for (Index i = 0; i < P_.rows(); ++i)
        worst = std::max(worst, std::abs(wanted[static_cast<std::size_t>(i)] -
                                         static_cast<double>(Z.view().row(0, h, i)[c])));
    }
  return worst;
}

template <Real T>
double AttentionBench<T>::forward_error(const Dense<T>& Z) const {
  double worst = 0;
  const CsrView<double> sample = sample_.view();
  for (const Index h : checked_heads()) {
    const auto wanted = reference_head<T>(sample, Q_.view().head(0, h), K_.view().head(0, h),
                                          V_.view().head(0, h), nullptr);
    worst = std::max(worst, worst_row<T>(Z.view().head(0, h), wanted.Z, &sample));
  }
  return worst;
}

/// With dL/dZ zero outside the sampled rows, the gradients are those of the sample alone.
template <Real T>
double AttentionBench<T>::backward_error(attention::Backend backend,
                                         const Attention<T>& attend) const {
  const CsrView<double> sample = sample_.view();
  Dense<T> G = G_;
  for (Index h = 0; h < heads_; ++h)
    for (Index i = 0; i < P_.rows(); ++i)
      if (sample.degree(i) == 0)
        std::fill_n(G.view().row(0, h, i), how_.dim, T{0});
  const attention::AttendOptions how{
      .lse = true, .backend = backend, .assumed_valid = true, .threads = how_.threads};
  const auto Z = attend.forward(Q_.view(), K_.view(), V_.view(), how);
  const auto found = attend.backward(Q_.view(), K_.view(), V_.view(), Z, G.view());
  double worst = 0;
  for (const Index h : checked_heads()) {
    const View<const T> g = std::as_const(G).view().head(0, h);
    const auto wanted = reference_head<T>(sample, Q_.view().head(0, h), K_.view().head(0, h),
                                          V_.view().head(0, h), &g);
    worst = std::max({worst, worst_row<T>(found.dQ.view().head(0, h), wanted.dQ, nullptr),
                      worst_row<T>(found.dK.view().head(0, h), wanted.dK, nullptr),
                      worst_row<T>(found.dV.view().head(0, h), wanted.dV, nullptr)});
  }
  return worst;
}

template <Real T>
BenchRow AttentionBench<T>::fused(const std::string& operation) {
  BenchRow out = row(operation, "fused");
  const auto repetitions = static_cast<int>(how_.repetitions);
  if (operation == "scores") {
    scores();
    out.max_error = scores_error(edges_);
    measure(
        out, repetitions, [&] { scores(); }, [&] { gather(plan_, k_); });
  } else if (operation == "softmax") {
    measure(out, repetitions, [&] { weights(); });
  } else if (operation == "hop") {
    hop(v_.view(), Z_, 1, 0);
    out.max_error = hops_error(Z_, 0, 1);
    measure(
        out, repetitions, [&] { hop(v_.view(), Z_, 1, 0); }, [&] { gather(plan_, v_); });
  } else {
    hops();
    out.max_error = hops_error(Z_, alpha_, how_.hops);
    measure(
        out, repetitions, [&] { hops(); },
        [&] {
          for (Index k = 0; k < how_.hops; ++k)
            gather(plan_, v_);
        });
  }
  return out;
}

template <Real T>
BenchRow AttentionBench<T>::graphblas(const std::string& operation) {
  BenchRow out = row(operation, "graphblas");
  const GraphblasResult<T> found =
      bench_graphblas<T>(out, how_, P_, Q_.view(), K_.view(), V_.view(), edges_, alpha_);
  if (operation == "scores")
    out.max_error = scores_error(found.edges);
  else if (operation == "hop")
    out.max_error = hops_error(found.Z, 0, 1);
  else if (operation == "hops")
    out.max_error = hops_error(found.Z, alpha_, how_.hops);
  return out;
}

template <Real T>
BenchRow AttentionBench<T>::forward(attention::Backend backend) {
  BenchRow out = row("forward", std::string(name_of(backend)));
  const Attention<T> attend(P_, 2 * how_.dim);
  attention::AttendOptions how{.backend = backend, .assumed_valid = true, .threads = how_.threads};
  if (half_)
    how.storage = attention::Storage::bfloat16;
  attention::Attended<T> result;
  const auto work = [&] { result = attend.forward(Q_.view(), K_.view(), V_.view(), how); };
  work();
  out.max_error = forward_error(result.Z);
  result = {};
  const auto limit = [&] {
    gather(both_plan_, k_);
    gather(both_plan_, v_);
  };
  const bool bound = backend == attention::Backend::fused;
  measure(out, static_cast<int>(how_.repetitions), work,
          bound ? std::function<void()>(limit) : std::function<void()>());
  return out;
}

template <Real T>
BenchRow AttentionBench<T>::backward(attention::Backend backend) {
  BenchRow out = row("backward", std::string(name_of(backend)));
  const Attention<T> attend(P_, 2 * how_.dim, true);
  const attention::AttendOptions how{
      .lse = true, .backend = backend, .assumed_valid = true, .threads = how_.threads};
  out.max_error = backward_error(backend, attend);
  measure(out, static_cast<int>(how_.repetitions), [&] {
    const auto Z = attend.forward(Q_.view(), K_.view(), V_.view(), how);
    const auto gradients = attend.backward(Q_.view(), K_.view(), V_.view(), Z, G_.view());
    sink_[0] = gradients.dQ.data()[0];
  });
  return out;
}

template <Real T>
BenchRow AttentionBench<T>::diffuser() {
  BenchRow out = row("diffuser", "fused");
  const layers::Diffuser<T> layer(P_, how_.dim);
  layers::DiffuserResult<T> result;
  const auto work = [&] {
    result = layer.forward(
        Q_.view(), K_.view(), V_.view(),
        {.alpha = alpha_, .hops = how_.hops, .assumed_valid = true, .threads = how_.threads});
  };
  work();
  edges_ = result.weights;
  out.max_error = hops_error(result.Z, alpha_, how_.hops);
  result = {};
  measure(out, static_cast<int>(how_.repetitions), work, [&] {
    gather(plan_, k_);
    for (Index k = 0; k < how_.hops; ++k)
      gather(plan_, v_);
  });
  return out;
}

template <Real T>
void AttentionBench<T>::save(const std::filesystem::path& folder) {
  std::string name = name_ + message("-", P_.rows(), "-", heads_) +
                     (sizeof(T) == sizeof(float) ? "-float" : "-double");
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '-'; },
      '_');
  io::Arrays arrays = io::to_scipy_csr(P_.view());
  Dense<T> all(Shape{1, heads_, P_.entries(), 1});
  for (Index h = 0; h < heads_; ++h)
    std::copy_n(edge(h), P_.entries(), all.view().row(0, h, 0));
  arrays.emplace("weights", io::to_array(all, 2));
  const auto Z = attention::attend<T>(Q_.view(), K_.view(), V_.view(), P_);
  hops();
  arrays.emplace("q", io::to_array(Q_, 3));
  arrays.emplace("k", io::to_array(K_, 3));
  arrays.emplace("v", io::to_array(V_, 3));
  arrays.emplace("g", io::to_array(G_, 3));
  arrays.emplace("z", io::to_array(Z.Z, 3));
  arrays.emplace("diffused", io::to_array(Z_, 3));
  workflow::Provenance origin = workflow::provenance({.seed = how_.seed}, workflow::Source::spec);
  origin.spec = name_;
  origin.queries = P_.rows();
  origin.keys = P_.cols();
  origin.entries = P_.entries();
  workflow::write_dense(folder / (name + ".npz"), std::move(arrays),
                        report::provenance_json(origin));
}

template <Real T>
std::vector<BenchRow> AttentionBench<T>::run() {
  const auto wants = [&](const char* backend) {
    return std::find(how_.backends.begin(), how_.backends.end(), backend) != how_.backends.end();
  };
  const auto needs_weights = [](const std::string& op) {
    return op == "scores" || op == "softmax" || op == "hop" || op == "hops" || op == "diffuser";
  };
  std::vector<BenchRow> rows;
  const bool any =
      !half_ && (!how_.save.empty() ||
                 std::any_of(how_.operations.begin(), how_.operations.end(), needs_weights));
  if (any) {
    edges_.resize(static_cast<std::size_t>(heads_ * P_.entries()));
    Z_ = other_ = Dense<T>(Shape{1, heads_, P_.rows(), v_.width()});
  }
  for (const std::string& operation : how_.operations) {
    if (half_ && operation != "forward")
      continue;
    if (any && needs_weights(operation)) {
      scores();
      weights();
    }
    if (operation == "forward" || operation == "backward") {
      for (const auto backend : {attention::Backend::fused, attention::Backend::graphblas})
        if (wants(std::string(name_of(backend)).c_str()) &&
            !(half_ && backend == attention::Backend::graphblas))
          rows.push_back(operation == "forward" ? forward(backend) : backward(backend));
    } else if (operation == "diffuser") {
      rows.push_back(diffuser());
    } else if (needs_weights(operation)) {
      if (wants("graphblas"))
        rows.push_back(graphblas(operation));
      if (wants("fused"))
        rows.push_back(fused(operation));
    }
  }
  if (!half_ && !how_.save.empty()) {
    scores();
    weights();
    save(how_.save);
  }
  return rows;
}

template class AttentionBench<float>;
template class AttentionBench<double>;

} // namespace attnwalk::bench
