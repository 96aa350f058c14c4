// SPDX-License-Identifier: Apache-2.0
// Stands in for png.cpp in a build without librsvg.
#include "attnwalk/core/error.hpp"

#include "png.hpp"

namespace attnwalk::tools {

std::string png_refusal() {
  return "this build of attnwalk has no librsvg, which PNG pictures need: build it again with the "
         "package librsvg2-dev installed, or name a file that ends in .svg";
}

std::string png_of(const std::string& /*svg*/) {
  throw Error(Code::domain, png_refusal());
}

} // namespace attnwalk::tools
