// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/heads.hpp"

#include "attnwalk/core/parallel.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/workflow/gap.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace attnwalk::workflow {
namespace {

std::optional<Index> number(std::string_view text) {
  Index value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end || value < 0)
    return std::nullopt;
  return value;
}

/// One head's walk.
struct Walk {
  pattern::Pattern pattern;
  pattern::Weights weights;
};

/// A file of heads, read once.
struct HeadFile {
  Index layers = 0;
  Index heads = 0;
  std::function<Walk(Index layer, Index head)> walk;
};

HeadFile qk_file(const HeadsInputs& inputs, Provenance& origin) {
  const InputOptions& how = inputs.input;
  auto file = std::make_shared<io::Heads>(timed(origin.timings, "read", [&] {
    return io::read_heads(how.qk, {.threads = how.threads}, how.arrays);
  }));
  const pattern::Pattern mask = timed(origin.timings, "mask", [&] {
    return resolve_mask(how, file->tokens, file->tokens, std::move(file->mask), origin);
  });
  origin.spec = origin.certificate.spec;
  origin.scale = how.weights.scale;
  if (origin.scale == 0 && file->width > 0)
    origin.scale = 1 / std::sqrt(static_cast<double>(file->width));
  origin.queries = origin.keys = file->tokens;
  origin.remarks = head_remarks(how, file->heads, file->tokens, file->width, origin.mask);
  return {file->layers, file->heads, [=](Index layer, Index head) {
            return Walk{mask, head_weights(file->head(layer, head), mask, how.weights)};
          }};
}

HeadFile attention_file(const HeadsInputs& inputs, Provenance& origin) {
  const InputOptions& how = inputs.input;
  auto file = std::make_shared<io::Attentions>(timed(origin.timings, "read", [&] {
    return io::read_attentions(how.attention, {.threads = how.threads}, how.arrays);
  }));
  origin.queries = file->queries;
  origin.keys = file->keys;
  return {file->layers, file->heads, [=](Index layer, Index head) {
            Csr<double> matrix = file->matrix(layer, head);
            Buffer<double> values = std::exchange(matrix.values, {});
            Walk walk;
            walk.pattern = pattern::Pattern(std::move(matrix));
            walk.weights = pattern::Weights(walk.pattern, std::move(values));
            return walk;
          }};
}

/// Passes a cancellation on to several threads, and their progress, in heads, back.
class Relay {
public:
  Relay(Monitor* outer, Index heads) : outer_(outer), heads_(heads) {
    inner_.progress = [this](std::string_view /*what*/, double /*fraction*/) {
      if (outer_ != nullptr && outer_->cancelled())
        inner_.cancel();
    };
  }
  Monitor* monitor() { return &inner_; }
  void head_done() {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (outer_ != nullptr && outer_->progress)
      outer_->progress(message("heads, ", done_, " of ", heads_),
                       static_cast<double>(done_) / static_cast<double>(heads_));
  }

private:
  Monitor* outer_;
  Index heads_;
  Monitor inner_;
  std::mutex mutex_;
  Index done_ = 0;
};

} // namespace

bool names_several(const std::string& text) {
  return !number(text);
}

std::vector<Index> chosen(const std::string& text, Index count, const std::string& what) {
  std::vector<char> wanted(count, text == "all" ? 1 : 0);
  for (std::size_t at = 0; text != "all" && at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view item = std::string_view(text).substr(at, end - at);
    const std::size_t dash = item.find('-');
    const auto first = number(item.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(item.substr(dash + 1));
    require(first && last && *first <= *last, Code::domain, "`", what,
            "` = ", text.empty() ? "\"\"" : text,
            " must be numbers and ranges between commas, as 0-3,5, or all");
    require(*last < count, Code::index, "there is no ", what, " ", *last, "; the file has ", count,
            " ", what, "s", what == "head" ? " in a layer" : "", ", counted from 0");
    std::fill(wanted.begin() + *first, wanted.begin() + *last + 1, 1);
    at = end + 1;
  }
  std::vector<Index> numbers;
  for (Index i = 0; i < count; ++i)
    if (wanted[i] != 0)
      numbers.push_back(i);
  return numbers;
}

HeadsResult gap_heads(const HeadsInputs& inputs, spectral::GapOptions how) {
  const InputOptions& in = inputs.input;
  require_applicable(rules(how));
  require(in.qk.empty() != in.attention.empty() && in.source.empty(), Code::domain,
          "several heads need one file: `qk=FILE` or `attention=FILE`");
  require(!in.queries, Code::domain, "`queries` = ", in.queries.value_or(0),
          " belongs to a spec: heads have their own size");
  require_applicable(rules(in));
  HeadsResult result;
  result.origin = provenance(in, workflow::Source::head);
  result.origin.file = (in.qk.empty() ? in.attention : in.qk).string();
  result.origin.weighted = true;
  const HeadFile source =
      in.qk.empty() ? attention_file(inputs, result.origin) : qk_file(inputs, result.origin);
  result.stored_layers = source.layers;
  result.stored_heads = source.heads;
  for (const Index layer : chosen(inputs.layers, source.layers, "layer"))
    for (const Index head : chosen(inputs.heads, source.heads, "head"))
      result.heads.push_back({layer, head, 0, {}});
  const auto count = static_cast<Index>(result.heads.size());
  Relay relay(in.monitor, count);
  how.key.seed = in.seed;
  how.threads = 1;
  how.monitor = relay.monitor();
  (void)timed(result.origin.timings, "heads", [&] {
    for_each_part(count, in.threads, [&](Index at) {
      poll(relay.monitor(), "heads");
      HeadGap& head = result.heads[at];
      const ThreadLimit one(1);
      const Walk walk = source.walk(head.layer, head.head);
      head.entries = walk.pattern.entries();
      head.report = spectral::gap(walk.weights, how);
      relay.head_done();
    });
    return true;
  });
  for (const HeadGap& head : result.heads)
    result.origin.entries += head.entries;
  return result;
}

} // namespace attnwalk::workflow
