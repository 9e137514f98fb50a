#include "widgets/params/parameter_field.hpp"

#include <QCheckBox>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <functional>

#include "widgets/params/field_text.hpp"
#include "widgets/params/name_completer.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int slider_steps = 1000;
constexpr int row_height = 28;
constexpr int reset_side = 16;

/// A line edit with the unit inside, on the right, and with the arrow keys stepping.
class UnitEdit : public QLineEdit {
 public:
  std::function<void(int)> step;
  std::function<void(QMenu*)> extend_menu;

  void setUnit(const QString& unit) {
    unit_ = unit;
    setTextMargins(0, 0, unit.isEmpty() ? 0 : fontMetrics().horizontalAdvance(unit) + 8, 0);
    update();
  }
  const QString& unit() const { return unit_; }

 protected:
  void paintEvent(QPaintEvent* event) override {
    QLineEdit::paintEvent(event);
    if (unit_.isEmpty()) return;
    QPainter painter(this);
    painter.setPen(isEnabled() ? theme().secondary : blended(theme().panel, theme().secondary, 0.55));
    painter.drawText(rect().adjusted(0, 0, -10, 0), Qt::AlignRight | Qt::AlignVCenter, unit_);
  }

  void keyPressEvent(QKeyEvent* event) override {
    const int far = event->modifiers().testFlag(Qt::ShiftModifier) ? 10 : 1;
    if (step && event->key() == Qt::Key_Up) return step(far);
    if (step && event->key() == Qt::Key_Down) return step(-far);
    if (step && event->key() == Qt::Key_PageUp) return step(10);
    if (step && event->key() == Qt::Key_PageDown) return step(-10);
    QLineEdit::keyPressEvent(event);
  }

  void contextMenuEvent(QContextMenuEvent* event) override {
    const std::unique_ptr<QMenu> menu(createStandardContextMenu());
    if (extend_menu) extend_menu(menu.get());
    menu->exec(event->globalPos());
  }

 private:
  QString unit_;
};

/// Turning the wheel over a form scrolls the form; a menu or slider takes it only when it has been chosen before.
template <class Control>
class Quiet : public Control {
 public:
  using Control::Control;

 protected:
  void wheelEvent(QWheelEvent* event) override {
    if (this->hasFocus())
      Control::wheelEvent(event);
    else
      event->ignore();
  }
};

}  // namespace

struct ParameterField::Implementation {
  Implementation(ParameterField* owner, const ParamSpec& described, Manner how)
      : field(owner), spec(described), manner(how) {}

  void build();
  QWidget* makeControl();
  QWidget* makeEdit();
  QWidget* makeMenu();
  QWidget* makeButton();
  void fillMenu();
  void showValue();
  void showChanged();
  void takeText(bool finished);
  void take(const Json& wanted);
  void reset();
  void addReset(QMenu* menu);
  QString labelText() const;

  bool optionalBoolean() const { return spec.kind == Kind::boolean && spec.optional; }

  ParameterField* field;
  const ParamSpec& spec;
  Manner manner;
  Json value;
  QString error_text;
  QLabel* label = nullptr;
  QLabel* error = nullptr;
  QToolButton* reset_button = nullptr;
  QWidget* control = nullptr;
  QWidget* column = nullptr;  ///< holds the control, or a box on its left
  UnitEdit* edit = nullptr;
  QPushButton* button = nullptr;  ///< layers: edited elsewhere
  QComboBox* menu = nullptr;
  QCheckBox* box = nullptr;
  QSlider* slider = nullptr;
  QAction* reset_action = nullptr;
};

QWidget* ParameterField::Implementation::makeEdit() {
  edit = new UnitEdit;
  if (spec.kind == Kind::integer || spec.kind == Kind::real)
    edit->step = [this](int steps) {
      takeText(true);
      take(steppedValue(spec, value, steps));
      edit->selectAll();
    };
  edit->extend_menu = [this](QMenu* shown) { addReset(shown); };
  QObject::connect(edit, &QLineEdit::editingFinished, field, [this] { takeText(true); });
  QObject::connect(edit, &QLineEdit::textEdited, field, [this] { takeText(false); });
  return edit;
}

QWidget* ParameterField::Implementation::makeMenu() {
  menu = new Quiet<QComboBox>;
  menu->setFocusPolicy(Qt::StrongFocus);
  menu->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  menu->setMinimumContentsLength(4);
  fillMenu();
  QObject::connect(menu, &QComboBox::activated, field, [this](int index) {
    const QVariant chosen = menu->itemData(index);
    if (!chosen.isValid())
      take(nullptr);
    else if (optionalBoolean())
      take(chosen.toBool());
    else
      take(chosen.toString().toStdString());
  });
  return menu;
}

QWidget* ParameterField::Implementation::makeButton() {
  button = new QPushButton;
  QObject::connect(button, &QPushButton::clicked, field, &ParameterField::openRequested);
  return button;
}

void ParameterField::Implementation::fillMenu() {
  const QSignalBlocker blocker(menu);
  menu->clear();
  if (spec.optional) menu->addItem(ParameterField::tr("automatic"));
  if (optionalBoolean()) {
    menu->addItem(ParameterField::tr("yes"), true);
    menu->addItem(ParameterField::tr("no"), false);
  }
  for (const auto& choice : spec.choices) {
    menu->addItem(schemaText(choice.label.empty() ? choice.name : choice.label), QString::fromStdString(choice.name));
    if (!choice.help.empty()) menu->setItemData(menu->count() - 1, schemaText(choice.help), Qt::ToolTipRole);
  }
}

QWidget* ParameterField::Implementation::makeControl() {
  if (spec.kind == Kind::choice || optionalBoolean()) return makeMenu();
  if (spec.kind == Kind::layers) return makeButton();
  if (spec.kind != Kind::boolean) return makeEdit();
  box = new QCheckBox;
  QObject::connect(box, &QCheckBox::toggled, field, [this](bool on) { take(on); });
  return box;
}

void ParameterField::Implementation::build() {
  label = new QLabel;
  label->setTextFormat(Qt::RichText);
  label->setWordWrap(true);
  label->setMinimumHeight(row_height);
  control = makeControl();
  label->setBuddy(control);
  reset_action = new QAction(field);
  QObject::connect(reset_action, &QAction::triggered, field, [this] { reset(); });
  if (!edit) {
    control->addAction(reset_action);
    control->setContextMenuPolicy(Qt::ActionsContextMenu);
  }
  label->addAction(reset_action);
  label->setContextMenuPolicy(Qt::ActionsContextMenu);

  reset_button = new QToolButton;
  reset_button->setIcon(themedIcon("edit-undo"));
  reset_button->setIconSize({16, 16});
  reset_button->setFixedSize(reset_side, reset_side);
  reset_button->setFocusPolicy(Qt::NoFocus);  // with the keyboard it is in the control's menu
  reset_button->setAutoRaise(true);
  reset_button->setStyleSheet("padding: 0px; border: none");
  QSizePolicy kept = reset_button->sizePolicy();
  kept.setRetainSizeWhenHidden(true);
  reset_button->setSizePolicy(kept);
  QObject::connect(reset_button, &QToolButton::clicked, field, [this] { reset(); });

  column = new QWidget;
  auto* inside = new QHBoxLayout(column);
  inside->setContentsMargins({});
  inside->addWidget(control);
  if (box) inside->addStretch(1);

  auto* row = new QHBoxLayout;
  row->setSpacing(2);
  row->addWidget(label, 1);
  row->addWidget(reset_button, 0, Qt::AlignVCenter);
  row->addWidget(column, 0, Qt::AlignVCenter);
  auto* rows = new QVBoxLayout(field);
  rows->setContentsMargins({});
  rows->setSpacing(3);
  rows->addLayout(row);

  const bool number = spec.kind == Kind::integer || spec.kind == Kind::real;
  if ((spec.live || manner.sliders) && number && spec.search.bounded() && spec.search.max > spec.search.min) {
    slider = new Quiet<QSlider>(Qt::Horizontal);
    slider->setFocusPolicy(Qt::StrongFocus);
    slider->setRange(0, slider_steps);
    slider->setSingleStep(slider_steps / 50);
    slider->setPageStep(slider_steps / 10);
    QObject::connect(slider, &QSlider::valueChanged, field,
                     [this](int at) { take(searchValue(spec, static_cast<double>(at) / slider_steps)); });
    rows->addWidget(slider);
  }
  error = new QLabel;
  error->setProperty("role", "error");
  error->setWordWrap(true);
  error->setTextFormat(Qt::PlainText);
  error->setTextInteractionFlags(Qt::TextSelectableByMouse);
  error->hide();
  rows->addWidget(error);
}

QString ParameterField::Implementation::labelText() const {
  QString shown = schemaText(spec.label.empty() ? spec.name : spec.label).toHtmlEscaped();
  if (spec.live)
    shown += QStringLiteral(
                 " <span style=\"color:%1; font-size:10px\">●</span>"
                 "<span style=\"color:%2; font-size:11px\">&nbsp;%3</span>")
                 .arg(theme().success.name(), theme().successText.name(), ParameterField::tr("live").toHtmlEscaped());
  return shown;
}

void ParameterField::Implementation::showValue() {
  if (edit) edit->setText(fieldText(spec, value));
  if (button)
    button->setText(value.is_array() ? ParameterField::tr("%n layers\u2026", "", static_cast<int>(value.size()))
                                     : ParameterField::tr("of the preset\u2026"));
  if (box) {
    const QSignalBlocker blocker(box);
    box->setChecked(value.is_boolean() && value.get<bool>());
  }
  if (menu) {
    const QSignalBlocker blocker(menu);
    for (int i = 0; i < menu->count(); ++i) {
      const QVariant data = menu->itemData(i);
      const bool same = !data.isValid() ? value.is_null()
                        : optionalBoolean()
                            ? value.is_boolean() && value.get<bool>() == data.toBool()
                            : value.is_string() && value.get<std::string>() == data.toString().toStdString();
      if (same) menu->setCurrentIndex(i);
    }
    menu->setToolTip(menu->currentData(Qt::ToolTipRole).toString().isEmpty()
                         ? schemaText(spec.help)
                         : menu->currentData(Qt::ToolTipRole).toString());
  }
  showChanged();
}

/// What follows from the value: slider, reset mark.
void ParameterField::Implementation::showChanged() {
  if (slider) {
    const QSignalBlocker blocker(slider);
    const double shown = value.is_number()                ? value.get<double>()
                         : spec.default_value.is_number() ? spec.default_value.get<double>()
                                                          : spec.search.min;
    slider->setValue(static_cast<int>(std::lround(searchPlace(spec, shown) * slider_steps)));
  }
  const bool changed = value != spec.default_value;
  reset_button->setVisible(changed);
  reset_action->setEnabled(changed && reset_button->isEnabled());
}

/// While typing (`finished` false) nothing is refused yet: only a shown error is cleared, and values that are valid are
/// taken where that is the manner. What has been typed stays as it is.
void ParameterField::Implementation::takeText(bool finished) {
  if (!finished && error_text.isEmpty() && !manner.while_typing) return;
  const QString typed = edit->text();
  if (finished && typed == fieldText(spec, value)) {
    if (control->property("invalid").toBool()) field->setError({});
    return;
  }
  try {
    const Json valid = validated_value(spec, parsedField(spec, typed), spec.name);
    field->setError({});
    if (finished) return take(valid);
    if (!manner.while_typing || valid == value) return;
    value = valid;
    showChanged();
    emit field->edited();
  } catch (const ParamError& refused) {
    if (finished) field->setError(QString::fromStdString(refused.what()));
  }
}

void ParameterField::Implementation::take(const Json& wanted) {
  Json valid;
  try {
    valid = validated_value(spec, wanted, spec.name);
  } catch (const ParamError& refused) {
    field->setError(QString::fromStdString(refused.what()));
    return;
  }
  field->setError({});
  const bool changed = valid != value;
  value = std::move(valid);
  if (edit) edit->setText(fieldText(spec, value));
  if (menu || button) showValue();
  showChanged();
  if (changed) emit field->edited();
}

void ParameterField::Implementation::reset() {
  take(spec.default_value);
  showValue();
}

void ParameterField::Implementation::addReset(QMenu* shown) {
  shown->addSeparator();
  shown->addAction(reset_action);
}

ParameterField::ParameterField(const ParamSpec& spec, const Json& value, QWidget* parent)
    : ParameterField(spec, value, Manner{}, parent) {}

ParameterField::ParameterField(const ParamSpec& spec, const Json& value, Manner manner, QWidget* parent)
    : QWidget(parent), implementation_(std::make_unique<Implementation>(this, spec, manner)) {
  implementation_->build();
  retranslate();
  setValue(value);
}

ParameterField::~ParameterField() = default;

const ParamSpec& ParameterField::spec() const {
  return implementation_->spec;
}
const Json& ParameterField::value() const {
  return implementation_->value;
}

void ParameterField::setValue(const Json& value) {
  setError({});
  implementation_->value = value;
  implementation_->showValue();
}

void ParameterField::setError(const QString& reason) {
  auto& self = *implementation_;
  self.error_text = reason;
  self.error->setText(reason);
  self.error->setVisible(!reason.isEmpty());
  const bool invalid = !reason.isEmpty();
  if (self.control->property("invalid").toBool() != invalid) {
    self.control->setProperty("invalid", invalid);
    self.control->style()->unpolish(self.control);
    self.control->style()->polish(self.control);
    if (self.edit) self.edit->setUnit(self.edit->unit());
  }
  const QString help = schemaText(self.spec.help);
  self.control->setAccessibleDescription(
      reason.isEmpty() ? (help.isEmpty() ? QString::fromStdString(allowed_text(self.spec)) : help) : reason);
}

bool ParameterField::hasError() const {
  return !implementation_->error_text.isEmpty();
}

void ParameterField::setEditable(bool on) {
  auto& self = *implementation_;
  // Layers can be looked at all the time.
  self.control->setEnabled(on || self.button);
  self.reset_button->setEnabled(on);
  if (self.slider) self.slider->setEnabled(on);
  self.label->setEnabled(on);
  self.showChanged();
}

void ParameterField::commit() {
  if (implementation_->edit) implementation_->takeText(true);
}

int ParameterField::wantedControlWidth() const {
  const auto& self = *implementation_;
  const QFontMetrics metrics(themeFont(13));
  int text = 0, more = 22;
  if (self.menu) {
    for (int i = 0; i < self.menu->count(); ++i)
      text = std::max(text, metrics.horizontalAdvance(self.menu->itemText(i)));
    more = 38;
  } else if (self.button) {
    text = metrics.horizontalAdvance(tr("of the preset\u2026"));
    more = 34;
  } else if (self.edit) {
    text = metrics.horizontalAdvance(fieldText(self.spec, self.spec.default_value));
    if (!self.edit->unit().isEmpty()) text = std::max(text, metrics.horizontalAdvance("00000")) + 12;
    text += metrics.horizontalAdvance(self.edit->unit());
    if (self.spec.optional) text = std::max(text, metrics.horizontalAdvance(tr("automatic")));
  }
  return text + more;
}

void ParameterField::setSuggestions(const QStringList& names) {
  auto* edit = implementation_->edit;
  if (!edit) return;
  delete edit->completer();
  if (!names.isEmpty()) edit->setCompleter(new NameCompleter(names, edit));
}

void ParameterField::setControlWidth(int width) {
  implementation_->column->setFixedWidth(width);
}

void ParameterField::retranslate() {
  auto& self = *implementation_;
  const QString name = schemaText(self.spec.label.empty() ? self.spec.name : self.spec.label);
  const QString help = schemaText(self.spec.help);
  self.label->setText(self.labelText());
  self.label->setToolTip(help);
  self.control->setToolTip(help);
  self.control->setAccessibleName(name);
  self.control->setObjectName(QString::fromStdString(self.spec.name));
  if (self.slider) {
    self.slider->setAccessibleName(name);
    self.slider->setAccessibleDescription(help);
    self.slider->setToolTip(help);
  }
  const QString kept = self.button ? QString() : fieldText(self.spec, self.spec.default_value);
  self.reset_action->setText(kept.isEmpty() ? tr("Reset to default") : tr("Reset to default (%1)").arg(kept));
  self.reset_button->setToolTip(self.reset_action->text());
  self.reset_button->setAccessibleName(tr("Reset %1").arg(name));
  if (self.edit) {
    self.edit->setUnit(schemaText(self.spec.unit));
    if (self.spec.optional) self.edit->setPlaceholderText(tr("automatic"));
  }
  if (self.button) self.showValue();
  if (self.menu) {
    self.fillMenu();
    self.showValue();
  }
  setError(self.error_text);
}

void ParameterField::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (!implementation_ || !implementation_->label) return;
  // The live mark carries its colours in the text.
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
    implementation_->label->setText(implementation_->labelText());
}

void ParameterField::mousePressEvent(QMouseEvent* event) {
  QWidget::mousePressEvent(event);
  if (implementation_->control->isEnabled()) implementation_->control->setFocus(Qt::MouseFocusReason);
}

}  // namespace gb
