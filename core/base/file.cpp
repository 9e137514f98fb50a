#include "core/base/file.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>

#include "core/base/error.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

std::string reason() {
  return std::error_code(errno, std::generic_category()).message();
}

/// Closes a file descriptor on every way out.
struct Descriptor {
  int fd;
  explicit Descriptor(int descriptor) : fd(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int close() {
    const int result = fd >= 0 ? ::close(fd) : 0;
    fd = -1;
    return result;
  }
};

/// umask() can only be read by setting it, which all threads would see: read it once.
mode_t creation_mask() {
  static const mode_t mask = [] {
    const mode_t current = ::umask(022);
    ::umask(current);
    return current;
  }();
  return mask;
}

void sync_folder(const fs::path& folder) {
  Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.fd >= 0) ::fsync(descriptor.fd);
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t cap) {
  std::error_code code;
  if (fs::is_directory(path, code)) throw FileError("Cannot read " + path.string() + ": it is a folder, not a file");
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.fd < 0) throw FileError("Cannot open " + path.string() + ": " + reason());
  std::string bytes;
  std::array<char, 1 << 16> piece;
  for (;;) {
    const ssize_t got = ::read(descriptor.fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError("Cannot read " + path.string() + ": " + reason());
    if (got == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(got) > cap)
      throw FileError("Cannot read " + path.string() + ": it is larger than " + std::to_string(cap) + " bytes");
    bytes.append(piece.data(), static_cast<std::size_t>(got));
  }
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::string temporary = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
  Descriptor descriptor(::mkostemp(temporary.data(), O_CLOEXEC));
  if (descriptor.fd < 0) throw FileError("Cannot write " + path.string() + ": " + reason());
  const auto fail = [&] {
    const std::string why = reason();
    ::unlink(temporary.c_str());
    throw FileError("Cannot write " + path.string() + ": " + why);
  };
  struct stat existing;
  const mode_t mode = ::stat(path.c_str(), &existing) == 0 ? existing.st_mode & 07777 : 0666 & ~creation_mask();
  if (::fchmod(descriptor.fd, mode) != 0) fail();
  for (std::size_t written = 0; written < bytes.size();) {
    const ssize_t put = ::write(descriptor.fd, bytes.data() + written, bytes.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail();
    written += static_cast<std::size_t>(put);
  }
  if (::fsync(descriptor.fd) != 0 || descriptor.close() != 0) fail();
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail();
  sync_folder(folder);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}

void Sha256::add(const void* data, std::size_t bytes) {
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), data, bytes);
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.data(), &length);
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

std::string sha256_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError("Cannot open " + path.string() + ": " + reason());
  Sha256 hash;
  std::array<char, 1 << 16> piece;
  while (file) {
    file.read(piece.data(), piece.size());
    hash.add(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  return hash.hex();
}

fs::path resource_folder() {
  if (const char* named = std::getenv("GLASSBENCH_RESOURCES"); named && *named) return named;
  std::error_code code;
  const fs::path program = fs::read_symlink("/proc/self/exe", code);
  if (!code) {
    const fs::path installed = program.parent_path().parent_path() / "share" / "glassbench";
    if (fs::is_directory(installed, code)) return installed;
  }
  const fs::path source = GLASSBENCH_SOURCE_RESOURCES;
  if (fs::is_directory(source, code)) return source;
  throw FileError("Glassbench's resources were not found; set GLASSBENCH_RESOURCES to the folder that holds them");
}

fs::path data_folder() {
  if (const char* named = std::getenv("XDG_DATA_HOME"); named && *named) return fs::path(named) / "glassbench";
  const char* home = std::getenv("HOME");
  return fs::path(home && *home ? home : "/tmp") / ".local" / "share" / "glassbench";
}

}  // namespace gb
