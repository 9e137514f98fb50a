#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

namespace gb {

/// How much a classifier believes in each class: a name, a bar and a per cent a line, drawn anew as fast as answers
/// come. Classes keep their places while they fit; of more the likeliest are shown.
class AnswerBars : public QWidget {
  Q_OBJECT
 public:
  explicit AnswerBars(QWidget* parent = nullptr);

  /// Shares from 0 to 1, one per name.
  void setAnswers(const QStringList& names, const std::vector<float>& shares);
  /// The same that somebody else has answered, as a thin line in each bar: what it was before. Empty for none.
  void setBefore(const std::vector<float>& shares);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  /// Which classes there is room for, from top to bottom.
  std::vector<int> shown() const;

  QStringList names_;
  std::vector<float> shares_, before_;
};

}  // namespace gb
