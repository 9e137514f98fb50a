#include "app/cli/sample_command.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/cli/interruption.hpp"
#include "app/cli/output.hpp"
#include "core/base/file.hpp"
#include "core/model/generator.hpp"
#include "core/model/onnx_file.hpp"
#include "core/run/pictures.hpp"

namespace gb::cli {
namespace {

/// The class of each picture: the one asked for, else one after the other; empty for a generator without classes.
std::vector<std::int32_t> classes_for(const OnnxModel& model, const std::string& asked, std::int64_t count) {
  const std::vector<std::string> classes = model.classes();
  if (model.inputs().size() < 2) {
    if (!asked.empty())
      throw ParamError("The model cannot be told a class: it was trained without", "--class", "nothing");
    return {};
  }
  std::string names;
  for (const auto& name : classes) names += (names.empty() ? "" : ", ") + name;
  const auto found = std::find(classes.begin(), classes.end(), asked);
  if (!asked.empty() && found == classes.end())
    throw ParamError("The model knows no class '" + asked + "'", "--class", "one of: " + names);
  std::vector<std::int32_t> chosen;
  for (std::int64_t i = 0; i < count; ++i)
    chosen.push_back(asked.empty() ? static_cast<std::int32_t>(i % static_cast<std::int64_t>(classes.size()))
                                   : static_cast<std::int32_t>(found - classes.begin()));
  return chosen;
}

}  // namespace

SampleCommand::SampleCommand(CLI::App& parent)
    : NamedCommand(parent, "sample", "Make pictures with an exported generator") {
  app_.add_option("MODEL", model_, "The generator's ONNX file")->required();
  app_.add_option("--count", count_, "How many pictures")->check(CLI::Range(1, 100000));
  app_.add_option("--seed", seed_, "Which random numbers");
  app_.add_option("--class", class_, "The class to make, where the generator can be told one");
  app_.add_option("--out", out_, "Folder for samples.png, the pictures side by side")->type_name("DIR");
  app_.add_flag("--single", single_, "Write every picture as a file of its own too");
}

int SampleCommand::execute() {
  allow_interruptions();
  const OnnxModel model = OnnxModel::read(model_);
  if (!model.generates())
    throw ParamError(model_ + " makes no pictures: its input is '" + model.inputs().front().name + "', not 'latent'",
                     "MODEL", "the file of a generator; use predict for others");
  const auto classes = classes_for(model, class_, count_);
  const MatrixF latents = standard_normal(count_, model.inputs().front().shape[1], seed_);

  const Shape shape = model.image_shape();
  Images images;
  images.view = "samples";
  images.count = static_cast<int>(count_);
  images.channels = static_cast<int>(shape[0]);
  images.height = static_cast<int>(shape[1]);
  images.width = static_cast<int>(shape[2]);
  images.pixels = picture_bytes(model.generate(latents, classes));

  namespace fs = std::filesystem;
  const fs::path folder(out_);
  std::error_code code;
  fs::create_directories(folder, code);
  if (!fs::is_directory(folder, code))
    throw FileError("Cannot write to " + out_ + ": it is no folder and cannot become one", "--out",
                    "a folder that you may write to");
  Json files = Json::array();
  write_file_atomically(folder / "samples.png", to_png(draw(images)));
  files.push_back("samples.png");
  for (int i = 0; single_ && i < images.count; ++i) {
    char name[40];
    std::snprintf(name, sizeof name, "sample-%06d.png", i + 1);
    write_file_atomically(folder / name, to_png(plain(images, i)));
    files.push_back(name);
  }
  if (json_)
    print_json({{"event", "samples"}, {"count", count_}, {"files", files}});
  else
    print_line((folder / "samples.png").string());
  return done;
}

}  // namespace gb::cli
