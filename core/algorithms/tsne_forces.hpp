#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/linalg/matrix.hpp"

namespace gb {

/// How near rows are to one another, as t-SNE takes it: symmetric, sparse, summing to one.
struct TsneAffinities {
  std::vector<std::int64_t> first;      ///< rows + 1: where each row's neighbours begin
  std::vector<std::int32_t> neighbors;  ///< ascending within a row
  std::vector<float> values;            ///< p_ij
};

/// Of the rows' nearest 3 * perplexity + 1 neighbours, each row's bandwidth chosen for that perplexity (van der Maaten
/// 2014, section 4.1). `rows` is n x features, finite, n above one. Empty when `stop` said so on the way.
TsneAffinities tsne_affinities(MatrixF rows, double perplexity, const std::function<bool()>& stop);

/// The gradient of a map in the plane. Repulsion by a quadtree (Barnes, Hut 1986; van der Maaten 2014, section 4.2)
/// that eight points at a time walk through: a cell stands for its points only where it may for all eight. The same
/// bits for any number of threads.
class TsneForces {
 public:
  /// `affinities` must outlive this.
  explicit TsneForces(const TsneAffinities& affinities);

  /// Writes the gradient (n x 2) of the divergence at `map` (n x 2), attraction times `exaggeration`. A cell stands for
  /// its points where its width is below `angle` times its distance.
  void gradient(const float* map, float exaggeration, float angle, float* out);
  /// Kullback-Leibler divergence of the map that gradient() was last called for.
  double divergence(const float* map) const;

 private:
  struct Node {
    float x = 0, y = 0;  ///< centre of its points
    float squared_width = 0;
    float weight = 0;        ///< how many points
    std::int32_t next = 0;   ///< the node after all that lie within this one
    std::int32_t first = 0;  ///< of its points, in the order of the curve
    std::int32_t last = 0;   ///< 0 for a node with children
  };

  void sort_points(const float* map);
  void build(std::size_t first, std::size_t last, int level);
  void repulse(std::size_t first, float angle, double& sum);

  const TsneAffinities& affinities_;
  std::size_t count_;
  double plain_ = 0;          ///< sum of p log p
  double total_ = 0;          ///< sum of p
  double normalization_ = 1;  ///< sum over pairs of 1 / (1 + distance^2)

  // Points along a curve that keeps neighbours together (Morton 1966), padded to a multiple of eight.
  std::vector<std::uint64_t> keys_;  ///< place on the curve, then number
  std::vector<std::int32_t> order_;
  std::vector<float> x_, y_, repulsion_x_, repulsion_y_;
  std::vector<Node> nodes_;
  std::vector<double> sums_;  ///< per eight points
  double width_ = 1;
};

}  // namespace gb
