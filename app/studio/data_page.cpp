#include "app/studio/data_page.hpp"

#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/studio/column_card.hpp"
#include "app/studio/correlation_pane.hpp"
#include "app/studio/data_preview.hpp"
#include "app/studio/data_report.hpp"
#include "app/studio/data_section.hpp"
#include "app/studio/fit_columns.hpp"
#include "app/studio/import_plan.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/selection.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/tables/data_model.hpp"

namespace gb {

namespace {

constexpr std::size_t most_columns = 200;
constexpr std::size_t most_pictures = 2000;
constexpr std::size_t most_told = 3;  ///< problems beside the data; all of them have a page
constexpr std::size_t most_missing = 12;

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
  import_ = new QPushButton(tr("Import options\u2026"));
  import_->setObjectName("data-import");
  import_->setToolTip(tr("How the data is read: its format, columns, what is left out or made anonymous"));
  head->addWidget(title_);
  head->addWidget(facts_, 1);
  head->addWidget(import_);
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
  auto* preview = card(left, 0);
  left->setContentsMargins(4, 4, 4, 4);
  tabs_ = new QTabBar;
  tabs_->setObjectName("data-tabs");
  tabs_->setAccessibleName(tr("What is shown of the data"));
  tabs_->setDrawBase(false);
  tabs_->setExpanding(false);
  tabs_->setUsesScrollButtons(false);
  tabs_->setElideMode(Qt::ElideNone);
  for (int i = 0; i < 3; ++i) tabs_->addTab({});
  auto* above = new QHBoxLayout;
  above->setContentsMargins(10, 2, 10, 2);
  above->addWidget(tabs_, 1);
  left->addLayout(above);
  left->addWidget(separatorLine(QFrame::HLine));
  left_ = new QStackedWidget;
  left->addWidget(left_, 1);
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
  auto* first = new QWidget;
  auto* stacked = new QVBoxLayout(first);
  stacked->setContentsMargins({});
  stacked->addWidget(table_);
  stacked->addWidget(images_);
  left_->addWidget(first);
  correlations_ = new CorrelationPane;
  left_->addWidget(correlations_);
  problems_ = new QListWidget;
  problems_->setObjectName("data-problems");
  problems_->setAccessibleName(tr("What was skipped or changed, and why"));
  problems_->setWordWrap(true);
  problems_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  left_->addWidget(problems_);
  columns->addWidget(preview, 1);
  auto* scroll = scroll_ = new QScrollArea;
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
  connect(import_, &QPushButton::clicked, this, &DataPage::importRequested);
  connect(tabs_, &QTabBar::currentChanged, left_, &QStackedWidget::setCurrentIndex);
  connect(tabs_, &QTabBar::currentChanged, this, [this](int page) {
    if (page == static_cast<int>(Page::correlations)) correlations_->compute();
  });
  connect(correlations_, &CorrelationPane::columnsChosen, this, &DataPage::reveal);
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
  const std::string kind = source_.is_object() ? source_.value("source", std::string()) : std::string();
  import_->setVisible(kind == "table" || kind == "image_folder");
  tabs_->setTabText(0, pictures ? tr("Pictures") : tr("Rows"));
  tabs_->setTabText(1, tr("Correlations"));
  tabs_->setTabVisible(1, !pictures);
  correlations_->setDataset(dataset_);
  showProblems(*dataset_);
  tabs_->setCurrentIndex(0);
  table_->setVisible(!pictures);
  images_->setVisible(pictures);
  model_->setDataset(pictures ? nullptr : dataset_);
  if (pictures) {
    std::vector<std::int64_t> rows(std::min(most_pictures, dataset_->rows()));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
    images_->setImages(picturesOf(*dataset_, rows));
  }
  if (!pictures) {
    fitColumns(table_);
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

void DataPage::showPage(Page page) {
  tabs_->setCurrentIndex(static_cast<int>(page));
}

void DataPage::showProblems(const Dataset& dataset) {
  problems_->clear();
  const auto& report = dataset.report;
  for (const auto& problem : report.problems) {
    const QString text = problemText(problem);
    auto* item = new QListWidgetItem(text, problems_);
    item->setToolTip(text);
  }
  const int count = static_cast<int>(report.problems.size());
  tabs_->setTabText(2, tr("Skipped and changed (%1)").arg(QLocale().toString(count)));
  tabs_->setTabVisible(2, count > 0);
}

void DataPage::reveal(const QStringList& columns) {
  ColumnCard* first = nullptr;
  for (auto* each : cards_) {
    const bool wanted = columns.contains(each->column());
    each->setMarked(wanted);
    if (wanted && !first) first = each;
  }
  // Both where there is room for both: the second one first, then back to the first.
  for (auto* each : cards_)
    if (each->isMarked() && each != first) scroll_->ensureWidgetVisible(each, 0, 4);
  if (first) scroll_->ensureWidgetVisible(first, 0, 4);
  const auto* table = dataset_ ? dataset_->table() : nullptr;
  if (!table || columns.isEmpty()) return;
  for (int i = 0; i < static_cast<int>(table->columns.size()); ++i)
    if (QString::fromStdString(table->columns[static_cast<std::size_t>(i)].name) == columns.front())
      table_->scrollTo(model_->index(std::max(0, table_->rowAt(0)), i));
}

QWidget* DataPage::missingOf(const std::vector<ColumnSummary>& columns) {
  std::vector<const ColumnSummary*> some;
  for (const auto& column : columns)
    if (column.missing > 0) some.push_back(&column);
  if (some.empty()) return nullptr;
  std::stable_sort(some.begin(), some.end(), [](const auto* a, const auto* b) { return a->missing > b->missing; });
  QVBoxLayout* inner = nullptr;
  auto* frame = card(inner, 0);
  frame->setObjectName("data-missing");
  inner->addWidget(sectionLabel(tr("Missing values")));
  inner->addSpacing(8);
  ColumnSummary bars;
  bars.name = tr("missing values").toStdString();
  bars.type = ColumnType::categorical;
  for (std::size_t i = 0; i < std::min(most_missing, some.size()); ++i)
    bars.levels.emplace_back(some[i]->name, some[i]->missing);
  auto* shares = new DistributionBars(bars, true);
  shares->setWhole(dataset_->rows());
  inner->addWidget(shares);
  const int more = static_cast<int>(some.size()) - static_cast<int>(bars.levels.size());
  const double rows = static_cast<double>(std::max<std::size_t>(1, dataset_->rows()));
  auto* most = roleLabel("secondary", tr("Most in \u201c%1\u201d: %2 % of the rows.")
                                          .arg(QString::fromStdString(some.front()->name),
                                               QLocale().toString(100 * double(some.front()->missing) / rows, 'f', 1)));
  most->setWordWrap(true);
  if (more > 0) inner->addWidget(roleLabel("secondary", tr("and %n more", "", more)));
  inner->addSpacing(4);
  inner->addWidget(most);
  return frame;
}

void DataPage::showSummaries(const std::vector<ColumnSummary>& columns) {
  cards_.clear();
  while (auto* item = side_->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  const Column* target = dataset_->target_column();
  for (const auto& column : columns) {
    if (!target || column.name != target->name || column.type != ColumnType::categorical) continue;
    QVBoxLayout* inner = nullptr;
    auto* balance = card(inner, 0);
    inner->addWidget(sectionLabel(tr("Class balance")));
    inner->addSpacing(8);
    inner->addWidget(new DistributionBars(column, true));
    if (column.distinct > column.levels.size())
      inner->addWidget(
          roleLabel("secondary", tr("and %n more", "", static_cast<int>(column.distinct - column.levels.size()))));
    side_->addWidget(balance);
  }
  side_->addWidget(reportOf(*dataset_));
  if (auto* missing = missingOf(columns)) side_->addWidget(missing);
  if (const auto* table = dataset_->table()) {
    const bool changeable = source_.is_object() && source_.value("source", std::string()) == "table";
    QVBoxLayout* inner = nullptr;
    auto* list = card(inner, 0);
    inner->addWidget(sectionLabel(tr("Columns")));
    inner->addSpacing(4);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) inner->addWidget(separatorLine(QFrame::HLine));
      auto* each = new ColumnCard(columns[i], target && columns[i].name == target->name, changeable);
      cards_.push_back(each);
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

QWidget* DataPage::reportOf(const Dataset& dataset) {
  const auto& report = dataset.report;
  const QLocale locale;
  QVBoxLayout* inner = nullptr;
  auto* frame = card(inner, 0);
  inner->setSpacing(4);
  inner->addWidget(sectionLabel(tr("Import")));
  inner->addSpacing(4);
  if (const QString how = importFacts(report); !how.isEmpty()) {
    auto* line = new QLabel(how);
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
  QStringList hidden;
  if (const auto rules = source_.find("anonymise"); rules != source_.end() && rules->is_array())
    for (const auto& rule : *rules)
      if (rule.is_object())
        hidden << tr("%1 (%2)", "column, what became of it")
                      .arg(QString::fromStdString(rule.value("column", std::string())), import_plan::ruleText(rule));
  if (!hidden.isEmpty()) {
    auto* line = new QLabel(tr("Anonymised: %1").arg(hidden.join(QStringLiteral(", "))));
    line->setObjectName("data-anonymised");
    line->setWordWrap(true);
    inner->addWidget(line);
  }
  for (std::size_t i = 0; i < std::min(most_told, report.problems.size()); ++i) {
    auto* line = roleLabel("secondary", problemText(report.problems[i]));
    line->setWordWrap(true);
    line->setTextInteractionFlags(Qt::TextSelectableByMouse);
    inner->addWidget(line);
  }
  if (report.problems.size() > most_told) {
    auto* all = linkButton(tr("All %n remarks", "", static_cast<int>(report.problems.size())));
    connect(all, &QPushButton::clicked, this, [this] { showPage(Page::problems); });
    inner->addWidget(all, 0, Qt::AlignLeft);
  }
  return frame;
}

}  // namespace gb
