#pragma once

#include <memory>
#include <string>

#include "core/run/run_store.hpp"
#include "core/run/runner.hpp"

/// Small experiments that the tests of core/run record.
namespace gb {

inline std::shared_ptr<const PreparedRun> small_kmeans() {
  static const auto prepared = prepare_run(Experiment::parse(
      R"({"glassbench":1,"name":"Small clusters","seed":3,"data":{"source":"synthetic","name":"blobs","rows":60},)"
      R"("algorithm":{"id":"kmeans","params":{"clusters":3}}})",
      "test", "."));
  return prepared;
}

inline std::shared_ptr<const PreparedRun> small_mlp(std::uint64_t seed = 5) {
  auto experiment = Experiment::parse(
      R"({"glassbench":1,"name":"Small network","data":{"source":"bundled","name":"iris"},)"
      R"("prepare":[{"step":"standardize"}],"algorithm":{"id":"mlp","params":{"epochs":12,"batch_size":8,"learning_rate":0.01,)"
      R"("hidden_layers":[8]}}})",
      "test", ".");
  experiment.seed = seed;
  return prepare_run(experiment);
}

inline std::shared_ptr<const Matrix> square_matrix(std::int64_t step, double value = 1) {
  auto matrix = std::make_shared<Matrix>();
  matrix->view = "square";
  matrix->step = step;
  matrix->row_labels = matrix->column_labels = {"a", "b"};
  matrix->values = {value, 0, 0, value};
  return matrix;
}

/// Random pixels do not compress: `side` x `side` bytes each.
inline std::shared_ptr<const Images> noise_image(std::int64_t step, int side) {
  auto images = std::make_shared<Images>();
  images->view = "noise";
  images->step = step;
  images->count = 1;
  images->height = images->width = side;
  Random random(static_cast<std::uint64_t>(step) + 1);
  for (int i = 0; i < side * side; ++i) images->pixels.push_back(static_cast<std::uint8_t>(random.next()));
  return images;
}

}  // namespace gb
