#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/data/features.hpp"
#include "core/graph/network.hpp"

namespace gb {

/// A network compiled for prediction: it computes as after training (running statistics, no dropout). What has been
/// compiled for some number of rows is kept, so that one picture after another takes no more than its arithmetic.
class NetworkPredictor {
 public:
  /// `parameters` must outlive this and stay as they are, unless they are `changing`. `probabilities`: through a
  /// softmax.
  NetworkPredictor(const Network& network, const Storage& parameters, bool probabilities, bool changing = false);
  ~NetworkPredictor();

  /// One row per row, whatever shape the network's outputs have. Safe to call from several threads, which compute side
  /// by side.
  MatrixF outputs(const Features& features, std::span<const std::int64_t> rows) const;

 private:
  std::unique_ptr<Executable> take(std::int64_t rows) const;
  void give_back(std::unique_ptr<Executable> executable) const;

  Graph graph_;
  ValueId input_, wanted_;
  std::size_t batch_;  ///< rows that go through at once
  std::map<ValueId, void*> bound_;
  std::unique_ptr<Device> device_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Executable>> idle_;  ///< guarded by mutex_; the last used stands last
};

}  // namespace gb
