// Shared precompiled header of widgets and studio.
#include <QAction>
#include <QBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QString>
#include <QWidget>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>
