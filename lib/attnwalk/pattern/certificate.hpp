// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace attnwalk::pattern {

/// How a pattern came to be and what is proved of it. Travels with every pattern file: JSON next to
/// a .mtx, an array inside .npz, metadata in .safetensors. Empty strings and zeros mean "not
/// known".
struct Certificate {
  std::string spec; ///< the text that built it
  std::uint64_t seed = 0;
  std::string version;      ///< attnwalk's
  bool certified = false;   ///< whether the three below are filled
  double lambda_hi = 0;     ///< max(|lambda_2|, |lambda_n|) is at most this
  double lambda_target = 0; ///< the bound that was asked for
  std::string method;       ///< how lambda_hi is known
  std::uint64_t draws = 0;  ///< how many graphs were drawn until one met the target
};

} // namespace attnwalk::pattern
