#include "app/studio/augment_section.hpp"

#include <QCheckBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/data/augment.hpp"
#include "widgets/number_text.hpp"
#include "widgets/params/field_text.hpp"

namespace gb {

namespace {

/// "rotate 10 °, shift 0.1": what is on.
QString augmentWords(const Json& values) {
  QStringList words;
  for (const auto& spec : augmentation_schema().specs()) {
    if (!values.contains(spec.name) || values[spec.name] == spec.default_value || spec.kind == Kind::choice) continue;
    const Json& value = values[spec.name];
    QString word = coreText(spec.label).toLower();
    if (value.is_number()) {
      if (value.get<double>() == 0) continue;
      word += QStringLiteral(" ") + fieldText(spec, value);
      if (!spec.unit.empty()) word += QStringLiteral("\u00a0") + coreText(spec.unit);
    }
    words << word;
  }
  return words.join(QStringLiteral(", "));
}

}  // namespace

Json augmentOf(const ExperimentDocument& document) {
  const auto found = document.json().find("augment");
  return found != document.json().end() && found->is_object() ? *found : Json();
}

bool augmentApplies(const ExperimentDocument& document) {
  const auto node = document.json().find("algorithm");
  if (node == document.json().end() || !node->is_object()) return false;
  const auto* info = find_algorithm(node->value("id", std::string()));
  return info && info->augments;
}

void switchAugment(ExperimentDocument& document, bool on) {
  document.edit(on ? AugmentSection::tr("Varied pictures") : AugmentSection::tr("Pictures as they are"), {},
                [&](Json& json) {
                  if (!on)
                    json.erase("augment");
                  else if (!json.contains("augment") || !json["augment"].is_object())
                    json["augment"] = Json{{"rotate", 10}, {"scale", 0.1}, {"shift", 0.1}};
                });
}

AugmentSection::AugmentSection(ExperimentDocument& document, QWidget* parent) : QWidget(parent), document_(document) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 0, 16, 10);
  layout->setSpacing(6);
  layout->addWidget(separatorLine(QFrame::HLine));
  layout->addSpacing(4);
  box_ = new QCheckBox(tr("Vary the pictures"));
  box_->setObjectName("augment");
  const QString help =
      tr("Every epoch turns, moves and colours the pictures anew, so that the network cannot learn "
         "them by heart. Test pictures stay as they are.");
  box_->setToolTip(help);
  box_->setAccessibleDescription(help);
  layout->addWidget(box_);
  summary_ = roleLabel("secondary", {});
  summary_->setWordWrap(true);
  layout->addWidget(summary_);
  error_ = roleLabel("error", {});
  error_->setWordWrap(true);
  error_->hide();
  layout->addWidget(error_);
  open_ = new QPushButton(tr("Choose how\u2026"));
  open_->setObjectName("augment-open");
  layout->addWidget(open_, 0, Qt::AlignLeft);
  connect(box_, &QCheckBox::toggled, this, [this](bool on) {
    switchAugment(document_, on);
    if (on) emit openRequested();
  });
  connect(open_, &QPushButton::clicked, this, &AugmentSection::openRequested);
}

bool AugmentSection::on() const {
  return !augmentOf(document_).is_null();
}

void AugmentSection::setPictures(bool pictures) {
  pictures_ = pictures;
  refresh();
}

void AugmentSection::refresh() {
  const Json values = augmentOf(document_);
  const bool on = !values.is_null();
  // What the document says is shown even where it does not fit: it is an error then, which can be switched off here.
  setVisible(on || (pictures_ && augmentApplies(document_)));
  const QSignalBlocker quiet(box_);
  box_->setChecked(on);
  open_->setVisible(on);
  error_->hide();
  const QString words = on ? augmentWords(values) : QString();
  summary_->setText(!on               ? tr("Every epoch shows the pictures as they are.")
                    : words.isEmpty() ? tr("Nothing is varied yet.")
                                      : words);
}

void AugmentSection::setRunning(bool running) {
  box_->setEnabled(!running);
}

void AugmentSection::setError(const QString& reason) {
  error_->setText(reason);
  error_->setVisible(!reason.isEmpty());
}

}  // namespace gb
