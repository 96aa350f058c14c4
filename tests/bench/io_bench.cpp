// SPDX-License-Identifier: Apache-2.0
// io_bench FOLDER [ENTRIES [WORD]]: writes a random matrix, 60 entries a row, in every format,
// reads it back, and prints one JSON line a case (whose name contains WORD). The files stay for
// io_peers.py. OMP_NUM_THREADS sets the threads.
#include "attnwalk/core/random.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/scipy.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <numeric>
#include <set>

using namespace attnwalk;
namespace fs = std::filesystem;

namespace {

constexpr int repetitions = 7;
constexpr Index degree = 60;

Csr<double> random_matrix(Index entries) {
  Csr<double> A;
  A.rows = A.cols = std::max(entries / degree, 2 * degree);
  A.offsets.resize(static_cast<std::size_t>(A.rows) + 1);
  A.columns.reserve(static_cast<std::size_t>(A.rows * degree));
  for (Index i = 0; i < A.rows; ++i) {
    RandomStream draw({1, 0}, static_cast<std::uint64_t>(i));
    std::set<Index> row;
    while (static_cast<Index>(row.size()) < degree)
      row.insert(static_cast<Index>(draw.below(static_cast<std::uint64_t>(A.cols))));
    A.columns.insert(A.columns.end(), row.begin(), row.end());
    A.offsets[static_cast<std::size_t>(i) + 1] = static_cast<Index>(A.columns.size());
    for (Index e = 0; e < degree; ++e)
      A.values.push_back(draw.normal());
  }
  return A;
}

void check(bool same, const fs::path& file) {
  if (!same) {
    std::cerr << file << " was not read back the same\n";
    std::exit(1);
  }
}

/// Times `work` after a warm-up and prints the case.
void measure(const char* name, const Csr<double>& A, const fs::path& file,
             const std::function<void()>& work) {
  work();
  std::vector<double> times;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - start;
    times.push_back(taken.count());
  }
  std::cout << "{\"name\": \"" << name << "\", \"n\": " << A.rows
            << ", \"entries\": " << A.view().entries() << ", \"bytes\": " << fs::file_size(file)
            << ", \"threads\": " << threads() << ", \"times_ms\": [";
  for (std::size_t t = 0; t < times.size(); ++t)
    std::cout << (t == 0 ? "" : ", ") << times[t];
  std::sort(times.begin(), times.end());
  std::cout << "], \"median_ms\": " << times[times.size() / 2] << ", \"min_ms\": " << times.front()
            << ", \"repetitions\": " << times.size() << "}" << std::endl;
}

void write_deflated(const fs::path& file, const Csr<double>& A) {
  io::write_bytes(file, io::write_npz(io::to_scipy_csr(A.view()), io::Packing::deflate));
}

} // namespace

int main(int count, char** words) {
  if (count < 2)
    return 2;
  const fs::path folder = words[1];
  const Csr<double> A = random_matrix(count > 2 ? std::atoll(words[2]) : 10'000'000);
  const std::string word = count > 3 ? words[3] : "";
  struct Format {
    std::string name;
    fs::path file;
    std::function<void(const fs::path&)> write;
    bool timed_writing;
  };
  const auto plainly = [&](const fs::path& file) { io::write_sparse(file, A.view(), {}); };
  const auto deflated = [&](const fs::path& file) { write_deflated(file, A); };
  Csr<double> sink;
  for (const Format& format : {Format{"mtx", folder / "bench.mtx", plainly, true},
                               Format{"npz_stored", folder / "stored.npz", plainly, true},
                               Format{"npz_deflated", folder / "deflated.npz", deflated, false}}) {
    if (format.name.find(word) == std::string::npos)
      continue;
    format.write(format.file);
    const Csr<double> B = io::read_sparse(format.file).matrix;
    check(A.offsets == B.offsets && A.columns == B.columns && A.values == B.values, format.file);
    measure(("read_" + format.name).c_str(), A, format.file,
            [&] { sink = io::read_sparse(format.file).matrix; });
    if (format.timed_writing)
      measure(("write_" + format.name).c_str(), A, format.file, [&] { format.write(format.file); });
  }
  return 0;
}
