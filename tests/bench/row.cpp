// SPDX-License-Identifier: Apache-2.0
#include "row.hpp"

#include "attnwalk/core/isa.hpp"
#include "attnwalk/core/version.hpp"
#include "attnwalk/grb/matrix.hpp"
#include "attnwalk/report/format.hpp"

#include <malloc.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>
#include <tuple>

namespace attnwalk::bench {
namespace {

using Json = nlohmann::ordered_json;

/// A number of kilobytes out of /proc/self/status, in bytes.
std::optional<double> status(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind(key + ":", 0) == 0)
      return 1024 * std::stod(line.substr(key.size() + 1));
  return std::nullopt;
}

/// Resident memory that `work` takes at its peak beyond what is held now, where the system says.
std::optional<double> peak_of(const std::function<void()>& work) {
  malloc_trim(0); // what earlier cases returned must not hide what this one takes
  std::ofstream("/proc/self/clear_refs") << "5";
  const std::optional<double> before = status("VmRSS");
  work();
  const std::optional<double> peak = status("VmHWM");
  if (!before || !peak)
    return std::nullopt;
  return std::max(0.0, *peak - *before);
}

Json optional(const std::optional<double>& x) {
  return x && std::isfinite(*x) ? Json(*x) : Json(nullptr);
}

std::string cell(const std::optional<double>& x, int digits) {
  return x ? report::approximate(*x, digits) : "";
}

} // namespace

double median(std::vector<double> times) {
  if (times.empty())
    return 0;
  std::sort(times.begin(), times.end());
  const std::size_t half = times.size() / 2;
  return times.size() % 2 == 1 ? times[half] : (times[half - 1] + times[half]) / 2;
}

void measure(BenchRow& row, int repetitions, const std::function<void()>& work,
             const std::function<void()>& limit) {
  row.peak_bytes = peak_of(work);
  if (limit)
    limit();
  std::vector<double> limits;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    row.times_ms.push_back(milliseconds(work));
    if (limit)
      limits.push_back(milliseconds(limit));
  }
  row.median_ms = median(row.times_ms);
  if (!limit)
    return;
  row.gather_limit_ms = median(limits);
  row.of_limit = *row.gather_limit_ms / row.median_ms;
}

Machine machine() {
  Machine out;
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && out.processor.empty();)
    if (line.rfind("model name", 0) == 0)
      out.processor = line.substr(line.find(':') + 2);
  out.isa = to_string(isa());
  out.cores = static_cast<int>(std::thread::hardware_concurrency());
  return out;
}

std::string bench_json(const std::vector<BenchRow>& rows) {
  const Machine here = machine();
  Json j{{"schema", "attnwalk.bench/1"}};
  j["machine"] = {{"processor", here.processor},
                  {"isa", here.isa},
                  {"cores", here.cores},
                  {"attnwalk", version},
                  {"graphblas", grb::library_version()}};
  j["rows"] = Json::array();
  for (const BenchRow& row : rows)
    j["rows"].push_back({{"operation", row.operation},
                         {"backend", row.backend},
                         {"pattern", row.pattern},
                         {"n", row.n},
                         {"entries", row.entries},
                         {"head_dim", row.head_dim},
                         {"heads", row.heads},
                         {"dtype", row.dtype},
                         {"threads", row.threads},
                         {"times_ms", row.times_ms},
                         {"median_ms", row.median_ms},
                         {"gather_limit_ms", optional(row.gather_limit_ms)},
                         {"of_limit", optional(row.of_limit)},
                         {"vs_graphblas", optional(row.vs_graphblas)},
                         {"peak_bytes", optional(row.peak_bytes)},
                         {"max_error", optional(row.max_error)}});
  return j.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string bench_text(const std::vector<BenchRow>& rows) {
  using report::Align;
  report::Table table({{"pattern"},
                       {"n", Align::right},
                       {"entries", Align::right},
                       {"heads", Align::right},
                       {"operation"},
                       {"backend"},
                       {"dtype"},
                       {"median ms", Align::right},
                       {"gather ms", Align::right},
                       {"of limit", Align::right},
                       {"vs graphblas", Align::right},
                       {"peak MiB", Align::right},
                       {"max error", Align::right}});
  for (const BenchRow& row : rows)
    table.add({row.pattern, report::count(row.n), report::count(row.entries),
               row.heads > 0 ? report::count(row.heads) : "", row.operation, row.backend, row.dtype,
               report::approximate(row.median_ms, 4), cell(row.gather_limit_ms, 4),
               cell(row.of_limit, 2), cell(row.vs_graphblas, 3),
               row.peak_bytes ? report::approximate(*row.peak_bytes / 0x1p20, 4) : "",
               row.max_error ? report::number(*row.max_error, 2) : ""});
  const Machine here = machine();
  std::ostringstream head;
  head << here.processor << ", " << here.isa << ", " << here.cores << " cores";
  if (!rows.empty()) {
    const BenchRow& row = rows.back(); // patterns, which have no width, come first
    head << ", " << row.threads << (row.threads == 1 ? " thread" : " threads");
    if (row.head_dim > 0)
      head << ", width " << row.head_dim;
    head << ", medians of " << row.times_ms.size();
  }
  return head.str() + "\n\n" + table.text();
}

} // namespace attnwalk::bench
