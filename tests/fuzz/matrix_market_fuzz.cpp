// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/matrix_market.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>

using namespace attnwalk;

/// Whatever is accepted is written and read back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const io::ReadOptions how{.max_bytes = 1 << 24, .threads = 1};
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Csr<double> A = io::read_matrix_market(text, "fuzz", how);
    std::ostringstream out;
    io::write_matrix_market(out, A.view());
    const Csr<double> B = io::read_matrix_market(out.str(), "again", {.threads = 1});
    if (A.rows != B.rows || A.cols != B.cols || A.offsets != B.offsets || A.columns != B.columns ||
        A.values != B.values)
      std::abort();
  } catch (const Error& error) {
    const std::string_view sentence = error.what();
    if (sentence.starts_with("again") || sentence.find('\n') != sentence.npos)
      std::abort();
  }
  return 0;
}
