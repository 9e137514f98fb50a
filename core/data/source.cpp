#include "core/data/source.hpp"

#include <array>
#include <new>

#include "core/base/file.hpp"
#include "core/data/cifar.hpp"
#include "core/data/file_kind.hpp"
#include "core/data/idx.hpp"
#include "core/data/image_folder.hpp"
#include "core/data/picture_labels.hpp"
#include "core/data/pixel_table.hpp"
#include "core/data/synthetic.hpp"
#include "core/data/table_file.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

struct BundledSet {
  NamedDataset named;
  const char* path;    ///< below resources/datasets: a table, or a folder of IDX files
  const char* target;  ///< column, or what the labels are called
  bool images;
};

const std::vector<BundledSet>& bundled_sets() {
  static const std::vector<BundledSet> sets{
      {{"iris", "bundled", "Iris flowers",
        "150 irises of three species by four measures of their flowers (Fisher 1936; UCI, CC BY 4.0).", 150},
       "iris.csv",
       "species",
       false},
      {{"wine", "bundled", "Wine",
        "178 Italian wines of three growers by 13 chemical measures (Forina et al. 1991; UCI, CC BY 4.0).", 178},
       "wine.csv",
       "class",
       false},
      {{"breast_cancer", "bundled", "Breast cancer",
        "569 tumours, malignant or benign, by 30 measures of their cell nuclei (Wolberg et al. 1995; UCI, CC BY 4.0).",
        569},
       "breast_cancer.csv",
       "diagnosis",
       false},
      {{"mnist-10k", "bundled", "Handwritten digits",
        "10,000 handwritten digits of 28 x 28 pixels: the test images of MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0).",
        10000},
       "mnist-10k",
       "digit",
       true},
  };
  return sets;
}

struct NameParam {
  std::string name;
};

/// Schema for a source whose one field is a name out of a list.
std::vector<ParamSpec> name_field(const std::string& source) {
  ParamSpec spec{.name = "name", .label = "Data set", .help = "Which of the data sets."};
  for (const auto& named : named_datasets())
    if (named.source == source) spec.choices.push_back({named.name, named.title, named.help});
  spec.kind = Kind::choice;
  spec.default_value = spec.choices.front().name;
  return {spec};
}

struct IdxParams {
  std::string images;
  std::optional<std::string> labels, test_images, test_labels;
};

const Schema<IdxParams>& idx_schema() {
  static const auto schema =
      Schema<IdxParams>{}
          .add(&IdxParams::images, {.name = "images",
                                    .label = "Images",
                                    .help = "IDX file of images, plain or gzip. A relative path starts at the "
                                            "experiment's folder."})
          .add(&IdxParams::labels, {.name = "labels", .label = "Labels", .help = "IDX file with a label per image."})
          .add(&IdxParams::test_images,
               {.name = "test_images", .label = "Test images", .help = "IDX file of images kept for the test."})
          .add(&IdxParams::test_labels,
               {.name = "test_labels", .label = "Test labels", .help = "IDX file with a label per test image."});
  return schema;
}

void check_idx_params(const IdxParams& params, const std::string& path) {
  if (params.images.empty())
    throw ParamError(path + ".images must name a file", path + ".images", "the path of an IDX file");
  if (params.test_labels && !params.test_images)
    throw ParamError(path + ".test_labels needs " + path + ".test_images", path + ".test_images",
                     "the path of an IDX file");
  if (params.test_images && params.labels.has_value() != params.test_labels.has_value()) {
    const std::string absent = path + (params.labels ? ".test_labels" : ".labels");
    throw ParamError(absent + " must be there too: labels for both training and test images, or for neither", absent,
                     "the path of an IDX file");
  }
}

struct CifarParams {
  std::string path;
};

const Schema<CifarParams>& cifar_schema() {
  static const auto schema = Schema<CifarParams>{}.add(
      &CifarParams::path, {.name = "path",
                           .label = "Folder",
                           .help = "The unpacked folder of CIFAR-10 or CIFAR-100 in its binary version. A relative "
                                   "path starts at the experiment's folder."});
  return schema;
}

void check_cifar_params(const CifarParams& params, const std::string& path) {
  if (params.path.empty() || params.path.find('\0') != std::string::npos)
    throw ParamError(path + ".path must name a folder", path + ".path", "the path of a folder of CIFAR files");
}

std::string source_names() {
  std::string text = "one of:";
  for (const auto& source : sources()) text += (text.back() == ':' ? " " : ", ") + source.name;
  return text;
}

fs::path resolved(const std::string& path, const fs::path& folder) {
  return fs::path(path).is_absolute() ? fs::path(path) : folder / path;
}

Dataset load_bundled(const std::string& name, const LoadProgress& progress) {
  for (const auto& set : bundled_sets()) {
    if (set.named.name != name) continue;
    const fs::path place = resource_folder() / "datasets" / set.path;
    if (set.images)
      return read_idx({place / "t10k-images-idx3-ubyte.gz", place / "t10k-labels-idx1-ubyte.gz", {}, {}}, set.target,
                      progress);
    TableParams params;
    params.target = set.target;
    return read_table(place, params, "data", progress);
  }
  throw DataError("There is no bundled data set '" + name + "'", "data.name");
}

Dataset load_idx(const Json& fields, const fs::path& folder, const LoadProgress& progress) {
  const auto params = idx_schema().read(fields, "data");
  const auto place = [&](const std::optional<std::string>& path) {
    return path ? resolved(*path, folder) : fs::path();
  };
  const IdxFiles files{resolved(params.images, folder), place(params.labels), place(params.test_images),
                       place(params.test_labels)};
  auto dataset = read_idx(files, "label", progress);
  dataset.name = files.images.filename().string();
  return dataset;
}

Dataset load(const std::string& source, const Json& fields, const fs::path& folder, std::uint64_t seed,
             const LoadProgress& progress) {
  if (source == "table") {
    const auto params = read_table_params(fields, "data");
    return read_table(resolved(params.path, folder), params, "data", progress);
  }
  if (source == "idx") return load_idx(fields, folder, progress);
  if (source == "image_folder") {
    auto params = image_folder_schema().read(fields, "data");
    if (params.labels) params.labels = resolved(*params.labels, folder).string();
    return read_image_folder(resolved(params.path, folder), params, progress);
  }
  if (source == "cifar") return read_cifar(resolved(cifar_schema().read(fields, "data").path, folder), progress);
  const auto name = fields["name"].get<std::string>();
  auto dataset = [&] {
    if (source == "bundled") return load_bundled(name, progress);
    Json own = fields;
    own.erase("name");
    return find_generator(name)->make(own, seed);
  }();
  dataset.name = name;
  return dataset;
}

/// The companion of an IDX file: `from` in its name replaced by `to`; empty when there is no such file.
fs::path companion(const fs::path& file, const std::vector<std::pair<std::string, std::string>>& replacements) {
  std::string name = file.filename().string();
  for (const auto& [from, to] : replacements) {
    const auto at = name.find(from);
    if (at == std::string::npos) return {};
    name.replace(at, from.size(), to);
  }
  const fs::path candidate = file.parent_path() / name;
  std::error_code code;
  if (fs::is_regular_file(candidate, code)) return candidate;
  // One of the two may have been unpacked.
  const fs::path other =
      candidate.extension() == ".gz" ? fs::path(candidate).replace_extension() : fs::path(candidate.string() + ".gz");
  return fs::is_regular_file(other, code) ? other : fs::path();
}

Json guess_idx(const fs::path& file) {
  const std::string name = file.filename().string();
  const std::pair<std::string, std::string> to_labels{"images", "labels"};
  // MNIST and its kin name the rank as well: images-idx3, labels-idx1.
  std::vector<std::pair<std::string, std::string>> labels{to_labels};
  if (name.find("idx3") != std::string::npos) labels.emplace_back("idx3", "idx1");
  Json data{{"source", "idx"}, {"images", file.string()}};
  const auto add = [&](const char* field, const fs::path& path) {
    if (!path.empty()) data[field] = path.string();
  };
  const auto own_labels = companion(file, labels);
  add("labels", own_labels);
  for (const char* test : {"t10k", "test"}) {
    const auto test_images = companion(file, {{"train", test}});
    if (test_images.empty() || data.contains("test_images")) continue;
    const auto test_labels = companion(test_images, labels);
    if (own_labels.empty() != test_labels.empty()) continue;
    add("test_images", test_images);
    add("test_labels", test_labels);
  }
  return data;
}

std::string guess_target(const std::vector<std::string>& columns) {
  static constexpr std::array likely{"target",  "label",     "labels",   "class",    "y",      "species",
                                     "outcome", "diagnosis", "survived", "category", "result", "response"};
  const auto lower = [](std::string text) {
    for (auto& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return text;
  };
  for (const auto* name : likely)
    for (const auto& column : columns)
      if (lower(column) == name) return column;
  return columns.back();
}

}  // namespace

std::span<const NamedDataset> named_datasets() {
  static const std::vector<NamedDataset> sets = [] {
    std::vector<NamedDataset> all;
    for (const auto& set : bundled_sets()) all.push_back(set.named);
    for (const auto& generator : synthetic_generators())
      all.push_back({generator.name, "synthetic", generator.title, generator.help, generator.default_rows});
    return all;
  }();
  return sets;
}

std::span<const SourceInfo> sources() {
  static const auto bundled_fields = name_field("bundled");
  static const auto synthetic_field = name_field("synthetic");
  static const std::array<SourceInfo, 6> list{{
      {"bundled", "Bundled data set", "A data set that comes with Glassbench.", bundled_fields},
      {"table", "Table file",
       "A CSV, TSV or NPY file with one row per example. Beside these fields \"anonymise\" lists what becomes of "
       "columns "
       "before anything of them is kept.",
       table_schema().specs()},
      {"idx", "IDX images", "Images and labels in the format of MNIST, plain or gzip.", idx_schema().specs()},
      {"image_folder", "Folder of pictures", "Pictures in a folder per class: PNG, JPEG, BMP, WebP or TIFF.",
       image_folder_schema().specs()},
      {"cifar", "CIFAR", "The pictures of CIFAR-10 or CIFAR-100 in their binary version.", cifar_schema().specs()},
      {"synthetic", "Synthetic data", "Points made by a formula, as many as you like.", synthetic_field},
  }};
  return list;
}

const SourceInfo* find_source(std::string_view name) {
  for (const auto& source : sources())
    if (source.name == name) return &source;
  return nullptr;
}

std::span<const ParamSpec> synthetic_fields(std::string_view name) {
  const auto* generator = find_generator(name);
  return generator ? generator->fields : std::span<const ParamSpec>{};
}

Json validated_source(const Json& data, const std::string& path) {
  if (!data.is_object()) throw ParamError(path + " must be an object with a \"source\"", path, "an object");
  if (!data.contains("source") || !data["source"].is_string())
    throw ParamError(path + ".source is missing or no text", path + ".source", source_names());
  const auto name = data["source"].get<std::string>();
  const auto* source = find_source(name);
  if (!source) {
    std::vector<std::string> known;
    for (const auto& info : sources()) known.push_back(info.name);
    std::string message = path + ".source is \"" + name + "\", which is not a known source";
    if (const auto near = nearest_name(name, known); !near.empty()) message += "; did you mean '" + near + "'?";
    throw ParamError(message, path + ".source", source_names());
  }
  Json fields = data;
  fields.erase("source");
  Json complete{{"source", name}};
  if (name == "bundled" || name == "synthetic") {
    const auto& spec = source->fields.front();
    if (!fields.contains("name")) throw ParamError(path + ".name is missing", path + ".name", allowed_text(spec));
    complete["name"] = validated_value(spec, fields["name"], path + ".name");
    fields.erase("name");
    const auto own =
        name == "synthetic" ? synthetic_fields(complete["name"].get<std::string>()) : std::span<const ParamSpec>{};
    complete.update(validated(own, fields, path));
    return complete;
  }
  Json rules;
  if (name == "table" && fields.contains("anonymise")) {
    rules = fields["anonymise"];
    fields.erase("anonymise");
  }
  complete.update(validated(source->fields, fields, path));
  if (!rules.is_null()) complete["anonymise"] = rules;
  fields = complete;
  fields.erase("source");
  if (name == "table")
    check_table_params(read_table_params(fields, path), path);
  else if (name == "idx")
    check_idx_params(idx_schema().read(fields, path), path);
  else if (name == "image_folder")
    check_image_folder_params(image_folder_schema().read(fields, path), path);
  else
    check_cifar_params(cifar_schema().read(fields, path), path);
  return complete;
}

Dataset load_dataset(const Json& data, const fs::path& folder, std::uint64_t seed, const LoadProgress& progress) {
  Json fields = validated_source(data);
  const auto source = fields["source"].get<std::string>();
  fields.erase("source");
  try {
    auto dataset = load(source, fields, folder, seed, progress);
    // What comes decoded from the cache brings its fingerprint along.
    if (dataset.fingerprint.empty()) dataset.fingerprint = fingerprint_of(dataset);
    return dataset;
  } catch (const std::bad_alloc&) {
    throw DataError("There is not enough memory to load the data", "data", "data that fits into memory");
  } catch (const std::length_error&) {
    throw DataError("The data is larger than memory can be", "data", "data that fits into memory");
  }
}

Json guess_source(const fs::path& path) {
  std::error_code code;
  if (fs::is_directory(path, code)) {
    std::vector<fs::path> images;
    for (const auto& entry : fs::directory_iterator(path, code))
      if (entry.is_regular_file(code) && entry.path().filename().string().find("images-idx3") != std::string::npos)
        images.push_back(entry.path());
    // "train-..." stands behind "t10k-..." and "test-...".
    std::sort(images.begin(), images.end());
    if (!images.empty()) return guess_idx(images.back());
    if (find_cifar(path)) return {{"source", "cifar"}, {"path", path.string()}};
    if (holds_pictures(path)) {
      Json data{{"source", "image_folder"}, {"path", path.string()}};
      if (const fs::path labels = path / picture_labels_name; holds_picture_labels(labels))
        data["labels"] = labels.string();
      return data;
    }
    throw DataError(path.string() + " is a folder without pictures, IDX files (*images-idx3*) or CIFAR files",
                    "data.path", "a CSV, TSV, NPY or IDX file, or a folder of pictures, IDX or CIFAR files");
  }
  const auto content = look_into(path);
  if (content.kind == FileKind::idx) return guess_idx(path);
  const auto columns = table_column_names(path);
  Json data{{"source", "table"}, {"path", path.string()}};
  if (columns.size() > 1) data["target"] = guess_target(columns);
  // Digits as tables come with the label first: the names of the other columns tell that they are pixels.
  if (auto pixels = columns; columns.size() > 1) {
    std::erase(pixels, data["target"].get_ref<const std::string&>());
    if (const auto shape = shape_told_by(pixels)) data["image"] = *shape;
  }
  return data;
}

}  // namespace gb
