#include "app/studio/compare_summary.hpp"

#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <map>

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

constexpr std::size_t most_side_by_side = 12;  ///< columns of runs that people can still read across
constexpr std::size_t most_stretched = 5;      ///< more of them scroll
constexpr std::size_t most_verdicts = 4;       ///< more are counted
constexpr int most_values = 5;                 ///< of a setting, named when there are too many runs

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

std::vector<std::string> metricNames(const SharedRuns& runs) {
  std::vector<std::string> names;
  for (const auto& run : runs) {
    if (!run->metrics.is_object()) continue;
    for (const auto& [part, values] : run->metrics.items()) {
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
      return CompareSummary::tr("%1 (%2 to %3)", "metric (its interval)")
          .arg(value, metricText(ends.at(0).get<double>()), metricText(ends.at(1).get<double>()));
    }
  return value;
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
        CompareSummary::tr("%1: %2 less %4 is %3 (%5 to %6 with 95 % confidence).")
            .arg(metricLabel(comparison.metric), first_title, metricText(difference.mean), other_title,
                 metricText(difference.interval.low), metricText(difference.interval.high));
    return figures + QLatin1Char(' ') +
           (difference.is_evident()
                ? CompareSummary::tr("The cross-validation is evidence of a difference.")
                : CompareSummary::tr("That includes no difference: the cross-validation is no evidence of one."));
  }
  return CompareSummary::tr(
             "%1 and %2 were not cross-validated over the same splits: what they differ by may be chance.")
      .arg(first_title, other_title);
}

/// The same of many: counted.
QString verdictOfMany(const SharedRuns& runs, const QString& first_title) {
  int evident = 0, not_evident = 0, unpaired = 0;
  const auto* info = find_algorithm(runs.front()->algorithm);
  for (std::size_t i = 1; info && i < runs.size(); ++i) {
    bool found = false;
    for (const Comparison& each :
         compare_runs(runs[0]->result, runs[i]->result, runs[0]->fingerprint, runs[i]->fingerprint)) {
      if (each.metric != info->headline) continue;
      found = true;
      ++(each.difference.is_evident() ? evident : not_evident);
      break;
    }
    if (!found) ++unpaired;
  }
  QStringList sentences;
  if (evident > 0)
    sentences << CompareSummary::tr("The cross-validation is evidence of a difference between %1 and %n of the others.",
                                    "", evident)
                     .arg(first_title);
  if (not_evident > 0) sentences << CompareSummary::tr("For %n of them it is no evidence of one.", "", not_evident);
  if (unpaired > 0)
    sentences << CompareSummary::tr(
                     "%n runs were not cross-validated over the same splits as %1: what they differ by may be chance.",
                     "", unpaired)
                     .arg(first_title);
  return sentences.join(QLatin1Char(' '));
}

/// How often the test rows of each dataset have been looked at, by any run.
QString looksText(const SharedRuns& runs, const SharedRuns& recorded) {
  std::map<std::string, QString> datasets;  // by fingerprint: each is counted once
  for (const auto& run : runs) datasets.emplace(run->fingerprint, QString::fromStdString(run->dataset));
  QStringList sentences;
  for (const auto& [fingerprint, name] : datasets) {
    const auto looks = static_cast<int>(std::count_if(
        recorded.begin(), recorded.end(), [&](const auto& run) { return looks_at_test_rows(*run, fingerprint); }));
    const QString sentence =
        (looks == 1 ? CompareSummary::tr("The test rows of %1 have been looked at once.")
                    : CompareSummary::tr("The test rows of %1 have been looked at %n times.", "", looks))
            .arg(name);
    if (looks > 0 && !sentences.contains(sentence)) sentences << sentence;
  }
  return sentences.join(QLatin1Char('\n'));
}

/// "0.01 (12), 0.1 (8), 2 more": the values of a setting and how many runs have them.
QString countedValues(const QStringList& values) {
  std::vector<std::pair<QString, int>> counts;
  for (const auto& value : values) {
    const auto known =
        std::find_if(counts.begin(), counts.end(), [&](const auto& each) { return each.first == value; });
    if (known == counts.end())
      counts.emplace_back(value, 1);
    else
      ++known->second;
  }
  std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  QStringList parts;
  for (const auto& [value, count] : counts) {
    if (parts.size() == most_values) break;
    parts << CompareSummary::tr("%1 (%2)", "value (how many runs)").arg(value, QLocale().toString(count));
  }
  const int others = static_cast<int>(counts.size()) - most_values;
  if (others > 0) parts << CompareSummary::tr("%n more", "", others);
  return parts.join(QStringLiteral(", "));
}

/// Rows of the table, whatever its columns are.
class Rows {
 public:
  explicit Rows(QTableWidget& table) : table_(table) {}

  void head(const QString& text) {
    add();
    auto* item = new QTableWidgetItem(text);
    item->setFont(themeFont(11, QFont::DemiBold));
    item->setForeground(theme().secondary);
    item->setFlags(Qt::ItemIsEnabled);
    table_.setItem(row_, 0, item);
    table_.setSpan(row_, 0, 1, table_.columnCount());
  }
  void row(const QString& label, const QStringList& cells) {
    add();
    table_.setItem(row_, 0, new QTableWidgetItem(label));
    for (int i = 0; i < cells.size(); ++i) {
      auto* item = new QTableWidgetItem(cells[i]);
      item->setToolTip(cells[i]);
      table_.setItem(row_, i + 1, item);
    }
  }

 private:
  void add() {
    row_ = table_.rowCount();
    table_.insertRow(row_);
  }
  QTableWidget& table_;
  int row_ = 0;
};

void fillSideBySide(QTableWidget& table, const SharedRuns& runs, const QStringList& titles,
                    const std::vector<int>& colors, const std::vector<ShownDifference>& settings) {
  table.setColumnCount(static_cast<int>(runs.size()) + 1);
  Rows rows(table);
  rows.head(settings.empty() ? CompareSummary::tr("The settings are the same")
                             : CompareSummary::tr("Settings that differ"));
  for (const auto& each : settings) rows.row(each.label, each.values);
  rows.head(CompareSummary::tr("Metrics"));
  for (const auto& name : metricNames(runs)) {
    QStringList cells;
    for (const auto& run : runs) cells << withInterval(*run, name);
    rows.row(metricLabel(name), cells);
  }
  table.setHorizontalHeaderItem(0, new QTableWidgetItem(QString()));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const QString title = titles[static_cast<qsizetype>(i)];
    auto* item = new QTableWidgetItem(QIcon(dot(colors[i])), title);
    item->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    item->setToolTip(title + QLatin1Char('\n') + QString::fromStdString(runs[i]->id));
    table.setHorizontalHeaderItem(static_cast<int>(i) + 1, item);
  }
  if (runs.size() <= most_stretched) {
    table.horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    return;
  }
  for (int column = 0; column < table.columnCount(); ++column) table.setColumnWidth(column, 220);
}

void fillSpread(QTableWidget& table, const SharedRuns& runs, const std::vector<ShownDifference>& settings) {
  table.setColumnCount(5);
  table.setHorizontalHeaderLabels({QString(), CompareSummary::tr("Values"), CompareSummary::tr("Lowest"),
                                   CompareSummary::tr("Mean"), CompareSummary::tr("Highest")});
  for (int column = 0; column < 5; ++column)
    table.horizontalHeaderItem(column)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  Rows rows(table);
  rows.head(settings.empty() ? CompareSummary::tr("The settings are the same")
                             : CompareSummary::tr("Settings that differ"));
  for (const auto& each : settings) {
    rows.row(each.label, {countedValues(each.values)});
    table.setSpan(table.rowCount() - 1, 1, 1, 4);
  }
  rows.head(CompareSummary::tr("Metrics"));
  for (const auto& name : metricNames(runs)) {
    std::vector<double> values;
    for (const auto& run : runs)
      if (const auto value = metricOf(run->metrics, name)) values.push_back(*value);
    if (const auto spread = spreadOf(values))
      rows.row(metricLabel(name), {CompareSummary::tr("%n runs", "", static_cast<int>(spread->count)),
                                   metricText(spread->low), metricText(spread->mean), metricText(spread->high)});
  }
  table.horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
  table.horizontalHeader()->setStretchLastSection(true);
  const int widths[] = {240, 240, 140, 140, 140};
  for (int column = 0; column < 5; ++column) table.setColumnWidth(column, widths[column]);
}

}  // namespace

CompareSummary::CompareSummary(const SharedRuns& runs, const QStringList& titles, const std::vector<int>& colors,
                               const SharedRuns& recorded, QWidget* parent)
    : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 8, 0, 0);
  layout->setSpacing(10);
  auto* table = new QTableWidget;
  table->setObjectName("compare-table");
  table->setAccessibleName(tr("Runs side by side"));
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setShowGrid(false);
  table->setTabKeyNavigation(false);
  table->verticalHeader()->hide();
  table->verticalHeader()->setDefaultSectionSize(30);
  table->horizontalHeader()->setHighlightSections(false);
  table->horizontalHeader()->setTextElideMode(Qt::ElideRight);
  table->horizontalHeader()->setIconSize({10, 10});
  std::vector<const Json*> documents;
  for (const auto& run : runs) documents.push_back(&run->document);
  const auto settings = differences(documents);
  if (runs.size() <= most_side_by_side)
    fillSideBySide(*table, runs, titles, colors, settings);
  else
    fillSpread(*table, runs, settings);
  makeCopyable(table);
  layout->addWidget(table, 1);
  QStringList verdicts;
  if (runs.size() - 1 <= most_verdicts) {
    for (std::size_t i = 1; i < runs.size(); ++i)
      if (const QString text = verdict(*runs[0], *runs[i], titles[0], titles[static_cast<qsizetype>(i)]);
          !text.isEmpty())
        verdicts << text;
  } else if (const QString text = verdictOfMany(runs, titles[0]); !text.isEmpty()) {
    verdicts << text;
  }
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
}

}  // namespace gb
