#include "app/studio/data_page.hpp"

#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/studio/column_card.hpp"
#include "app/studio/data_preview.hpp"
#include "app/studio/data_section.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/selection.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/tables/data_model.hpp"

namespace gb {

namespace {

constexpr std::size_t most_columns = 200;
constexpr std::size_t most_pictures = 2000;
constexpr std::size_t most_problems = 50;

QFrame* card(QVBoxLayout*& inner) {
  auto* frame = new QFrame;
  frame->setProperty("card", true);
  inner = new QVBoxLayout(frame);
  inner->setContentsMargins(14, 12, 14, 12);
  inner->setSpacing(0);
  return frame;
}

}  // namespace

DataPage::DataPage(Selection& selection, QWidget* parent) : QWidget(parent), selection_(selection) {
  setObjectName("data-page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(14, 10, 14, 10);
  layout->setSpacing(10);
  auto* head = new QHBoxLayout;
  head->setSpacing(10);
  auto* back = new QPushButton(tr("Back to the run"));
  back->setObjectName("data-back");
  title_ = roleLabel("title", {});
  facts_ = roleLabel("secondary", {});
  head->addWidget(title_);
  head->addWidget(facts_, 1);
  head->addWidget(back);
  layout->addLayout(head);
  stack_ = new QStackedWidget;
  layout->addWidget(stack_, 1);

  auto* waiting = new QWidget;
  auto* wait = new QVBoxLayout(waiting);
  state_ = roleLabel("secondary", {});
  state_->setAlignment(Qt::AlignCenter);
  state_->setWordWrap(true);
  bar_ = new QProgressBar;
  bar_->setTextVisible(false);
  bar_->setFixedWidth(280);
  cancel_ = new QPushButton(tr("Cancel"));
  wait->addStretch(1);
  wait->addWidget(state_);
  wait->addWidget(bar_, 0, Qt::AlignHCenter);
  wait->addSpacing(8);
  wait->addWidget(cancel_, 0, Qt::AlignHCenter);
  wait->addStretch(1);
  stack_->addWidget(waiting);

  auto* content = new QWidget;
  auto* columns = new QHBoxLayout(content);
  columns->setContentsMargins(0, 0, 0, 0);
  columns->setSpacing(12);
  QVBoxLayout* left = nullptr;
  auto* preview = card(left);
  left->setContentsMargins(4, 4, 4, 4);
  table_ = new QTableView;
  table_->setObjectName("data-table");
  table_->setAccessibleName(tr("Rows of the data"));
  table_->setShowGrid(false);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->verticalHeader()->setDefaultSectionSize(30);
  table_->verticalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
  table_->horizontalHeader()->setStretchLastSection(true);
  table_->horizontalHeader()->setHighlightSections(false);
  model_ = new DataModel(table_);
  table_->setModel(model_);
  images_ = new ImageWall;
  images_->setCellSize(0);
  images_->setAccessibleName(tr("Pictures of the data"));
  left->addWidget(table_);
  left->addWidget(images_);
  columns->addWidget(preview, 1);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFixedWidth(310);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* holder = new QWidget;
  holder->setProperty("scrolled", true);
  side_ = new QVBoxLayout(holder);
  side_->setContentsMargins(0, 0, 6, 0);
  side_->setSpacing(12);
  scroll->setWidget(holder);
  columns->addWidget(scroll);
  stack_->addWidget(content);

  connect(back, &QPushButton::clicked, this, &DataPage::backRequested);
  connect(cancel_, &QPushButton::clicked, this, &DataPage::cancelRequested);
  connect(images_, &View::rowsSelected, &selection_,
          [this](const std::vector<std::int64_t>& rows, const QString& text) { selection_.set(rows, text); });
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    std::vector<std::int64_t> rows;
    for (const auto& index : table_->selectionModel()->selectedRows()) rows.push_back(index.row());
    std::sort(rows.begin(), rows.end());
    const QString text = rows.size() == 1 ? tr("row %1").arg(QLocale().toString(qlonglong(rows.front())))
                                          : tr("%n rows of the table", "", static_cast<int>(rows.size()));
    selection_.set(rows, rows.empty() ? QString() : text);
  });
}

void DataPage::setLoading(quint64 done, quint64 total) {
  dataset_.reset();
  ready_ = false;
  state_->setText(tr("Reading the data\u2026"));
  bar_->setRange(0, total > 0 ? 1000 : 0);
  if (total > 0) bar_->setValue(static_cast<int>(1000.0 * double(done) / double(total)));
  bar_->show();
  cancel_->show();
  stack_->setCurrentIndex(0);
  facts_->clear();
}

void DataPage::setError(const QString& reason) {
  dataset_.reset();
  model_->setDataset(nullptr);
  state_->setText(reason);
  bar_->hide();
  cancel_->hide();
  stack_->setCurrentIndex(0);
}

void DataPage::setDataset(std::shared_ptr<const Dataset> dataset, const Json& source) {
  if (!dataset || dataset == dataset_) return;
  dataset_ = std::move(dataset);
  source_ = source;
  ready_ = false;
  title_->setText(sourceName(source));
  facts_->setText(datasetFacts(*dataset_));
  const bool pictures = dataset_->images() != nullptr;
  table_->setVisible(!pictures);
  images_->setVisible(pictures);
  model_->setDataset(pictures ? nullptr : dataset_);
  if (pictures) {
    std::vector<std::int64_t> rows(std::min(most_pictures, dataset_->rows()));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
    images_->setImages(picturesOf(*dataset_, rows));
  }
  if (!pictures) {
    table_->horizontalHeader()->setResizeContentsPrecision(200);
    table_->resizeColumnsToContents();
  }
  stack_->setCurrentIndex(1);
  background_.run(
      [data = dataset_] {
        std::vector<ColumnSummary> all;
        if (const auto* table = data->table()) {
          for (std::size_t i = 0; i < std::min(most_columns, table->columns.size()); ++i)
            all.push_back(summaryOf(table->columns[i]));
        } else if (data->target_column()) {
          all.push_back(summaryOf(*data->target_column()));
        }
        return all;
      },
      [this](const std::vector<ColumnSummary>& columns) { showSummaries(columns); },
      [this](const std::exception_ptr&) { showSummaries({}); });
}

void DataPage::showSummaries(const std::vector<ColumnSummary>& columns) {
  while (auto* item = side_->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  const Column* target = dataset_->target_column();
  for (const auto& column : columns) {
    if (!target || column.name != target->name || column.type != ColumnType::categorical) continue;
    QVBoxLayout* inner = nullptr;
    auto* balance = card(inner);
    inner->addWidget(sectionLabel(tr("Class balance")));
    inner->addSpacing(8);
    inner->addWidget(new DistributionBars(column, true));
    if (column.distinct > column.levels.size())
      inner->addWidget(
          roleLabel("secondary", tr("and %n more", "", static_cast<int>(column.distinct - column.levels.size()))));
    side_->addWidget(balance);
  }
  side_->addWidget(reportOf(*dataset_));
  if (const auto* table = dataset_->table()) {
    const bool changeable = source_.is_object() && source_.value("source", std::string()) == "table";
    QVBoxLayout* inner = nullptr;
    auto* list = card(inner);
    inner->addWidget(sectionLabel(tr("Columns")));
    inner->addSpacing(4);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) inner->addWidget(separatorLine(QFrame::HLine));
      auto* each = new ColumnCard(columns[i], target && columns[i].name == target->name, changeable);
      connect(each, &ColumnCard::typeChosen, this, &DataPage::typeChosen);
      inner->addWidget(each);
    }
    if (table->columns.size() > columns.size())
      inner->addWidget(roleLabel(
          "secondary", tr("and %n more columns", "", static_cast<int>(table->columns.size() - columns.size()))));
    side_->addWidget(list);
  }
  side_->addStretch(1);
  ready_ = true;
  emit summarized();
}

QWidget* DataPage::reportOf(const Dataset& dataset) const {
  const auto& report = dataset.report;
  const QLocale locale;
  QVBoxLayout* inner = nullptr;
  auto* frame = card(inner);
  inner->setSpacing(4);
  inner->addWidget(sectionLabel(tr("Import")));
  inner->addSpacing(4);
  QStringList how;
  if (!report.format.empty()) how << QString::fromStdString(report.format);
  if (!report.encoding.empty()) how << QString::fromStdString(report.encoding);
  if (!report.delimiter.empty())
    how << tr("separated by %1")
               .arg(report.delimiter == "\t"  ? tr("tabs")
                    : report.delimiter == ";" ? tr("semicolons")
                    : report.delimiter == "," ? tr("commas")
                                              : QString::fromStdString(report.delimiter));
  if (report.decimal == ",") how << tr("decimal comma");
  if (!how.isEmpty()) {
    auto* line = new QLabel(how.join(QStringLiteral(", ")));
    line->setWordWrap(true);
    inner->addWidget(line);
  }
  const auto rows = qulonglong(report.rows_read > 0 ? report.rows_read : dataset.rows());
  auto* count = roleLabel(
      "secondary",
      report.rows_skipped > 0
          ? tr("%1 rows read, %2 skipped").arg(locale.toString(rows), locale.toString(qulonglong(report.rows_skipped)))
          : tr("%1 rows read, none skipped").arg(locale.toString(rows)));
  inner->addWidget(count);
  for (std::size_t i = 0; i < std::min(most_problems, report.problems.size()); ++i) {
    const auto& problem = report.problems[i];
    const QString message = QString::fromStdString(problem.message);
    QString text = message;
    if (problem.row > 0 && !problem.field.empty())
      text = tr("Row %1, %2: %3")
                 .arg(locale.toString(qulonglong(problem.row)), QString::fromStdString(problem.field), message);
    else if (problem.row > 0)
      text = tr("Row %1: %2").arg(locale.toString(qulonglong(problem.row)), message);
    else if (!problem.field.empty())
      text = tr("%1: %2").arg(QString::fromStdString(problem.field), message);
    auto* line = roleLabel("secondary", text);
    line->setWordWrap(true);
    line->setTextInteractionFlags(Qt::TextSelectableByMouse);
    inner->addWidget(line);
  }
  if (report.problems.size() > most_problems)
    inner->addWidget(
        roleLabel("secondary", tr("and %n more", "", static_cast<int>(report.problems.size() - most_problems))));
  return frame;
}

}  // namespace gb
