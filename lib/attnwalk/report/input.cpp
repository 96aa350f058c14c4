// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/input.hpp"

#include "attnwalk/core/threads.hpp"
#include "attnwalk/core/version.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/heads.hpp"

namespace attnwalk::report {
namespace {

Input finished(Input in) {
  in.from.queries = in.pattern.rows();
  in.from.keys = in.pattern.cols();
  in.from.entries = in.pattern.entries();
  in.from.weighted = in.weights.has_value();
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

Input from_spec(const InputOptions& how) {
  Input in;
  in.from = provenance(how, Source::spec);
  in.from.spec = how.source;
  grammar::Built built = timed(in.from.timings, "build",
                               [&] { return build(how.source, how, how.queries, how.keys); });
  in.pattern = std::move(built.pattern);
  in.from.certificate = std::move(built.certificate);
  return finished(std::move(in));
}

/// Splits what a file holds into structure and values.
void adopt(Input& in, Csr<double>&& matrix) {
  Buffer<double> values = std::move(matrix.values);
  matrix.values.clear();
  in.pattern = pattern::Pattern(std::move(matrix));
  if (!values.empty())
    in.weights.emplace(in.pattern, std::move(values));
}

Input from_file(const InputOptions& how) {
  require(!how.queries, Code::domain, "-n = ", how.queries.value_or(0),
          " belongs to a spec: ", how.source == "-" ? "standard input" : how.source,
          " has its own size");
  Input in;
  in.from = provenance(how, Source::file);
  in.from.file = how.source;
  io::Loaded loaded = timed(in.from.timings, "read", [&] { return io::read_sparse(how.source); });
  if (loaded.certificate) {
    in.from.certificate = std::move(*loaded.certificate);
    in.from.spec = in.from.certificate.spec;
  }
  adopt(in, std::move(loaded.matrix));
  return finished(std::move(in));
}

Input from_head(const InputOptions& how) {
  require(!how.queries, Code::domain, "-n = ", how.queries.value_or(0),
          " belongs to a spec: the head in ", how.qk.string(), " has its own size");
  require(how.layer >= 0, Code::index, "layer = ", how.layer, " must be at least 0");
  require(how.head >= 0, Code::index, "head = ", how.head, " must be at least 0");
  Input in;
  in.from = provenance(how, Source::head);
  in.from.file = how.qk.string();
  in.from.layer = how.layer;
  in.from.head = how.head;
  io::Head head =
      timed(in.from.timings, "read", [&] { return io::read_head(how.qk, how.layer, how.head); });
  in.pattern = timed(in.from.timings, "mask", [&] {
    return resolve_mask(how, head.tokens, head.tokens, std::move(head.mask), in.from);
  });
  in.from.spec = in.from.certificate.spec;
  in.weights = timed(in.from.timings, "weights", [&] {
    const Dense<double> q = io::to_dense<double>(head.q, "q");
    const Dense<double> k = io::to_dense<double>(head.k, "k");
    return attention::weights(q.view(), k.view(), in.pattern, how.weights);
  });
  if (head.v)
    in.v = io::to_doubles(*head.v, 0, head.v->size());
  return finished(std::move(in));
}

} // namespace

pattern::Pattern resolve_mask(const InputOptions& how, Index queries, Index keys,
                              std::optional<Csr<double>> stored, Provenance& from) {
  const auto fitting = [&](pattern::Pattern mask) {
    require(mask.rows() == queries && mask.cols() == keys, Code::shape, "mask ", from.mask, " is ",
            mask.rows(), " x ", mask.cols(), " where there are ", queries, " queries and ", keys,
            " keys");
    return mask;
  };
  if (how.mask.empty() && stored) {
    from.mask = "stored";
    stored->values.clear();
    return fitting(pattern::Pattern(std::move(*stored)));
  }
  from.mask = how.mask.empty() ? "full" : how.mask;
  if (!how.mask.empty() && names_file(how.mask)) {
    io::Loaded loaded = io::read_mask(how.mask);
    if (loaded.certificate)
      from.certificate = std::move(*loaded.certificate);
    return fitting(pattern::Pattern(std::move(loaded.matrix)));
  }
  const auto columns = keys == queries ? std::optional<Index>() : keys;
  grammar::Built built = build(from.mask, how, queries, columns);
  from.certificate = std::move(built.certificate);
  return fitting(built.pattern);
}

Provenance provenance(const InputOptions& how, Source source) {
  Provenance from;
  from.source = source;
  from.seed = how.seed;
  from.threads = threads(how.threads);
  from.version = version;
  from.graphblas = grb::library_version();
  return from;
}

Input resolve(const InputOptions& how) {
  require(how.source.empty() || how.qk.empty(), Code::domain, "\"", how.source, "\" and --qk ",
          how.qk.string(), " are two inputs where one is needed");
  require(!how.source.empty() || !how.qk.empty(), Code::domain,
          "no input: name a spec, a file, - for standard input, or --qk FILE");
  require(!how.qk.empty() || how.mask.empty(), Code::domain, "mask = ", how.mask,
          " belongs to --qk: a spec or a file is a mask itself");
  require(!how.qk.empty() || (how.layer == 0 && how.head == 0), Code::domain, "layer = ", how.layer,
          " and head = ", how.head, " belong to --qk FILE");
  Input in = !how.qk.empty()          ? from_head(how)
             : names_file(how.source) ? from_file(how)
                                      : from_spec(how);
  poll(how.monitor, "reading the input"); // nothing is written of what was cancelled meanwhile
  return in;
}

InputPair resolve_pair(const std::string& first, const std::string& second,
                       const InputOptions& how) {
  require(first != "-" || second != "-", Code::domain,
          "standard input can be only one of the two inputs");
  require(!how.queries || !names_file(first) || !names_file(second), Code::domain,
          "-n = ", how.queries.value_or(0), " belongs to a spec: ", first, " and ", second,
          " have their own sizes");
  const auto one = [&](const std::string& source, const Input* other) {
    InputOptions options = how;
    options.source = source;
    if (names_file(source)) {
      options.queries.reset(); // -n belongs to the spec beside it
      options.keys.reset();
    } else if (other != nullptr && !options.queries) {
      options.queries = other->pattern.rows();
      options.keys = other->pattern.cols();
    }
    return resolve(options);
  };
  if (names_file(first) || !names_file(second)) {
    Input a = one(first, nullptr);
    Input b = one(second, names_file(first) ? &a : nullptr);
    return {std::move(a), std::move(b)};
  }
  Input b = one(second, nullptr);
  Input a = one(first, &b);
  return {std::move(a), std::move(b)};
}

} // namespace attnwalk::report
