#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/data/prepare.hpp"
#include "core/model/model.hpp"
#include "core/model/onnx_file.hpp"

/// Asking a model about rows that nobody has seen: made up, or changed a little from real ones.
namespace gb {

/// What a model says, row by row; empty where its task has nothing of the kind.
struct Answers {
  std::vector<std::string> classes;  ///< columns of `probabilities`
  MatrixF probabilities;             ///< rows x classes
  std::vector<std::string> labels;   ///< class or cluster
  std::vector<float> values;         ///< regression

  std::size_t rows() const { return labels.empty() ? values.size() : labels.size(); }
};

/// Raw rows in, answers out; may be called on any thread.
using Ask = std::function<Answers(const Dataset& raw)>;

Answers ask(const Model& model, const Preparation& preparation, const Target* target, const Dataset& raw);
Answers ask(const OnnxModel& model, const Dataset& raw);

/// How one feature alone would have to change for another answer.
struct Flip {
  std::string column;
  std::string from, to;  ///< as people write the cells
  std::string becomes;   ///< the answer then
  double share = 1;      ///< how far: of a number's range in the data; 1 for another level
};

/// For each of the `columns` of a row (raw, one row, of the same columns as `data`) the smallest change of it alone
/// that turns the label into another: numbers are tried at `tries` places over the range that `data` has, and the
/// nearest one found is narrowed down; categories at every level. Columns that change nothing are left out; the
/// smallest changes first. Columns of text are not tried.
std::vector<Flip> smallest_flips(const Dataset& data, const Dataset& row, std::span<const std::string> columns,
                                 const Ask& ask, int tries = 40);

/// Which parts of a picture an answer rests on (Zeiler, Fergus 2014): how much the probability of `label` falls when a
/// square of `patch` pixels around a place is covered by the picture's ground, at every `stride`-th place, spread over
/// the pixels. height x width; negative where covering makes the label more probable.
std::vector<float> occlusion(const ImageSet& picture, std::size_t label, const Ask& ask, std::size_t patch,
                             std::size_t stride);

/// What stands behind a picture: the median of each channel.
std::vector<std::uint8_t> medians_of(const ImageSet& picture);

/// A dataset of one table row, or of one picture, to be asked about: columns, levels and sizes as in `data`.
Dataset single_row(const Dataset& data, std::int64_t row);
Dataset single_picture(const Dataset& data, std::vector<std::uint8_t> pixels);

}  // namespace gb
