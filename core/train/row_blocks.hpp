#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>

#include "core/base/parallel.hpp"
#include "core/data/features.hpp"
#include "core/linalg/matrix.hpp"

namespace gb {

/// The training rows as products over all of them need them: in dense blocks, one thread each, less an origin.
class RowBlocks {
 public:
  /// Both must outlive this. About zero until move_to(). Long blocks suit products of their columns, short ones stay in
  /// the cache while several things are done with them.
  RowBlocks(const Features& features, std::span<const std::int64_t> rows, std::int64_t block_rows = 512)
      : features_(features),
        rows_(rows),
        block_rows_(block_rows),
        origin_(Eigen::RowVectorXd::Zero(features.columns())) {}

  std::int64_t count() const { return static_cast<std::int64_t>(rows_.size()); }
  std::int64_t columns() const { return features_.columns(); }
  const Eigen::RowVectorXd& origin() const { return origin_; }
  void move_to(Eigen::RowVectorXd origin);
  /// Mean of every feature, of the rows as load() gives them.
  Eigen::RowVectorXd mean() const;

  /// Writes consecutive rows less the origin: some x columns().
  void load(std::int64_t first, std::int64_t some, float* out) const;
  /// All of them.
  MatrixF dense() const;

  /// Calls `add(first, values, some, chunk)` in parallel for consecutive blocks of the rows from `begin` to `end`:
  /// `values` (float*, its own to change) holds the rows from `first`; `chunk` is below threads(), the same for all
  /// blocks of a thread. False, and incomplete, when `stop` said so on the way.
  template <class Add>
  bool visit(std::int64_t begin, std::int64_t end, const std::function<bool()>& stop, Add add) const {
    const auto blocks = static_cast<std::size_t>((end - begin + block_rows_ - 1) / block_rows_);
    parallel_chunks(blocks, 1, [&](std::size_t first_block, std::size_t last_block, std::size_t chunk) {
      MatrixF values(std::min(block_rows_, end - begin), columns());
      for (std::size_t block = first_block; block < last_block && !stop(); ++block) {
        const std::int64_t first = begin + static_cast<std::int64_t>(block) * block_rows_;
        const std::int64_t some = std::min(block_rows_, end - first);
        load(first, some, values.data());
        add(first, values.data(), some, chunk);
      }
    });
    return !stop();
  }

  /// X^T X times `basis` (columns() x width), and the sum of all squares; empty when stopped.
  MatrixD apply(const MatrixD& basis, double& squares, const std::function<bool()>& stop) const;

 private:
  const Features& features_;
  std::span<const std::int64_t> rows_;
  std::int64_t block_rows_;
  Eigen::RowVectorXd origin_;
  bool moved_ = false;
};

}  // namespace gb
