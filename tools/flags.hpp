// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// The library names fields of options; the command names flags.
namespace attnwalk::tools {

/// The flag of a field: "max_hops" -> "--max-hops", "queries" -> "-n".
[[nodiscard]] std::string flag_of(std::string_view field);

/// A sentence of the library with flags in place of fields in backquotes: "`layer` belongs to
/// `qk=FILE`" -> "--layer belongs to --qk FILE".
[[nodiscard]] std::string with_flags(std::string_view sentence);

} // namespace attnwalk::tools
