// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/attend.hpp"

#include "attnwalk/grammar/block_model.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/heads.hpp"
#include "attnwalk/io/stored_model.hpp"
#include "attnwalk/sbm/sample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <span>

namespace attnwalk::workflow {
namespace {

/// Where Q, K or V comes from, decided before anything large is read.
struct Origin {
  std::shared_ptr<const io::ArrayFile> file; ///< open; of one file for all three the same
  std::string array;
  io::DenseHeader header;
};
struct Sources {
  Origin q, k, v;
  std::optional<Csr<double>> mask; ///< that one file for all stores
};

Sources from_files(const AttendInputs& inputs) {
  const std::filesystem::path one = inputs.input.source;
  const auto origin = [](std::shared_ptr<const io::ArrayFile> file, const char* array) {
    io::DenseHeader header = io::dense_header(*file, array);
    return Origin{std::move(file), array, header};
  };
  if (!inputs.q.empty() || !inputs.k.empty() || !inputs.v.empty()) {
    require(one.empty(), Code::domain, one.string(), " and `q`, `k`, `v` are two inputs");
    require(!inputs.q.empty() && !inputs.k.empty() && !inputs.v.empty(), Code::domain,
            "`q`, `k` and `v` belong together: one file each");
    return {origin(std::make_shared<io::ArrayFile>(inputs.q), "q"),
            origin(std::make_shared<io::ArrayFile>(inputs.k), "k"),
            origin(std::make_shared<io::ArrayFile>(inputs.v), "v"),
            {}};
  }
  require(io::format_of(one) != io::Format::npy, Code::domain, one.string(),
          " holds one array: name `q`, `k` and `v`, or a file with all three");
  const auto file = std::make_shared<io::ArrayFile>(one);
  for (const char* array : {"q", "k", "v"})
    require(file->holds(array), Code::io, one.string(), ": there is no array ", array);
  Sources s{origin(file, "q"), origin(file, "k"), origin(file, "v"), {}};
  if (file->holds("indptr") && file->holds("indices"))
    s.mask = io::read_mask(*file).matrix;
  return s;
}

/// The files as a title.
std::string words_of(const AttendInputs& inputs) {
  return inputs.input.source.empty()
             ? inputs.q.string() + ", " + inputs.k.string() + ", " + inputs.v.string()
             : inputs.input.source;
}

template <Real T>
void run(AttendResult& result, const Dense<T>& Q, const Dense<T>& K, const Dense<T>& V,
         int dimensions = 2) {
  auto& timings = result.origin.timings;
  const attention::Attended<T> out = timed(timings, "attend", [&] {
    return attention::attend<T>(Q.view(), K.view(), V.view(), result.mask, result.how, {},
                                {.copies = result.copies, .rate = result.rate});
  });
  result.q = summarize(Q);
  result.k = summarize(K);
  result.v = summarize(V);
  result.z = summarize(out.Z);
  result.arrays.emplace("z", io::to_array(out.Z, dimensions));
  if (!result.how.lse)
    return;
  io::Array lse = io::to_array(out.lse, dimensions);
  lse.shape.pop_back();
  result.arrays.emplace("lse", std::move(lse));
  result.lse_min = std::numeric_limits<double>::infinity();
  result.lse_max = -result.lse_min;
  for (const T x : std::span(out.lse.data(), static_cast<std::size_t>(out.lse.shape().size())))
    if (std::isfinite(x)) {
      result.lse_min = std::min<double>(result.lse_min, x);
      result.lse_max = std::max<double>(result.lse_max, x);
    }
}

template <Real T>
void run(AttendResult& result, const Sources& s) {
  auto& timings = result.origin.timings;
  const auto read = [&](const char* what, const Origin& from) {
    return timed(timings, what, [&] { return io::read_dense<T>(*from.file, from.array); });
  };
  const Dense<T> Q = read("read q", s.q);
  const Dense<T> K = read("read k", s.k);
  const Dense<T> V = read("read v", s.v);
  run(result, Q, K, V, std::max(2, s.q.header.dimensions)); // as q, so is z
}

template <Real T>
void run(AttendResult& result, const io::Head& head) {
  run(result, io::to_dense<T>(head.q, "q"), io::to_dense<T>(head.k, "k"),
      io::to_dense<T>(*head.v, "v"));
}

/// The block model that importance is asked for.
grammar::BlockModel model_of(const InputOptions& in, Index queries, Index keys,
                             Provenance& origin) {
  if (in.mask.empty()) {
    require(!in.qk.empty(), Code::domain,
            "importance needs a block model: `mask` with one term sbm, or the model of `qk=FILE`");
    origin.mask = "stored model";
    return {grammar::stored_model(io::read_model(in.qk, in.layer, in.head)),
            {in.seed, stream_of("sbm")}};
  }
  origin.mask = in.mask;
  std::optional<grammar::BlockModel> found;
  if (!names_file(in.mask))
    found = grammar::block_model(in.mask, {.queries = queries, .keys = keys, .seed = in.seed});
  require(found.has_value(), Code::domain, "mask = ", in.mask,
          " is no block model: importance needs one term sbm");
  return std::move(*found);
}

/// A mask of the model; the result learns copies and rates.
pattern::Pattern drawn_mask(AttendResult& result, const InputOptions& in, Index queries,
                            Index keys) {
  const grammar::BlockModel drawn = model_of(in, queries, keys, result.origin);
  const bool poisson = result.importance == Importance::poisson;
  sbm::Sample mask = sbm::sample(
      drawn.model, {.method = poisson ? sbm::SampleMethod::poisson : sbm::SampleMethod::automatic,
                    .key = drawn.key,
                    .probabilities = true,
                    .threads = in.threads,
                    .monitor = in.monitor});
  result.copies = std::move(mask.copies);
  result.rate = std::move(mask.probability);
  return std::move(mask.pattern);
}

/// The mask, the precision and the options, then the work in that precision.
template <class Inputs>
void finish(AttendResult& result, const AttendInputs& inputs, const Shape& q, Index keys,
            std::optional<Csr<double>> stored, bool stored_double, const Inputs& data) {
  Provenance& origin = result.origin;
  result.importance = inputs.importance;
  result.mask = timed(origin.timings, "mask", [&] {
    return inputs.importance == Importance::none
               ? resolve_mask(inputs.input, q.tokens, keys, std::move(stored), origin)
               : drawn_mask(result, inputs.input, q.tokens, keys);
  });
  origin.queries = result.mask.rows();
  origin.keys = result.mask.cols();
  origin.entries = result.mask.entries();
  result.summary = summarize(result.mask.view());
  result.precision = inputs.precision;
  if (inputs.precision == Precision::automatic)
    result.precision = stored_double ? Precision::float64 : Precision::float32;
  if (result.precision == Precision::bfloat16)
    result.how.storage = attention::Storage::bfloat16;
  if (result.how.scale == 0 && q.width > 0)
    result.how.scale = 1 / std::sqrt(static_cast<double>(q.width));
  if (origin.source == Source::head)
    origin.scale = result.how.scale;
  poll(inputs.input.monitor, "reading the input");
  if (result.precision == Precision::float64)
    run<double>(result, data);
  else
    run<float>(result, data);
}

} // namespace

FieldRules rules(const AttendInputs& inputs) {
  const bool head = !inputs.input.qk.empty();
  FieldRules of_head;
  for (FieldRule& rule : rules(inputs.input)) // a mask and a scale go with q, k and v of any source
    if (rule.field != std::string_view("mask") && rule.field != std::string_view("scale"))
      of_head.push_back({rule.field, rule.set, head, "`qk=FILE`"});
  return of_head;
}

AttendResult attend(const AttendInputs& inputs, attention::AttendOptions how) {
  const InputOptions& in = inputs.input;
  const bool files =
      !in.source.empty() || !inputs.q.empty() || !inputs.k.empty() || !inputs.v.empty();
  require(files != !in.qk.empty(), Code::domain,
          files ? "`qk` and a file of q, k and v are two inputs where one is needed"
                : "no input: name a file with q, k and v, or `q`, `k` and `v`, or `qk=FILE`");
  require(!in.queries, Code::domain, "`queries` = ", in.queries.value_or(0),
          " belongs to a spec: q, k and v have their own sizes");
  require_applicable(rules(inputs));
  AttendResult result;
  how.key = {in.seed, stream_of("dropout")};
  how.threads = in.threads;
  how.monitor = in.monitor;
  result.how = how;
  result.origin = provenance(in, files ? Source::file : Source::head);
  if (files) {
    Sources s = from_files(inputs);
    result.origin.file = words_of(inputs);
    const auto is_double = [](const Origin& x) { return x.header.stored == io::DType::float64; };
    std::optional<Csr<double>> mask = std::move(s.mask);
    finish(result, inputs, s.q.header.shape, s.k.header.shape.tokens, std::move(mask),
           is_double(s.q) || is_double(s.k) || is_double(s.v), s);
    return result;
  }
  require(in.layer >= 0, Code::index, "layer = ", in.layer, " must be at least 0");
  require(in.head >= 0, Code::index, "head = ", in.head, " must be at least 0");
  result.origin.file = in.qk.string();
  result.origin.layer = in.layer;
  result.origin.head = in.head;
  io::Head head = timed(result.origin.timings, "read", [&] {
    return io::read_head(in.qk, in.layer, in.head, {.threads = in.threads}, in.arrays);
  });
  require(head.v.has_value(), Code::io, in.qk.string(),
          ": there is no array v; the weights alone (`weights_only`) need only q and k");
  std::optional<Csr<double>> mask = std::move(head.mask);
  const bool stored_double = head.q.dtype == io::DType::float64;
  finish(result, inputs, {1, 1, head.tokens, head.width}, head.tokens, std::move(mask),
         stored_double, head);
  return result;
}

} // namespace attnwalk::workflow
