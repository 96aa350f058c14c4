// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/certificate.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/io/printable.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace attnwalk::io {
namespace {

using Json = nlohmann::json;

constexpr std::string_view schema = "attnwalk.certificate/1";
constexpr std::uint64_t prime = 1099511628211U; // FNV-1a's, here over words
constexpr Index part_rows = 1 << 14;

/// A hash of sizes and entries. Rows are hashed alone and added, so that any split gives the same
/// sum.
std::string structure_hash(const CsrView<double>& A) {
  const Index parts = A.rows / part_rows + 1;
  std::vector<std::uint64_t> sums(static_cast<std::size_t>(parts));
  for_each_part(parts, 0, [&](Index p) {
    std::uint64_t sum = 0;
    for (Index i = part_begin(A.rows, parts, p); i < part_begin(A.rows, parts, p + 1); ++i) {
      std::uint64_t hash = 14695981039346656037U;
      const auto mix = [&](std::uint64_t word) {
        hash = (hash ^ word) * prime;
        hash ^= hash >> 32;
      };
      mix(static_cast<std::uint64_t>(i));
      for (const Index j : A.row(i))
        mix(static_cast<std::uint64_t>(j));
      sum += hash;
    }
    sums[static_cast<std::size_t>(p)] = sum;
  });
  std::uint64_t total = static_cast<std::uint64_t>(A.cols) * prime;
  for (const std::uint64_t sum : sums)
    total += sum;
  std::string text(16, '0');
  for (std::size_t digit = 16; digit-- > 0; total >>= 4U)
    text[digit] = "0123456789abcdef"[total & 15U];
  return text;
}

} // namespace

std::string certificate_text(const pattern::Certificate& certificate, const CsrView<double>& A) {
  Json text = {{"schema", schema},
               {"rows", A.rows},
               {"cols", A.cols},
               {"entries", A.entries()},
               {"structure", structure_hash(A)},
               {"spec", certificate.spec},
               {"seed", certificate.seed},
               {"version", certificate.version},
               {"certified", certificate.certified}};
  if (certificate.certified)
    text.update({{"lambda_hi", certificate.lambda_hi},
                 {"lambda_target", certificate.lambda_target},
                 {"method", certificate.method},
                 {"draws", certificate.draws}});
  return text.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::optional<pattern::Certificate> read_certificate(std::string_view text, std::string_view name,
                                                     const CsrView<double>& A) {
  constexpr int deepest = 8;
  try {
    const auto shallow = [&](int depth, Json::parse_event_t, const Json&) {
      require(depth < deepest, Code::io, name, ": nests deeper than ", deepest, " levels");
      return true;
    };
    const Json json = Json::parse(text, shallow);
    require(json.is_object() && json.value("schema", "") == schema, Code::io, name,
            ": is not a certificate of schema ", schema);
    require(json.at("rows") == A.rows && json.at("cols") == A.cols &&
                json.at("entries") == A.entries() && json.at("structure") == structure_hash(A),
            Code::io, name, ": speaks of another matrix (", json.at("rows").dump(), " x ",
            json.at("cols").dump(), ", ", json.at("entries").dump(), " entries, structure ",
            json.at("structure").dump(), "); delete it or restore its matrix");
    pattern::Certificate out;
    out.spec = json.at("spec").get<std::string>();
    out.seed = json.at("seed").get<std::uint64_t>();
    out.version = json.at("version").get<std::string>();
    out.certified = json.at("certified").get<bool>();
    if (out.certified) {
      out.lambda_hi = json.at("lambda_hi").get<double>();
      out.lambda_target = json.at("lambda_target").get<double>();
      out.method = json.at("method").get<std::string>();
      out.draws = json.at("draws").get<std::uint64_t>();
    }
    return out;
  } catch (const Json::exception& problem) {
    throw Error(Code::io,
                message(name, ": is not a certificate: ", printable(problem.what(), 200)));
  }
}

} // namespace attnwalk::io
