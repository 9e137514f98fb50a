#pragma once

#include <QStringList>
#include <QWidget>

namespace gb {

/// The head or the foot of a list of layers: words in the list's columns.
class NetworkLine : public QWidget {
  Q_OBJECT
 public:
  explicit NetworkLine(bool head, QWidget* parent = nullptr);

  /// The first over the layers, then one per figure.
  void setTexts(const QStringList& texts);
  /// How wide the list's rows are: less than this by its scroll bar.
  void setLineWidth(int width);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  bool head_;
  int line_width_ = 0;
  QStringList texts_;
};

}  // namespace gb
