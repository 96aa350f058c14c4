// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/input.hpp"

#include "attnwalk/core/threads.hpp"
#include "attnwalk/core/version.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/io/array_file.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/sparse/entries.hpp"

#include <cmath>

namespace attnwalk::workflow {
namespace {

SparseInput finished(SparseInput in) {
  in.origin.queries = in.pattern.rows();
  in.origin.keys = in.pattern.cols();
  in.origin.entries = in.pattern.entries();
  in.origin.weighted = in.weights.has_value();
  return in;
}

grammar::Built build(const std::string& text, const InputOptions& how, std::optional<Index> queries,
                     std::optional<Index> keys) {
  return grammar::build(text, {.queries = queries,
                               .keys = keys,
                               .seed = how.seed,
                               .threads = how.threads,
                               .monitor = how.monitor});
}

SparseInput from_spec(const InputOptions& how) {
  SparseInput in;
  in.origin = provenance(how, Source::spec);
  in.origin.spec = how.source;
  grammar::Built built = timed(in.origin.timings, "build",
                               [&] { return build(how.source, how, how.queries, how.keys); });
  in.pattern = std::move(built.pattern);
  in.origin.certificate = std::move(built.certificate);
  return finished(std::move(in));
}

/// Splits what a file holds into structure and values.
void adopt(SparseInput& in, Csr<double>&& matrix) {
  Buffer<double> values = std::move(matrix.values);
  matrix.values.clear();
  in.pattern = pattern::Pattern(std::move(matrix));
  if (!values.empty())
    in.weights.emplace(in.pattern, std::move(values));
}

/// Whether a file has more than its sparse matrix to offer.
bool holds_heads(const std::filesystem::path& path, const io::HeadArrays& which) {
  if (path.extension() != ".npz" && path.extension() != ".safetensors")
    return false;
  const io::ArrayFile file(path);
  return file.holds(which.q) && file.holds(which.k);
}

SparseInput from_file(const InputOptions& how) {
  require(!how.queries, Code::domain, "`queries` = ", how.queries.value_or(0),
          " belongs to a spec: ", how.source == "-" ? "standard input" : how.source,
          " has its own size");
  SparseInput in;
  in.origin = provenance(how, Source::file);
  in.origin.file = how.source;
  io::Loaded loaded = timed(in.origin.timings, "read", [&] { return io::read_sparse(how.source); });
  const bool dropped = !how.zeros_are_entries && sparse::drop_zeros(loaded.matrix) > 0;
  if (loaded.certificate && !dropped) { // it speaks of all that the file stores
    in.origin.certificate = std::move(*loaded.certificate);
    in.origin.spec = in.origin.certificate.spec;
  }
  in.stored = loaded.stored;
  adopt(in, std::move(loaded.matrix));
  if (holds_heads(how.source, how.arrays))
    in.origin.remarks.push_back(
        message(how.source,
                " also stores q and k of heads; this is its mask, every pair of which "
                "counts the same. A head: `qk=",
                how.source, "` with `layer` and `head`"));
  return finished(std::move(in));
}

SparseInput from_attention(const InputOptions& how) {
  require(!how.queries, Code::domain, "`queries` = ", how.queries.value_or(0),
          " belongs to a spec: the matrices in ", how.attention.string(), " have their own size");
  SparseInput in;
  in.origin = provenance(how, Source::head);
  in.origin.file = how.attention.string();
  in.origin.layer = how.layer;
  in.origin.head = how.head;
  adopt(in, timed(in.origin.timings, "read", [&] {
          return io::read_attention(how.attention, how.layer, how.head, {.threads = how.threads},
                                    how.arrays);
        }));
  return finished(std::move(in));
}

SparseInput from_head(const InputOptions& how) {
  require(!how.queries, Code::domain, "`queries` = ", how.queries.value_or(0),
          " belongs to a spec: the head in ", how.qk.string(), " has its own size");
  require(how.layer >= 0, Code::index, "layer = ", how.layer, " must be at least 0");
  require(how.head >= 0, Code::index, "head = ", how.head, " must be at least 0");
  SparseInput in;
  in.origin = provenance(how, Source::head);
  in.origin.file = how.qk.string();
  in.origin.layer = how.layer;
  in.origin.head = how.head;
  io::Head head = timed(in.origin.timings, "read", [&] {
    return io::read_head(how.qk, how.layer, how.head, {.threads = how.threads}, how.arrays);
  });
  in.pattern = timed(in.origin.timings, "mask", [&] {
    return resolve_mask(how, head.tokens, head.tokens, std::move(head.mask), in.origin);
  });
  in.origin.spec = in.origin.certificate.spec;
  in.origin.scale = how.weights.scale;
  if (in.origin.scale == 0 && head.width > 0)
    in.origin.scale = 1 / std::sqrt(static_cast<double>(head.width));
  in.weights = timed(in.origin.timings, "weights",
                     [&] { return head_weights(head, in.pattern, how.weights); });
  in.origin.remarks = head_remarks(how, head.stored_heads, head.tokens, head.width, in.origin.mask);
  if (head.v)
    in.v = io::to_doubles(*head.v, 0, head.v->size());
  return finished(std::move(in));
}

} // namespace

pattern::Weights head_weights(const io::Head& head, const pattern::Pattern& mask,
                              const attention::WeightsOptions& how) {
  const Dense<double> q = io::to_dense<double>(head.q, "q");
  const Dense<double> k = io::to_dense<double>(head.k, "k");
  return attention::weights(q.view(), k.view(), mask, how);
}

std::vector<std::string> head_remarks(const InputOptions& how, Index heads, Index tokens,
                                      Index width, const std::string& mask) {
  std::vector<std::string> remarks;
  const std::string file = how.qk.string();
  if (how.arrays.layout == io::HeadLayout::heads_first && (tokens < heads || tokens < width))
    remarks.push_back(message(file, ": q is read as ", heads, " heads of ", tokens,
                              " tokens of width ", width,
                              "; if it is stored as layers x tokens x heads x width, say "
                              "`layout=tokens_first`"));
  if (!how.mask.empty() || mask == "stored")
    return remarks;
  if (io::ArrayFile(how.qk).holds("membership_q"))
    remarks.push_back(message(file,
                              " stores block models from which its heads draw their masks; "
                              "without `mask` every token attends every other here. A drawn mask: "
                              "`mask=\"sbm:file=",
                              file, ",layer=", how.layer, ",head=", how.head, "\"`"));
  else
    remarks.push_back(message(file, " stores no mask and none was named: every token attends every "
                                    "other. If the model is causal, say `mask=\"causal(full)\"`"));
  return remarks;
}

pattern::Pattern resolve_mask(const InputOptions& how, Index queries, Index keys,
                              std::optional<Csr<double>> stored, Provenance& origin) {
  const auto fitting = [&](pattern::Pattern mask) {
    require(mask.rows() == queries && mask.cols() == keys, Code::shape, "mask ", origin.mask,
            " is ", mask.rows(), " x ", mask.cols(), " where there are ", queries, " queries and ",
            keys, " keys");
    return mask;
  };
  if (how.mask.empty() && stored) {
    origin.mask = "stored";
    return fitting(pattern::Pattern(std::move(*stored)));
  }
  origin.mask = how.mask.empty() ? "full" : how.mask;
  if (!how.mask.empty() && names_file(how.mask)) {
    io::Loaded loaded = io::read_mask(how.mask);
    if (loaded.certificate)
      origin.certificate = std::move(*loaded.certificate);
    return fitting(pattern::Pattern(std::move(loaded.matrix)));
  }
  const auto columns = keys == queries ? std::optional<Index>() : keys;
  grammar::Built built = build(origin.mask, how, queries, columns);
  origin.certificate = std::move(built.certificate);
  return fitting(built.pattern);
}

Provenance provenance(const InputOptions& how, Source source) {
  Provenance origin;
  origin.source = source;
  origin.seed = how.seed;
  origin.threads = threads(how.threads);
  origin.version = version;
  origin.graphblas = grb::library_version();
  return origin;
}

FieldRules rules(const InputOptions& how) {
  const bool head = !how.qk.empty();
  const bool stored = head || !how.attention.empty();
  const std::string mode = "`qk=FILE`";
  const std::string either = mode + " and `attention=FILE`";
  return {{"layer", how.layer != 0, stored, either},
          {"head", how.head != 0, stored, either},
          {"batch", how.arrays.batch.has_value(), stored, either},
          {"names",
           how.arrays.q != "q" || how.arrays.k != "k" || how.arrays.v != "v" ||
               !how.arrays.attention.empty(),
           stored, either},
          {"layout", how.arrays.layout != io::HeadLayout::heads_first, head, mode},
          {"mask", !how.mask.empty(), head, mode},
          {"scale", how.weights.scale != 0, head, mode}};
}

SparseInput resolve(const InputOptions& how) {
  require(how.source.empty() || how.qk.empty(), Code::domain, "\"", how.source,
          "\" and `qk=", how.qk.string(), "` are two inputs where one is needed");
  require(how.attention.empty() || (how.source.empty() && how.qk.empty()), Code::domain,
          "`attention=", how.attention.string(), "` and ",
          how.qk.empty() ? how.source : how.qk.string(), " are two inputs where one is needed");
  require(!how.source.empty() || !how.qk.empty() || !how.attention.empty(), Code::domain,
          "no input: name a spec, a file, - for standard input, or `qk=FILE`");
  require_applicable(rules(how));
  SparseInput in = !how.qk.empty()          ? from_head(how)
                   : !how.attention.empty() ? from_attention(how)
                   : names_file(how.source) ? from_file(how)
                                            : from_spec(how);
  poll(how.monitor, "reading the input"); // nothing is written of what was cancelled meanwhile
  return in;
}

} // namespace attnwalk::workflow
