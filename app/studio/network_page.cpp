#include "app/studio/network_page.hpp"

#include <QHBoxLayout>
#include <QPushButton>
#include <QTabBar>
#include <QVBoxLayout>
#include <algorithm>

#include "app/studio/core_text.hpp"
#include "app/studio/labels.hpp"
#include "core/algorithms/algorithm.hpp"
#include "widgets/network/network_editor.hpp"

namespace gb {

namespace {

Json algorithmOf(const ExperimentDocument& document) {
  const auto found = document.json().find("algorithm");
  return found != document.json().end() && found->is_object() ? *found : Json::object();
}

Json paramsOf(const ExperimentDocument& document) {
  const Json params = algorithmOf(document).value("params", Json::object());
  return params.is_object() ? params : Json::object();
}

}  // namespace

NetworkPage::NetworkPage(ExperimentDocument& document, QWidget* parent) : QWidget(parent), document_(document) {
  setObjectName("network-page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(14, 10, 14, 10);
  layout->setSpacing(10);
  auto* head = new QHBoxLayout;
  head->setSpacing(10);
  auto* back = new QPushButton(tr("Back to the run"));
  back->setObjectName("network-back");
  tabs_ = new QTabBar;
  tabs_->setObjectName("network-parts");
  tabs_->setAccessibleName(tr("Network whose layers are shown"));
  head->addWidget(roleLabel("title", tr("Layers")));
  head->addSpacing(8);
  head->addWidget(tabs_);
  head->addStretch(1);
  head->addWidget(back);
  layout->addLayout(head);
  editor_ = new NetworkEditor;
  layout->addWidget(editor_, 1);
  connect(back, &QPushButton::clicked, this, &NetworkPage::backRequested);
  connect(tabs_, &QTabBar::currentChanged, this, &NetworkPage::showPart);
  connect(&document, &ExperimentDocument::changed, this, &NetworkPage::refresh);
  connect(editor_, &NetworkEditor::edited, this, [this](const QString& text, const QString& key, const Json& layers) {
    const auto shown = static_cast<std::size_t>(tabs_->currentIndex());
    if (shown >= parts_.size()) return;
    document_.edit(text, key.isEmpty() ? key : QStringLiteral("algorithm.params.") + key,
                   [&, field = parts_[shown].field](Json& json) {
                     Json& params = json["algorithm"]["params"];
                     if (!params.is_object()) params = Json::object();
                     if (layers.is_null())
                       params.erase(field);
                     else
                       params[field] = layers;
                   });
  });
  refresh();
}

const AlgorithmInfo* NetworkPage::algorithm() const {
  return find_algorithm(algorithmOf(document_).value("id", std::string()));
}

bool NetworkPage::applies() const {
  const auto* info = algorithm();
  return info && info->networks;
}

std::vector<NetworkPart> NetworkPage::parts() const {
  const auto* info = algorithm();
  if (!info || !info->networks) return {};
  Shape example;
  if (const auto* images = dataset_ ? dataset_->images() : nullptr)
    example = {static_cast<std::int64_t>(images->channels), static_cast<std::int64_t>(images->height),
               static_cast<std::int64_t>(images->width)};
  const auto* target = dataset_ ? dataset_->target_column() : nullptr;
  const bool classes = target && target->type == ColumnType::categorical;
  return info->networks(paramsOf(document_), example, classes ? static_cast<std::int64_t>(target->levels.size()) : 0);
}

void NetworkPage::refresh() {
  parts_ = parts();
  const auto* info = algorithm();
  const QSignalBlocker quiet(tabs_);
  while (tabs_->count() > static_cast<int>(parts_.size())) tabs_->removeTab(tabs_->count() - 1);
  while (tabs_->count() < static_cast<int>(parts_.size())) tabs_->addTab({});
  for (int i = 0; i < tabs_->count(); ++i) {
    const auto* spec = find_spec(info->params, parts_[static_cast<std::size_t>(i)].field);
    tabs_->setTabText(i, spec ? coreText(spec->label) : QString());
  }
  tabs_->setVisible(tabs_->count() > 1);
  showPart();
}

void NetworkPage::showPart() {
  const auto shown = static_cast<std::size_t>(tabs_->currentIndex());
  if (shown >= parts_.size()) return;
  const NetworkPart& part = parts_[shown];
  const Json params = paramsOf(document_);
  const bool own = params.contains(part.field) && params[part.field].is_array();
  editor_->setNetwork(part, own ? params[part.field] : Json(),
                      dataset_ ? tr("The data is a table: shapes and sizes are known for pictures only.")
                               : tr("Shapes and sizes are shown once the data has been read."));
}

void NetworkPage::showNetwork(const QString& param) {
  const auto found = std::find_if(parts_.begin(), parts_.end(),
                                  [&](const NetworkPart& part) { return part.field == param.toStdString(); });
  if (found != parts_.end()) tabs_->setCurrentIndex(static_cast<int>(found - parts_.begin()));
}

void NetworkPage::showField(const QString& field) {
  const QString param = field.section('.', 2, 2).section('[', 0, 0);
  showNetwork(param);
  editor_->showField(field);
}

void NetworkPage::setDataset(const std::shared_ptr<const Dataset>& dataset) {
  if (dataset == dataset_) return;
  dataset_ = dataset;
  refresh();
}

}  // namespace gb
