#include "app/cli/artifacts.hpp"

#include <algorithm>
#include <cstdio>
#include <system_error>
#include <type_traits>
#include <utility>

#include "core/base/file.hpp"
#include "core/params/json_text.hpp"
#include "core/report/run_record.hpp"
#include "core/run/csv_text.hpp"
#include "core/run/pictures.hpp"

namespace gb::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_model_bytes = std::size_t{2} << 30;

/// Views name themselves; a file name takes only what is harmless in one.
std::string harmless(const std::string& text) {
  std::string name;
  for (const char letter : text) {
    const bool plain = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                       (letter >= 'A' && letter <= 'Z') || letter == '-' || letter == '_';
    name += plain ? letter : '_';
  }
  return name.substr(0, 80);
}

}  // namespace

Artifacts::Artifacts(fs::path folder) : folder_(std::move(folder)) {
  std::error_code code;
  fs::create_directories(folder_, code);
  if (!fs::is_directory(folder_, code))
    throw FileError("Cannot write to " + folder_.string() + ": it is no folder and cannot become one", "--out",
                    "a folder that you may write to");
  const fs::path trial = folder_ / ".glassbench-trial";
  try {
    write_file_atomically(trial, "");
  } catch (const FileError& error) {
    throw FileError("Cannot write to " + folder_.string() + ": " + error.what(), "--out",
                    "a folder that you may write to");
  }
  fs::remove(trial, code);
}

std::string Artifacts::write_picture(const Event& event) {
  std::string part;
  const auto named = [&](const auto& value) {
    char step[32];
    std::snprintf(step, sizeof step, "-%06lld.png", static_cast<long long>(value.step));
    std::string name = harmless(value.view.empty() ? "view" : value.view) + (part.empty() ? "" : "-" + harmless(part));
    return name + step;
  };
  const auto write = [&](const auto& value) {
    const std::string name = named(value);
    write_file_atomically(folder_ / name, to_png(draw(value)));
    if (std::find(pictures_.begin(), pictures_.end(), name) == pictures_.end()) pictures_.push_back(name);
    return name;
  };
  if (const auto* points = std::get_if<std::shared_ptr<const Points>>(&event)) return write(**points);
  if (const auto* images = std::get_if<std::shared_ptr<const Images>>(&event)) return write(**images);
  if (const auto* matrix = std::get_if<std::shared_ptr<const Matrix>>(&event)) {
    part = (*matrix)->part;
    return write(**matrix);
  }
  return {};
}

void Artifacts::write_run(const RunStore& store, const std::string& id) {
  const auto summary = store.get(id);
  write_file_atomically(folder_ / "experiment.json", dump_json(summary.document, 2) + "\n");
  files_["experiment"] = "experiment.json";
  write_file_atomically(folder_ / "series.csv", series_csv(store.series(summary.id)));
  files_["series"] = "series.csv";
  for (const auto& [kind, name] : {std::pair("model", "model.onnx"), std::pair("decoder", "decoder.onnx")}) {
    const fs::path source = store.run_folder(summary.id) / name;
    std::error_code code;
    if (summary.has_model && fs::exists(source, code)) {
      write_file_atomically(folder_ / name, read_file(source, most_model_bytes));
      files_[kind] = name;
    } else {
      // A reused folder must not pass an older model off as this run's.
      fs::remove(folder_ / name, code);
    }
  }
  const fs::path card = folder_ / "model-card.md";
  if (files_.contains("model")) {
    write_file_atomically(card, to_markdown(model_card(read_record(store, summary.id))));
    files_["card"] = "model-card.md";
  } else {
    std::error_code code;
    fs::remove(card, code);
  }
}

Json Artifacts::names() const {
  Json names = files_;
  names["images"] = pictures_;
  return names;
}

}  // namespace gb::cli
