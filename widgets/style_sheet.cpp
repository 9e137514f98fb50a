#include "widgets/style_sheet.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace gb {
namespace {

// Heights include the border: a control of `min-height: 26px` with 1 px borders is 28 px high.
const char* const frames = R"(
QMainWindow, QDialog, QMessageBox { background: @window; }
QWidget[panel="true"] { background: @panel; }
QFrame[card="true"] { background: @panel; border: 1px solid @line; border-radius: 10px; }
QFrame[card="true"][selected="true"] { border: 1px solid @accent; }
QFrame[card="true"]:focus { border: 1px solid @accent; }
QFrame[separator="true"] { background: @line; border: none; }
QFrame[separator="true"][frameShape="4"] { max-height: 1px; min-height: 1px; }
QFrame[separator="true"][frameShape="5"] { max-width: 1px; min-width: 1px; }
QGroupBox { background: @panel; border: 1px solid @line; border-radius: 10px; margin-top: 22px; padding: 12px; }
QGroupBox::title { subcontrol-origin: margin; left: 0px; top: 2px; color: @secondary; }
QSplitter::handle { background: @line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: @accent; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[scrolled="true"] { background: transparent; }
QStatusBar { background: @panel; color: @secondary; border-top: 1px solid @line; }
QStatusBar::item { border: none; }
QToolTip { background: @panel; color: @text; border: 1px solid @line; padding: 5px 7px; }
)";

const char* const labels = R"(
QLabel { background: transparent; }
QLabel[role="title"] { font-size: 13px; font-weight: 600; }
QLabel[role="heading"] { font-size: 26px; font-weight: 700; }
QLabel[role="section"] { color: @secondary; font-size: 11px; font-weight: 600; }
QLabel[role="secondary"] { color: @secondary; }
QLabel[role="badge"] { background: @grid; color: @secondary; font-size: 11px; font-weight: 500; border-radius: 9px;
  padding: 2px 8px; }
QLabel[role="badge"][state="running"] { background: @tint; color: @accent; }
QLabel[role="badge"][state="failed"] { color: @error; }
QLabel[role="error"] { color: @error; font-size: 12px; }
QLabel[role="warning"] { color: @warning; font-size: 12px; }
QLabel[role="live"] { color: @successText; font-size: 11px; font-weight: 500; }
QLabel:disabled { color: @faded; }
)";

const char* const buttons = R"(
QPushButton { background: @field; color: @text; border: 1px solid @line; border-radius: 7px; padding: 0px 14px;
  min-height: 28px; font-weight: 500; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @pressed; }
QPushButton:checked { background: @tint; color: @accent; border-color: @accent; }
QPushButton:focus { border-color: @accent; }
QPushButton:disabled { color: @faded; background: @field; }
QPushButton:default { border-color: @accent; }
QPushButton[primary="true"] { background: @accent; color: @onAccent; border-color: @accent; }
QPushButton[primary="true"]:hover { background: @strongAccent; border-color: @strongAccent; }
QPushButton[primary="true"]:pressed { background: @pressedAccent; border-color: @pressedAccent; }
QPushButton[primary="true"]:focus { border: 2px solid @focusOnAccent; padding: 0px 13px; min-height: 26px; }
QPushButton[primary="true"]:disabled { background: @grid; color: @faded; border-color: @grid; }
QPushButton[flat="true"] { background: transparent; color: @accent; border: 1px solid transparent; border-radius: 5px;
  padding: 0px 4px; min-height: 22px; }
QPushButton[flat="true"]:hover { background: @tint; }
QPushButton[flat="true"]:focus { border-color: @accent; }
QPushButton[flat="true"]:disabled { color: @faded; background: transparent; }
QPushButton[flat="true"][quiet="true"] { color: @secondary; }
QPushButton[chooser="true"] { text-align: left; font-weight: 400; border-radius: 6px; padding: 0px 24px 0px 8px;
  min-height: 26px; }
QPushButton::menu-indicator { image: url(:/glassbench/widgets/icons/chevron-down-@name.svg); width: 12px; height: 12px;
  right: 8px; subcontrol-origin: padding; subcontrol-position: center right; }
QToolButton { background: transparent; color: @text; border: 1px solid transparent; border-radius: 6px; padding: 3px; }
QToolButton:hover { background: @hover; }
QToolButton:pressed, QToolButton:checked { background: @tint; }
QToolButton:focus { border-color: @accent; }
QToolButton:disabled { color: @faded; }
QToolButton::menu-indicator { image: none; }
)";

const char* const fields = R"(
QLineEdit, QComboBox, QAbstractSpinBox, QDateEdit { background: @field; color: @text; border: 1px solid @line;
  border-radius: 6px; padding: 0px 8px; min-height: 26px; selection-background-color: @accent;
  selection-color: @onAccent; }
QPlainTextEdit, QTextEdit { background: @field; color: @text; border: 1px solid @line; border-radius: 6px; padding: 4px;
  selection-background-color: @accent; selection-color: @onAccent; }
QTextBrowser { background: transparent; border: none; }
QLineEdit:hover, QComboBox:hover, QAbstractSpinBox:hover { border-color: @strongLine; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border-color: @accent; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled { background: @disabledField; color: @faded; }
QLineEdit[invalid="true"], QComboBox[invalid="true"], QAbstractSpinBox[invalid="true"] { border-color: @error; }
QLineEdit[readOnly="true"] { background: @disabledField; }
QComboBox { padding-right: 4px; }
QComboBox[small="true"] { min-height: 20px; padding: 0px 2px 0px 6px; font-size: 12px; }
QComboBox QLineEdit, QAbstractSpinBox QLineEdit { border: none; background: transparent; padding: 0px; }
QComboBox::drop-down { subcontrol-origin: padding; subcontrol-position: center right; width: 20px; border: none; }
QComboBox::down-arrow { image: url(:/glassbench/widgets/icons/chevron-down-@name.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: @panel; color: @text; border: 1px solid @line; padding: 4px; outline: none;
  selection-background-color: @tint; selection-color: @text; }
QComboBox QAbstractItemView::item { min-height: 26px; padding: 0px 6px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected { background: @tint; color: @text; }
QAbstractSpinBox { padding-right: 0px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { background: transparent; border: none; width: 20px; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right; }
QAbstractSpinBox::up-arrow { image: url(:/glassbench/widgets/icons/chevron-up-@name.svg); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url(:/glassbench/widgets/icons/chevron-down-@name.svg); width: 10px;
  height: 10px; }
QCheckBox, QRadioButton { background: transparent; spacing: 8px; min-height: 22px; }
QCheckBox:disabled, QRadioButton:disabled { color: @faded; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid @strongLine; border-radius: 4px;
  background: @field; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: @accent; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent;
  image: url(:/glassbench/widgets/icons/check-@name.svg); }
QCheckBox::indicator:indeterminate { background: @accent; border-color: @accent;
  image: url(:/glassbench/widgets/icons/dash-@name.svg); }
QCheckBox:focus::indicator { border-color: @accent; }
QCheckBox::indicator:disabled { background: @disabledField; border-color: @line; }
QCheckBox::indicator:checked:disabled { background: @faded; border-color: @faded; }
QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid @strongLine; border-radius: 8px;
  background: @field; }
QRadioButton::indicator:hover { border-color: @accent; }
QRadioButton:focus::indicator { border-color: @accent; }
QRadioButton::indicator:checked { width: 8px; height: 8px; border: 5px solid @accent; border-radius: 9px;
  background: @onAccent; }
QSlider { background: transparent; min-height: 20px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: @groove; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: @accent; }
QSlider::handle:horizontal { background: @accent; width: 14px; height: 14px; margin: -5px 0px; border-radius: 7px; }
QSlider::handle:horizontal:hover { background: @strongAccent; }
QSlider::handle:horizontal:focus { border: 2px solid @focusOnAccent; width: 10px; height: 10px; }
QSlider::sub-page:horizontal:disabled { background: @faded; }
QSlider::handle:horizontal:disabled { background: @faded; }
QSlider[timeline="true"]::groove:horizontal { height: 6px; border-radius: 3px; }
QSlider[timeline="true"]::sub-page:horizontal { height: 6px; border-radius: 3px; }
QSlider[timeline="true"]::handle:horizontal { background: @panel; border: 3px solid @accent; width: 12px; height: 12px;
  margin: -6px 0px; border-radius: 9px; }
QProgressBar { background: @groove; border: none; border-radius: 3px; min-height: 6px; max-height: 6px; color: @text; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
)";

const char* const lists = R"(
QAbstractItemView { background: @panel; color: @text; border: none; outline: none; gridline-color: @line;
  selection-background-color: @tint; selection-color: @text; alternate-background-color: @panel; }
QTableView::item { padding: 0px 8px; border: none; border-bottom: 1px solid @grid; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected { background: @tint; color: @text; }
QTableView::item:focus, QTreeView::item:focus, QListView::item:focus { border: 1px solid @accent; }
QTreeView::item { min-height: 28px; padding: 0px 4px; border: none; border-bottom: 1px solid @grid; }
QTreeView::item:hover, QListView::item:hover { background: @hover; }
QListView::item { min-height: 28px; padding: 0px 8px; border: none; border-radius: 6px; }
QHeaderView { background: @panel; border: none; }
QHeaderView::section { background: @panel; color: @secondary; border: none; border-bottom: 1px solid @line;
  padding: 0px 0px 0px 11px; min-height: 28px; font-size: 12px; font-weight: 600; }
QHeaderView::section:hover { color: @text; }
QHeaderView::section:vertical { padding: 0px 8px; font-weight: 400; border-bottom: 1px solid @grid; }
QHeaderView::down-arrow { image: url(:/glassbench/widgets/icons/chevron-down-@name.svg); width: 12px; height: 12px;
  subcontrol-position: center right; }
QHeaderView::up-arrow { image: url(:/glassbench/widgets/icons/chevron-up-@name.svg); width: 12px; height: 12px;
  subcontrol-position: center right; }
QTableCornerButton::section { background: @panel; border: none; border-bottom: 1px solid @line; }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 10px; margin: 0px; }
QScrollBar:horizontal { height: 10px; margin: 0px; }
QScrollBar::handle { background: @scroll; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: @faded; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0px; height: 0px; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }
QTabWidget::pane { border: none; border-top: 1px solid @line; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: @secondary; border: none; border-bottom: 2px solid transparent;
  padding: 0px 4px; margin-right: 14px; min-height: 30px; font-weight: 500; }
QTabBar::tab:hover { color: @text; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; }
QTabBar::tab:focus { color: @accent; }
QTabBar::tab:disabled { color: @faded; }
QMenuBar { background: transparent; color: @secondary; border: none; spacing: 0px; }
QMenuBar::item { background: transparent; padding: 5px 9px; border-radius: 6px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: @hover; color: @text; }
QMenu { background: @panel; color: @text; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: @tint; color: @text; }
QMenu::item:disabled { color: @faded; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QToolBar { background: @panel; border: none; spacing: 8px; }
)";

}  // namespace

QString styleSheet(const Theme& theme) {
  const QColor black(Qt::black);
  const QColor contrast = theme.dark ? QColor(Qt::white) : black;
  std::vector<std::pair<QString, QString>> tokens = {
      {"window", theme.window.name()},
      {"panel", theme.panel.name()},
      {"line", theme.line.name()},
      {"strongLine", blended(theme.line, theme.secondary, 0.5).name()},
      {"text", theme.text.name()},
      {"secondary", theme.secondary.name()},
      {"faded", blended(theme.panel, theme.secondary, 0.55).name()},
      {"accent", theme.accent.name()},
      {"strongAccent", blended(theme.accent, contrast, 0.1).name()},
      {"pressedAccent", blended(theme.accent, contrast, 0.2).name()},
      {"focusOnAccent", blended(theme.accent, contrast, 0.45).name()},
      {"tint", theme.tint.name()},
      {"onAccent", theme.onAccent.name()},
      {"grid", theme.grid.name()},
      {"groove", blended(theme.grid, theme.secondary, theme.dark ? 0.08 : 0.06).name()},
      {"scroll", blended(theme.line, theme.secondary, 0.25).name()},
      {"success", theme.success.name()},
      {"successText", theme.successText.name()},
      {"warning", theme.warning.name()},
      {"error", theme.error.name()},
      {"field", theme.field.name()},
      {"disabledField", blended(theme.field, theme.grid, 0.5).name()},
      {"hover", theme.hover.name()},
      {"pressed", blended(theme.hover, contrast, 0.05).name()},
      {"name", theme.dark ? "dark" : "light"},
  };
  // Longest first: no token may be replaced inside another one.
  std::sort(tokens.begin(), tokens.end(), [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  QString sheet = QString::fromLatin1(frames) + QString::fromLatin1(labels) + QString::fromLatin1(buttons) +
                  QString::fromLatin1(fields) + QString::fromLatin1(lists);
  for (const auto& [token, value] : tokens) sheet.replace(QLatin1Char('@') + token, value);
  return sheet;
}

}  // namespace gb
