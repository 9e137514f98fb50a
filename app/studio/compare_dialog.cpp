#include "app/studio/compare_dialog.hpp"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/run_differences.hpp"
#include "app/studio/run_list_model.hpp"
#include "core/algorithms/algorithm.hpp"
#include "core/run/cross_validation.hpp"
#include "core/run/test_looks.hpp"
#include "widgets/tables/copy_table.hpp"
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

/// "0.953 (0.931 to 0.972)": a metric with what its rows tell of how sure it is.
QString withInterval(const RunSummary& run, const std::string& name) {
  const QString value = metricText(metricOf(run.metrics, name));
  if (!run.result.is_object()) return value;
  const Json intervals = run.result.value("intervals", Json::object());
  for (const char* part : {"test", "validation"})
    if (intervals.contains(part) && intervals[part].contains(name)) {
      const Json& ends = intervals[part][name];
      return CompareDialog::tr("%1 (%2 to %3)", "metric (its interval)")
          .arg(value, metricText(ends.at(0).get<double>()), metricText(ends.at(1).get<double>()));
    }
  return value;
}

/// What each run is called here: by its algorithm where the name does not tell it from the others.
QStringList titlesOf(const std::vector<RunSummary>& runs) {
  QStringList titles;
  for (const auto& run : runs) {
    QString title = QString::fromStdString(run.name);
    const auto same =
        std::count_if(runs.begin(), runs.end(), [&](const RunSummary& other) { return other.name == run.name; });
    const auto* info = find_algorithm(run.algorithm);
    if (same > 1 && info) title = coreText(info->label);
    QString numbered = title;
    for (int number = 2; titles.contains(numbered); ++number)
      numbered = QStringLiteral("%1 (%2)").arg(title).arg(number);
    titles << numbered;
  }
  return titles;
}

/// What may be said of the first run against another one, by the metric that its algorithm is ranked by.
QString verdict(const RunSummary& first, const RunSummary& other, const QString& first_title,
                const QString& other_title) {
  const auto* info = find_algorithm(first.algorithm);
  if (!info) return {};
  for (const Comparison& comparison : compare_runs(first.result, other.result, first.fingerprint, other.fingerprint)) {
    if (comparison.metric != info->headline) continue;
    const Difference& difference = comparison.difference;
    const QString figures =
        CompareDialog::tr("%1: %2 less %4 is %3 (%5 to %6 with 95 % confidence).")
            .arg(metricLabel(comparison.metric), first_title, metricText(difference.mean), other_title,
                 metricText(difference.interval.low), metricText(difference.interval.high));
    return figures + QLatin1Char(' ') +
           (difference.is_evident()
                ? CompareDialog::tr("The cross-validation is evidence of a difference.")
                : CompareDialog::tr("That includes no difference: the cross-validation is no evidence of one."));
  }
  return CompareDialog::tr(
             "%1 and %2 were not cross-validated over the same splits: what they differ by may be chance.")
      .arg(first_title, other_title);
}

/// How often the test rows of each dataset have been looked at, by any run.
QString looksText(const std::vector<RunSummary>& runs, const std::vector<RunSummary>& recorded) {
  QStringList sentences;
  for (const auto& run : runs) {
    const auto looks = static_cast<int>(test_looks(recorded, run.fingerprint));
    const QString sentence =
        (looks == 1 ? CompareDialog::tr("The test rows of %1 have been looked at once.")
                    : CompareDialog::tr("The test rows of %1 have been looked at %n times.", "", looks))
            .arg(QString::fromStdString(run.dataset));
    if (looks > 0 && !sentences.contains(sentence)) sentences << sentence;
  }
  return sentences.join(QLatin1Char('\n'));
}

}  // namespace

CompareDialog::CompareDialog(const std::vector<RunSummary>& runs, const std::vector<int>& colors,
                             const std::vector<RunSummary>& recorded, QWidget* parent)
    : QDialog(parent) {
  setObjectName("compare-dialog");
  setWindowTitle(tr("Compare runs"));
  resize(std::min(1200, 240 + 240 * static_cast<int>(runs.size())), 600);
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
  const QStringList titles = titlesOf(runs);
  auto* table =
      new QTableWidget(static_cast<int>(settings.size() + metrics.size()) + 2, static_cast<int>(runs.size()) + 1);
  table->setObjectName("compare-table");
  table->setAccessibleName(tr("Runs side by side"));
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setShowGrid(false);
  table->verticalHeader()->hide();
  table->verticalHeader()->setDefaultSectionSize(30);
  table->horizontalHeader()->setHighlightSections(false);
  table->horizontalHeader()->setTextElideMode(Qt::ElideRight);
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
      table->setItem(row, static_cast<int>(i) + 1, new QTableWidgetItem(withInterval(runs[i], name)));
    ++row;
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto* item = new QTableWidgetItem(QIcon(dot(colors[i])), titles[static_cast<qsizetype>(i)]);
    item->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    item->setToolTip(titles[static_cast<qsizetype>(i)] + QLatin1Char('\n') + QString::fromStdString(runs[i].id));
    table->setHorizontalHeaderItem(static_cast<int>(i) + 1, item);
  }
  layout->addWidget(table, 1);
  QStringList verdicts;
  for (std::size_t i = 1; i < runs.size(); ++i)
    if (const QString text = verdict(runs[0], runs[i], titles[0], titles[static_cast<qsizetype>(i)]); !text.isEmpty())
      verdicts << text;
  auto* said = roleLabel("secondary", verdicts.join(QLatin1Char('\n')));
  said->setObjectName("verdict");
  said->setWordWrap(true);
  said->setVisible(!verdicts.isEmpty());
  layout->addWidget(said);
  auto* looks = roleLabel("secondary", looksText(runs, recorded));
  looks->setObjectName("looks");
  looks->setWordWrap(true);
  looks->setVisible(!looks->text().isEmpty());
  layout->addWidget(looks);
  makeCopyable(table);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  auto* report = buttons->addButton(tr("Report"), QDialogButtonBox::ActionRole);
  report->setObjectName("compare-report");
  report->setToolTip(tr("Write this comparison with its curves as a page and as a PDF"));
  connect(report, &QPushButton::clicked, this, &CompareDialog::reportRequested);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  layout->addWidget(buttons);
  buttons->button(QDialogButtonBox::Close)->setFocus();
}

}  // namespace gb
