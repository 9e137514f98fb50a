#include "app/studio/row_editor.hpp"

#include <QComboBox>
#include <QDateEdit>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "app/studio/labels.hpp"

namespace gb {

namespace {

constexpr int slider_steps = 400;
constexpr std::size_t most_lines = 200;  ///< more nobody moves by hand
const QDate epoch(1970, 1, 1);

/// The ends of a column's values, and whether all are whole.
struct RangeOf {
  double low = 0, high = 1;
  bool whole = true;
};

RangeOf rangeOf(const Column& column) {
  RangeOf range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), true};
  for (const double value : column.numbers) {
    if (std::isnan(value)) continue;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
    range.whole = range.whole && value == std::floor(value);
  }
  if (!(range.low <= range.high)) return {0, 1, false};
  if (range.low == range.high) range.high = range.low + 1;
  return range;
}

}  // namespace

RowEditor::RowEditor(QWidget* parent) : QWidget(parent) {
  setObjectName("row-editor");
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new QScrollArea;
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  auto* inside = new QWidget;
  inside->setProperty("panel", true);
  inside->setAttribute(Qt::WA_StyledBackground);
  layout_ = new QVBoxLayout(inside);
  layout_->setContentsMargins(0, 0, 8, 0);
  scroll->setWidget(inside);
  outer->addWidget(scroll);
}

void RowEditor::setColumns(const Dataset& dataset, const std::vector<std::string>& columns) {
  lines_.clear();
  delete body_;
  body_ = new QWidget;
  auto* grid = new QGridLayout(body_);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(12);
  grid->setVerticalSpacing(6);
  grid->setColumnStretch(1, 1);
  const DataTable* table = dataset.table();
  int place = 0;
  for (const std::string& name : columns) {
    const Column* column = table ? table->find(name) : nullptr;
    if (!column || lines_.size() == most_lines) continue;
    Line line{name, {}};
    auto* label = new ElidingLabel(QString::fromStdString(name));
    label->setToolTip(QString::fromStdString(name));
    label->setMinimumWidth(110);
    label->setMaximumWidth(180);
    QWidget* control = column->type == ColumnType::numeric || column->type == ColumnType::date
                           ? numberLine(line, *column)
                           : choiceLine(line, *column);
    label->setBuddy(control);
    grid->addWidget(label, place, 0);
    grid->addWidget(control, place, 1, 1, line.widgets.size() > 1 ? 1 : 2);
    if (line.widgets.size() > 1) grid->addWidget(line.widgets[1], place, 2);
    lines_.push_back(std::move(line));
    ++place;
  }
  if (columns.size() > most_lines)
    grid->addWidget(roleLabel("secondary", tr("The first %n columns are shown; the others stay as they are.", "",
                                              static_cast<int>(most_lines))),
                    place, 0, 1, 3);
  layout_->insertWidget(0, body_);
  if (layout_->count() == 1) layout_->addStretch(1);
}

QWidget* RowEditor::numberLine(Line& line, const Column& column) {
  const RangeOf range = rangeOf(column);
  line.low = range.low;
  line.high = range.high;
  line.whole = range.whole;
  const QString name = QString::fromStdString(column.name);
  auto* slider = new QSlider(Qt::Horizontal);
  slider->setObjectName("slider-" + name);
  slider->setAccessibleName(name);
  const int steps =
      range.whole ? static_cast<int>(std::min<double>(slider_steps, range.high - range.low)) : slider_steps;
  slider->setRange(0, std::max(steps, 1));
  slider->setPageStep(std::max(1, steps / 10));
  line.widgets.push_back(slider);
  const std::string key = column.name;
  connect(slider, &QSlider::valueChanged, this, [this, key, range, slider](int value) {
    if (quiet_) return;
    const double number = range.low + (range.high - range.low) * value / slider->maximum();
    setNumber(key, range.whole ? std::round(number) : number);
  });
  if (column.type == ColumnType::date) {
    auto* date = new QDateEdit;
    date->setObjectName("value-" + name);
    date->setAccessibleName(name);
    date->setDisplayFormat(QStringLiteral("yyyy-MM-dd"));
    date->setCalendarPopup(true);
    connect(date, &QDateEdit::dateChanged, this, [this, key](const QDate& day) {
      if (!quiet_) setNumber(key, static_cast<double>(epoch.daysTo(day)));
    });
    line.widgets.push_back(date);
    return slider;
  }
  auto* digits = new QDoubleSpinBox;
  digits->setObjectName("value-" + name);
  digits->setAccessibleName(name);
  const double span = range.high - range.low;
  // What the data does not have may be asked about as well, within reason.
  digits->setRange(range.low - 10 * span, range.high + 10 * span);
  const int decimals = range.whole ? 0 : std::clamp(3 - static_cast<int>(std::floor(std::log10(span))), 1, 9);
  digits->setDecimals(decimals);
  digits->setSingleStep(range.whole ? 1 : std::pow(10.0, std::floor(std::log10(span)) - 1));
  digits->setKeyboardTracking(false);
  digits->setFixedWidth(112);
  connect(digits, &QDoubleSpinBox::valueChanged, this, [this, key](double value) {
    if (!quiet_) setNumber(key, value);
  });
  line.widgets.push_back(digits);
  return slider;
}

QWidget* RowEditor::choiceLine(Line& line, const Column& column) {
  const QString name = QString::fromStdString(column.name);
  const std::string key = column.name;
  if (column.type == ColumnType::text) {
    auto* words = new QLineEdit;
    words->setObjectName("value-" + name);
    words->setAccessibleName(name);
    connect(words, &QLineEdit::textEdited, this, [this, key](const QString& text) {
      if (Column* own = columnOf(key); own && !own->texts.empty()) own->texts[0] = text.toStdString();
      emit changed();
    });
    line.widgets.push_back(words);
    return words;
  }
  auto* box = new QComboBox;
  box->setObjectName("value-" + name);
  box->setAccessibleName(name);
  box->addItem(tr("(missing)"), -1);
  for (std::size_t i = 0; i < column.levels.size(); ++i)
    box->addItem(QString::fromStdString(column.levels[i]), static_cast<int>(i));
  connect(box, &QComboBox::currentIndexChanged, this, [this, key, box] {
    if (quiet_) return;
    if (Column* own = columnOf(key); own && !own->codes.empty()) own->codes[0] = box->currentData().toInt();
    emit changed();
  });
  line.widgets.push_back(box);
  return box;
}

Column* RowEditor::columnOf(const std::string& name) {
  auto* table = std::get_if<DataTable>(&row_.content);
  if (!table) return nullptr;
  const auto found = std::find_if(table->columns.begin(), table->columns.end(),
                                  [&](const Column& column) { return column.name == name; });
  return found == table->columns.end() ? nullptr : &*found;
}

void RowEditor::setNumber(const std::string& column, double value) {
  Column* own = columnOf(column);
  if (!own || own->numbers.empty()) return;
  own->numbers[0] = value;
  refresh();
  emit changed();
}

void RowEditor::setRow(const Dataset& row) {
  row_ = given_ = row;
  refresh();
  emit changed();
}

void RowEditor::reset() {
  row_ = given_;
  refresh();
  emit changed();
}

bool RowEditor::isChanged() const {
  const DataTable *now = row_.table(), *then = given_.table();
  if (!now || !then || now->columns.size() != then->columns.size()) return false;
  for (std::size_t i = 0; i < now->columns.size(); ++i)
    if (now->columns[i].cell(0) != then->columns[i].cell(0)) return true;
  return false;
}

void RowEditor::refresh() {
  quiet_ = true;
  for (const Line& line : lines_) {
    const Column* own = columnOf(line.column);
    if (!own) continue;
    if (auto* box = qobject_cast<QComboBox*>(line.widgets[0])) {
      if (!own->codes.empty()) box->setCurrentIndex(box->findData(own->codes[0]));
    } else if (auto* words = qobject_cast<QLineEdit*>(line.widgets[0])) {
      const QString text = own->texts.empty() ? QString() : QString::fromStdString(own->texts[0]);
      if (words->text() != text) words->setText(text);
    } else if (auto* slider = qobject_cast<QSlider*>(line.widgets[0]); slider && !own->numbers.empty()) {
      // A missing number stays missing until it is set.
      const double value = std::isnan(own->numbers[0]) ? (line.low + line.high) / 2 : own->numbers[0];
      if (!slider->isSliderDown())
        slider->setValue(
            static_cast<int>(std::lround(slider->maximum() * (value - line.low) / (line.high - line.low))));
      if (auto* digits = qobject_cast<QDoubleSpinBox*>(line.widgets[1])) digits->setValue(value);
      if (auto* date = qobject_cast<QDateEdit*>(line.widgets[1])) date->setDate(epoch.addDays(std::llround(value)));
    }
  }
  quiet_ = false;
}

}  // namespace gb
