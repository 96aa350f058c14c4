// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/certificate.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace attnwalk::io {

/// A certificate as JSON, with the size and a hash of the structure that it speaks of.
[[nodiscard]] std::string certificate_text(const pattern::Certificate& certificate,
                                           const CsrView<double>& A);

/// Reads it back and checks that it speaks of A: a certificate left beside another matrix would
/// make a claim that nobody proved.
/// @throws Error{io} if it does not, or is not such JSON
[[nodiscard]] std::optional<pattern::Certificate>
read_certificate(std::string_view text, std::string_view name, const CsrView<double>& A);

} // namespace attnwalk::io
