#pragma once

#include <QFrame>
#include <functional>

class QLabel;
class QPushButton;
class QToolButton;

namespace gb {

/// Tells what went wrong, or what was done, without standing in the way: a strip that stays until it is closed or
/// something newer is said.
class MessageBar : public QFrame {
  Q_OBJECT
 public:
  enum class Tone { information, warning, error };

  explicit MessageBar(QWidget* parent = nullptr);

  void tell(Tone tone, const QString& text);
  /// With one thing to do about it.
  void tell(Tone tone, const QString& text, const QString& action, std::function<void()> act);
  void dismiss();
  QString text() const;
  Tone tone() const { return tone_; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void setIcon();

  Tone tone_ = Tone::information;
  QLabel* icon_;
  QLabel* text_;
  QPushButton* action_;
  QToolButton* close_;
  std::function<void()> act_;
};

}  // namespace gb
