// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/file.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/io/array_file.hpp"
#include "attnwalk/io/bytes.hpp"
#include "attnwalk/io/certificate.hpp"
#include "attnwalk/io/matrix_market.hpp"
#include "attnwalk/io/nonzeros.hpp"
#include "attnwalk/io/npy_header.hpp"
#include "attnwalk/io/printable.hpp"
#include "attnwalk/io/safetensors.hpp"
#include "attnwalk/io/scipy.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstring>
#include <ostream>

namespace attnwalk::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view in_comment = "%attnwalk "; // before a certificate on one line
const char* const key = "certificate";

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

fs::path beside(const fs::path& file) {
  return fs::path(file).concat(".json");
}

/// The certificate among the comments at the head of a Matrix Market text.
std::string_view comment_in(std::string_view text) {
  while (text.starts_with('%')) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (text.starts_with(in_comment))
      return text.substr(in_comment.size(), end - in_comment.size());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

Loaded read_text(std::span<const std::byte> bytes, const std::string& name,
                 const ReadOptions& how) {
  Loaded out;
  out.matrix = read_matrix_market(text_of(bytes), name, how);
  const std::string_view comment = comment_in(text_of(bytes));
  if (!comment.empty())
    out.certificate = read_certificate(comment, name + ": certificate", out.matrix.view());
  return out;
}

Loaded read_mtx(const fs::path& file, const ReadOptions& how) {
  Loaded out = read_text(FileBytes(file).span(), file.string(), how);
  const fs::path json = beside(file);
  std::error_code absent;
  if (fs::exists(json, absent))
    out.certificate = read_certificate(text_of(read_bytes(json)), json.string(), out.matrix.view());
  return out;
}

} // namespace

std::optional<Array> dense_matrix(const ArrayFile& file) {
  if (holds_sparse(file))
    return std::nullopt;
  const std::string& name = file.name();
  const std::optional<std::string> only = file.only();
  std::string held;
  for (const std::string& array : file.names())
    held += (held.empty() ? "" : ", ") + array;
  require(only.has_value(), Code::io, name, ": holds neither a sparse matrix (indptr and indices) ",
          "nor one dense array, but ", held.empty() ? "nothing" : printable(held, 100));
  const ArrayInfo info = file.info(*only);
  require(info.dtype != DType::text, Code::io, name, ": holds text where a matrix is needed");
  require(info.shape.size() == 2, Code::io, name, ": the array has ", info.shape.size(),
          info.shape.size() == 1 ? " dimension" : " dimensions",
          " where a matrix has rows x columns");
  return file.read(*only);
}

Loaded read_sparse(const ArrayFile& file) {
  const std::string& name = file.name();
  if (const std::optional<Array> array = dense_matrix(file)) {
    const Index cols = array->shape[1];
    const auto row = [&](Index i, double* out) {
      convert(*array, i * cols, cols, out);
      for (Index j = 0; j < cols; ++j)
        require(std::isfinite(out[j]), Code::io, name, ": entry (", i, ", ", j, ") = ", out[j],
                " is not finite");
    };
    return {
        from_dense(array->shape[0], cols, row, array->dtype == DType::boolean, file.how().threads),
        {},
        array->dtype};
  }
  Loaded out;
  out.matrix = scipy_csr(file);
  if (file.holds("data"))
    out.stored = file.info("data").dtype;
  std::string certificate;
  if (file.holds(key)) {
    const Array stored = file.read(key);
    require(stored.dtype == DType::uint8, Code::io, name, ": certificate is ",
            to_string(stored.dtype), ", not uint8");
    certificate = text_of(stored.bytes);
  }
  if (file.metadata().contains(key))
    certificate = file.metadata().at(key);
  if (!certificate.empty())
    out.certificate = read_certificate(certificate, name + ": certificate", out.matrix.view());
  return out;
}

namespace {

std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n')
      c = ' ';
  return text;
}

void write_mtx(const fs::path& file, const CsrView<double>& A, const std::string& certificate) {
  // An old certificate beside a new matrix would be refused as another matrix's: it goes first.
  std::error_code absent;
  fs::remove(beside(file), absent);
  write_atomically(file, [&](std::ostream& out) { write_matrix_market(out, A); });
  if (!certificate.empty())
    write_atomically(beside(file), [&](std::ostream& out) { out << certificate << '\n'; });
}

} // namespace

Loaded read_sparse(const fs::path& file, const ReadOptions& how) {
  if (file == "-")
    return read_text(read_descriptor(STDIN_FILENO, "standard input"), "standard input", how);
  return required_format(file) == Format::market ? read_mtx(file, how)
                                                 : read_sparse(ArrayFile(file, how));
}

void write_sparse(const fs::path& file, const CsrView<double>& A,
                  const pattern::Certificate& certificate) {
  sparse::validate(A);
  for (Index e = 0; A.values != nullptr && e < A.entries(); ++e)
    require(std::isfinite(A.values[e]), Code::domain, file.string(), ": value ", e, " is ",
            A.values[e], ", and a file of it would not be read");
  const std::string text = certificate_text(certificate, A);
  if (file == "-")
    return write_stdout([&](std::ostream& out) {
      write_matrix_market(out, A,
                          text.empty() ? "" : one_line(std::string(in_comment.substr(1)) + text));
    });
  const std::optional<Format> format = format_of(file);
  if (format == Format::market)
    return write_mtx(file, A, text);
  require(format == Format::npz || format == Format::safetensors, Code::io, file.string(),
          ": a sparse matrix is written to .mtx, .npz or .safetensors");
  if (format == Format::npz) {
    Arrays further;
    if (!text.empty()) {
      Array stored{DType::uint8, {static_cast<Index>(text.size())}, Buffer<std::byte>(text.size())};
      std::memcpy(stored.bytes.data(), text.data(), text.size());
      further[key] = std::move(stored);
    }
    return write_atomically(
        file, [&](std::ostream& out) { write_scipy_npz(out, A, std::move(further)); });
  }
  Arrays arrays = to_scipy_csr(A);
  arrays.erase("format"); // text, which safetensors files keep in their metadata
  SafeTensors content{std::move(arrays), {{"format", "csr"}}};
  if (!text.empty())
    content.metadata[key] = text;
  write_bytes(file, write_safetensors(content));
}

Arrays read_arrays(const fs::path& file, const ReadOptions& how) {
  const ArrayFile arrays(file, how);
  return arrays.read_some(arrays.names());
}

} // namespace attnwalk::io
