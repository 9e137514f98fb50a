#pragma once

#include <QAbstractButton>

namespace gb {

/// A numbered step of the experiment: its name, and at the right what is chosen there. Unfolds what lies below it.
class SectionHeader : public QAbstractButton {
  Q_OBJECT
 public:
  SectionHeader(int number, const QString& title, QWidget* parent = nullptr);

  void setSummary(const QString& summary);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void enterEvent(QEnterEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  int number_;
  QString summary_;
};

}  // namespace gb
