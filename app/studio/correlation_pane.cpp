#include "app/studio/correlation_pane.hpp"

#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>
#include <cmath>
#include <utility>

#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/tile.hpp"
#include "widgets/images/matrix_view.hpp"

namespace gb {

CorrelationPane::CorrelationPane(QWidget* parent) : QWidget(parent) {
  setObjectName("data-correlations");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 8, 8, 8);
  layout->setSpacing(8);
  matrix_ = new MatrixView;
  matrix_->setCounts(false);
  matrix_->setDecimals(2);
  layout->addWidget(new Tile(QStringLiteral("correlations"), matrix_), 1);
  pair_ = roleLabel("title", {});
  pair_->setObjectName("correlation-pair");
  pair_->setWordWrap(true);
  layout->addWidget(pair_);
  legend_ = roleLabel("secondary", {});
  legend_->setWordWrap(true);
  layout->addWidget(legend_);
  connect(matrix_, &MatrixView::cellChosen, this, &CorrelationPane::choose);
}

CorrelationPane::~CorrelationPane() {
  if (cancelled_) *cancelled_ = true;
}

void CorrelationPane::setDataset(std::shared_ptr<const Dataset> dataset) {
  if (cancelled_) *cancelled_ = true;
  background_.forget();
  dataset_ = std::move(dataset);
  found_.reset();
  cancelled_.reset();
  pair_->clear();
  legend_->clear();
}

void CorrelationPane::compute() {
  if (found_ || cancelled_ || !dataset_ || !dataset_->table()) return;
  cancelled_ = std::make_shared<std::atomic<bool>>(false);
  pair_->setText(tr("Comparing the columns\u2026"));
  background_.run(
      [data = dataset_, cancelled = cancelled_] {
        return correlations_of(*data->table(), [&] { return !cancelled->load(); });
      },
      [this](Correlations found) { show(std::move(found)); },
      [this](const std::exception_ptr&) { pair_->setText(tr("The columns could not be compared.")); });
}

void CorrelationPane::show(Correlations found) {
  auto kept = std::make_shared<const Correlations>(std::move(found));
  found_ = kept;
  auto matrix = std::make_shared<Matrix>();
  matrix->view = "correlations";
  matrix->title = tr("Correlations").toStdString();
  matrix->row_labels = matrix->column_labels = kept->columns;
  matrix->values = kept->values;
  if (!kept->columns.empty()) matrix_->show(Event(std::shared_ptr<const Matrix>(matrix)));
  choose(-1, -1);
  QStringList words{
      tr("Numbers and dates: Pearson's r. Categories: Cram\u00e9r's V, corrected for chance. A number and a category: "
         "correlation ratio. Colours tell the strength, empty cells that a column does not vary.")};
  if (kept->rows < dataset_->rows())
    words << tr("Of %1 rows, evenly from all.").arg(QLocale().toString(qulonglong(kept->rows)));
  if (!kept->left_out.empty()) {
    QStringList names;
    constexpr std::size_t most_named = 3;
    for (std::size_t i = 0; i < std::min(most_named, kept->left_out.size()); ++i)
      names << QString::fromStdString(kept->left_out[i]);
    if (kept->left_out.size() > most_named) names << QStringLiteral("\u2026");
    words << tr("Left out (text, too many categories, or beyond the first %1 columns): %2.")
                 .arg(static_cast<int>(most_correlated_columns))
                 .arg(names.join(QStringLiteral(", ")));
  }
  legend_->setText(words.join(QLatin1Char(' ')));
  emit computed();
}

void CorrelationPane::choose(int row, int column) {
  if (!found_) return;
  if (found_->columns.empty()) {
    pair_->setText(tr("No column can be compared with another one."));
    return;
  }
  if (row < 0) {
    pair_->setText(tr("Click a cell to see which two columns it compares."));
    emit columnsChosen({});
    return;
  }
  const auto a = static_cast<std::size_t>(row), b = static_cast<std::size_t>(column);
  const QString first = QString::fromStdString(found_->columns[a]), second = QString::fromStdString(found_->columns[b]);
  if (a == b) {
    pair_->setText(first);
    emit columnsChosen({first});
    return;
  }
  const double value = found_->values[a * found_->columns.size() + b];
  const QString measure = coreText(std::string(association_name(found_->association(a, b))));
  pair_->setText(std::isnan(value) ? tr("%1 and %2: one of them does not vary").arg(first, second)
                                   : tr("%1 and %2: %3 %4", "columns, measure, figure")
                                         .arg(first, second, measure, QLocale().toString(value, 'f', 3)));
  emit columnsChosen({first, second});
}

}  // namespace gb
