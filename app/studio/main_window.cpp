#include "app/studio/main_window.hpp"

namespace gb {

MainWindow::MainWindow(QWidget* parent) : QMainWindow(parent) {}

}  // namespace gb
