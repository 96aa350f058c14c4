// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/isa.hpp"
#include "attnwalk/core/version.hpp"

#include "session.hpp"
#include "verbs.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <exception>
#include <string>

namespace {

/// CLI11 may explain over several lines, or not name what it met; we say one sentence.
std::string sentence(const CLI::App& app, const CLI::ParseError& mistake, const char* first) {
  if (first != nullptr && first[0] != '-' && app.get_subcommands().empty())
    return "'" + std::string(first) + "' is not a verb; attnwalk --help lists them";
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
