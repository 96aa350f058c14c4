// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/market_body.hpp"

namespace attnwalk::io {

/// The matrix in a coordinate body of so many lines. @throws as read_matrix_market
[[nodiscard]] Csr<double> read_coordinates(const Header& header, std::vector<Part>& parts,
                                           Index lines, const ReadOptions& how);

} // namespace attnwalk::io
