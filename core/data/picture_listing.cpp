#include "core/data/picture_listing.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>

#include "core/data/picture_file.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

bool hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

std::optional<Part> part_named(const std::string& name) {
  if (name == "train" || name == "training") return Part::train;
  if (name == "test" || name == "testing") return Part::test;
  if (name == "val" || name == "valid" || name == "validation") return Part::validation;
  return {};
}

struct Entries {
  std::vector<std::string> folders, files;  ///< names, sorted
};

Entries entries_of(const fs::path& folder) {
  Entries entries;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    if (hidden(it->path())) continue;
    std::error_code gone;
    if (it->is_directory(gone))
      entries.folders.push_back(it->path().filename().string());
    else if (it->is_regular_file(gone))
      entries.files.push_back(it->path().filename().string());
  }
  if (code)
    throw DataError("Cannot read the folder " + folder.string() + ": " + code.message(), "data.path", "a folder");
  std::sort(entries.folders.begin(), entries.folders.end());
  std::sort(entries.files.begin(), entries.files.end());
  return entries;
}

/// Every file below `folder`, sorted by name.
std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code code;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator it(folder, options, code), end; !code && it != end; it.increment(code)) {
    std::error_code gone;
    if (hidden(it->path())) {
      if (it->is_directory(gone)) it.disable_recursion_pending();
      continue;
    }
    if (it->is_regular_file(gone)) names.push_back(it->path().lexically_relative(folder).string());
  }
  if (code)
    throw DataError("Cannot read the folder " + folder.string() + ": " + code.message(), "data.path", "a folder");
  std::sort(names.begin(), names.end());
  return names;
}

class Lister {
 public:
  explicit Lister(fs::path root) : root_(std::move(root)) {}

  PictureListing list(const PictureLabels& labels) {
    for (const auto& [name, kind] : labels.classes) listing_.classes.push_back(kind);
    std::sort(listing_.classes.begin(), listing_.classes.end());
    listing_.classes.erase(std::unique(listing_.classes.begin(), listing_.classes.end()), listing_.classes.end());
    std::size_t without = 0;
    for (const auto& name : files_below(root_)) {
      const auto found = labels.classes.find(name);
      if (found == labels.classes.end()) {
        without += named_like_picture(name);
        continue;
      }
      const auto place = std::lower_bound(listing_.classes.begin(), listing_.classes.end(), found->second);
      add(name, static_cast<std::int32_t>(place - listing_.classes.begin()), Part::train);
    }
    if (without > 0)
      listing_.remarks.push_back(
          {0, "labels", std::to_string(without) + " pictures have no class yet and were left out"});
    remark_on_absent(labels);
    return std::move(listing_);
  }

  PictureListing list() {
    const auto top = entries_of(root_);
    if (top.folders.empty()) {
      for (const auto& name : top.files) add(name, -1, Part::train);
      return std::move(listing_);
    }
    listing_.left_out = top.files;
    std::vector<Split> parts;
    if (is_split(top.folders)) {
      listing_.split = true;
      for (const auto& name : top.folders) parts.push_back({name, *part_named(name)});
      std::stable_sort(parts.begin(), parts.end(), [](const Split& a, const Split& b) { return a.part < b.part; });
    } else {
      parts.push_back({"", Part::train});
    }
    for (const auto& part : parts) add_classes(part);
    sort_classes();
    return std::move(listing_);
  }

 private:
  struct Split {
    std::string folder;
    Part part;
  };

  /// Names that stand in the labels and lie nowhere.
  void remark_on_absent(const PictureLabels& labels) {
    std::set<std::string_view> there;
    for (const auto& file : listing_.files) there.insert(file.name);
    std::size_t absent = 0;
    std::string some;
    for (const auto& [name, kind] : labels.classes) {
      if (there.contains(name)) continue;
      ++absent;
      if (some.size() < 200) some += (some.empty() ? "" : ", ") + name;
    }
    if (absent > 0)
      listing_.remarks.push_back(
          {0, "labels", std::to_string(absent) + " labels name pictures that are not there: " + some});
  }

  /// Training rows and at least one other part, and folders inside each: else these are the names of classes.
  bool is_split(const std::vector<std::string>& folders) const {
    bool train = false;
    bool other = false;
    for (const auto& name : folders) {
      const auto part = part_named(name);
      if (!part || entries_of(root_ / name).folders.empty()) return false;
      (*part == Part::train ? train : other) = true;
    }
    return train && other;
  }

  void add_classes(const Split& split) {
    const fs::path folder = split.folder.empty() ? root_ : root_ / split.folder;
    const auto entries = entries_of(folder);
    if (!split.folder.empty())
      for (const auto& name : entries.files) listing_.left_out.push_back((fs::path(split.folder) / name).string());
    for (const auto& name : entries.folders) {
      const auto known = std::find(listing_.classes.begin(), listing_.classes.end(), name);
      const auto label = static_cast<std::int32_t>(known - listing_.classes.begin());
      if (known == listing_.classes.end()) listing_.classes.push_back(name);
      const fs::path place = fs::path(split.folder) / name;
      for (const auto& file : files_below(root_ / place)) add((place / file).string(), label, split.part);
    }
  }

  void sort_classes() {
    auto sorted = listing_.classes;
    std::sort(sorted.begin(), sorted.end());
    for (auto& file : listing_.files) {
      const auto& name = listing_.classes[static_cast<std::size_t>(file.label)];
      file.label = static_cast<std::int32_t>(std::lower_bound(sorted.begin(), sorted.end(), name) - sorted.begin());
    }
    listing_.classes = std::move(sorted);
  }

  void add(const std::string& name, std::int32_t label, Part part) {
    struct stat status;
    if (::stat((root_ / name).c_str(), &status) != 0) return;
    const std::int64_t changed = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    listing_.files.push_back({name, static_cast<std::uint64_t>(status.st_size), changed, label, part});
  }

  fs::path root_;
  PictureListing listing_;
};

}  // namespace

PictureListing list_pictures(const fs::path& folder) {
  return Lister(folder).list();
}

PictureListing list_pictures(const fs::path& folder, const PictureLabels& labels) {
  return Lister(folder).list(labels);
}

std::vector<std::string> picture_names(const fs::path& folder) {
  auto names = files_below(folder);
  std::erase_if(names, [](const std::string& name) { return !named_like_picture(name); });
  return names;
}

}  // namespace gb
