#include "app/studio/network_page.hpp"

#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/studio/labels.hpp"
#include "core/algorithms/algorithm.hpp"
#include "widgets/network/network_editor.hpp"

namespace gb {

namespace {

Json algorithmOf(const ExperimentDocument& document) {
  const auto found = document.json().find("algorithm");
  return found != document.json().end() && found->is_object() ? *found : Json::object();
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
  head->addWidget(roleLabel("title", tr("Layers of the network")));
  head->addStretch(1);
  head->addWidget(back);
  layout->addLayout(head);
  editor_ = new NetworkEditor;
  layout->addWidget(editor_, 1);
  connect(back, &QPushButton::clicked, this, &NetworkPage::backRequested);
  connect(&document, &ExperimentDocument::changed, this, &NetworkPage::refresh);
  connect(editor_, &NetworkEditor::edited, this, [this](const QString& text, const QString& key, const Json& layers) {
    const auto* spec = field();
    if (!spec) return;
    document_.edit(text, key.isEmpty() ? key : QStringLiteral("algorithm.params.") + key, [&](Json& json) {
      Json& params = json["algorithm"]["params"];
      if (!params.is_object()) params = Json::object();
      if (layers.is_null())
        params.erase(spec->name);
      else
        params[spec->name] = layers;
    });
  });
  showPicture();
}

const ParamSpec* NetworkPage::field() const {
  const auto* info = find_algorithm(algorithmOf(document_).value("id", std::string()));
  if (!info) return nullptr;
  for (const auto& spec : info->params)
    if (spec.kind == Kind::layers) return &spec;
  return nullptr;
}

bool NetworkPage::applies() const {
  return field() != nullptr;
}

void NetworkPage::refresh() {
  const auto* spec = field();
  if (!spec) return;
  const Json params = algorithmOf(document_).value("params", Json::object());
  const auto text = [&](const char* name) {
    return params.is_object() && params.contains(name) && params[name].is_string() ? params[name].get<std::string>()
                                                                                   : std::string();
  };
  const bool own = params.is_object() && params.contains(spec->name) && params[spec->name].is_array();
  editor_->setLayers(own ? params[spec->name] : Json(), text("preset"));
}

void NetworkPage::setDataset(const std::shared_ptr<const Dataset>& dataset) {
  if (dataset == dataset_) return;
  dataset_ = dataset;
  showPicture();
}

void NetworkPage::showPicture() {
  const auto* images = dataset_ ? dataset_->images() : nullptr;
  if (!images) {
    editor_->setPicture({}, 0,
                        dataset_ ? tr("The data is a table: shapes and sizes are known for pictures only.")
                                 : tr("Shapes and sizes are shown once the data has been read."));
    return;
  }
  const auto* target = dataset_->target_column();
  const bool classes = target && target->type == ColumnType::categorical;
  editor_->setPicture({static_cast<std::int64_t>(images->channels), static_cast<std::int64_t>(images->height),
                       static_cast<std::int64_t>(images->width)},
                      classes ? static_cast<std::int64_t>(target->levels.size()) : 1);
}

void NetworkPage::setRunning(bool running) {
  editor_->setRunning(running);
}

}  // namespace gb
