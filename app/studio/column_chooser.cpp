#include "app/studio/column_chooser.hpp"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/studio/labels.hpp"
#include "widgets/theme.hpp"

namespace gb {

ColumnChooser::ColumnChooser(std::vector<Choice> choices, const QStringList& chosen, QWidget* parent)
    : QDialog(parent), choices_(std::move(choices)), chosen_(chosen) {
  setObjectName("column-chooser");
  setWindowTitle(tr("Columns"));
  resize(380, 520);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(20, 16, 20, 16);
  layout->setSpacing(10);
  search_ = new QLineEdit;
  search_->setObjectName("column-search");
  search_->setPlaceholderText(tr("Find a metric or hyperparameter"));
  search_->setAccessibleName(search_->placeholderText());
  search_->setClearButtonEnabled(true);
  layout->addWidget(search_);
  list_ = new QListWidget;
  list_->setObjectName("column-list");
  list_->setAccessibleName(tr("Columns to show"));
  layout->addWidget(list_, 1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  auto* reset = buttons->addButton(tr("Usual columns"), QDialogButtonBox::ResetRole);
  // Return in the search is no answer to anything.
  for (auto* button : buttons->buttons()) static_cast<QPushButton*>(button)->setAutoDefault(false);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(reset, &QPushButton::clicked, this, [this] {
    emit resetRequested();
    accept();
  });
  layout->addWidget(buttons);
  fill();
  connect(search_, &QLineEdit::textChanged, this, &ColumnChooser::search);
  connect(list_, &QListWidget::itemChanged, this, [this](const QListWidgetItem* item) {
    const QString key = item->data(Qt::UserRole).toString();
    if (item->checkState() != Qt::Checked)
      chosen_.removeAll(key);
    else if (!chosen_.contains(key))
      chosen_ << key;
    emit changed();
  });
}

void ColumnChooser::fill() {
  QString kind;
  for (const auto& choice : choices_) {
    if (choice.kind != kind) {
      kind = choice.kind;
      auto* head = new QListWidgetItem(kind.toUpper(), list_);
      head->setFlags(Qt::NoItemFlags);
      head->setFont(themeFont(11, QFont::DemiBold));
      head->setForeground(theme().secondary);
    }
    auto* item = new QListWidgetItem(choice.label, list_);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    item->setData(Qt::UserRole, choice.key);
    item->setCheckState(chosen_.contains(choice.key) ? Qt::Checked : Qt::Unchecked);
  }
}

void ColumnChooser::search(const QString& text) {
  QListWidgetItem* head = nullptr;
  for (int row = 0; row < list_->count(); ++row) {
    auto* item = list_->item(row);
    if (!(item->flags() & Qt::ItemIsEnabled)) {
      head = item;
      head->setHidden(true);
      continue;
    }
    const bool shown = item->text().contains(text.trimmed(), Qt::CaseInsensitive) ||
                       item->data(Qt::UserRole).toString().contains(text.trimmed(), Qt::CaseInsensitive);
    item->setHidden(!shown);
    if (shown && head) head->setHidden(false);
  }
}

QStringList ColumnChooser::chosen() const {
  return chosen_;
}

}  // namespace gb
