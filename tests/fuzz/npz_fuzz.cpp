// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/scipy.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace attnwalk;

/// A sparse matrix that is accepted has rows in order; arrays are written and read back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const io::ReadOptions how{.max_bytes = 1 << 24, .threads = 1};
  try {
    const io::Arrays arrays = io::read_npz(std::as_bytes(std::span(data, size)), "fuzz", how);
    if (!arrays.empty() &&
        io::read_npz(io::write_npz(arrays), "again", how).size() != arrays.size())
      std::abort();
    const Csr<double> A = io::scipy_csr(arrays, "fuzz", how);
    for (Index i = 0; i < A.rows; ++i)
      for (std::size_t e = 1; e < A.view().row(i).size(); ++e)
        if (A.view().row(i)[e - 1] >= A.view().row(i)[e])
          std::abort();
  } catch (const Error& error) {
    const std::string_view sentence = error.what();
    if (sentence.starts_with("again") || sentence.find('\n') != sentence.npos)
      std::abort();
  }
  return 0;
}
