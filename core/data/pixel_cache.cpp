#include "core/data/pixel_cache.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "core/data/dataset.hpp"
#include "core/params/json_text.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view mark = "GBPIXEL1";
constexpr std::uint64_t tail_bytes = 16;  // length of the facts, mark
constexpr std::uint64_t most_fact_bytes = std::uint64_t{256} << 20;
constexpr const char* ending = ".pixels";
constexpr const char* unfinished_ending = ".unfinished";

/// Closes a file descriptor on every way out.
struct Descriptor {
  int fd = -1;
  explicit Descriptor(int descriptor) : fd(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

/// The first `bytes` bytes of a file; they stay readable when it is closed, renamed or removed.
SharedBytes mapped(int descriptor, std::uint64_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) return {};
  const auto* data = static_cast<const std::uint8_t*>(memory);
  std::shared_ptr<const void> owner(memory, [bytes](void* begin) { ::munmap(begin, bytes); });
  return {std::move(owner), data, bytes};
}

bool write_all(int descriptor, std::string_view bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    at += static_cast<std::uint64_t>(put);
  }
  return true;
}

bool read_all(int descriptor, char* out, std::size_t count, std::uint64_t at) {
  while (count > 0) {
    const ssize_t got = ::pread(descriptor, out, count, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got;
    count -= static_cast<std::size_t>(got);
    at += static_cast<std::uint64_t>(got);
  }
  return true;
}

std::string gigabytes(std::uint64_t bytes) {
  const auto tenths = static_cast<std::uint64_t>(static_cast<double>(bytes) / 1e8 + 0.5);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

}  // namespace

PixelCache PixelCache::of_user() {
  fs::path base;
  if (const char* named = std::getenv("XDG_CACHE_HOME"); named && *named) {
    base = named;
  } else {
    const char* home = std::getenv("HOME");
    base = fs::path(home && *home ? home : "/tmp") / ".cache";
  }
  return {base / "glassbench", std::uint64_t{32} << 30};
}

std::optional<PixelCache::Entry> PixelCache::find(const std::string& key) const {
  const fs::path path = folder_ / (key + ending);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::array<char, tail_bytes> tail;
  if (size <= tail_bytes || !read_all(file.fd, tail.data(), tail.size(), size - tail_bytes)) return {};
  std::uint64_t fact_bytes = 0;
  std::memcpy(&fact_bytes, tail.data(), sizeof fact_bytes);
  if (std::string_view(tail.data() + 8, 8) != mark || fact_bytes > most_fact_bytes || fact_bytes >= size - tail_bytes)
    return {};
  std::string text(fact_bytes, '\0');
  const std::uint64_t pixels = size - tail_bytes - fact_bytes;
  if (!read_all(file.fd, text.data(), text.size(), pixels)) return {};
  Entry entry;
  try {
    entry.facts = parse_json(text, path.string());
  } catch (const JsonError&) {
    return {};
  }
  entry.pixels = mapped(file.fd, pixels);
  if (!entry.pixels) return {};
  ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  return entry;
}

void PixelCache::evict(const fs::path& kept) const {
  struct Old {
    fs::file_time_type used;
    fs::path path;
    std::uint64_t bytes;
  };
  std::vector<Old> files;
  std::uint64_t total = 0;
  std::error_code code;
  const auto yesterday = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (fs::directory_iterator it(folder_, code), end; !code && it != end; it.increment(code)) {
    std::error_code gone;
    const fs::path& path = it->path();
    const auto used = it->last_write_time(gone);
    const auto bytes = it->file_size(gone);
    if (gone) continue;
    if (path.extension() == unfinished_ending && used < yesterday) fs::remove(path, gone);
    if (path.extension() != ending) continue;
    total += bytes;
    if (path != kept) files.push_back({used, path, bytes});
  }
  std::sort(files.begin(), files.end(), [](const Old& a, const Old& b) { return a.used < b.used; });
  for (const auto& file : files) {
    if (total <= most_bytes_) break;
    if (fs::remove(file.path, code)) total -= file.bytes;
  }
}

PixelRoom::PixelRoom(const PixelCache& cache, std::uint64_t bytes) : cache_(cache), size_(bytes) {
  if (make_file(bytes)) return;
  const auto pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
  const auto page = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
  if (bytes > pages * page / 2)
    throw DataError("The pictures take " + gigabytes(bytes) + " when decoded, for which neither " +
                        cache.folder().string() + " nor the memory has room; make them smaller with data.size",
                    "data.size", "a smaller height and width");
  memory_ = std::make_shared<std::vector<std::uint8_t>>(bytes);
  data_ = memory_->data();
}

PixelRoom::~PixelRoom() {
  if (!memory_ && data_) ::munmap(data_, size_);
  drop_file();
}

bool PixelRoom::make_file(std::uint64_t bytes) {
  std::error_code code;
  fs::create_directories(cache_.folder(), code);
  std::string name = (cache_.folder() / "XXXXXX").string();
  name += unfinished_ending;
  descriptor_ = ::mkostemps(name.data(), static_cast<int>(std::strlen(unfinished_ending)), O_CLOEXEC);
  if (descriptor_ < 0) return false;
  file_ = name;
  // Every block is reserved now: a full disk would otherwise kill the program when a page is written.
  void* memory = MAP_FAILED;
  if (::posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes)) == 0)
    memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (memory == MAP_FAILED) {
    drop_file();
    return false;
  }
  data_ = static_cast<std::uint8_t*>(memory);
  return true;
}

void PixelRoom::drop_file() {
  if (!file_.empty()) ::unlink(file_.c_str());
  file_.clear();
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

SharedBytes PixelRoom::finish(std::uint64_t bytes) {
  finished_ = bytes;
  if (memory_) {
    memory_->resize(bytes);
    memory_->shrink_to_fit();
    return std::move(memory_);
  }
  ::munmap(data_, size_);
  data_ = nullptr;
  SharedBytes pixels;
  if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) == 0) pixels = mapped(descriptor_, bytes);
  if (!pixels) throw DataError("The pictures cannot be mapped into memory: " + std::string(std::strerror(errno)));
  return pixels;
}

void PixelRoom::keep(const std::string& key, const Json& facts) {
  if (file_.empty()) return;
  std::string text = dump_json(facts);
  const std::uint64_t length = text.size();
  text.append(reinterpret_cast<const char*>(&length), sizeof length);
  text += mark;
  const fs::path name = cache_.folder() / (key + ending);
  if (!write_all(descriptor_, text, finished_) || ::fsync(descriptor_) != 0) return;
  if (::rename(file_.c_str(), name.c_str()) != 0) return;
  file_.clear();
  cache_.evict(name);
}

}  // namespace gb
