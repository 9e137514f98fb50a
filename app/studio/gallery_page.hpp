#pragma once

#include <QFrame>
#include <QPixmap>
#include <QWidget>
#include <vector>

#include "app/studio/gallery.hpp"

class QLabel;
class QVBoxLayout;

namespace gb {

class ResponsiveGrid;

/// One ready experiment: picture, title, two lines. A button in all but looks.
class GalleryCard : public QFrame {
  Q_OBJECT
 public:
  GalleryCard(const GalleryEntry& entry, QWidget* parent = nullptr);

  const GalleryEntry& entry() const { return entry_; }
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;

 signals:
  void clicked();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void enterEvent(QEnterEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  const QPixmap& picture();

  GalleryEntry entry_;
  QPixmap picture_;
  bool picture_dark_ = false;
  bool pressed_ = false;
};

/// The first page: ready experiments, and a place to drop one's own data.
class GalleryPage : public QWidget {
  Q_OBJECT
 public:
  explicit GalleryPage(QWidget* parent = nullptr);

  void setEntries(const std::vector<GalleryEntry>& entries);
  const std::vector<GalleryCard*>& cards() const { return cards_; }

 signals:
  void chosen(const gb::GalleryEntry& entry);
  void newExperiment();

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void addCard(GalleryCard* card);

  QWidget* content_;
  QVBoxLayout* outer_;
  ResponsiveGrid* grid_;
  std::vector<GalleryCard*> cards_;
};

}  // namespace gb
