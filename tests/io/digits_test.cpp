// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/io/digits.hpp"

#include "catch.hpp"

#include <charconv>
#include <cmath>
#include <string>

using namespace attnwalk;

namespace {

/// What a scan made of a word, if it took all of it.
template <class Scan>
auto scanned(const std::string& word, const Scan& scan)
    -> decltype(scan(std::declval<const char*&>())) {
  const std::string text = word + '\n' + std::string(io::longest_look, '7');
  const char* at = text.data();
  const auto out = scan(at);
  if (at != text.data() + word.size())
    return std::nullopt;
  return out;
}

std::optional<double> real(const std::string& word) {
  return scanned(word, [](const char*& at) { return io::scan_real(at); });
}
std::optional<Index> whole(const std::string& word) {
  return scanned(word, [](const char*& at) { return io::scan_whole(at); });
}

/// The twin: the library's conversion.
double converted(const std::string& word) {
  double out = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), out);
  REQUIRE(failure == std::errc{});
  REQUIRE(end == word.data() + word.size());
  return out;
}

/// Whether the word was taken; if so, its bits must be right.
bool check(const std::string& word) {
  const std::optional<double> out = real(word);
  if (out && (std::signbit(*out) != std::signbit(converted(word)) || *out != converted(word))) {
    CAPTURE(word, *out, converted(word));
    FAIL_CHECK("wrong bits");
  }
  return out.has_value();
}

std::string random_digits(RandomStream& draw, std::uint64_t count) {
  std::string out;
  for (std::uint64_t digit = 0; digit < count; ++digit)
    out += static_cast<char>('0' + (draw.below(4) == 0 ? 0 : draw.below(10)));
  return out;
}

std::string shortest(double value) {
  std::string out(32, ' ');
  out.resize(
      static_cast<std::size_t>(std::to_chars(out.data(), out.data() + 32, value).ptr - out.data()));
  return out;
}

} // namespace

TEST_CASE("scan_whole: up to 15 digits, and nothing else", "[io][digits]") {
  for (std::uint64_t length = 1; length <= 15; ++length) {
    RandomStream draw({1, length});
    const std::string word = random_digits(draw, length);
    CHECK(whole(word) == std::stoll(word));
  }
  for (const char* const word : {"", "-1", "+1", " 1", "x", "1234567890123456", "/", ":"})
    CHECK_FALSE(whole(word));
}

TEST_CASE("scan_real: by hand", "[io][digits]") {
  for (const char* const word :
       {"0", "-0", "0.0", "1", "-1.5", ".5", "5.", "1e3", "1E+3", "2.5e-7", "1234567.0625",
        "0.0001234567890123456789", "9.007199254740993e15", "1e27", "1e-27"})
    CHECK(check(word));
  // Not plain: the general reader's.
  for (const char* const word :
       {"", "-", ".", "e5", "+1", "1e", "1e+", "1e1234", "1e28", "1e-28", "nan", "inf", "0x1",
        "--1", "1.2.3", "12345678", "1.23456789012345678901"})
    CHECK_FALSE(real(word));
}

TEST_CASE("scan_real: has the bits of from_chars", "[io][digits]") {
  RandomStream draw({2, 0});
  int taken = 0;
  constexpr int words = 20000;
  for (int k = 0; k < words; ++k) {
    std::string word = draw.below(2) == 0 ? "-" : "";
    word += random_digits(draw, 1 + draw.below(8)) + '.' + random_digits(draw, draw.below(25));
    if (draw.below(2) == 0)
      word += (draw.below(2) == 0 ? "e-" : "e") + std::to_string(draw.below(30));
    taken += check(word) ? 1 : 0;
    taken += check(shortest(draw.normal())) ? 1 : 0;
  }
  CHECK(taken > words); // the test speaks of something
}

TEST_CASE("scan_real: halfway between two doubles, and just beside, ties go to the even one",
          "[io][digits]") {
  // An odd number of 54 bits lies halfway between two doubles, and so do its products with 2^h.
  constexpr std::uint64_t least = std::uint64_t{1} << 53;
  RandomStream draw({3, 0});
  for (int k = 0; k < 20000; ++k) {
    const auto h = static_cast<int>(draw.below(5));
    std::uint64_t five = 1;
    for (int power = 0; power < h; ++power)
      five *= 5;
    const std::uint64_t odd = least | (draw.bits() >> 11) | 1;
    for (const std::uint64_t digits :
         {odd * five - 1, odd * five, odd * five + 1}) { // of odd / 2^h
      std::string word = std::to_string(digits);
      word.insert(1, ".");
      REQUIRE(check(word + 'e' + std::to_string(static_cast<int>(word.size()) - 2 - h)));
    }
    const std::uint64_t w = ((least + draw.below(least)) / five) | 1; // w 10^h = (w 5^h) 2^h
    std::string word = std::to_string(w);
    word.insert(1, ".");
    REQUIRE(check(word + 'e' + std::to_string(static_cast<int>(word.size()) - 2 + h)));
  }
}
