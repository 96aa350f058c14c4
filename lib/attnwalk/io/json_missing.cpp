// SPDX-License-Identifier: Apache-2.0
// Stands in for safetensors.cpp and certificate.cpp in a build without nlohmann-json: pattern files
// are read and written without certificates.
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/certificate.hpp"
#include "attnwalk/io/safetensors.hpp"
#include "attnwalk/io/tensor_index.hpp"

namespace attnwalk::io {
namespace {

constexpr std::string_view needs = "this build of attnwalk has no JSON, which safetensors needs";

} // namespace

TensorIndex index_safetensors(std::span<const std::byte>, std::string_view name) {
  throw Error(Code::io, message(name, ": ", needs));
}

Buffer<std::byte> write_safetensors(const SafeTensors&) {
  throw Error(Code::io, std::string(needs));
}

std::string certificate_text(const pattern::Certificate&, const CsrView<double>&) {
  return {};
}

std::optional<pattern::Certificate> read_certificate(std::string_view, std::string_view,
                                                     const CsrView<double>&) {
  return std::nullopt;
}

} // namespace attnwalk::io
