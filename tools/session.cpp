// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include "attnwalk/core/error.hpp"

#include "flags.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <new>
#include <string_view>
#include <system_error>

namespace attnwalk::tools {
namespace {

std::atomic<Monitor*> watched{nullptr}; // for the signal handler, which takes no argument

/// The first signal asks the work to stop; the default action is back for the second.
void stop(int signal) {
  if (Monitor* monitor = watched.load())
    monitor->cancel();
  std::signal(signal, SIG_DFL);
}

/// Whether the reader of our stdout has gone.
bool reader_gone() {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  return poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

std::string one_sentence(const std::exception& failure) {
  if (dynamic_cast<const std::bad_alloc*>(&failure) != nullptr)
    return "out of memory";
  if (const auto* system = dynamic_cast<const std::filesystem::filesystem_error*>(&failure))
    return system->path1().string() + ": " + system->code().message();
  return with_flags(failure.what());
}

bool may_color() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0') &&
         term != nullptr && std::strcmp(term, "dumb") != 0;
}

} // namespace

Session::Session() : color_(may_color()) {
  watched = &monitor_;
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
  std::signal(SIGPIPE, SIG_IGN); // a closed pipe shows as a failed write
  if (isatty(STDERR_FILENO) != 0)
    monitor_.progress = [this](std::string_view what, double fraction) { show(what, fraction); };
}

Session::~Session() {
  watched = nullptr;
}

void Session::print(const std::string& text) {
  clear();
  std::cout << text << std::flush;
  require(static_cast<bool>(std::cout), Code::io, "standard output: ", std::strerror(errno));
}

void Session::remark(const std::string& text) {
  clear();
  if (!quiet)
    std::cerr << text << std::flush;
}

void Session::remarks(const std::vector<std::string>& sentences) {
  for (const std::string& sentence : sentences)
    remark("remark: " + with_flags(sentence) + "\n");
}

int Session::report(const std::exception& failure) {
  clear();
  const auto* error = dynamic_cast<const Error*>(&failure);
  if ((error == nullptr || error->code() == Code::io) && reader_gone())
    return 0;
  std::cerr << "attnwalk: " << one_sentence(failure) << "\n";
  if (error == nullptr)
    return 1;
  if (error->code() == Code::cancelled)
    return 130; // as a shell reports death by SIGINT
  return error->callers_mistake() ? 2 : 1;
}

void Session::show(std::string_view what, double fraction) {
  using namespace std::chrono_literals;
  const auto now = std::chrono::steady_clock::now();
  if (quiet || now - start_ < 1s || now - shown_ < 100ms)
    return;
  shown_ = now;
  bar_ = true;
  std::string line = "\r\x1b[K" + std::string(what);
  if (fraction >= 0) {
    const int cells = 30;
    const int full = static_cast<int>(std::lround(std::fmin(fraction, 1) * cells));
    line += " [" + std::string(static_cast<std::size_t>(full), '#') +
            std::string(static_cast<std::size_t>(cells - full), '.') + "] " +
            std::to_string(static_cast<int>(std::fmin(fraction, 1) * 100)) + " %";
  }
  std::cerr << line << std::flush;
}

void Session::clear() {
  if (bar_)
    std::cerr << "\r\x1b[K" << std::flush;
  bar_ = false;
}

void require_writable(const std::filesystem::path& file, const std::string& extensions) {
  if (file.empty() || file == "-")
    return;
  const std::string extension = file.extension().string();
  require(!extension.empty() &&
              (" " + extensions + " ").find(" " + extension + " ") != std::string::npos,
          Code::domain, file.string(), " must end in one of ", extensions);
  std::error_code ignored;
  require(!std::filesystem::is_directory(file, ignored), Code::io, file.string(),
          ": is a directory");
  const std::filesystem::path parent = file.has_parent_path() ? file.parent_path() : ".";
  require(access(parent.c_str(), W_OK) == 0, Code::io, parent.string(), ": ", std::strerror(errno));
}

} // namespace attnwalk::tools
