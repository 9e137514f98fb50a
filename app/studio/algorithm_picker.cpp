#include "app/studio/algorithm_picker.hpp"

#include <QApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <optional>

#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/data/problem_set.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

enum Role { IdRole = Qt::UserRole, ReasonRole };

QString taskText(Task task) {
  switch (task) {
    case Task::classification:
      return AlgorithmPicker::tr("classification");
    case Task::regression:
      return AlgorithmPicker::tr("regression");
    case Task::clustering:
      return AlgorithmPicker::tr("clustering");
    case Task::generation:
      return AlgorithmPicker::tr("generation");
    case Task::decomposition:
      break;
  }
  return AlgorithmPicker::tr("decomposition");
}

QString tasksText(const AlgorithmInfo& info) {
  QStringList names;
  for (const auto task : info.tasks) names << taskText(task);
  return names.join(QStringLiteral(", "));
}

/// What the target asks for. Nothing when there is none, or when it cannot be learnt: Run says why.
std::optional<Task> taskOf(const Dataset* dataset) {
  if (!dataset || !dataset->target_column()) return std::nullopt;
  try {
    return make_target(*dataset).task;
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Networks put together from layers, but those that say how a table is to be prepared for them.
bool needsPictures(const AlgorithmInfo& info) {
  return !info.table_step && std::any_of(info.params.begin(), info.params.end(),
                                         [](const ParamSpec& spec) { return spec.kind == Kind::layers; });
}

/// Why an algorithm cannot learn from this data; empty when it can.
QString reasonAgainst(const AlgorithmInfo& info, const Dataset* dataset, std::optional<Task> task) {
  if (!dataset) return {};
  if (needsPictures(info) && !dataset->images())
    return AlgorithmPicker::tr("It learns from pictures; this is a table.");
  if (!info.supervised()) return {};
  if (!dataset->target_column())
    return AlgorithmPicker::tr("It learns from examples with answers, but the data has no target. Choose one in Data.");
  if (task && std::find(info.tasks.begin(), info.tasks.end(), *task) == info.tasks.end())
    return AlgorithmPicker::tr("It does %1, but the target asks for %2.").arg(tasksText(info), taskText(*task));
  return {};
}

/// How well an algorithm answers a search: 0 not at all, 3 by its very name.
int match(const AlgorithmInfo& info, const QString& sought) {
  const QString text = sought.simplified();
  const QString id = QString::fromStdString(info.id), label = coreText(info.label);
  if (!text.compare(id, Qt::CaseInsensitive) || !text.compare(label, Qt::CaseInsensitive)) return 3;
  const QString all = QStringList{label,
                                  QString::fromStdString(info.label),
                                  id,
                                  coreText(info.family),
                                  QString::fromStdString(info.family),
                                  coreText(info.help),
                                  QString::fromStdString(info.help),
                                  QString::fromStdString(info.citation)}
                          .join(QLatin1Char('\n'));
  for (const auto& word : text.split(QLatin1Char(' '), Qt::SkipEmptyParts))
    if (!all.contains(word, Qt::CaseInsensitive)) return 0;
  const bool named = label.contains(text, Qt::CaseInsensitive) || id.contains(text, Qt::CaseInsensitive);
  return named ? 2 : 1;
}

}  // namespace

AlgorithmPicker::AlgorithmPicker(const std::string& current, const Dataset* dataset, QWidget* parent)
    : QDialog(parent) {
  setObjectName("algorithm-picker");
  setWindowTitle(tr("Choose an algorithm"));
  resize(800, 600);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 20);
  layout->setSpacing(12);
  auto* title = new QLabel(tr("Choose an algorithm"));
  title->setFont(themeFont(18, QFont::Bold));
  layout->addWidget(title);
  search_ = new QLineEdit;
  search_->setObjectName("algorithm-search");
  search_->setPlaceholderText(tr("Search names, families, what they do, papers"));
  search_->setAccessibleName(tr("Search the algorithms"));
  search_->setClearButtonEnabled(true);
  search_->installEventFilter(this);
  layout->addWidget(search_);
  auto* body = new QHBoxLayout;
  body->setSpacing(16);
  list_ = new QListWidget;
  list_->setObjectName("algorithm-list");
  list_->setAccessibleName(tr("Algorithms"));
  list_->setProperty("card", true);
  list_->setFrameShape(QFrame::NoFrame);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  body->addWidget(list_, 2);
  body->addWidget(makeDetail(), 3);
  layout->addLayout(body, 1);
  auto* buttons = new QHBoxLayout;
  auto* cancel = new QPushButton(tr("Cancel"));
  cancel->setAutoDefault(false);
  choose_ = new QPushButton(tr("Choose"));
  choose_->setObjectName("algorithm-choose");
  choose_->setProperty("primary", true);
  choose_->setDefault(true);
  buttons->addStretch(1);
  buttons->addWidget(cancel);
  buttons->addWidget(choose_);
  layout->addLayout(buttons);
  fill(dataset);
  connect(search_, &QLineEdit::textChanged, this, &AlgorithmPicker::search);
  connect(list_, &QListWidget::currentItemChanged, this, &AlgorithmPicker::describe);
  connect(list_, &QListWidget::itemActivated, this, &AlgorithmPicker::choose);
  connect(choose_, &QPushButton::clicked, this, &AlgorithmPicker::choose);
  connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
  select(current);
  describe();
  search_->setFocus();
}

QWidget* AlgorithmPicker::makeDetail() {
  auto* card = new QFrame;
  card->setProperty("card", true);
  auto* layout = new QVBoxLayout(card);
  layout->setContentsMargins(16, 14, 16, 14);
  layout->setSpacing(8);
  title_ = new QLabel;
  title_->setObjectName("algorithm-title");
  title_->setFont(themeFont(15, QFont::DemiBold));
  facts_ = roleLabel("secondary", {});
  reason_ = roleLabel("error", {});
  reason_->setObjectName("algorithm-reason");
  help_ = new QLabel;
  help_->setObjectName("algorithm-help");
  paper_head_ = sectionLabel(tr("Paper"));
  paper_ = roleLabel("secondary", {});
  paper_->setObjectName("algorithm-paper");
  paper_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  for (auto* label : {title_, facts_, reason_, help_, paper_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    layout->addWidget(label);
  }
  layout->insertSpacing(layout->indexOf(help_), 4);
  layout->insertSpacing(layout->indexOf(paper_), 8);
  layout->insertWidget(layout->indexOf(paper_), paper_head_);
  layout->addStretch(1);
  return card;
}

void AlgorithmPicker::fill(const Dataset* dataset) {
  const auto task = taskOf(dataset);
  std::vector<std::string> families;
  for (const auto& info : algorithms())
    if (std::find(families.begin(), families.end(), info.family) == families.end()) families.push_back(info.family);
  for (const auto& family : families) {
    auto* head = new QListWidgetItem(coreText(family).toUpper(), list_);
    head->setFlags(Qt::NoItemFlags);
    head->setSizeHint({0, list_->count() == 1 ? 28 : 36});
    head->setTextAlignment(Qt::AlignLeft | Qt::AlignBottom);
    head->setFont(themeFont(11, QFont::DemiBold));
    for (const auto& info : algorithms()) {
      if (info.family != family) continue;
      auto* item = new QListWidgetItem(coreText(info.label), list_);
      item->setSizeHint({0, 28});
      const QString reason = reasonAgainst(info, dataset, task);
      item->setData(IdRole, QString::fromStdString(info.id));
      item->setData(ReasonRole, reason);
      item->setToolTip(reason.isEmpty() ? coreText(info.help) : reason);
      // What is heard in place of the colour.
      if (!reason.isEmpty())
        item->setData(Qt::AccessibleTextRole, tr("%1, does not fit: %2").arg(coreText(info.label), reason));
    }
  }
  paintItems();
}

void AlgorithmPicker::paintItems() {
  const QColor faded = blended(theme().panel, theme().secondary, 0.55);
  for (int row = 0; row < list_->count(); ++row) {
    auto* item = list_->item(row);
    const bool head = !(item->flags() & Qt::ItemIsEnabled);
    const bool fits = item->data(ReasonRole).toString().isEmpty();
    item->setForeground(head ? theme().secondary : fits ? theme().text : faded);
  }
}

void AlgorithmPicker::search(const QString& text) {
  // The best answer is selected: by name before others, and of equal ones what fits.
  QListWidgetItem* head = nullptr;
  QListWidgetItem* best = nullptr;
  int best_score = 0;
  for (int row = 0; row < list_->count(); ++row) {
    auto* item = list_->item(row);
    const auto* info = find_algorithm(item->data(IdRole).toString().toStdString());
    if (!info) {
      head = item;
      head->setHidden(true);
      continue;
    }
    const int found = match(*info, text);
    item->setHidden(found == 0);
    if (found == 0) continue;
    if (head) head->setHidden(false);
    const int score = 2 * found + (item->data(ReasonRole).toString().isEmpty() ? 1 : 0);
    if (score > best_score) {
      best = item;
      best_score = score;
    }
  }
  auto* current = list_->currentItem();
  if (!text.trimmed().isEmpty() || !current || current->isHidden()) list_->setCurrentItem(best);
  if (list_->currentItem()) list_->scrollToItem(list_->currentItem());
  describe();
}

std::string AlgorithmPicker::selected() const {
  const auto* item = list_->currentItem();
  return item && !item->isHidden() ? item->data(IdRole).toString().toStdString() : std::string();
}

void AlgorithmPicker::select(const std::string& id) {
  for (int row = 0; row < list_->count(); ++row) {
    auto* item = list_->item(row);
    if (item->isHidden() || item->data(IdRole).toString().toStdString() != id || id.empty()) continue;
    list_->setCurrentItem(item);
    list_->scrollToItem(item, QAbstractItemView::PositionAtCenter);
  }
}

void AlgorithmPicker::describe() {
  const auto* info = find_algorithm(selected());
  const QString reason = info ? list_->currentItem()->data(ReasonRole).toString() : QString();
  choose_->setEnabled(info && reason.isEmpty());
  for (auto* label : {facts_, help_, paper_head_, paper_}) label->setVisible(info);
  reason_->setVisible(!reason.isEmpty());
  reason_->setText(reason);
  if (!info) {
    title_->setText(search_->text().isEmpty() ? QString()
                                              : tr("No algorithm answers to \u201c%1\u201d.").arg(search_->text()));
    return;
  }
  title_->setText(coreText(info->label));
  facts_->setText(QStringLiteral("%1 \u00b7 %2 \u00b7 %3")
                      .arg(coreText(info->family), tasksText(*info), QString::fromStdString(info->id)));
  help_->setText(coreText(info->help));
  paper_->setText(QString::fromStdString(info->citation));
}

void AlgorithmPicker::choose() {
  if (choose_->isEnabled()) accept();
}

bool AlgorithmPicker::eventFilter(QObject* watched, QEvent* event) {
  if (watched == search_ && event->type() == QEvent::KeyPress) {
    switch (static_cast<QKeyEvent*>(event)->key()) {
      case Qt::Key_Up:
      case Qt::Key_Down:
      case Qt::Key_PageUp:
      case Qt::Key_PageDown:
        QApplication::sendEvent(list_, event);
        return true;
      default:
        break;
    }
  }
  return QDialog::eventFilter(watched, event);
}

void AlgorithmPicker::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) paintItems();
  QDialog::changeEvent(event);
}

}  // namespace gb
