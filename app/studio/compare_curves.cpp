#include "app/studio/compare_curves.hpp"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/run_list_model.hpp"
#include "app/studio/tile.hpp"
#include "widgets/plot/curve_view.hpp"
#include "widgets/series_name.hpp"

namespace gb {

namespace {

constexpr int slider_steps = 100;

/// The slider is fine where smoothing grows strong: 0 to 0.99.
double weightOf(int position) {
  const double share = double(position) / slider_steps;
  return std::round(100 * 0.99 * std::sqrt(share)) / 100;
}

}  // namespace

CompareCurves::CompareCurves(QWidget* parent) : QWidget(parent) {
  layout_ = new QVBoxLayout(this);
  layout_->setContentsMargins(0, 8, 0, 0);
  layout_->setSpacing(8);
  auto* bar = new QHBoxLayout;
  bar->setSpacing(10);
  plot_ = new QComboBox;
  plot_->setObjectName("compare-plot");
  plot_->setAccessibleName(tr("Curves of"));
  plot_->setMinimumWidth(180);
  smoothing_ = new QSlider(Qt::Horizontal);
  smoothing_->setObjectName("compare-smoothing");
  smoothing_->setRange(0, slider_steps);
  smoothing_->setFixedWidth(160);
  smoothing_->setAccessibleName(tr("Smoothing"));
  weight_ = roleLabel("secondary", {});
  weight_->setMinimumWidth(34);
  auto* logSteps = new QCheckBox(tr("Log steps"));
  logSteps->setObjectName("compare-log-x");
  auto* logValues = new QCheckBox(tr("Log values"));
  logValues->setObjectName("compare-log-y");
  left_out_ = roleLabel("secondary", {});
  bar->addWidget(plot_);
  bar->addSpacing(10);
  bar->addWidget(roleLabel("secondary", tr("Smoothing")));
  bar->addWidget(smoothing_);
  bar->addWidget(weight_);
  bar->addSpacing(10);
  bar->addWidget(logSteps);
  bar->addWidget(logValues);
  bar->addStretch(1);
  bar->addWidget(left_out_);
  layout_->addLayout(bar);
  connect(plot_, &QComboBox::currentIndexChanged, this, &CompareCurves::showPlot);
  connect(smoothing_, &QSlider::valueChanged, this, [this](int position) {
    const double weight = weightOf(position);
    weight_->setText(QLocale().toString(weight));
    if (view_) view_->setSmoothing(weight);
  });
  connect(logSteps, &QCheckBox::toggled, this, [this](bool on) {
    log_steps_ = on;
    if (view_) view_->setLogSteps(on);
  });
  connect(logValues, &QCheckBox::toggled, this, [this](bool on) {
    log_scale_ = on;
    if (view_) view_->setLogScale(on);
  });
  weight_->setText(QLocale().toString(0));
}

void CompareCurves::setRuns(std::vector<Run> runs, int left_out) {
  runs_ = std::move(runs);
  left_out_->setText(left_out > 0 ? tr("%n further runs are not drawn", "", left_out) : QString());
  QStringList plots;
  for (const auto& run : runs_)
    for (const auto& series : run.series) {
      const QString plot = QString::fromStdString(seriesName(series.name).plot);
      if (!plots.contains(plot)) plots << plot;
    }
  const QString before = plot_->currentData().toString();
  plot_->blockSignals(true);
  plot_->clear();
  for (const auto& plot : plots) plot_->addItem(metricLabel(plot.toStdString()), plot);
  const int kept = plot_->findData(before.isEmpty() ? QStringLiteral("loss") : before);
  plot_->setCurrentIndex(std::max(kept, plots.isEmpty() ? -1 : 0));
  plot_->blockSignals(false);
  plot_->setEnabled(!plots.isEmpty());
  showPlot();
}

void CompareCurves::showPlot() {
  delete tile_;
  const std::string plot = plot_->currentData().toString().toStdString();
  view_ = new CurveView(metricLabel(plot));
  tile_ = new Tile(QStringLiteral("compare-curves"), view_);
  layout_->addWidget(tile_, 1);
  connect(tile_, &Tile::failed, this, &CompareCurves::failed);
  for (const auto& run : runs_)
    for (const auto& series : run.series) {
      const auto name = seriesName(series.name);
      if (name.plot != plot) continue;
      const bool validation = name.of_part && name.curve == "validation";
      QString label = run.title;
      if (!name.curve.empty() && !(name.of_part && name.curve == "train"))
        label +=
            QStringLiteral(" \u00b7 ") + (name.of_part ? coreText(name.curve) : QString::fromStdString(name.curve));
      const QString key = run.key + QLatin1Char('/') + QString::fromStdString(series.name);
      view_->addSeries(key, label, run.color, validation);
      view_->setSeries(key, series.steps, series.values);
    }
  view_->setSmoothing(weightOf(smoothing_->value()));
  view_->setLogSteps(log_steps_);
  view_->setLogScale(log_scale_);
}

}  // namespace gb
