// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/isa.hpp"
#include "attnwalk/core/version.hpp"
#include "attnwalk/grammar/suggest.hpp"
#include "attnwalk/workflow/explain.hpp"

#include "completion.hpp"
#include "options.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace grammar = attnwalk::grammar;

/// "; did you mean 'gap'?", or where to look.
std::string hint(std::string_view word, const std::vector<std::string>& names,
                 const std::string& otherwise) {
  const std::string_view near = grammar::nearest(word, {names.begin(), names.end()});
  return near.empty() ? "; " + otherwise : "; did you mean " + std::string(near) + "?";
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({}))
    names.push_back(verb->get_name());
  return names;
}

/// The sentence for the first word that no option of the verb takes; empty if there is none.
std::string unknown_option(const CLI::App& app) {
  const CLI::App* verb = &app;
  std::string call = "attnwalk";
  while (!verb->get_subcommands().empty()) {
    verb = verb->get_subcommands().front();
    call += " " + verb->get_name();
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : verb->get_options())
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  for (const std::string& word : app.remaining(true)) {
    const std::string name = word.substr(0, word.find('='));
    if (name.starts_with("-"))
      return attnwalk::message(name, " is not an option of ", call,
                               hint(name, names, call + " --help lists them"));
  }
  return "";
}

/// The verbs with their options, and those of the claims of a verb.
std::vector<attnwalk::tools::VerbWords> verb_words(const CLI::App& app) {
  std::vector<attnwalk::tools::VerbWords> all;
  for (const CLI::App* verb : app.get_subcommands({})) {
    attnwalk::tools::VerbWords words{verb->get_name(), verb->get_description(), {}, {}};
    std::vector<const CLI::App*> parts = verb->get_subcommands({});
    words.words = verbs_of(*verb);
    parts.push_back(verb);
    for (const CLI::App* part : parts)
      for (const CLI::Option* option : part->get_options()) {
        for (const std::string& name : option->get_snames())
          words.options.push_back("-" + name);
        for (const std::string& name : option->get_lnames())
          words.options.push_back("--" + name);
      }
    if (words.name == "explain")
      for (const attnwalk::workflow::Explanation& x : attnwalk::workflow::explanations())
        words.words.emplace_back(x.name);
    if (words.name == "completion")
      words.words = {"bash", "zsh", "fish"};
    all.push_back(std::move(words));
  }
  return all;
}

void add_completion(CLI::App& app, attnwalk::tools::Session& session) {
  using namespace attnwalk::tools;
  CLI::App& verb =
      add_verb(app, "completion", "A script with which a shell completes verbs and options",
               {"completion bash", "completion zsh", "completion fish"});
  const auto shell = std::make_shared<std::string>();
  add_word(verb, "shell", *shell, "bash, zsh or fish", "SHELL", true);
  on_run(verb,
         [&app, &session, shell] { session.print(completion_script(*shell, verb_words(app))); });
}

/// CLI11 may explain over several lines, or not name what it met; we say one sentence.
std::string sentence(const CLI::App& app, const CLI::ParseError& mistake, const char* first) {
  if (first == nullptr)
    return "name a verb, as in: attnwalk gap window:w=8 -n 1024; attnwalk --help lists the verbs";
  if (first[0] != '-' && app.get_subcommands().empty())
    return grammar::quoted(first) + " is not a verb" +
           hint(first, verbs_of(app), "attnwalk --help lists them");
  if (const std::string unknown = unknown_option(app); !unknown.empty())
    return unknown;
  const std::string text = mistake.what();
  return text.substr(0, text.find('\n'));
}

} // namespace

int main(int argc, char** argv) {
  using namespace attnwalk;
  tools::Session session;
  CLI::App app{
      "Transformer attention as message passing on sparse graphs: patterns, their structure "
      "and their spectral gaps with error bars.",
      "attnwalk"};
  app.set_version_flag("--version", "attnwalk " + std::string(version));
  app.set_help_all_flag("--help-all", "Print the help of every verb and exit");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  tools::add_pattern(app, session);
  tools::add_info(app, session);
  tools::add_gap(app, session);
  tools::add_compare(app, session);
  tools::add_attend(app, session);
  tools::add_diffuse(app, session);
  tools::add_propagate(app, session);
  tools::add_sample(app, session);
  tools::add_check(app, session);
  tools::add_export(app, session);
  tools::add_explain(app, session);
  add_completion(app, session);
  try {
    if (const char* wanted = std::getenv("ATTNWALK_ISA"))
      choose_isa(parse_isa(wanted));
    app.parse(argc, argv);
    return session.exit_code;
  } catch (const CLI::Success& wanted) { // --help, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& mistake) {
    return session.report(
        Error(Code::domain, sentence(app, mistake, argc > 1 ? argv[1] : nullptr)));
  } catch (const std::exception& failure) {
    return session.report(failure);
  }
}
