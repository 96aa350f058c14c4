// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/names.hpp"

#include "catch.hpp"

#include <array>

namespace pets {

enum class Pet { cat, dog, fish };
constexpr auto names_of(Pet /*pet*/) {
  return std::to_array<attnwalk::Name<Pet>>({{Pet::cat, "cat"}, {Pet::dog, "dog"}});
}

} // namespace pets

using namespace attnwalk;
using Catch::Matchers::Equals;
using pets::Pet;

TEST_CASE("an enumerator is spelled as its table says", "[core]") {
  static_assert(name_of(Pet::cat) == "cat");
  CHECK(name_of(Pet::dog) == "dog");
  CHECK(name_of(Pet::fish).empty()); // not in the table
  CHECK(listed_names<Pet>() == "cat, dog");
}

TEST_CASE("a name is read back, and a refusal lists what there is", "[core]") {
  CHECK(parse_name<Pet>("pet", "dog") == Pet::dog);
  CHECK_THROWS_WITH(parse_name<Pet>("pet", "cow"), Equals("pet = cow must be one of cat, dog"));
  CHECK_THROWS_WITH(parse_name<Pet>("pet", ""), Equals("pet = \"\" must be one of cat, dog"));
}
