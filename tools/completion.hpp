// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace attnwalk::tools {

/// What a verb takes, for shells.
struct VerbWords {
  std::string name;
  std::string help;
  std::vector<std::string> options; ///< "--json", "-n", ...
  std::vector<std::string> words;   ///< fixed words: claims of `check`, names of `explain`
};

/// A script that completes verbs and their options for `shell`, bash, zsh or fish; where neither is
/// meant it leaves the word to the shell's completion of files.
/// @throws Error{domain} for another shell
[[nodiscard]] std::string completion_script(const std::string& shell,
                                            const std::vector<VerbWords>& verbs);

} // namespace attnwalk::tools
