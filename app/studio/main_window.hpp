#pragma once

#include <QMainWindow>

namespace gb {

/// The window: composition of pages.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(QWidget* parent = nullptr);
};

}  // namespace gb
