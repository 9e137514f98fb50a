#include "core/data/image_folder.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <numeric>
#include <set>

#include "core/base/file.hpp"
#include "core/base/parallel.hpp"
#include "core/data/column_builder.hpp"
#include "core/data/input_file.hpp"
#include "core/data/picture_file.hpp"
#include "core/data/picture_fit.hpp"
#include "core/data/picture_listing.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t head_bytes = 64 * 1024;
constexpr int largest_side = 16384;
constexpr const char* pictures_wanted =
    "a folder with PNG, JPEG, BMP, WebP or TIFF pictures, in a sub-folder per class";

/// A file that is a picture or is named like one.
struct Candidate {
  std::size_t file = 0;  ///< in the listing
  PictureHeader header;
  std::string problem;    ///< why it cannot be read; empty when it can
  bool may_pass = false;  ///< the problem may be gone next time: it lies in the machine and not in the picture
  FittedPicture fitted;
};

void tell(const LoadProgress& progress, std::uint64_t done, std::uint64_t total) {
  if (progress && !progress(done, total)) throw Cancelled("Loading was cancelled");
}

/// Calls `body` for 0..count-1 from several threads, each taking what comes next. Between blocks of about 16 MB of
/// files `told` is called, which may throw; `body` must not.
template <class Bytes, class Body, class Told>
void in_blocks(std::size_t count, const Bytes& bytes_of, const Body& body, const Told& told) {
  constexpr std::uint64_t block_bytes = std::uint64_t{16} << 20;
  constexpr std::size_t block_files = 512;
  for (std::size_t begin = 0; begin < count;) {
    std::uint64_t bytes = 0;
    std::size_t end = begin;
    while (end < count && end - begin < block_files && (end == begin || bytes < block_bytes)) bytes += bytes_of(end++);
    std::atomic<std::size_t> next = begin;
    parallel_chunks(static_cast<std::size_t>(threads()), 1, [&](std::size_t, std::size_t, std::size_t) {
      for (std::size_t i = next++; i < end; i = next++) body(i);
    });
    told(bytes);
    begin = end;
  }
}

/// Runs `action`; the text of what it throws, else nothing.
template <class Action>
std::string failure_of(const Action& action) {
  try {
    action();
    return {};
  } catch (const std::bad_alloc&) {
    return "there is not enough memory for it";
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// The whole file, unless it is too large.
bool read_picture(const fs::path& path, std::vector<std::uint8_t>& bytes) {
  InputFile file(path);
  if (file.size() > most_picture_bytes) return false;
  bytes.resize(static_cast<std::size_t>(file.size()));
  bytes.resize(file.read(bytes.data(), bytes.size()));
  return true;
}

PictureHeader header_of_file(const fs::path& path) {
  std::vector<std::uint8_t> bytes(head_bytes);
  InputFile file(path);
  bytes.resize(file.read(bytes.data(), bytes.size()));
  const auto header = picture_header(bytes);
  if (header.format == PictureFormat::none || header.height > 0 || file.size() <= bytes.size()) return header;
  // Some cameras put a large preview before the sizes, and TIFF may write them at the end.
  return read_picture(path, bytes) ? picture_header(bytes) : header;
}

class FolderReader {
 public:
  FolderReader(const fs::path& folder, ImageFolderParams params, const LoadProgress& progress, const PixelCache& cache)
      : folder_(folder), params_(std::move(params)), progress_(progress), cache_(cache) {}

  Dataset read() {
    list();
    const auto key = cache_key();
    auto dataset = from_cache(key);
    if (!dataset) dataset = read_anew(key);
    tell(progress_, total_, total_);
    return std::move(*dataset);
  }

  ImageFolderPreview preview(std::size_t most) {
    list();
    load_picture_codecs();
    find_candidates();
    ImageFolderPreview preview;
    preview.split = listing_.split;
    for (const auto& name : listing_.classes) preview.classes.emplace_back(name, 0);
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> sizes;
    std::vector<Candidate> readable;
    for (auto& candidate : candidates_) {
      const auto& file = listing_.files[candidate.file];
      if (candidate.problem.empty() && candidate.header.format == PictureFormat::none)
        candidate.problem = "no picture, whatever its name says";
      if (!candidate.problem.empty()) {
        preview.skipped.emplace_back(file.name, candidate.problem);
        continue;
      }
      ++preview.pictures;
      if (file.label >= 0) ++preview.classes[static_cast<std::size_t>(file.label)].second;
      if (candidate.header.height > 0) ++sizes[{candidate.header.height, candidate.header.width}];
      readable.push_back(std::move(candidate));
    }
    for (const auto& name : listing_.left_out)
      preview.skipped.emplace_back(name, "no picture, or beside the class folders");
    for (const auto& [size, count] : sizes)
      preview.sizes.emplace_back(std::to_string(size.first) + " x " + std::to_string(size.second), count);
    std::stable_sort(preview.sizes.begin(), preview.sizes.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    // The size is that of all; what is decoded comes from everywhere.
    const auto fit = common_fit();
    params_.size = std::vector<int>{static_cast<int>(fit.height), static_cast<int>(fit.width)};
    candidates_.clear();
    for (std::size_t i = 0, count = std::min(most, readable.size()); i < count; ++i)
      candidates_.push_back(std::move(readable[i * readable.size() / count]));
    if (candidates_.empty()) return preview;
    preview.sample = decode({});
    // What it says of counts speaks of the sample; what cannot be read, and what labels lack, speaks of the folder.
    auto& problems = preview.sample.report.problems;
    for (const auto& problem : problems)
      if (problem.row > 0) preview.skipped.emplace_back(problem.field, problem.message);
    problems = listing_.remarks;
    return preview;
  }

 private:
  void list() {
    std::error_code code;
    if (!fs::is_directory(folder_, code))
      throw DataError(folder_.string() + (fs::exists(folder_, code) ? " is a file, not a folder" : " does not exist"),
                      "data.path", pictures_wanted);
    listing_ = params_.labels ? list_pictures(folder_, read_picture_labels(*params_.labels, "data.labels"))
                              : list_pictures(folder_);
    for (const auto& file : listing_.files) total_ += file.bytes;
    if (listing_.files.empty()) refuse_no_pictures();
    tell(progress_, 0, total_);
  }

  [[noreturn]] void refuse_no_pictures() const {
    if (params_.labels)
      throw DataError("No picture below " + folder_.string() + " has a class in " + *params_.labels, "data.labels",
                      "names of pictures relative to the folder, with a class each");
    std::string message = folder_.string() + " holds no pictures";
    if (!listing_.classes.empty()) message += " in its sub-folders";
    const auto beside = std::count_if(listing_.left_out.begin(), listing_.left_out.end(),
                                      [](const std::string& name) { return named_like_picture(name); });
    if (beside > 0) message += "; " + std::to_string(beside) + " lie beside them and belong to no class";
    throw DataError(message, "data.path", pictures_wanted);
  }

  /// Everything that decides over the pixels.
  std::string cache_key() const {
    Sha256 hash;
    const auto add = [&](std::string_view text) {
      const std::uint64_t length = text.size();
      hash.add(&length, sizeof length);
      hash.add(text);
    };
    add("image_folder 1");
    std::error_code code;
    add(fs::canonical(folder_, code).string());
    add(image_folder_schema().write(params_)["size"].dump());
    add(params_.channels ? std::to_string(*params_.channels) : "");
    if (params_.labels) add(sha256_of_file(*params_.labels));
    const auto background = *color_of(params_.background);
    hash.add(background.data(), background.size());
    for (const auto& file : listing_.files) {
      add(file.name);
      const std::array<std::int64_t, 4> facts{static_cast<std::int64_t>(file.bytes), file.changed, file.label,
                                              static_cast<std::int64_t>(file.part)};
      hash.add(facts.data(), sizeof facts);
    }
    return hash.hex();
  }

  std::optional<Dataset> from_cache(const std::string& key) const {
    auto entry = cache_.find(key);
    if (!entry) return {};
    try {
      const Json& facts = entry->facts;
      Dataset dataset;
      ImageSet set;
      set.channels = facts.at("channels").get<std::size_t>();
      set.height = facts.at("height").get<std::size_t>();
      set.width = facts.at("width").get<std::size_t>();
      set.pixels = entry->pixels;
      const auto rows = facts.at("rows").get<std::vector<std::size_t>>();
      set.count = rows.size();
      if (set.count == 0 || set.count * set.pixels_each() != set.pixels.size()) return {};
      for (const auto row : rows)
        if (row >= listing_.files.size()) return {};
      auto& report = dataset.report;
      report.format = facts.at("format").get<std::string>();
      report.skipped_at = facts.at("skipped_at").get<std::vector<std::size_t>>();
      for (const auto& problem : facts.at("problems"))
        report.problems.push_back(
            {problem.at(0).get<std::size_t>(), problem.at(1).get<std::string>(), problem.at(2).get<std::string>()});
      dataset.fingerprint = facts.at("fingerprint").get<std::string>();
      dataset.content = std::move(set);
      describe_rows(dataset, rows);
      return dataset;
    } catch (const Json::exception&) {
      return {};
    }
  }

  Json facts_of(const Dataset& dataset, const std::vector<std::size_t>& rows) const {
    const auto& set = *dataset.images();
    Json problems = Json::array();
    for (const auto& problem : dataset.report.problems)
      problems.push_back(Json::array({problem.row, problem.field, problem.message}));
    return {{"channels", set.channels},
            {"height", set.height},
            {"width", set.width},
            {"format", dataset.report.format},
            {"fingerprint", dataset.fingerprint},
            {"problems", problems},
            {"skipped_at", dataset.report.skipped_at},
            {"rows", rows}};
  }

  /// Name, labels, parts and counts: what follows from the listing and from which of its files became rows.
  void describe_rows(Dataset& dataset, const std::vector<std::size_t>& rows) const {
    dataset.name = fs::absolute(folder_ / "").lexically_normal().parent_path().filename().string();
    dataset.report.rows_read = rows.size();
    dataset.report.rows_skipped = dataset.report.skipped_at.size();
    if (listing_.split)
      for (const auto row : rows) dataset.parts.push_back(listing_.files[row].part);
    if (listing_.classes.empty()) return;
    dataset.target = "class";
    std::vector<std::int32_t> codes;
    codes.reserve(rows.size());
    for (const auto row : rows) codes.push_back(listing_.files[row].label);
    dataset.labels = categorical_column("class", listing_.classes, std::move(codes));
  }

  Dataset read_anew(const std::string& key) {
    load_picture_codecs();
    find_candidates();
    return decode(key);
  }

  /// Of the candidates; kept under `key` where there is one.
  Dataset decode(const std::string& key) {
    const auto fit = common_fit();
    const std::size_t each = fit.channels * fit.height * fit.width;
    PixelRoom room(cache_, std::uint64_t{candidates_.size()} * each);
    decode_all(fit, room.data());

    Dataset dataset;
    std::vector<std::size_t> rows;
    const bool grey = !params_.channels && std::none_of(candidates_.begin(), candidates_.end(),
                                                        [](const Candidate& c) { return c.fitted.colored; });
    ImageSet set{0, grey ? 1 : fit.channels, fit.height, fit.width, nullptr};
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!candidates_[i].problem.empty()) continue;
      std::memmove(room.data() + rows.size() * set.pixels_each(), room.data() + i * each, set.pixels_each());
      rows.push_back(candidates_[i].file);
    }
    if (rows.empty()) {
      const auto& first = candidates_.front();
      throw DataError("None of the " + std::to_string(candidates_.size()) + " pictures in " + folder_.string() +
                          " can be read; " + listing_.files[first.file].name + ": " + first.problem,
                      "data.path", pictures_wanted);
    }
    set.count = rows.size();
    set.pixels = room.finish(std::uint64_t{set.count} * set.pixels_each());
    dataset.content = std::move(set);
    report_on(dataset);
    describe_rows(dataset, rows);
    dataset.fingerprint = fingerprint_of(dataset);
    if (!key.empty() &&
        std::none_of(candidates_.begin(), candidates_.end(), [](const Candidate& c) { return c.may_pass; }))
      room.keep(key, facts_of(dataset, rows));
    return dataset;
  }

  /// Looks at the first bytes of every file: which are pictures, and of what size.
  void find_candidates() {
    std::vector<Candidate> all(listing_.files.size());
    in_blocks(
        all.size(), [](std::size_t) { return head_bytes; },
        [&](std::size_t i) {
          all[i].file = i;
          all[i].problem = failure_of([&] { all[i].header = header_of_file(folder_ / listing_.files[i].name); });
          all[i].may_pass = !all[i].problem.empty();
        },
        [&](std::uint64_t) { tell(progress_, 0, total_); });
    for (auto& candidate : all) {
      const auto& name = listing_.files[candidate.file].name;
      if (candidate.header.format != PictureFormat::none || named_like_picture(name))
        candidates_.push_back(std::move(candidate));
      else
        listing_.left_out.push_back(name);
    }
    if (candidates_.empty()) refuse_no_pictures();
  }

  PictureFit common_fit() {
    PictureFit fit;
    fit.background = *color_of(params_.background);
    fit.channels = params_.channels ? static_cast<std::size_t>(*params_.channels) : 3;
    if (params_.size) {
      fit.height = static_cast<std::size_t>((*params_.size)[0]);
      fit.width = static_cast<std::size_t>((*params_.size)[1]);
      return fit;
    }
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> sizes;
    for (const auto& candidate : candidates_) {
      const auto& header = candidate.header;
      if (header.height > 0 && header.height <= largest_side && header.width <= largest_side)
        ++sizes[{header.height, header.width}];
    }
    // Nothing readable: decoding will say why.
    if (sizes.empty()) sizes[{1, 1}] = 1;
    const auto most = std::max_element(sizes.begin(), sizes.end(), [](const auto& a, const auto& b) {
      const auto area = [](const auto& size) { return size.first.first * size.first.second; };
      return std::make_pair(a.second, area(a)) < std::make_pair(b.second, area(b));
    });
    fit.height = most->first.first;
    fit.width = most->first.second;
    return fit;
  }

  void decode_all(const PictureFit& fit, std::uint8_t* out) {
    const std::size_t each = fit.channels * fit.height * fit.width;
    std::uint64_t done = 0;
    in_blocks(
        candidates_.size(), [&](std::size_t i) { return listing_.files[candidates_[i].file].bytes; },
        [&](std::size_t i) {
          auto& candidate = candidates_[i];
          if (!candidate.problem.empty()) return;
          std::string_view why;
          candidate.problem = failure_of([&] {
            std::vector<std::uint8_t> bytes;
            DecodedPicture picture;
            const bool read = read_picture(folder_ / listing_.files[candidate.file].name, bytes);
            why = read ? decode_picture(bytes, picture) : "it is larger than 256 MB";
            if (why.empty()) candidate.fitted = fit_picture(picture, fit, out + i * each);
          });
          candidate.may_pass = !candidate.problem.empty() || why.find("memory") != std::string_view::npos;
          if (!why.empty()) candidate.problem = why;
        },
        [&](std::uint64_t bytes) {
          done += bytes;
          tell(progress_, std::min(done, total_), total_);
        });
  }

  void report_on(Dataset& dataset) const {
    auto& report = dataset.report;
    const auto& set = *dataset.images();
    const std::string size = std::to_string(set.height) + " x " + std::to_string(set.width);
    std::set<std::string> formats;
    std::size_t resized = 0;
    std::size_t colored = 0;
    for (const auto& candidate : candidates_) {
      if (!candidate.problem.empty()) continue;
      formats.emplace(picture_format_name(candidate.header.format));
      resized += candidate.fitted.resized;
      colored += candidate.fitted.colored;
    }
    for (const auto& name : formats) report.format += (report.format.empty() ? "" : ", ") + name;
    report.format += " pictures";
    const std::string of_all = " of " + std::to_string(set.count) + " pictures ";
    if (resized > 0)
      note(report, 0, "size",
           std::to_string(resized) + of_all + "were resized to " + size + " (height x width)" +
               (params_.size ? "" : ", the most common size"));
    if (set.channels == 3 && colored < set.count)
      note(report, 0, "channels",
           std::to_string(set.count - colored) + of_all + "are grey and were given three channels");
    if (set.channels == 1 && colored > 0)
      note(report, 0, "channels", std::to_string(colored) + of_all + "had colours and were made grey");
    for (const auto& remark : listing_.remarks) note(report, 0, remark.field, remark.message);
    if (!listing_.left_out.empty())
      note(report, 0, "path",
           std::to_string(listing_.left_out.size()) +
               " files were left out, as they are no pictures or lie beside the class folders: " + some_left_out());
    std::set<std::int32_t> filled;
    for (std::size_t place = 0; place < candidates_.size(); ++place) {
      const auto& candidate = candidates_[place];
      const auto& file = listing_.files[candidate.file];
      if (candidate.problem.empty()) {
        filled.insert(file.label);
        continue;
      }
      report.skipped_at.push_back(place);
      note(report, place + 1, file.name, "skipped: " + candidate.problem);
    }
    for (std::size_t c = 0; c < listing_.classes.size(); ++c)
      if (!filled.contains(static_cast<std::int32_t>(c)))
        note(report, 0, listing_.classes[c], "the folder of this class holds no picture that can be read");
  }

  std::string some_left_out() const {
    std::string text;
    for (const auto& name : listing_.left_out) {
      if (text.size() > 200) return text + ", ...";
      text += (text.empty() ? "" : ", ") + name;
    }
    return text;
  }

  const fs::path& folder_;
  ImageFolderParams params_;
  const LoadProgress& progress_;
  const PixelCache& cache_;
  PictureListing listing_;
  std::vector<Candidate> candidates_;
  std::uint64_t total_ = 0;
};

}  // namespace

const Schema<ImageFolderParams>& image_folder_schema() {
  static const auto schema =
      Schema<ImageFolderParams>{}
          .add(&ImageFolderParams::path,
               {.name = "path",
                .label = "Folder",
                .help = "A folder with a sub-folder of pictures per class, below train and test folders if there are "
                        "such; without sub-folders the pictures have no classes. A relative path starts at the "
                        "experiment's folder."})
          .add(&ImageFolderParams::size,
               {.name = "size",
                .label = "Size",
                .help = "Height and width that every picture is brought to, its sides keeping their ratio; the most "
                        "common size when empty.",
                .valid = {1, largest_side},
                .search = {16, 256},
                .unit = "px",
                .most = 2})
          .add(&ImageFolderParams::channels,
               {.name = "channels",
                .label = "Channels",
                .help = "1 makes every picture grey, 3 keeps colours; 3 when empty and any picture has colour, else 1.",
                .valid = {1, 3},
                .search = {1, 3}})
          .add(&ImageFolderParams::background,
               {.name = "background",
                .label = "Background",
                .help = "What shows through transparent pixels and fills the margins of pictures with other ratios of "
                        "their sides: white, black, grey or #rrggbb.",
                .advanced = true})
          .add(&ImageFolderParams::labels,
               {.name = "labels",
                .label = "Labels",
                .help = "A CSV file with the columns name and class, where the classes are no sub-folders. A relative "
                        "path starts at the experiment's folder.",
                .advanced = true});
  return schema;
}

void check_image_folder_params(const ImageFolderParams& params, const std::string& path) {
  if (params.path.empty() || params.path.find('\0') != std::string::npos)
    throw ParamError(path + ".path must name a folder", path + ".path", pictures_wanted);
  if (params.size && params.size->size() != 2)
    throw ParamError(
        path + ".size has " + std::to_string(params.size->size()) + " entries, but must be height and width",
        path + ".size", "two whole numbers: [height, width], or null");
  if (params.channels && *params.channels == 2)
    throw ParamError(path + ".channels is 2, but pictures are grey or RGB", path + ".channels", "1, 3 or null");
  if (params.labels && (params.labels->empty() || params.labels->find('\0') != std::string::npos))
    throw ParamError(path + ".labels must name a file", path + ".labels", "the path of a CSV file, or null");
  if (!color_of(params.background))
    throw ParamError(path + ".background is \"" + params.background.substr(0, 60) + "\", which is no colour",
                     path + ".background", "white, black, grey or #rrggbb");
}

Dataset read_image_folder(const fs::path& folder, const ImageFolderParams& params, const LoadProgress& progress,
                          const PixelCache& cache) {
  return FolderReader(folder, params, progress, cache).read();
}

ImageFolderPreview preview_image_folder(const fs::path& folder, const ImageFolderParams& params, std::size_t most,
                                        const LoadProgress& progress) {
  // Nothing is kept of it: this is no folder.
  const PixelCache none("/dev/null", 0);
  return FolderReader(folder, params, progress, none).preview(most);
}

bool holds_pictures(const fs::path& folder) {
  constexpr int most_looks = 500;
  std::error_code code;
  int looks = 0;
  const auto options = fs::directory_options::skip_permission_denied | fs::directory_options::follow_directory_symlink;
  for (fs::recursive_directory_iterator it(folder, options, code), end; !code && it != end; it.increment(code)) {
    std::error_code gone;
    if (it->path().filename().string().starts_with('.')) {
      if (it->is_directory(gone)) it.disable_recursion_pending();
      continue;
    }
    if (it->is_directory(gone) && it.depth() > 3) it.disable_recursion_pending();
    if (!it->is_regular_file(gone)) continue;
    if (named_like_picture(it->path())) return true;
    if (++looks > most_looks) return false;
    PictureHeader header;
    failure_of([&] { header = header_of_file(it->path()); });
    if (header.format != PictureFormat::none) return true;
  }
  return false;
}

}  // namespace gb
