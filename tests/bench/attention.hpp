// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/attention/attention.hpp"
#include "attnwalk/kernels/edge_ops.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include "cases.hpp"

#include <vector>

namespace attnwalk::bench {

/// One pattern with its inputs and everything that is built once and not timed.
template <Real T>
class AttentionBench {
public:
  AttentionBench(const BenchOptions& how, std::string name, const pattern::Pattern& P, Index heads,
                 bool half);

  /// The rows of the operations that `how` names, in its order.
  [[nodiscard]] std::vector<BenchRow> run();

private:
  using Sample = Csr<double>;

  [[nodiscard]] BenchRow row(const std::string& operation, const std::string& backend) const;
  [[nodiscard]] BenchRow fused(const std::string& operation);
  [[nodiscard]] BenchRow graphblas(const std::string& operation);
  [[nodiscard]] BenchRow forward(attention::Backend backend);
  [[nodiscard]] BenchRow backward(attention::Backend backend);
  [[nodiscard]] BenchRow diffuser();
  void save(const std::filesystem::path& folder);

  void scores();
  void weights();
  /// to = scale A from + base_scale V.
  void hop(View<const T> from, Dense<T>& to, T scale, T base_scale);
  void hops();
  /// Reads each gathered row of X once into registers, on the chunks of a plan.
  void gather(const kernels::PlanBatch& plans, const kernels::PaddedInput<T>& X);

  [[nodiscard]] double scores_error(const Buffer<T>& found) const;
  [[nodiscard]] double hops_error(const Dense<T>& Z, double alpha, Index hops) const;
  [[nodiscard]] double forward_error(const Dense<T>& Z) const;
  [[nodiscard]] double backward_error(attention::Backend backend,
                                      const attention::Attention<T>& attend) const;
  /// The first and the last head: those that are checked.
  [[nodiscard]] std::vector<Index> checked_heads() const;
  [[nodiscard]] const T* edge(Index h) const { return edges_.data() + h * P_.entries(); }

  const BenchOptions& how_;
  std::string name_;
  pattern::Pattern P_;
  Index heads_;
  bool half_;
  double alpha_ = 0.1;
  Sample sample_;
  Dense<T> Q_, K_, V_, G_;
  kernels::PlanBatch plan_;      ///< column blocks for one array of rows
  kernels::PlanBatch both_plan_; ///< for K and V together, as the fused forward
  kernels::PaddedInput<T> q_, k_, v_;
  kernels::EdgeOps<T> ops_; ///< on `plan_`
  Buffer<T> edges_;         ///< of every head: scores, then weights
  Dense<T> Z_, other_;
  Buffer<T> sink_;
};

/// The rows of the GraphBLAS programs for scores, softmax, hop and hops on one head after another.
template <Real T>
struct GraphblasResult {
  Buffer<T> edges; ///< scores or weights of every head
  Dense<T> Z;
};
/// @param weights  the softmax of every head, for hop and hops
template <Real T>
[[nodiscard]] GraphblasResult<T>
bench_graphblas(BenchRow& row, const BenchOptions& how, const pattern::Pattern& P, View<const T> Q,
                View<const T> K, View<const T> V, const Buffer<T>& weights, double alpha);

} // namespace attnwalk::bench
