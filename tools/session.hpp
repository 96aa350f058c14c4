// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"

#include <chrono>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

namespace attnwalk::tools {

/// One run of the command: where words go, what Ctrl-C does, how it ends.
class Session {
public:
  Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  bool quiet = false; ///< -q: no progress, no remarks
  int exit_code = 0;  ///< 1 once --strict met a refusal

  /// Watches long work: a progress bar on a terminal after one second; Ctrl-C cancels.
  [[nodiscard]] Monitor* monitor() { return &monitor_; }
  /// Whether results may be colored: stdout is a terminal and NO_COLOR is not set.
  [[nodiscard]] bool color() const { return color_; }

  /// Writes a result to stdout. @throws Error{io} if it cannot be written
  void print(const std::string& text);
  /// Writes a remark to stderr, unless -q.
  void remark(const std::string& text);
  /// The same for sentences of the library, a line each.
  void remarks(const std::vector<std::string>& sentences);
  /// The one sentence of a failure on stderr, and the exit code: 2 the caller's mistake, 1 the
  /// world's, 130 cancelled, 0 if whoever read our output has seen enough.
  [[nodiscard]] int report(const std::exception& failure);

private:
  void show(std::string_view what, double fraction);
  void clear();

  Monitor monitor_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_ = start_;
  bool color_;
  bool bar_ = false;
};

/// Refuses, before any work, a path that could not be written: a directory, no parent, no
/// permission, or an extension that is not in `extensions` (space separated). Nothing to check for
/// "" and "-".
/// @throws Error{domain} for the extension, Error{io} for the rest
void require_writable(const std::filesystem::path& file, const std::string& extensions);

} // namespace attnwalk::tools
