// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/array_file.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/safetensors.hpp"
#include "attnwalk/io/scipy.hpp"

#include "bytes_of.hpp"
#include "catch.hpp"
#include "temporary.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <ostream>
#include <thread>

using namespace attnwalk;
namespace fs = std::filesystem;

namespace {

Csr<double> sample(bool pattern) {
  Csr<double> A;
  A.rows = 3;
  A.cols = 4;
  A.offsets = {0, 2, 2, 4};
  A.columns = {0, 3, 1, 2};
  if (!pattern)
    A.values = {.1, -2, 3e-300, 4};
  return A;
}

pattern::Certificate certificate() {
  pattern::Certificate out;
  out.spec = "expander:d=8,seed=\"x\"\n";
  out.seed = 18446744073709551615U;
  out.version = "0.1.0";
  out.certified = true;
  out.lambda_hi = 0.1 + 0.2;
  out.lambda_target = 2.0 / 3;
  out.method = "Lanczos, \u03bb";
  out.draws = 3;
  return out;
}

bool same(const Csr<double>& a, const Csr<double>& b) {
  return a.rows == b.rows && a.cols == b.cols && a.offsets == b.offsets && a.columns == b.columns &&
         a.values == b.values;
}

bool same(const pattern::Certificate& a, const pattern::Certificate& b) {
  return a.spec == b.spec && a.seed == b.seed && a.version == b.version &&
         a.certified == b.certified && a.lambda_hi == b.lambda_hi &&
         a.lambda_target == b.lambda_target && a.method == b.method && a.draws == b.draws;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder))
    out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace

TEST_CASE("write_sparse: matrix and certificate are read back the same", "[io][file]") {
  const auto* const name = GENERATE("a.mtx", "a.npz", "a.safetensors");
  const bool pattern = GENERATE(true, false);
  CAPTURE(name, pattern);
  const Temporary folder;
  const Csr<double> A = sample(pattern);
  io::write_sparse(folder / name, A.view(), certificate());
  const io::Loaded loaded = io::read_sparse(folder / name);
  CHECK(same(loaded.matrix, A));
  REQUIRE(loaded.certificate.has_value());
  CHECK(same(*loaded.certificate, certificate()));
  const bool beside = std::string_view(name).ends_with(".mtx");
  CHECK(names_in(folder / "") == (beside ? std::vector<std::string>{"a.mtx", "a.mtx.json"}
                                         : std::vector<std::string>{name}));
}

TEST_CASE("read_sparse: a certificate of another matrix is refused", "[io][file]") {
  const Temporary folder;
  Csr<double> A = sample(true);
  io::write_sparse(folder / "a.mtx", A.view(), certificate());
  A.columns[0] = 1;
  io::write_sparse(folder / "b.mtx", A.view(), {});
  fs::copy_file(folder / "a.mtx.json", folder / "b.mtx.json", fs::copy_options::overwrite_existing);
  CHECK_THROWS_WITH(io::read_sparse(folder / "b.mtx"),
                    Catch::Contains("b.mtx.json") && Catch::Contains("another matrix"));
  folder.write("b.mtx.json", "{\"schema\": 7}");
  CHECK_THROWS_WITH(io::read_sparse(folder / "b.mtx"), Catch::Contains("b.mtx.json"));
  folder.write("b.mtx.json", std::string(100000, '['));
  CHECK_THROWS_WITH(io::read_sparse(folder / "b.mtx"), Catch::Contains("nests deeper"));
  fs::remove(folder / "b.mtx.json");
  CHECK_FALSE(io::read_sparse(folder / "b.mtx").certificate.has_value());
}

TEST_CASE("read_sparse: dense .npy files", "[io][file]") {
  const Temporary folder;
  const std::vector<double> dense{0, 1.5, 0, -2, 0, 0};
  folder.write("a.npy", io::write_npy(io::to_array(dense, {2, 3})));
  const io::Loaded loaded = io::read_sparse(folder / "a.npy");
  CHECK(loaded.matrix.offsets == Buffer<Index>{0, 1, 2});
  CHECK(loaded.matrix.columns == Buffer<Index>{1, 0});
  CHECK(loaded.matrix.values == Buffer<double>{1.5, -2});
  const io::Array mask{io::DType::boolean, {1, 3}, {std::byte{1}, std::byte{0}, std::byte{1}}};
  folder.write("b.npy", io::write_npy(mask));
  CHECK(io::read_sparse(folder / "b.npy").matrix.values.empty());
  folder.write("c.npy", io::write_npy(io::to_array(dense, {6})));
  CHECK_THROWS_WITH(io::read_sparse(folder / "c.npy"), Catch::Contains("1 dimension where"));
  folder.write("d.npy", io::write_npy(io::to_array(std::vector<double>{0, NAN}, {1, 2})));
  CHECK_THROWS_WITH(io::read_sparse(folder / "d.npy"), Catch::Contains("(0, 1) = nan"));
}

TEST_CASE("read_sparse: files that are not there or not of a kind", "[io][file]") {
  const Temporary folder;
  CHECK_THROWS_WITH(io::read_sparse(folder / "no.mtx"), Catch::Contains("No such file"));
  CHECK_THROWS_WITH(io::read_sparse(folder / "no.npz"), Catch::Contains("No such file"));
  CHECK_THROWS_WITH(io::read_sparse(folder / "a.txt"),
                    Catch::Contains("a.txt: the name of a file that is read ends in"));
  fs::create_directory(folder / "dir.mtx");
  CHECK_THROWS_WITH(io::read_sparse(folder / "dir.mtx"), Catch::Contains("is a directory"));
  folder.write("empty.npz", std::string_view());
  CHECK_THROWS_AS(io::read_sparse(folder / "empty.npz"), Error);
  folder.write("q.npz", io::write_npz({{"q", io::to_array(std::vector<double>{1}, {1})}}));
  CHECK_THROWS_WITH(io::read_sparse(folder / "q.npz"), Catch::Contains("1 dimension where"));
  CHECK_THROWS_WITH(io::write_sparse(folder / "a.npy", sample(true).view(), {}),
                    Catch::Contains("written to .mtx"));
}

TEST_CASE("ArrayFile: whole arrays and slices of all three formats", "[io][file]") {
  const Temporary folder;
  std::vector<double> numbers(2 * 3 * 4);
  for (std::size_t e = 0; e < numbers.size(); ++e)
    numbers[e] = static_cast<double>(e);
  const io::Array array = io::to_array(numbers, {2, 3, 4});
  const io::Array other = io::to_array(std::vector<double>{7}, {1});
  folder.write("a.npy", io::write_npy(array));
  folder.write("a.npz", io::write_npz({{"array", array}, {"other", other}}, io::Packing::deflate));
  folder.write("a.safetensors", io::write_safetensors({{{"array", array}, {"other", other}}, {}}));
  const auto* const name = GENERATE("a.npy", "a.npz", "a.safetensors");
  CAPTURE(name);
  const io::ArrayFile file(folder / name);
  CHECK(file.info("array").shape == std::vector<Index>{2, 3, 4});
  CHECK(file.read("array").bytes == array.bytes);
  for (const Index first : {0, 5, 20}) {
    const io::Array part = file.read("array", first, 4);
    CHECK(part.shape == std::vector<Index>{4});
    CHECK(io::to_doubles(part, 0, 4) ==
          std::vector<double>(numbers.begin() + first, numbers.begin() + first + 4));
  }
  CHECK_THROWS_AS(file.read("array", 21, 4), Error);
  CHECK_THROWS_WITH(file.read("absent"), Catch::Contains("lacks the array absent"));
  CHECK(io::read_arrays(folder / name).size() == file.names().size());
}

TEST_CASE("ArrayFile: threads may ask at the same time", "[io][file]") {
  const Temporary folder;
  std::vector<double> numbers(3000);
  std::iota(numbers.begin(), numbers.end(), 0.5);
  const io::Array array = io::to_array(numbers, {3000});
  const fs::path file =
      folder.write("a.npz", io::write_npz({{"a", array}, {"b", array}}, io::Packing::deflate));
  const io::ArrayFile arrays(file);
  std::atomic<int> wrong = 0;
  const auto ask = [&](const std::string& name) {
    for (int turn = 0; turn < 300; ++turn)
      try {
        if (arrays.info(name).size() != 3000 || arrays.read(name).bytes != array.bytes)
          ++wrong;
      } catch (const Error&) {
        ++wrong;
      }
  };
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back(ask, thread % 2 == 0 ? "a" : "b");
  for (std::thread& thread : threads)
    thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("write_atomically: what fails leaves what was there before", "[io][file]") {
  const Temporary folder;
  folder.write("a", std::string_view("old"));
  const auto contents = [&] { return text_of(io::read_bytes(folder / "a")); };
  CHECK_THROWS_AS(io::write_atomically(folder / "a",
                                       [](std::ostream& out) {
                                         out << "half" << std::flush;
                                         throw Error(Code::cancelled, "stop");
                                       }),
                  Error);
  CHECK(contents() == "old");
  CHECK(names_in(folder / "") == std::vector<std::string>{"a"});

  std::fflush(nullptr); // or the child writes it too
  const pid_t child = ::fork();
  if (child == 0) { // dies while it writes
    io::write_atomically(folder / "a", [](std::ostream& out) {
      out << "half" << std::flush;
      ::_exit(0);
    });
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(contents() == "old");
  CHECK(names_in(folder / "") == std::vector<std::string>{"a"});

  fs::permissions(folder / "a", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("a", folder / "link");
  io::write_atomically(folder / "link", [](std::ostream& out) { out << std::string(200000, 'x'); });
  CHECK(contents() == std::string(200000, 'x'));
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(fs::status(folder / "a").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("write_atomically: links to files that are not there yet, and to themselves",
          "[io][file]") {
  const Temporary folder;
  fs::create_directory(folder / "in");
  fs::create_symlink("in/second", folder / "first");
  fs::create_symlink("file", folder / "in/second");
  io::write_atomically(folder / "first", [](std::ostream& out) { out << "new"; });
  CHECK(fs::is_symlink(folder / "first"));
  CHECK(fs::is_symlink(folder / "in/second"));
  CHECK(fs::is_regular_file(fs::symlink_status(folder / "in/file")));

  fs::create_symlink("loop", folder / "loop");
  CHECK_THROWS_WITH(io::write_atomically(folder / "loop", [](std::ostream& out) { out << "new"; }),
                    Catch::Contains("symbolic links"));
  CHECK(fs::is_symlink(folder / "loop"));
}

TEST_CASE("write_atomically: devices, full disks and folders", "[io][file]") {
  const Temporary folder;
  const auto some = [](std::ostream& out) { out << std::string(300000, 'x'); };
  CHECK_NOTHROW(io::write_atomically("/dev/null", some));
  CHECK(fs::is_character_file("/dev/null"));
  CHECK_THROWS_WITH(io::write_atomically("/dev/full", some), Catch::Contains("No space left"));
  CHECK_THROWS_WITH(io::write_atomically(folder / "none" / "a", some),
                    Catch::Contains("No such file"));
  CHECK_THROWS_WITH(io::write_atomically(folder / "", some), Catch::Contains("is a directory"));
}

TEST_CASE("read_sparse, write_sparse: standard input and output carry the certificate",
          "[io][file]") {
  const Temporary folder;
  const Csr<double> A = sample(false);
  std::fflush(nullptr); // or the child writes it too
  const pid_t child = ::fork();
  if (child == 0) { // redirects its own descriptors: there and back again
    const fs::path file = folder.write("pipe", std::string_view());
    if (std::freopen(file.c_str(), "w", stdout) == nullptr)
      ::_exit(2);
    io::write_sparse("-", A.view(), certificate());
    if (std::freopen(file.c_str(), "r", stdin) == nullptr)
      ::_exit(3);
    const io::Loaded loaded = io::read_sparse("-");
    ::_exit(same(loaded.matrix, A) && loaded.certificate && same(*loaded.certificate, certificate())
                ? 0
                : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
