#include "app/studio/workbench.hpp"

#include <QDataStream>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "app/studio/augment_page.hpp"
#include "app/studio/canvas_page.hpp"
#include "app/studio/data_page.hpp"
#include "app/studio/experiment_panel.hpp"
#include "app/studio/inspect_panel.hpp"
#include "app/studio/latent_page.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/network_page.hpp"
#include "app/studio/run_list_model.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/selection.hpp"

namespace gb {

namespace {

constexpr int experiment_width = 292;
constexpr int inspect_width = 262;
constexpr int runs_height = 184;

}  // namespace

Workbench::Workbench(ExperimentDocument& document, RunListModel& runList, Selection& selection, QWidget* parent)
    : QWidget(parent) {
  setObjectName("workbench");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  experiment = new ExperimentPanel(document);
  live = new LivePage(selection);
  data = new DataPage(selection);
  network = new NetworkPage(document);
  augment = new AugmentPage(document);
  latent = new LatentPage;
  canvas = new CanvasPage;
  inspect = new InspectPanel(selection);
  runs = new RunsPanel(runList);
  middle_ = new QStackedWidget;
  middle_->addWidget(live);
  middle_->addWidget(data);
  middle_->addWidget(network);
  middle_->addWidget(augment);
  middle_->addWidget(latent);
  middle_->addWidget(canvas);
  columns_ = new QSplitter(Qt::Horizontal);
  columns_->setHandleWidth(1);
  columns_->setChildrenCollapsible(false);
  columns_->addWidget(experiment);
  columns_->addWidget(middle_);
  columns_->addWidget(inspect);
  columns_->setStretchFactor(1, 1);
  experiment->setMinimumWidth(250);
  middle_->setMinimumWidth(360);
  inspect->setMinimumWidth(200);
  rows_ = new QSplitter(Qt::Vertical);
  rows_->setHandleWidth(1);
  rows_->setChildrenCollapsible(false);
  rows_->addWidget(columns_);
  rows_->addWidget(runs);
  rows_->setStretchFactor(0, 1);
  runs->setMinimumHeight(90);
  layout->addWidget(rows_);
  columns_->setSizes({experiment_width, 10000, inspect_width});
  rows_->setSizes({10000, runs_height});
  connect(experiment, &ExperimentPanel::layersRequested, this, [this](const QString& param) {
    network->showNetwork(param);
    showNetwork();
  });
  connect(experiment, &ExperimentPanel::augmentRequested, this, &Workbench::showAugment);
  connect(network, &NetworkPage::backRequested, this, &Workbench::showLive);
  connect(canvas, &CanvasPage::backRequested, this, &Workbench::showLive);
  connect(augment, &AugmentPage::backRequested, this, &Workbench::showLive);
  connect(latent, &LatentPage::backRequested, this, &Workbench::showLive);
  // An editor leaves with what it edits.
  connect(&document, &ExperimentDocument::changed, this, [this] {
    const auto* shown = middle_->currentWidget();
    if ((shown == network && !network->applies()) || (shown == augment && !augment->applies())) showLive();
  });
}

void Workbench::showLive() {
  middle_->setCurrentWidget(live);
}

void Workbench::showData() {
  middle_->setCurrentWidget(data);
}

void Workbench::showNetwork() {
  middle_->setCurrentWidget(network);
}

void Workbench::showAugment() {
  middle_->setCurrentWidget(augment);
}

void Workbench::showLatent() {
  middle_->setCurrentWidget(latent);
}

void Workbench::leaveLatent() {
  if (middle_->currentWidget() == latent) showLive();
}

void Workbench::showCanvas() {
  middle_->setCurrentWidget(canvas);
}

void Workbench::leaveCanvas() {
  if (middle_->currentWidget() == canvas) showLive();
}

bool Workbench::showsData() const {
  return middle_->currentWidget() == data;
}

QByteArray Workbench::saveState() const {
  QByteArray state;
  QDataStream stream(&state, QIODevice::WriteOnly);
  stream << columns_->saveState() << rows_->saveState();
  return state;
}

void Workbench::restoreState(const QByteArray& state) {
  QDataStream stream(state);
  QByteArray columns, rows;
  stream >> columns >> rows;
  if (stream.status() != QDataStream::Ok) return;
  columns_->restoreState(columns);
  rows_->restoreState(rows);
}

}  // namespace gb
