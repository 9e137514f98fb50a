#include <QApplication>

#include "app/studio/main_window.hpp"

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  gb::MainWindow window;
  window.show();
  return QApplication::exec();
}
