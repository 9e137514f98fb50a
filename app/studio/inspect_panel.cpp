#include "app/studio/inspect_panel.hpp"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "app/studio/data_preview.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/selected_rows_model.hpp"
#include "app/studio/selection.hpp"
#include "widgets/images/image_wall.hpp"

namespace gb {

namespace {

constexpr std::size_t most_pictures = 600;
constexpr int picture_side = 50;

/// "4 → 9" per row of the selection that stands in a confusion matrix; plain labels for the others.
std::vector<std::string> captionsOf(const Dataset& dataset, const std::vector<std::int64_t>& rows,
                                    const Matrix* confusion) {
  if (!confusion || confusion->rows.size() != confusion->cells.size() || confusion->column_labels.empty()) return {};
  std::unordered_map<std::int64_t, std::int32_t> cells;
  for (std::size_t i = 0; i < confusion->rows.size(); ++i) cells[confusion->rows[i]] = confusion->cells[i];
  const auto columns = static_cast<std::int32_t>(confusion->column_labels.size());
  const Column* labels = dataset.target_column();
  std::vector<std::string> captions;
  captions.reserve(rows.size());
  for (const auto row : rows) {
    const auto cell = cells.find(row);
    const std::string truth = labels ? labels->cell(static_cast<std::size_t>(row)) : std::string();
    if (cell == cells.end())
      captions.push_back(truth);
    else
      captions.push_back(truth + " \u2192 " +
                         confusion->column_labels[static_cast<std::size_t>(cell->second % columns)]);
  }
  return captions;
}

}  // namespace

InspectPanel::InspectPanel(Selection& selection, QWidget* parent) : QWidget(parent), selection_(selection) {
  setProperty("panel", true);
  setAttribute(Qt::WA_StyledBackground);
  setObjectName("inspect");
  auto* layout = new QVBoxLayout(this);
  // The head row is as tall as its button; its text stands level with the other panels' heads.
  layout->setContentsMargins(16, 9, 10, 14);
  layout->setSpacing(0);
  auto* head = new QHBoxLayout;
  head->addWidget(sectionLabel(tr("Inspect")));
  head->addStretch(1);
  clear_ = linkButton(tr("Clear"));
  clear_->setToolTip(tr("Select nothing (Esc)"));
  QSizePolicy keep = clear_->sizePolicy();
  keep.setRetainSizeWhenHidden(true);
  clear_->setSizePolicy(keep);
  head->addWidget(clear_);
  layout->addLayout(head);
  layout->addSpacing(3);
  title_ = roleLabel("title", {});
  title_->setWordWrap(true);
  layout->addWidget(title_);
  count_ = roleLabel("secondary", {});
  count_->setWordWrap(true);
  layout->addWidget(count_);
  layout->addSpacing(8);
  stack_ = new QStackedWidget;
  stack_->addWidget(new QWidget);
  images_ = new ImageWall;
  images_->setCellSize(picture_side);
  images_->setAccessibleName(tr("Selected images"));
  stack_->addWidget(images_);
  table_ = new QTableView;
  table_->setAccessibleName(tr("Selected rows"));
  table_->setShowGrid(false);
  table_->verticalHeader()->setDefaultSectionSize(30);
  table_->horizontalHeader()->setDefaultSectionSize(90);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  rows_ = new SelectedRowsModel(table_);
  table_->setModel(rows_);
  stack_->addWidget(table_);
  layout->addWidget(stack_, 1);
  layout->addSpacing(14);
  step_head_ = sectionLabel(tr("This step"));
  layout->addWidget(step_head_);
  layout->addSpacing(8);
  texts_ = roleLabel("secondary", {});
  texts_->setWordWrap(true);
  texts_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  texts_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  texts_->setMinimumHeight(72);
  layout->addWidget(texts_);
  connect(&selection_, &Selection::changed, this, &InspectPanel::refresh);
  connect(images_, &ImageWall::rowsSelected, this, [this](const std::vector<std::int64_t>& rows) {
    if (!rows.empty()) emit rowPicked(rows.front());
  });
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
    if (index.isValid()) emit rowPicked(rows_->rowAt(index.row()));
  });
  connect(clear_, &QPushButton::clicked, &selection_, &Selection::clear);
  setTexts({});
  refresh();
}

void InspectPanel::setDataset(std::shared_ptr<const Dataset> dataset) {
  if (dataset == dataset_) return;
  dataset_ = std::move(dataset);
  refresh();
}

void InspectPanel::setConfusion(std::shared_ptr<const Matrix> confusion) {
  confusion_ = std::move(confusion);
}

void InspectPanel::setTexts(const QStringList& texts) {
  step_head_->setVisible(!texts.isEmpty());
  texts_->setVisible(!texts.isEmpty());
  texts_->setText(texts.join(QStringLiteral("\n\n")));
}

void InspectPanel::refresh() {
  clear_->setVisible(!selection_.empty());
  if (selection_.empty()) {
    title_->setText(tr("Nothing selected"));
    count_->setText(
        tr("Click a cell of a matrix, a point or a picture, or draw around some points, to see the rows "
           "behind them here."));
    stack_->setCurrentIndex(0);
    rows_->setRows(nullptr, {});
    return;
  }
  title_->setText(selection_.description());
  std::vector<std::int64_t> rows;
  if (dataset_)
    for (const auto row : selection_.rows())
      if (row >= 0 && static_cast<std::size_t>(row) < dataset_->rows()) rows.push_back(row);
  const int total = static_cast<int>(selection_.rows().size());
  if (!dataset_) {
    count_->setText(tr("Selected rows: %1; their data is not loaded").arg(QLocale().toString(total)));
    stack_->setCurrentIndex(0);
    return;
  }
  if (dataset_->images()) {
    const bool cut = rows.size() > most_pictures;
    if (cut) rows.resize(most_pictures);
    count_->setText(
        (cut ? tr("Images selected everywhere: %1, the first 600 shown") : tr("Images selected everywhere: %1"))
            .arg(QLocale().toString(total)));
    images_->setImages(picturesOf(*dataset_, rows, captionsOf(*dataset_, rows, confusion_.get())));
    stack_->setCurrentIndex(1);
  } else {
    count_->setText(tr("Rows selected everywhere: %1").arg(QLocale().toString(total)));
    rows_->setRows(dataset_, std::move(rows));
    stack_->setCurrentIndex(2);
  }
}

}  // namespace gb
