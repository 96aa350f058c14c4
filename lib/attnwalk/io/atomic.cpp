// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/io/descriptor.hpp"
#include "attnwalk/io/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ostream>
#include <streambuf>

namespace attnwalk::io {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, int reason) {
  throw Error(Code::io,
              message(file.string(), ": cannot be written (", std::strerror(reason), ")"));
}

/// A stream buffer over a descriptor that remembers why writing failed.
class DescriptorBuffer : public std::streambuf {
public:
  explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor) {
    setp(buffer_.data(), buffer_.data() + buffer_.size());
  }
  [[nodiscard]] int reason() const { return reason_; }

protected:
  int_type overflow(int_type next) override {
    if (!drain())
      return traits_type::eof();
    if (!traits_type::eq_int_type(next, traits_type::eof()))
      sputc(traits_type::to_char_type(next));
    return traits_type::not_eof(next);
  }
  int sync() override { return drain() ? 0 : -1; }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    if (size < epptr() - pptr())
      return std::streambuf::xsputn(text, size);
    return drain() && put(text, static_cast<std::size_t>(size)) ? size : 0;
  }

private:
  bool drain() {
    const bool done = put(pbase(), static_cast<std::size_t>(pptr() - pbase()));
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    return done;
  }
  bool put(const char* text, std::size_t size) {
    while (size > 0) {
      const ssize_t written = ::write(descriptor_, text, size);
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0) {
        reason_ = errno;
        return false;
      }
      text += written;
      size -= static_cast<std::size_t>(written);
    }
    return true;
  }

  int descriptor_;
  int reason_ = 0;
  std::array<char, 1U << 16> buffer_{};
};

void close(Descriptor& out, const fs::path& file) {
  if (const int reason = out.close(); reason != 0)
    fail(file, reason);
}

void stream_to(int descriptor, const fs::path& file,
               const std::function<void(std::ostream&)>& write) {
  DescriptorBuffer buffer(descriptor);
  std::ostream out(&buffer);
  write(out);
  out.flush();
  if (!out)
    fail(file, buffer.reason() == 0 ? EIO : buffer.reason());
}

/// A name beside the target that no other thread or process takes.
fs::path name_beside(const fs::path& target) {
  static std::atomic<unsigned> ordinal = 0;
  return target.parent_path() / message(".", target.filename().string(), ".", ::getpid(), ".",
                                        ordinal.fetch_add(1), ".tmp");
}

/// Removes the temporary name unless it was renamed.
struct Removal {
  fs::path name;
  ~Removal() {
    if (!name.empty())
      ::unlink(name.c_str());
  }
};

int open_unnamed(const fs::path& folder) {
#ifdef O_TMPFILE
  return ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
#else
  static_cast<void>(folder);
  return -1;
#endif
}

void replace(const fs::path& target, const std::function<void(std::ostream&)>& write) {
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const fs::path temporary = name_beside(target);
  Removal removal;
  const int unnamed = open_unnamed(folder);
  if (unnamed < 0)
    removal.name = temporary;
  Descriptor out(unnamed >= 0
                     ? unnamed
                     : ::open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
  if (out.number() < 0)
    fail(target, errno);
  struct stat before {};
  if (::stat(target.c_str(), &before) == 0 && ::fchmod(out.number(), before.st_mode & 07777U) != 0)
    fail(target, errno);
  stream_to(out.number(), target, write);
  if (unnamed >= 0) {
    const std::string self = message("/proc/self/fd/", out.number());
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) != 0)
      fail(target, errno);
    removal.name = temporary;
  }
  close(out, target);
  if (::rename(temporary.c_str(), target.c_str()) != 0)
    fail(target, errno);
  removal.name.clear();
}

/// The file that a link names, there or not: it is replaced, not the link.
fs::path linked(fs::path file) {
  std::error_code problem;
  constexpr int most_links = 40; // as the system follows
  for (int links = 0; fs::is_symlink(fs::symlink_status(file, problem)); ++links) {
    if (links == most_links)
      fail(file, ELOOP);
    const fs::path next = fs::read_symlink(file, problem);
    file = file.parent_path() / next;
  }
  return file;
}

} // namespace

void write_atomically(const fs::path& file, const std::function<void(std::ostream&)>& write) {
  std::error_code problem;
  const fs::file_status status = fs::status(file, problem);
  require(!fs::is_directory(status), Code::io, file.string(), ": is a directory, not a file");
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    Descriptor out(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (out.number() < 0)
      fail(file, errno);
    stream_to(out.number(), file, write);
    return close(out, file);
  }
  replace(linked(file), write);
}

void write_bytes(const fs::path& file, std::span<const std::byte> bytes) {
  write_atomically(file, [&](std::ostream& out) {
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
  });
}

void write_stdout(const std::function<void(std::ostream&)>& write) {
  stream_to(STDOUT_FILENO, "standard output", write);
}

} // namespace attnwalk::io
