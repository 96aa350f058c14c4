// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace attnwalk::workflow {

/// A file that goes away with the test, and what is written beside it.
struct Scratch {
  std::filesystem::path path;
  explicit Scratch(const std::string& name)
      : path(std::filesystem::temp_directory_path() / ("attnwalk-workflow-test-" + name)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::filesystem::remove(path);
    std::filesystem::remove(std::filesystem::path(path).concat(".json"));
  }
};

} // namespace attnwalk::workflow
