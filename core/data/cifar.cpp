#include "core/data/cifar.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/file.hpp"
#include "core/data/column_builder.hpp"
#include "core/data/input_file.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t side = 32;
constexpr std::size_t picture_bytes = 3 * side * side;
constexpr const char* wanted =
    "a folder with data_batch_1.bin ... and test_batch.bin (CIFAR-10), or train.bin and "
    "test.bin (CIFAR-100)";

fs::path file_or_nothing(const fs::path& path) {
  std::error_code code;
  return fs::is_regular_file(path, code) ? path : fs::path();
}

std::optional<CifarFiles> files_in(const fs::path& folder) {
  CifarFiles files;
  for (int batch = 1; batch <= 9; ++batch) {
    const auto path = file_or_nothing(folder / ("data_batch_" + std::to_string(batch) + ".bin"));
    if (!path.empty()) files.train.push_back(path);
  }
  if (!files.train.empty()) {
    files.test = file_or_nothing(folder / "test_batch.bin");
    files.names = file_or_nothing(folder / "batches.meta.txt");
    return files;
  }
  const auto train = file_or_nothing(folder / "train.bin");
  const auto names = file_or_nothing(folder / "fine_label_names.txt");
  // Any program may write a train.bin: the names or the size have to fit.
  std::error_code code;
  constexpr std::size_t record = 2 + picture_bytes;
  if (train.empty() || (names.empty() && fs::file_size(train, code) % record != 0)) return {};
  return CifarFiles{{train}, file_or_nothing(folder / "test.bin"), names, 2, 100};
}

/// One name a line; the files end with empty lines.
std::vector<std::string> class_names(const CifarFiles& files) {
  std::vector<std::string> names;
  if (files.names.empty()) {
    for (int c = 0; c < files.classes; ++c) names.push_back(std::to_string(c));
    return names;
  }
  constexpr std::size_t most_bytes = 1 << 16;
  const std::string text = read_file(files.names, most_bytes);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    auto line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) names.push_back(std::move(line));
    at = end + 1;
  }
  auto sorted = names;
  std::sort(sorted.begin(), sorted.end());
  if (names.size() != static_cast<std::size_t>(files.classes) ||
      std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    throw DataError(files.names.string() + " names " + std::to_string(names.size()) + " classes, but " +
                        std::to_string(files.classes) + " different ones were expected, one a line",
                    "data.path", wanted);
  return names;
}

class CifarReader {
 public:
  CifarReader(CifarFiles files, const LoadProgress& progress)
      : files_(std::move(files)),
        progress_(progress),
        record_(static_cast<std::size_t>(files_.label_bytes) + picture_bytes) {}

  Dataset read() {
    const auto names = class_names(files_);
    std::vector<fs::path> paths = files_.train;
    if (!files_.test.empty()) paths.push_back(files_.test);
    std::size_t rows = 0;
    for (const auto& path : paths) rows += records_in(path);
    total_ = std::uint64_t{rows} * record_;
    pixels_->resize(rows * picture_bytes);
    codes_.reserve(rows);
    Dataset dataset;
    for (const auto& path : paths) {
      append(path);
      if (!files_.test.empty()) dataset.parts.resize(codes_.size(), path == files_.test ? Part::test : Part::train);
    }
    if (codes_.size() != rows) throw DataError(files_.train.front().string() + " was changed while it was read");
    dataset.report.format = files_.label_bytes == 1 ? "CIFAR-10" : "CIFAR-100";
    dataset.report.rows_read = rows;
    if (files_.test.empty()) note(dataset.report, 0, "", "there is no file of test pictures in the folder");
    if (files_.names.empty()) note(dataset.report, 0, "", "there is no file of class names in the folder");
    dataset.content = ImageSet{rows, 3, side, side, pixels_};
    dataset.labels = categorical_column("class", names, std::move(codes_));
    dataset.target = "class";
    return dataset;
  }

 private:
  std::size_t records_in(const fs::path& path) const {
    const auto bytes = InputFile(path).size();
    if (bytes == 0) throw DataError(path.string() + " is empty", "data.path", wanted);
    if (bytes % record_ != 0)
      throw DataError(path.string() + " is cut off: it has " + std::to_string(bytes) +
                          " bytes, which is no multiple of " + std::to_string(record_) +
                          " (a label and 3 x 32 x 32 pixels); the last of its " + std::to_string(bytes / record_ + 1) +
                          " records is short of " + std::to_string(record_ - bytes % record_) + " bytes",
                      "data.path", wanted);
    return static_cast<std::size_t>(bytes / record_);
  }

  void append(const fs::path& path) {
    InputFile file(path);
    constexpr std::size_t records_a_piece = 512;
    std::vector<std::uint8_t> piece(records_a_piece * record_);
    std::size_t record = 0;
    while (const std::size_t got = file.read(piece.data(), piece.size())) {
      for (std::size_t at = 0; at + record_ <= got; at += record_) {
        ++record;
        const int label = piece[at + static_cast<std::size_t>(files_.label_bytes) - 1];
        if (label >= files_.classes)
          throw DataError(path.string() + " has the label " + std::to_string(label) + " in record " +
                              std::to_string(record) + ", but labels are 0 to " + std::to_string(files_.classes - 1),
                          "data.path", wanted);
        if (codes_.size() * picture_bytes == pixels_->size())
          throw DataError(path.string() + " grew while it was read");
        std::memcpy(pixels_->data() + codes_.size() * picture_bytes, piece.data() + at + record_ - picture_bytes,
                    picture_bytes);
        codes_.push_back(label);
      }
      done_ += got;
      if (progress_ && !progress_(std::min(done_, total_), total_)) throw Cancelled("Loading was cancelled");
      if (got % record_ != 0) throw DataError(path.string() + " was changed while it was read");
    }
  }

  CifarFiles files_;
  const LoadProgress& progress_;
  std::size_t record_;
  std::uint64_t done_ = 0, total_ = 0;
  std::shared_ptr<std::vector<std::uint8_t>> pixels_ = std::make_shared<std::vector<std::uint8_t>>();
  std::vector<std::int32_t> codes_;
};

}  // namespace

std::optional<CifarFiles> find_cifar(const fs::path& folder) {
  for (const auto& place : {folder, folder / "cifar-10-batches-bin", folder / "cifar-100-binary"})
    if (auto files = files_in(place)) return files;
  return {};
}

Dataset read_cifar(const fs::path& folder, const LoadProgress& progress) {
  auto files = find_cifar(folder);
  if (!files) {
    std::error_code code;
    std::string message = folder.string() + " is no CIFAR folder in binary form";
    if (!fs::exists(folder, code)) message = folder.string() + " does not exist";
    if (fs::exists(folder / "data_batch_1", code) || fs::exists(folder / "cifar-10-batches-py", code))
      message += "; it holds the Python version, which could run code: take the one called binary";
    throw DataError(message, "data.path", wanted);
  }
  auto dataset = CifarReader(std::move(*files), progress).read();
  dataset.name = fs::absolute(folder / "").lexically_normal().parent_path().filename().string();
  return dataset;
}

}  // namespace gb
