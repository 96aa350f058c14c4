// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace CLI {
class App;
}

/// One subcommand each: flags bound to an options struct, one library call, its result printed.
namespace attnwalk::tools {

void add_pattern(CLI::App& app, Session& session);
void add_info(CLI::App& app, Session& session);
void add_gap(CLI::App& app, Session& session);
void add_compare(CLI::App& app, Session& session);
void add_attend(CLI::App& app, Session& session);
void add_diffuse(CLI::App& app, Session& session);
void add_propagate(CLI::App& app, Session& session);
void add_sample(CLI::App& app, Session& session);
void add_check(CLI::App& app, Session& session);
void add_export(CLI::App& app, Session& session);
void add_explain(CLI::App& app, Session& session);

} // namespace attnwalk::tools
