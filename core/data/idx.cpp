#include "core/data/idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>

#include "core/data/input_file.hpp"

namespace gb {
namespace {

constexpr std::size_t piece_bytes = 1 << 20;
constexpr std::uint64_t deflate_limit = 1032;  // no deflate stream grows by more than this

/// Counts bytes over all files of a load and passes them on.
class ProgressCount {
 public:
  ProgressCount(const LoadProgress& progress, std::uint64_t total) : progress_(progress), total_(total) {}
  void add(std::uint64_t bytes) {
    done_ += bytes;
    if (progress_ && !progress_(std::min(done_, total_), total_)) throw Cancelled("Loading was cancelled");
  }

 private:
  const LoadProgress& progress_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
};

/// The content of a file, unpacked where it is gzip (several members in a row included).
class ByteSource {
 public:
  ByteSource(const std::filesystem::path& path, ProgressCount& progress) : file_(path), progress_(progress) {
    std::array<unsigned char, 2> magic{};
    const auto got = file_.read(magic.data(), magic.size());
    file_.rewind();
    gzip_ = got == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    if (!gzip_) return;
    input_.resize(piece_bytes);
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw DataError("Cannot unpack " + file_.name());
  }
  ~ByteSource() {
    if (gzip_) inflateEnd(&stream_);
  }
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  const std::string& name() const { return file_.name(); }
  bool gzip() const { return gzip_; }
  /// No content can be longer than this.
  std::uint64_t most_bytes() const { return gzip_ ? file_.size() * deflate_limit : file_.size(); }
  /// What gzip's trailer says of the length of its last member, modulo 2^32.
  std::uint64_t gzip_length() {
    const auto tail = file_.tail(4);
    std::uint64_t length = 0;
    for (std::size_t i = tail.size(); i-- > 0;) length = length << 8 | static_cast<unsigned char>(tail[i]);
    return length;
  }

  /// Up to `count` bytes; fewer only at the end.
  std::size_t read(unsigned char* out, std::size_t count) {
    std::size_t total = 0;
    while (total < count) {
      const std::size_t wanted = std::min(count - total, piece_bytes);
      const std::uint64_t before = file_.position();
      const std::size_t got = gzip_ ? inflate_some(out + total, wanted) : file_.read(out + total, wanted);
      progress_.add(file_.position() - before);
      if (got == 0) break;
      total += got;
    }
    return total;
  }

 private:
  std::size_t inflate_some(unsigned char* out, std::size_t count) {
    stream_.next_out = out;
    stream_.avail_out = static_cast<uInt>(count);
    while (stream_.avail_out > 0 && !ended_) {
      if (stream_.avail_in == 0) {
        stream_.next_in = input_.data();
        stream_.avail_in = static_cast<uInt>(file_.read(input_.data(), input_.size()));
        if (stream_.avail_in == 0) {
          if (member_open_) throw DataError(file_.name() + " is cut off: its gzip data ends too early");
          ended_ = true;
          break;
        }
      }
      member_open_ = true;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        member_open_ = false;
        inflateReset(&stream_);
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        throw DataError(file_.name() + " is damaged: its gzip data cannot be unpacked" +
                        (stream_.msg ? " (" + std::string(stream_.msg) + ")" : ""));
      }
    }
    return count - stream_.avail_out;
  }

  InputFile file_;
  ProgressCount& progress_;
  bool gzip_ = false;
  bool member_open_ = false;
  bool ended_ = false;
  z_stream stream_{};
  std::vector<unsigned char> input_;
};

/// The element types of IDX: code in the header and bytes.
std::size_t element_bytes(unsigned char code) {
  switch (code) {
    case 0x08:
    case 0x09:
      return 1;
    case 0x0b:
      return 2;
    case 0x0c:
    case 0x0d:
      return 4;
    case 0x0e:
      return 8;
    default:
      return 0;
  }
}

struct IdxHeader {
  unsigned char type = 0;
  std::vector<std::size_t> sizes;
  std::uint64_t payload = 0;  ///< bytes
};

IdxHeader read_header(ByteSource& source) {
  std::array<unsigned char, 4> magic{};
  if (source.read(magic.data(), 4) != 4) throw DataError(source.name() + " is too short to be an IDX file");
  IdxHeader header;
  header.type = magic[2];
  const std::uint64_t each = element_bytes(magic[2]);
  if (magic[0] != 0 || magic[1] != 0 || each == 0 || magic[3] == 0)
    throw DataError(source.name() + " is not an IDX file: it must begin with 00 00, a type (08 to 0E) and a rank");
  if (magic[3] > 4)
    throw DataError(source.name() + " has " + std::to_string(magic[3]) + " dimensions; at most 4 were expected");
  header.payload = each;
  std::string shape;
  for (int i = 0; i < magic[3]; ++i) {
    std::array<unsigned char, 4> big{};
    if (source.read(big.data(), 4) != 4) throw DataError(source.name() + " is cut off inside its header");
    const std::uint64_t size =
        std::uint64_t{big[0]} << 24 | std::uint64_t{big[1]} << 16 | std::uint64_t{big[2]} << 8 | std::uint64_t{big[3]};
    header.sizes.push_back(size);
    shape += (shape.empty() ? "" : " x ") + std::to_string(size);
    if (size == 0) throw DataError(source.name() + " holds nothing: its header says " + shape);
    if (__builtin_mul_overflow(header.payload, size, &header.payload))
      throw DataError(source.name() + " has an impossible header: " + shape + " values");
  }
  const std::uint64_t header_bytes = 4 + 4 * header.sizes.size();
  if (header.payload > source.most_bytes() - std::min(source.most_bytes(), header_bytes))
    throw DataError(source.name() + " is cut off or its header lies: it promises " + shape +
                    " values, which the file " + "is too small for");
  return header;
}

/// Appends exactly `bytes` bytes to `out`. Memory grows with what has really been read.
void append(ByteSource& source, std::uint64_t bytes, std::vector<std::uint8_t>& out) {
  while (bytes > 0) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 8 * piece_bytes));
    const std::size_t before = out.size();
    out.resize(before + count);
    const std::size_t got = source.read(out.data() + before, count);
    if (got != count)
      throw DataError(source.name() + " is cut off: " + std::to_string(bytes - got) + " bytes are missing");
    bytes -= count;
  }
}

void expect_end(ByteSource& source) {
  unsigned char extra = 0;
  if (source.read(&extra, 1) != 0)
    throw DataError(source.name() + " is longer than its header says; it is not the IDX file it claims to be");
}

struct ImageShape {
  std::size_t count = 0, channels = 1, height = 0, width = 0;
  bool channels_last = false;
};

ImageShape image_shape(const IdxHeader& header, const std::string& name) {
  if (header.type != 0x08) throw DataError(name + " must hold unsigned bytes (type 08) to be images");
  const auto& sizes = header.sizes;
  const auto colours = [](std::size_t size) { return size == 1 || size == 3; };
  if (sizes.size() == 3) return {sizes[0], 1, sizes[1], sizes[2], false};
  if (sizes.size() == 4 && colours(sizes[1])) return {sizes[0], sizes[1], sizes[2], sizes[3], false};
  if (sizes.size() == 4 && colours(sizes[3])) return {sizes[0], sizes[3], sizes[1], sizes[2], true};
  throw DataError(name + " has " + std::to_string(sizes.size()) +
                  " dimensions, but images have three (count, height, width), or four with 1 or 3 channels");
}

void move_channels_first(std::vector<std::uint8_t>& pixels, std::size_t begin, const ImageShape& shape) {
  if (!shape.channels_last || shape.channels == 1) return;
  const std::size_t area = shape.height * shape.width;
  std::vector<std::uint8_t> image(area * shape.channels);
  for (std::size_t i = 0; i < shape.count; ++i) {
    std::uint8_t* place = pixels.data() + begin + i * image.size();
    std::copy(place, place + image.size(), image.begin());
    for (std::size_t channel = 0; channel < shape.channels; ++channel)
      for (std::size_t p = 0; p < area; ++p) place[channel * area + p] = image[p * shape.channels + channel];
  }
}

/// Appends the labels of one file; `count` is how many images there are.
void append_labels(ByteSource& source, const std::string& images, std::size_t count,
                   std::map<std::int64_t, std::int32_t>& known, std::vector<std::int32_t>& codes) {
  const auto header = read_header(source);
  if (header.type == 0x0d || header.type == 0x0e)
    throw DataError(source.name() + " holds fractions, but labels are whole numbers");
  if (header.sizes.size() != 1)
    throw DataError(source.name() + " has " + std::to_string(header.sizes.size()) + " dimensions, but labels have one");
  if (header.sizes[0] != count)
    throw DataError(source.name() + " has " + std::to_string(header.sizes[0]) + " labels, but " + images + " has " +
                    std::to_string(count) + " images");
  std::vector<std::uint8_t> bytes;
  append(source, header.payload, bytes);
  expect_end(source);
  const std::size_t each = element_bytes(header.type);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t bits = 0;
    for (std::size_t b = 0; b < each; ++b) bits = bits << 8 | bytes[i * each + b];
    auto value = static_cast<std::int64_t>(bits);
    const auto sign = std::int64_t{1} << (8 * each - 1);
    if (header.type != 0x08 && (value & sign)) value -= 2 * sign;
    codes.push_back(known.try_emplace(value, static_cast<std::int32_t>(known.size())).first->second);
  }
}

}  // namespace

Dataset read_idx(const IdxFiles& files, const std::string& label_name, const LoadProgress& progress) {
  std::uint64_t total = 0;
  for (const auto* path : {&files.images, &files.labels, &files.test_images, &files.test_labels})
    if (!path->empty()) total += InputFile(*path).size();
  ProgressCount count(progress, total);

  std::vector<std::filesystem::path> image_files{files.images};
  std::vector<std::filesystem::path> label_files{files.labels};
  if (!files.test_images.empty()) {
    image_files.push_back(files.test_images);
    label_files.push_back(files.test_labels);
  }
  std::vector<ImageShape> shapes;
  std::vector<std::unique_ptr<ByteSource>> sources;
  std::uint64_t pixels_in_all = 0;
  bool honest = true;
  for (const auto& path : image_files) {
    auto source = std::make_unique<ByteSource>(path, count);
    const auto header = read_header(*source);
    shapes.push_back(image_shape(header, source->name()));
    pixels_in_all += header.payload;
    const std::uint64_t length = header.payload + 4 + 4 * header.sizes.size();
    if (source->gzip() && source->gzip_length() != (length & 0xffffffff)) honest = false;
    sources.push_back(std::move(source));
  }
  const auto& first = shapes.front();
  for (const auto& shape : shapes)
    if (shape.channels != first.channels || shape.height != first.height || shape.width != first.width)
      throw DataError(sources.back()->name() + " holds images of " + std::to_string(shape.height) + " x " +
                      std::to_string(shape.width) + ", but " + sources.front()->name() + " of " +
                      std::to_string(first.height) + " x " + std::to_string(first.width));

  Dataset dataset;
  std::vector<std::int32_t> codes;
  std::map<std::int64_t, std::int32_t> known;
  const bool labelled = !files.labels.empty() || !files.test_labels.empty();
  // Labels come first: they are small, and a wrong count is known before the pixels are read.
  for (std::size_t i = 0; labelled && i < label_files.size(); ++i) {
    if (label_files[i].empty()) {
      codes.insert(codes.end(), shapes[i].count, -1);
    } else {
      ByteSource source(label_files[i], count);
      append_labels(source, sources[i]->name(), shapes[i].count, known, codes);
    }
  }

  std::vector<std::uint8_t> pixels;
  if (honest) pixels.reserve(pixels_in_all);
  ImageSet set{0, first.channels, first.height, first.width, nullptr};
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::size_t begin = pixels.size();
    append(*sources[i], shapes[i].count * set.pixels_each(), pixels);
    expect_end(*sources[i]);
    move_channels_first(pixels, begin, shapes[i]);
    set.count += shapes[i].count;
    if (shapes.size() > 1)
      dataset.parts.insert(dataset.parts.end(), shapes[i].count, i == 0 ? Part::train : Part::test);
    sources[i].reset();
  }
  set.pixels = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels));
  if (!codes.empty()) {
    std::vector<std::string> names(known.size());
    for (const auto& [value, code] : known) names[static_cast<std::size_t>(code)] = std::to_string(value);
    dataset.labels = categorical_column(label_name, std::move(names), std::move(codes));
    dataset.target = label_name;
  }
  dataset.report.format = "IDX";
  dataset.report.rows_read = set.count;
  dataset.content = std::move(set);
  return dataset;
}

}  // namespace gb
