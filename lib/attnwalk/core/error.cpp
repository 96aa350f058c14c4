// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"

namespace attnwalk {
inline namespace core {

std::string_view to_string(Code code) {
  switch (code) {
  case Code::shape:
    return "shape";
  case Code::domain:
    return "domain";
  case Code::index:
    return "index";
  case Code::io:
    return "io";
  case Code::memory:
    return "memory";
  case Code::cancelled:
    return "cancelled";
  case Code::graphblas:
    return "graphblas";
  }
  return "unknown";
}

} // namespace core
} // namespace attnwalk
