// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/attention/weights.hpp"
#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/names.hpp"
#include "attnwalk/io/array.hpp"
#include "attnwalk/io/heads.hpp"
#include "attnwalk/pattern/certificate.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/workflow/rules.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What a verb does, from its options to its result, without printing or drawing anything.
namespace attnwalk::workflow {

/// What a verb works on: one of a spec, a file, or the stored q and k of a trained head.
struct InputOptions {
  std::string source = {}; ///< a spec, a file (.mtx .npz .npy .safetensors), "-" for stdin
  std::optional<Index> queries = {}; ///< for specs; may be left out where a term fixes it
  std::optional<Index> keys = {};    ///< equal to queries if left out
  std::filesystem::path qk = {};     ///< instead of `source`: a file with q and k of several heads
  std::filesystem::path attention = {}; ///< instead: a file of stored attention matrices
  io::HeadArrays arrays = {};           ///< of both: names, batch, layout
  Index layer = 0;                      ///< from 0
  Index head = 0;                       ///< from 0
  std::string mask = {}; ///< spec or file; else the mask stored in `qk`, else every pair
  attention::WeightsOptions weights = {}; ///< how a head's scores become weights
  bool zeros_are_entries = false;         ///< what a file stores as 0 is a distance, not nothing
  std::uint64_t seed = 0;                 ///< for random terms without a seed of their own
  int threads = 0;                        ///< 0: OMP_NUM_THREADS, else all cores
  Monitor* monitor = nullptr;
};

enum class Source { spec, file, head };
[[nodiscard]] constexpr auto names_of(Source /*which*/) {
  return std::to_array<Name<Source>>(
      {{Source::spec, "spec"}, {Source::file, "file"}, {Source::head, "head"}});
}
[[nodiscard]] constexpr std::string_view to_string(Source x) {
  return name_of(x);
}

/// Where a matrix came from: everything needed to make it again.
struct Provenance {
  Source source = Source::spec;
  std::string spec;      ///< the text, where it came from one
  std::string file;      ///< the path, "-" for stdin
  Index layer = 0;       ///< of a head
  Index head = 0;        ///< of a head
  double scale = 0;      ///< of a head's scores; 0 of other inputs
  std::string mask;      ///< of a head: spec or file; "stored", "full"; empty: stored weights
  Index queries = 0;     ///< rows
  Index keys = 0;        ///< columns
  Index entries = 0;     ///< stored entries
  bool weighted = false; ///< false: a pattern, every entry counts the same
  std::uint64_t seed = 0;
  int threads = 1;                  ///< the number used
  std::string version;              ///< attnwalk's
  std::string graphblas;            ///< GraphBLAS's
  pattern::Certificate certificate; ///< spec and seed that built it, what is proved of it
  std::vector<Timing> timings;      ///< seconds per step so far
  std::vector<std::string>
      remarks; ///< what a reader might not expect of this input, a sentence each
};

/// A number with all its digits: another number has another text.
[[nodiscard]] std::string exact(double x);

/// "window:w=8" or "causal.npz, layer 2, head 1, mask causal(full)": a title.
[[nodiscard]] std::string title(const Provenance& origin);

/// A matrix and where it came from.
struct SparseInput {
  pattern::Pattern pattern;
  std::optional<pattern::Weights> weights; ///< absent: a pattern
  io::DType stored = io::DType::float64;   ///< the weights' type in a file
  std::vector<double> v; ///< of a head: tokens x width of its values, if the file stores them
  Provenance origin;

  [[nodiscard]] CsrView<double> view() const { return weights ? weights->view() : pattern.view(); }
};

/// Whether `text` means a file: "-"; a known ending or a slash without grammar's ':' or '(' (those
/// need an existing file, so that `sbm:head=0,file=a/b.npz` stays a spec); or a file that exists
/// where the text is no spec, so that its ending is named and not an unknown term.
[[nodiscard]] bool names_file(const std::string& text);

/// The fields that belong to a stored head: layer, head, batch, names, and of q and k alone layout,
/// mask, scale.
[[nodiscard]] FieldRules rules(const InputOptions& how);

/// Builds the spec, reads the file or the attention matrix, or forms the attention weights of the
/// head on its mask.
///
/// @throws Error{domain} if not exactly one input is named, an option belongs to another kind of
///         input, or a spec is wrong (with a caret); Error{shape} if the mask does not fit the
///         head; Error{index} if there is no such layer or head; Error{io, memory}
/// @cost   O(entries) for specs and files, O(entries width) for a head
[[nodiscard]] SparseInput resolve(const InputOptions& how);

/// The mask of queries x keys scores: `how.mask` as a spec or a file, else the stored one, else
/// every pair; `origin` learns which.
/// @throws Error{shape} if it has other sizes; Error as `resolve` for the spec or the file
[[nodiscard]] pattern::Pattern resolve_mask(const InputOptions& how, Index queries, Index keys,
                                            std::optional<Csr<double>> stored, Provenance& origin);

/// softmax(q k' scale) of one head on its mask, in double.
[[nodiscard]] pattern::Weights head_weights(const io::Head& head, const pattern::Pattern& mask,
                                            const attention::WeightsOptions& how);

/// What a reader might not expect of a file of heads: tokens and heads that look exchanged; every
/// pair attending where the file stores block models, or no mask.
[[nodiscard]] std::vector<std::string> head_remarks(const InputOptions& how, Index heads,
                                                    Index tokens, Index width,
                                                    const std::string& mask);

/// Versions, threads and seed of this run.
[[nodiscard]] Provenance provenance(const InputOptions& how, Source source);

/// Runs `work` and notes its wall time in seconds as `what`.
template <class Work>
[[nodiscard]] auto timed(std::vector<Timing>& timings, std::string what, Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  auto result = std::forward<Work>(work)();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  timings.push_back({std::move(what), taken.count()});
  return result;
}

} // namespace attnwalk::workflow
