#include "app/studio/picture_maker.hpp"

#include <numeric>

#include "core/model/onnx_file.hpp"

namespace gb {

namespace {

constexpr Eigen::Index most_directions = 8;

}  // namespace

std::shared_ptr<const Images> PictureMaker::images(const MatrixF& latents,
                                                   const std::vector<std::int32_t>& classes) const {
  auto images = std::make_shared<Images>();
  images->view = "samples";
  images->count = static_cast<int>(latents.rows());
  images->channels = static_cast<int>(form.picture.channels);
  images->height = static_cast<int>(form.picture.height);
  images->width = static_cast<int>(form.picture.width);
  images->pixels = picture_bytes(make(latents, classes));
  images->rows.resize(static_cast<std::size_t>(latents.rows()));
  std::iota(images->rows.begin(), images->rows.end(), std::int64_t{0});
  return images;
}

std::shared_ptr<const PictureMaker> pictureMaker(const std::shared_ptr<const RunOutcome>& outcome) {
  const Generator* generator = outcome && outcome->result.model ? outcome->result.model->generator() : nullptr;
  if (!generator) return nullptr;
  auto maker = std::make_shared<PictureMaker>();
  maker->form = generator->form();
  maker->directions = generator->directions(most_directions);
  maker->make = [outcome, generator](const MatrixF& latents, std::span<const std::int32_t> classes) {
    return generator->pictures(latents, classes);
  };
  return maker;
}

std::shared_ptr<const PictureMaker> pictureMaker(const std::filesystem::path& file) {
  try {
    auto model = std::make_shared<const OnnxModel>(OnnxModel::read(file));
    if (!model->generates()) return nullptr;
    auto maker = std::make_shared<PictureMaker>();
    const auto shape = model->image_shape();
    maker->form.latent = model->inputs().front().shape[1];
    if (model->inputs().size() > 1) maker->form.classes = model->classes();
    maker->form.picture = {static_cast<std::size_t>(shape[0]), static_cast<std::size_t>(shape[1]),
                           static_cast<std::size_t>(shape[2])};
    // A file does not tell its weights apart: one number of the vector after the other.
    maker->directions =
        MatrixF::Identity(std::min<Eigen::Index>(most_directions, maker->form.latent), maker->form.latent);
    maker->make = [model](const MatrixF& latents, std::span<const std::int32_t> classes) {
      return model->generate(latents, classes);
    };
    return maker;
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace gb
