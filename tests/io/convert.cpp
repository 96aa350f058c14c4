// SPDX-License-Identifier: Apache-2.0
// convert sparse|arrays IN OUT: reads a file and writes it in the format of OUT's extension, so
// that interop.py can compare both with NumPy and SciPy.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/safetensors.hpp"

#include <exception>
#include <iostream>
#include <string_view>

using namespace attnwalk;

namespace {

Buffer<std::byte> packed(const io::Arrays& arrays, const std::filesystem::path& file) {
  if (file.extension() == ".npy")
    return io::write_npy(arrays.at("array"));
  if (file.extension() == ".safetensors")
    return io::write_safetensors({arrays, {{"origin", "convert"}}});
  return io::write_npz(arrays,
                       file.stem() == "deflated" ? io::Packing::deflate : io::Packing::stored);
}

} // namespace

int main(int count, char** words) {
  if (count != 4)
    return 2;
  const std::filesystem::path out = words[3];
  try {
    if (std::string_view(words[1]) == "sparse") {
      const io::Loaded loaded = io::read_sparse(words[2]);
      io::write_sparse(out, loaded.matrix.view(),
                       loaded.certificate.value_or(pattern::Certificate{}));
      return 0;
    }
    const Buffer<std::byte> bytes = packed(io::read_arrays(words[2]), out);
    io::write_atomically(out, [&](std::ostream& stream) {
      stream.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    });
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
