#pragma once

#include <QWidget>
#include <array>
#include <memory>
#include <vector>

#include "app/studio/background.hpp"
#include "app/studio/picture_maker.hpp"

class QComboBox;
class QLabel;
class QMenu;
class QPushButton;
class QSlider;

namespace gb {

class ImageWall;

/// Writes `count` samples as PNG files into `folder`, in a folder of their own per class where there are `classes`, one
/// per sample. Empty, or what went wrong. From any thread.
QString writeSamples(const PictureMaker& maker, const std::vector<std::int32_t>& classes, const QString& folder,
                     int count, std::uint64_t seed);

/// Exploring what a generator has learnt, in the middle of the window: samples to choose from, one picture that sliders
/// change along the directions of greatest effect, the way from one sample to another, and sums of samples.
class LatentPage : public QWidget {
  Q_OBJECT
 public:
  explicit LatentPage(QWidget* parent = nullptr);

  /// Null: there is nothing to explore.
  void setMaker(std::shared_ptr<const PictureMaker> maker);
  bool applies() const { return maker_ != nullptr; }
  /// Whether all that is to be seen has been made.
  bool complete() const { return applies() && shown_samples_ && !sampling_.busy() && !making_.busy(); }
  ImageWall* samples() const { return samples_; }
  ImageWall* picture() const { return picture_; }
  ImageWall* walk() const { return walk_; }

  /// Each writes what is shown; empty, or what went wrong.
  QString saveGrid(const QString& path) const;
  QString saveWalk(const QString& path) const;

 signals:
  void backRequested();
  /// All that is shown has been made anew.
  void made();
  /// A folder of samples has been written that is to become the data of a new experiment.
  void datasetRequested(const QString& folder);
  void told(const QString& text);
  void failed(const QString& reason);

 private:
  void drawSamples();
  void choose(const std::vector<std::int64_t>& rows);
  void remake();
  void resetSliders();
  void refreshWords();
  /// The vector that the sliders stand for.
  MatrixF current() const;
  std::vector<std::int32_t> classesFor(Eigen::Index count) const;
  void askForGrid(bool walk);
  void askForFiles(bool asDataset);

  std::shared_ptr<const PictureMaker> maker_;
  Background sampling_, making_, writing_;
  std::uint64_t seed_ = 1;
  MatrixF latents_;                  ///< of the samples
  std::vector<std::size_t> chosen_;  ///< samples, in the order in which they were clicked; at most three
  MatrixF base_;                     ///< what the sliders move
  std::shared_ptr<const Images> shown_samples_, shown_walk_;
  ImageWall* samples_;
  ImageWall* picture_;
  ImageWall* walk_;
  QComboBox* class_;
  QLabel* words_;
  QLabel* walk_words_;
  QPushButton* sum_;
  std::array<QSlider*, 8> sliders_{};
  std::vector<QWidget*> slider_rows_;
};

}  // namespace gb
