// SPDX-License-Identifier: Apache-2.0
// Headers of the standard library that most sources include, compiled once for each target. Every source still includes
// what it uses: the build under sanitizers has -Db_pch=false and so shows what is missing. No #pragma once, because g++
// warns of it in a file that it compiles.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <ostream>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
