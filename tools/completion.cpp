// SPDX-License-Identifier: Apache-2.0
#include "completion.hpp"

#include "attnwalk/core/error.hpp"

namespace attnwalk::tools {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "" : " ") + word;
  return out;
}

/// In single quotes, as all three shells read it once no quote is inside.
std::string quoted(std::string text) {
  std::erase(text, '\'');
  return "'" + text + "'";
}

/// What may stand in place of a verb.
std::string first_words(const std::vector<VerbWords>& verbs) {
  std::string out = "--help --help-all --version";
  for (const VerbWords& verb : verbs)
    out += " " + verb.name;
  return out;
}

/// A branch per verb that sets `options` and `fixed`, in bash and in zsh.
std::string branches(const std::vector<VerbWords>& verbs) {
  std::string out;
  for (const VerbWords& verb : verbs)
    out += "    " + verb.name + ") options=" + quoted(joined(verb.options)) +
           " fixed=" + quoted(joined(verb.words)) + " ;;\n";
  return out;
}

std::string bash(const std::vector<VerbWords>& verbs) {
  return "# Completes attnwalk in bash; written by `attnwalk completion bash`.\n"
         "_attnwalk() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" options='' fixed=''\n"
         "  COMPREPLY=()\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    COMPREPLY=($(compgen -W " +
         quoted(first_words(verbs)) +
         " -- \"$current\"))\n"
         "    return\n"
         "  fi\n"
         "  case \"${COMP_WORDS[1]}\" in\n" +
         branches(verbs) +
         "  esac\n"
         "  case \"$current\" in\n"
         "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
         "    *) COMPREPLY=($(compgen -W \"$fixed\" -- \"$current\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -o bashdefault -o default -F _attnwalk attnwalk\n";
}

std::string zsh(const std::vector<VerbWords>& verbs) {
  return "#compdef attnwalk\n"
         "# Completes attnwalk in zsh; written by `attnwalk completion zsh`.\n"
         "_attnwalk() {\n"
         "  local options='' fixed=''\n"
         "  if (( CURRENT == 2 )); then\n"
         "    compadd -- " +
         first_words(verbs) +
         "\n"
         "    return\n"
         "  fi\n"
         "  case \"${words[2]}\" in\n" +
         branches(verbs) +
         "  esac\n"
         "  case \"$PREFIX\" in\n"
         "    -*) compadd -- ${=options} ;;\n"
         "    *) [[ -n \"$fixed\" ]] && compadd -- ${=fixed}\n"
         "       _files ;;\n"
         "  esac\n"
         "}\n"
         "if [ \"$funcstack[1]\" = \"_attnwalk\" ]; then _attnwalk \"$@\"; else compdef _attnwalk "
         "attnwalk; fi\n";
}

std::string fish(const std::vector<VerbWords>& verbs) {
  std::string out = "# Completes attnwalk in fish; written by `attnwalk completion fish`.\n";
  for (const VerbWords& verb : verbs) {
    out += "complete -c attnwalk -n __fish_use_subcommand -a " + verb.name + " -d " +
           quoted(verb.help) + "\n";
    const std::string here =
        "complete -c attnwalk -n " + quoted("__fish_seen_subcommand_from " + verb.name);
    for (const std::string& option : verb.options)
      out += here +
             (option.starts_with("--") ? " -l " + option.substr(2) : " -s " + option.substr(1)) +
             "\n";
    if (!verb.words.empty())
      out += here + " -a " + quoted(joined(verb.words)) + "\n";
  }
  return out;
}

} // namespace

std::string completion_script(const std::string& shell, const std::vector<VerbWords>& verbs) {
  if (shell == "bash")
    return bash(verbs);
  if (shell == "zsh")
    return zsh(verbs);
  require(shell == "fish", Code::domain, "shell = ", shell, " must be one of bash, zsh, fish");
  return fish(verbs);
}

} // namespace attnwalk::tools
