#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "app/studio/run_controller.hpp"
#include "core/events/events.hpp"
#include "core/model/generator.hpp"

namespace gb {

/// A generator to play with, wherever it comes from: the run that has just ended, or a model file. Calls may come from
/// any thread.
struct PictureMaker {
  GeneratorForm form;
  /// Directions through the latent space that change pictures most, one per row, of length 1.
  MatrixF directions;
  std::function<MatrixF(const MatrixF& latents, std::span<const std::int32_t> classes)> make;

  MatrixF latents(Eigen::Index count, std::uint64_t seed) const { return standard_normal(count, form.latent, seed); }
  /// Pictures of some vectors for an ImageWall, whose rows are 0, 1, 2 ...
  std::shared_ptr<const Images> images(const MatrixF& latents, const std::vector<std::int32_t>& classes) const;
};

/// Null where the run's model makes no pictures.
std::shared_ptr<const PictureMaker> pictureMaker(const std::shared_ptr<const RunOutcome>& outcome);
/// The same of a model file, read now: not on the window's thread. Null where it makes none, or cannot be read.
std::shared_ptr<const PictureMaker> pictureMaker(const std::filesystem::path& file);

}  // namespace gb
