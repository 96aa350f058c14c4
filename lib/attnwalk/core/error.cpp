// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"

#include <array>
#include <charconv>

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

void MessagePart::append_to(std::string& sentence) const {
  std::array<char, 32> digits{};
  const auto append = [&](std::to_chars_result end) { sentence.append(digits.data(), end.ptr); };
  char* const last = digits.data() + digits.size();
  switch (kind_) {
  case Kind::text:
    sentence += text_;
    break;
  case Kind::letter:
    sentence += letter_;
    break;
  case Kind::real:
    append(std::to_chars(digits.data(), last, real_, std::chars_format::general, 10));
    break;
  case Kind::integer:
    append(std::to_chars(digits.data(), last, integer_));
    break;
  case Kind::natural:
    append(std::to_chars(digits.data(), last, natural_));
    break;
  }
}

std::string message(std::initializer_list<MessagePart> parts) {
  std::string sentence;
  for (const MessagePart& part : parts)
    part.append_to(sentence);
  return sentence;
}

void fail(const Failure& failure, std::initializer_list<MessagePart> parts) {
  throw Error(failure.code, message(parts), failure.where);
}

} // namespace core
} // namespace attnwalk
