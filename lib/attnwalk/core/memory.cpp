// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/memory.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

namespace attnwalk {
inline namespace core {
namespace {

double number_in(const char* file, double otherwise) {
  std::ifstream in(file);
  double value = 0;
  return in >> value ? value : otherwise;
}

double machine_available() {
  std::ifstream in("/proc/meminfo");
  std::string key;
  double kib = 0;
  std::string unit;
  while (in >> key >> kib) {
    std::getline(in, unit);
    if (key == "MemAvailable:")
      return kib * 1024;
  }
  return std::numeric_limits<double>::infinity();
}

} // namespace

double available_memory() {
  const double unlimited = std::numeric_limits<double>::infinity();
  const double limit = number_in("/sys/fs/cgroup/memory.max", unlimited);
  const double used = number_in("/sys/fs/cgroup/memory.current", 0);
  return std::min(machine_available(), std::max(0.0, limit - used));
}

std::string_view byte_unit(double& bytes) {
  static constexpr std::array<std::string_view, 6> units{"bytes", "KiB", "MiB",
                                                         "GiB",   "TiB", "PiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return units[unit];
}

void require_memory(std::string_view what, double bytes) {
  const double available = available_memory();
  if (bytes <= available)
    return;
  double need = bytes;
  double have = available;
  const std::string_view need_unit = byte_unit(need);
  const std::string_view have_unit = byte_unit(have);
  throw Error(Code::memory, message(what, " would take ", std::round(need * 10) / 10, " ",
                                    need_unit, " (", bytes, " bytes) where ",
                                    std::round(have * 10) / 10, " ", have_unit, " are available"));
}

} // namespace core
} // namespace attnwalk
