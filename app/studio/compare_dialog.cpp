#include "app/studio/compare_dialog.hpp"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "app/studio/column_chooser.hpp"
#include "app/studio/compare_curves.hpp"
#include "app/studio/compare_summary.hpp"
#include "app/studio/core_text.hpp"
#include "app/studio/error_text.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/run_list_model.hpp"
#include "app/studio/tile.hpp"
#include "core/algorithms/algorithm.hpp"
#include "widgets/plot/parallel_view.hpp"
#include "widgets/plot/scatter_view.hpp"
#include "widgets/series_name.hpp"
#include "widgets/tables/table_view.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

constexpr std::size_t overview_points = 4000;
constexpr std::size_t most_drawn = 60;  ///< runs whose curves a plot can hold
constexpr int most_first_axes = 8;      ///< of those shown without being asked for

QString seriesLabel(const std::string& series) {
  const auto name = seriesName(series);
  const QString plot = metricLabel(name.plot);
  if (name.curve.empty()) return plot;
  return CompareDialog::tr("%1, %2", "Accuracy, validation")
      .arg(plot, name.of_part ? coreText(name.curve) : QString::fromStdString(name.curve));
}

/// Metrics by which these runs' algorithms are ranked come first.
std::string headlineOf(const SharedRuns& runs) {
  const auto* info = find_algorithm(runs.front()->algorithm);
  return info ? "metric:" + info->headline : std::string();
}

QComboBox* chooser(const QString& name, const QString& accessible) {
  auto* box = new QComboBox;
  box->setObjectName(name);
  box->setAccessibleName(accessible);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(16);
  return box;
}

}  // namespace

struct CompareDialog::Plots {
  std::vector<RunField> fields;
  ItemTable items;
};

struct CompareDialog::Curves {
  std::vector<std::vector<SeriesData>> drawn;     ///< of the first runs
  std::vector<std::vector<BestAndFinal>> values;  ///< of all runs
};

CompareDialog::CompareDialog(SharedRuns runs, std::vector<int> colors, const SharedRuns& recorded,
                             std::shared_ptr<RunStore> store, QWidget* parent)
    : QDialog(parent),
      runs_(std::move(runs)),
      colors_(std::move(colors)),
      titles_(distinctTitles(runs_)),
      store_(std::move(store)) {
  setObjectName("compare-dialog");
  setWindowTitle(tr("Compare runs"));
  setWindowFlag(Qt::WindowMaximizeButtonHint);
  const QSize room = parent ? parent->size() : QSize(1280, 760);
  resize(std::clamp(room.width() - 80, 700, 1240), std::clamp(room.height() - 60, 480, 780));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 16, 24, 16);
  layout->setSpacing(8);
  auto* title = new QLabel(tr("Compare %n runs", "", static_cast<int>(runs_.size())));
  title->setFont(themeFont(18, QFont::Bold));
  layout->addWidget(title);
  tabs_ = new QTabWidget;
  tabs_->setObjectName("compare-tabs");
  tabs_->setDocumentMode(true);
  overlay_ = new CompareCurves;
  best_ = new TableView;
  seeds_ = new TableView;
  best_series_ = chooser("best-series", tr("Values of"));
  best_series_->setMinimumWidth(240);
  auto* best = new QWidget;
  auto* below = new QVBoxLayout(best);
  below->setContentsMargins(0, 8, 0, 0);
  auto* bar = new QHBoxLayout;
  bar->addWidget(best_series_);
  bar->addStretch(1);
  below->addLayout(bar);
  below->addWidget(framed(QStringLiteral("compare-best"), best_), 1);
  auto* seeds = new QWidget;
  auto* around = new QVBoxLayout(seeds);
  around->setContentsMargins(0, 8, 0, 0);
  around->addWidget(framed(QStringLiteral("compare-seeds"), seeds_), 1);
  tabs_->addTab(new CompareSummary(runs_, titles_, colors_, recorded), tr("Side by side"));
  tabs_->addTab(overlay_, tr("Curves"));
  tabs_->addTab(makeParallel(), tr("Parallel coordinates"));
  tabs_->addTab(makeScatter(), tr("Scatter"));
  tabs_->addTab(best, tr("Best and final"));
  tabs_->addTab(seeds, tr("Over seeds"));
  layout->addWidget(tabs_, 1);
  message_ = roleLabel("secondary", {});
  message_->setObjectName("compare-message");
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  auto* report = buttons->addButton(tr("Report"), QDialogButtonBox::ActionRole);
  report->setObjectName("compare-report");
  report->setToolTip(tr("Write this comparison with its curves as a page and as a PDF"));
  connect(report, &QPushButton::clicked, this, &CompareDialog::reportRequested);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* foot = new QHBoxLayout;
  foot->addWidget(message_, 1);
  foot->addWidget(buttons);
  layout->addLayout(foot);
  buttons->button(QDialogButtonBox::Close)->setFocus();
  connect(best_series_, &QComboBox::currentIndexChanged, this, &CompareDialog::showBest);
  connect(overlay_, &CompareCurves::failed, message_, &QLabel::setText);
  showSeeds();

  plotting_.run(
      [runs = runs_, titles = titles_, shades = colors_] {
        auto plots = std::make_shared<Plots>();
        plots->fields = tellingFields(runs);
        plots->items = itemTable(runs, titles, shades, plots->fields);
        return plots;
      },
      [this](const std::shared_ptr<Plots>& plots) { takePlots(plots); },
      [this](const std::exception_ptr& error) { message_->setText(errorText(error).sentence()); });
  if (!store_) return;
  message_->setText(tr("Reading the curves\u2026"));
  reading_.run(
      [store = store_, runs = runs_, cancelled = cancelled_] {
        auto curves = std::make_shared<Curves>();
        for (const auto& run : runs) {
          if (*cancelled) break;
          auto series = store->series_overview(run->id, overview_points);
          auto& values = curves->values.emplace_back();
          for (const auto& each : series)
            if (auto found = bestAndFinal(each)) values.push_back(std::move(*found));
          if (curves->drawn.size() < most_drawn) curves->drawn.push_back(std::move(series));
        }
        return curves;
      },
      [this](const std::shared_ptr<Curves>& curves) { takeCurves(curves); },
      [this](const std::exception_ptr& error) { message_->setText(errorText(error).sentence()); });
}

CompareDialog::~CompareDialog() {
  *cancelled_ = true;
}

Tile* CompareDialog::framed(const QString& key, View* view) {
  auto* tile = new Tile(key, view);
  connect(tile, &Tile::failed, this, [this](const QString& reason) { message_->setText(reason); });
  return tile;
}

QWidget* CompareDialog::makeParallel() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 8, 0, 0);
  layout->setSpacing(8);
  auto* bar = new QHBoxLayout;
  bar->setSpacing(10);
  parallel_color_ = chooser("parallel-color", tr("Colour by"));
  auto* axes = new QPushButton(tr("Axes\u2026"));
  axes->setObjectName("parallel-axes");
  take_kept_ = linkButton({});
  take_kept_->setObjectName("parallel-select");
  auto* all = linkButton(tr("Keep all"));
  bar->addWidget(roleLabel("secondary", tr("Colour by")));
  bar->addWidget(parallel_color_);
  bar->addWidget(axes);
  bar->addStretch(1);
  bar->addWidget(take_kept_);
  bar->addWidget(all);
  layout->addLayout(bar);
  parallel_ = new ParallelView;
  parallel_->setObjectName("parallel");
  layout->addWidget(framed(QStringLiteral("compare-parallel"), parallel_), 1);
  connect(parallel_color_, &QComboBox::currentIndexChanged, this, &CompareDialog::showAxes);
  connect(axes, &QPushButton::clicked, this, &CompareDialog::chooseAxes);
  connect(all, &QPushButton::clicked, parallel_, &ParallelView::clearBrushes);
  connect(parallel_, &ParallelView::keptChanged, this, &CompareDialog::keptChanged);
  connect(parallel_, &ParallelView::itemActivated, this,
          [this](int item) { emit openRequested(QString::fromStdString(runs_[static_cast<std::size_t>(item)]->id)); });
  connect(take_kept_, &QPushButton::clicked, this, [this] {
    std::vector<std::string> ids;
    for (const int item : parallel_->kept()) ids.push_back(runs_[static_cast<std::size_t>(item)]->id);
    emit selectRequested(ids);
  });
  return page;
}

QWidget* CompareDialog::makeScatter() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 8, 0, 0);
  layout->setSpacing(8);
  auto* bar = new QHBoxLayout;
  bar->setSpacing(8);
  scatter_y_ = chooser("scatter-y", tr("Upright axis"));
  scatter_x_ = chooser("scatter-x", tr("Level axis"));
  scatter_color_ = chooser("scatter-color", tr("Colour by"));
  auto* logX = new QCheckBox(tr("Log x"));
  auto* logY = new QCheckBox(tr("Log y"));
  logX->setObjectName("scatter-log-x");
  logY->setObjectName("scatter-log-y");
  bar->addWidget(scatter_y_);
  bar->addWidget(roleLabel("secondary", tr("against", "metric against parameter")));
  bar->addWidget(scatter_x_);
  bar->addWidget(roleLabel("secondary", tr("Colour by")));
  bar->addWidget(scatter_color_);
  bar->addWidget(logX);
  bar->addWidget(logY);
  bar->addStretch(1);
  layout->addLayout(bar);
  scatter_ = new ScatterView;
  scatter_->setObjectName("scatter");
  layout->addWidget(framed(QStringLiteral("compare-scatter"), scatter_), 1);
  // What was tried over powers of ten is shown so at first.
  connect(scatter_x_, &QComboBox::currentIndexChanged, this, [this, logX](int column) {
    if (column >= 0 && column < static_cast<int>(items_.columns.size()))
      logX->setChecked(items_.columns[static_cast<std::size_t>(column)].log_scale);
  });
  for (auto* box : {scatter_x_, scatter_y_, scatter_color_})
    connect(box, &QComboBox::currentIndexChanged, this, &CompareDialog::showScatter);
  connect(logX, &QCheckBox::toggled, scatter_, &ScatterView::setLogX);
  connect(logY, &QCheckBox::toggled, scatter_, &ScatterView::setLogY);
  connect(scatter_, &ScatterView::itemActivated, this,
          [this](int item) { emit openRequested(QString::fromStdString(runs_[static_cast<std::size_t>(item)]->id)); });
  return page;
}

void CompareDialog::takePlots(const std::shared_ptr<Plots>& plots) {
  fields_ = std::move(plots->fields);
  items_ = std::move(plots->items);
  const std::string headline = headlineOf(runs_);
  // Settings first, what came of them last: lines are read from left to right.
  for (const auto& field : fields_)
    if (!field.metric() && field.key.rfind("run:se", 0) != 0 && field.key != "run:steps" &&
        field.key != "setting:seed" && axes_.size() < most_first_axes)
      axes_ << QString::fromStdString(field.key);
  for (const auto& field : fields_)
    if (field.key == headline) axes_ << QString::fromStdString(field.key);
  if (axes_.size() < 2)
    for (const auto& field : fields_)
      if (axes_.size() < 3 && !axes_.contains(QString::fromStdString(field.key)))
        axes_ << QString::fromStdString(field.key);
  for (auto* box : {parallel_color_, scatter_color_, scatter_x_, scatter_y_}) {
    box->blockSignals(true);
    box->clear();
    if (box == parallel_color_ || box == scatter_color_) box->addItem(tr("the run"), QString());
    for (const auto& field : fields_) box->addItem(field.label, QString::fromStdString(field.key));
  }
  const QString ranked = QString::fromStdString(headline);
  parallel_color_->setCurrentIndex(std::max(0, parallel_color_->findData(ranked)));
  scatter_y_->setCurrentIndex(std::max(0, scatter_y_->findData(ranked)));
  const auto setting = std::find_if(fields_.begin(), fields_.end(),
                                    [](const RunField& field) { return field.key.rfind("param:", 0) == 0; });
  const auto any = setting != fields_.end() ? setting
                                            : std::find_if(fields_.begin(), fields_.end(),
                                                           [](const auto& field) { return !field.metric(); });
  scatter_x_->setCurrentIndex(any == fields_.end() ? 0 : static_cast<int>(any - fields_.begin()));
  for (auto* box : {parallel_color_, scatter_color_, scatter_x_, scatter_y_}) box->blockSignals(false);
  showAxes();
  scatter_->setItems(items_);
  showScatter();
  emit scatter_x_->currentIndexChanged(scatter_x_->currentIndex());
}

void CompareDialog::showAxes() {
  ItemTable shown{items_.names, items_.colors, {}};
  const QString color = parallel_color_->currentData().toString();
  int color_column = -1;
  QStringList keys = axes_;
  // What gives the colours is to be read off an axis.
  if (!color.isEmpty() && !keys.contains(color)) keys << color;
  for (const auto& key : keys)
    for (std::size_t i = 0; i < fields_.size(); ++i)
      if (QString::fromStdString(fields_[i].key) == key) {
        if (key == color) color_column = static_cast<int>(shown.columns.size());
        shown.columns.push_back(items_.columns[i]);
      }
  parallel_->setColorColumn(color_column);
  parallel_->setItems(std::move(shown));
}

void CompareDialog::chooseAxes() {
  std::vector<ColumnChooser::Choice> choices;
  for (const auto& field : fields_)
    choices.push_back(
        {QString::fromStdString(field.key), field.label, field.metric() ? tr("Metrics") : tr("Settings")});
  std::stable_sort(choices.begin(), choices.end(),
                   [](const auto& a, const auto& b) { return a.kind == tr("Settings") && b.kind != tr("Settings"); });
  auto* dialog = new ColumnChooser(std::move(choices), axes_, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Axes"));
  const QStringList before = axes_;
  connect(dialog, &ColumnChooser::changed, this, [this, dialog] {
    axes_ = dialog->chosen();
    showAxes();
  });
  connect(dialog, &ColumnChooser::resetRequested, this, [this, before] {
    axes_ = before;
    showAxes();
  });
  dialog->open();
}

void CompareDialog::keptChanged() {
  const int kept = static_cast<int>(parallel_->kept().size());
  const bool some = kept > 0 && kept < static_cast<int>(runs_.size());
  take_kept_->setVisible(some);
  take_kept_->setText(tr("Select these %n in the run table", "", kept));
}

void CompareDialog::showScatter() {
  scatter_->setColumns(scatter_x_->currentIndex(), scatter_y_->currentIndex(), scatter_color_->currentIndex() - 1);
}

void CompareDialog::takeCurves(const std::shared_ptr<Curves>& curves) {
  curves_ = curves;
  message_->clear();
  std::vector<CompareCurves::Run> drawn;
  for (std::size_t i = 0; i < curves_->drawn.size(); ++i)
    drawn.push_back({QString::fromStdString(runs_[i]->id), titles_[static_cast<qsizetype>(i)], colors_[i],
                     std::move(curves_->drawn[i])});
  curves_->drawn.clear();
  overlay_->setRuns(std::move(drawn),
                    static_cast<int>(runs_.size()) - static_cast<int>(std::min(runs_.size(), most_drawn)));
  QStringList series;
  for (const auto& run : curves_->values)
    for (const auto& each : run)
      if (!series.contains(QString::fromStdString(each.series))) series << QString::fromStdString(each.series);
  best_series_->blockSignals(true);
  best_series_->clear();
  for (const auto& each : series) best_series_->addItem(seriesLabel(each.toStdString()), each);
  const auto* info = find_algorithm(runs_.front()->algorithm);
  const int validation =
      best_series_->findData(QStringLiteral("validation/") + QString::fromStdString(info ? info->headline : "loss"));
  best_series_->setCurrentIndex(std::max(validation, series.isEmpty() ? -1 : 0));
  best_series_->blockSignals(false);
  showBest();
}

void CompareDialog::showBest() {
  auto table = std::make_shared<Table>();
  table->view = "best-and-final";
  const std::string wanted = best_series_->currentData().toString().toStdString();
  table->title = tr("Best and final values").toStdString();
  for (const auto& head : {tr("Run"), tr("Best"), tr("at step"), tr("Final"), tr("Steps"), tr("Final less best")})
    table->columns.push_back(head.toStdString());
  struct Line {
    std::size_t run;
    BestAndFinal values;
  };
  std::vector<Line> lines;
  if (curves_)
    for (std::size_t i = 0; i < curves_->values.size(); ++i)
      for (const auto& each : curves_->values[i])
        if (each.series == wanted) lines.push_back({i, each});
  const bool lower = lowerIsBetter(wanted);
  std::stable_sort(lines.begin(), lines.end(), [lower](const Line& a, const Line& b) {
    return lower ? a.values.best < b.values.best : a.values.best > b.values.best;
  });
  for (const auto& [run, values] : lines)
    table->rows.push_back({titles_[static_cast<qsizetype>(run)].toStdString(), metricText(values.best).toStdString(),
                           std::to_string(values.best_step), metricText(values.last).toStdString(),
                           std::to_string(values.last_step), metricText(values.last - values.best).toStdString()});
  best_->show(Event(std::shared_ptr<const Table>(std::move(table))));
}

void CompareDialog::showSeeds() {
  const auto groups = seedGroups(runs_, titles_);
  auto table = std::make_shared<Table>();
  table->view = "over-seeds";
  table->title = tr("Spread over seeds").toStdString();
  for (const auto& head :
       {tr("Configuration"), tr("Metric"), tr("Runs"), tr("Mean"), tr("Deviation"), tr("Lowest"), tr("Highest")})
    table->columns.push_back(head.toStdString());
  std::vector<std::string> metrics;
  for (const auto& field : fieldsOf(runs_))
    if (field.metric() && field.key.find('/') == std::string::npos) metrics.push_back(field.key);
  const auto headline = std::find(metrics.begin(), metrics.end(), headlineOf(runs_));
  if (headline != metrics.end()) std::rotate(metrics.begin(), headline, headline + 1);
  for (const auto& key : metrics)
    for (const auto& group : groups) {
      std::vector<double> values;
      for (const std::size_t run : group.runs)
        if (const auto value = numberOf(fieldValue(*runs_[run], key))) values.push_back(*value);
      const auto spread = spreadOf(values);
      if (!spread) continue;
      table->rows.push_back({group.title.toStdString(), fieldLabel(key).toStdString(), std::to_string(spread->count),
                             metricText(spread->mean).toStdString(),
                             spread->count > 1 ? metricText(spread->deviation).toStdString() : std::string("\u2013"),
                             metricText(spread->low).toStdString(), metricText(spread->high).toStdString()});
    }
  seeds_->show(Event(std::shared_ptr<const Table>(std::move(table))));
}

}  // namespace gb
