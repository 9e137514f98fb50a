#include "app/studio/compare_dialog.hpp"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "app/studio/labels.hpp"
#include "app/studio/run_differences.hpp"
#include "app/studio/run_list_model.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

QPixmap dot(int color) {
  QPixmap pixmap(20, 20);
  pixmap.setDevicePixelRatio(2);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(seriesColor(color));
  painter.drawEllipse(QRectF(0.5, 0.5, 9, 9));
  return pixmap;
}

std::vector<std::string> metricNames(const std::vector<RunSummary>& runs) {
  std::vector<std::string> names;
  for (const auto& run : runs) {
    if (!run.metrics.is_object()) continue;
    for (const auto& [part, values] : run.metrics.items()) {
      if (!values.is_object()) continue;
      for (const auto& [name, value] : values.items())
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

}  // namespace

CompareDialog::CompareDialog(const std::vector<RunSummary>& runs, const std::vector<int>& colors, QWidget* parent)
    : QDialog(parent) {
  setObjectName("compare-dialog");
  setWindowTitle(tr("Compare runs"));
  resize(std::min(1200, 260 + 200 * static_cast<int>(runs.size())), 520);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 20);
  layout->setSpacing(12);
  auto* title = new QLabel(tr("Compare %n runs", "", static_cast<int>(runs.size())));
  title->setFont(themeFont(18, QFont::Bold));
  layout->addWidget(title);

  std::vector<Json> documents;
  for (const auto& run : runs) documents.push_back(run.document);
  const auto settings = differences(documents);
  const auto metrics = metricNames(runs);
  auto* table =
      new QTableWidget(static_cast<int>(settings.size() + metrics.size()) + 2, static_cast<int>(runs.size()) + 1);
  table->setObjectName("compare-table");
  table->setAccessibleName(tr("Runs side by side"));
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setShowGrid(false);
  table->verticalHeader()->hide();
  table->verticalHeader()->setDefaultSectionSize(30);
  table->horizontalHeader()->setHighlightSections(false);
  table->horizontalHeader()->setIconSize({10, 10});
  table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  table->setHorizontalHeaderItem(0, new QTableWidgetItem(QString()));
  int row = 0;
  const auto head = [&](const QString& text) {
    auto* item = new QTableWidgetItem(text);
    item->setFont(themeFont(11, QFont::DemiBold));
    item->setForeground(theme().secondary);
    item->setFlags(Qt::ItemIsEnabled);
    table->setItem(row, 0, item);
    table->setSpan(row, 0, 1, table->columnCount());
    ++row;
  };
  head(settings.empty() ? tr("The settings are the same") : tr("Settings that differ"));
  for (const auto& each : settings) {
    table->setItem(row, 0, new QTableWidgetItem(each.label));
    for (int i = 0; i < each.values.size(); ++i) table->setItem(row, i + 1, new QTableWidgetItem(each.values[i]));
    ++row;
  }
  head(tr("Metrics"));
  for (const auto& name : metrics) {
    table->setItem(row, 0, new QTableWidgetItem(metricLabel(name)));
    for (std::size_t i = 0; i < runs.size(); ++i)
      table->setItem(row, static_cast<int>(i) + 1, new QTableWidgetItem(metricText(metricOf(runs[i].metrics, name))));
    ++row;
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto* item = new QTableWidgetItem(QIcon(dot(colors[i])), QString::fromStdString(runs[i].name));
    item->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    item->setToolTip(QString::fromStdString(runs[i].id));
    table->setHorizontalHeaderItem(static_cast<int>(i) + 1, item);
  }
  layout->addWidget(table, 1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  layout->addWidget(buttons);
  buttons->button(QDialogButtonBox::Close)->setFocus();
}

}  // namespace gb
