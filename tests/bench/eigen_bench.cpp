// SPDX-License-Identifier: Apache-2.0
// eigen_bench FOLDER N WIDTH HOPS ALPHA: one hop and HOPS hops of diffusion by Eigen's sparse times
// dense product, on the raw arrays that peers.py wrote into FOLDER (indptr, indices: int32;
// weights, v: float). Prints their times in milliseconds as JSON and leaves the last result in
// FOLDER/eigen. Links no attnwalk, so that it can be compiled for the machine at hand: an Eigen
// matrix must not cross between code for different instruction sets.
#include <Eigen/Sparse>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Clock = std::chrono::steady_clock;

template <class T>
std::vector<T> read(const std::filesystem::path& path) {
  std::vector<T> out(std::filesystem::file_size(path) / sizeof(T));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(out.data()),
            static_cast<std::streamsize>(out.size() * sizeof(T)));
  return out;
}

// Seven times after a warm-up; fewer, but three, where they would take longer than ten seconds.
template <class Work>
std::string times(Work work) {
  work();
  std::vector<double> all;
  while (all.size() < 7 &&
         (all.size() < 3 || std::accumulate(all.begin(), all.end(), 0.0) < 10000)) {
    const auto start = Clock::now();
    work();
    all.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::string out;
  for (const double x : all)
    out += (out.empty() ? "[" : ", ") + std::to_string(x);
  return out + "]";
}

} // namespace

int main(int count, char** words) {
  if (count != 6)
    return 2;
  const std::filesystem::path folder = words[1];
  const Eigen::Index n = std::stol(words[2]);
  const Eigen::Index width = std::stol(words[3]);
  const int hops = std::stoi(words[4]);
  const float alpha = std::stof(words[5]);
  const auto indptr = read<std::int32_t>(folder / "indptr");
  const auto indices = read<std::int32_t>(folder / "indices");
  const auto weights = read<float>(folder / "weights");
  const auto v = read<float>(folder / "v");
  const Eigen::Map<const Eigen::SparseMatrix<float, Eigen::RowMajor>> A(
      n, n, static_cast<Eigen::Index>(indices.size()), indptr.data(), indices.data(),
      weights.data());
  const Rows V = Eigen::Map<const Rows>(v.data(), n, width);
  Rows Z;
  Rows next;
  const std::string hop = times([&] { Z.noalias() = A * V; });
  const std::string walk = times([&] {
    Z = V;
    for (int k = 0; k < hops; ++k) {
      next.noalias() = A * Z;
      Z = (1 - alpha) * next + alpha * V;
    }
  });
  std::cout << "{\"hop\": " << hop << ", \"hops\": " << walk << "}\n";
  std::ofstream(folder / "eigen", std::ios::binary)
      .write(reinterpret_cast<const char*>(Z.data()),
             static_cast<std::streamsize>(Z.size() * static_cast<Eigen::Index>(sizeof(float))));
  return 0;
}
