#pragma once

#include <QImage>
#include <QWidget>
#include <vector>

namespace gb {

/// One picture as large as there is room, and its neighbours in a strip below it.
class PictureStage : public QWidget {
  Q_OBJECT
 public:
  /// How many neighbours the strip has at each side.
  static constexpr int neighbours = 4;

  struct Neighbour {
    qulonglong picture = 0;
    QImage image;   ///< null while it is being read
    QString label;  ///< empty: none yet
    bool failed = false;
  };

  explicit PictureStage(QWidget* parent = nullptr);

  /// `strip` holds the picture itself at `middle`.
  void setPictures(std::vector<Neighbour> strip, int middle);
  QSize sizeHint() const override { return {640, 520}; }
  QSize minimumSizeHint() const override { return {320, 280}; }

 signals:
  void chosen(qulonglong picture);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;

 private:
  QRectF cell(int place) const;

  std::vector<Neighbour> strip_;
  int middle_ = 0;
};

}  // namespace gb
