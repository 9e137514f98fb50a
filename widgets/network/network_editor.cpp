#include "widgets/network/network_editor.hpp"

#include <QAction>
#include <QClipboard>
#include <QEvent>
#include <QFrame>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <functional>
#include <map>

#include "core/layers/layer_types.hpp"
#include "core/params/json_text.hpp"
#include "widgets/network/layer_list_model.hpp"
#include "widgets/network/layer_words.hpp"
#include "widgets/network/network_delegate.hpp"
#include "widgets/network/network_line.hpp"
#include "widgets/number_text.hpp"
#include "widgets/params/field_text.hpp"
#include "widgets/params/parameter_form.hpp"
#include "widgets/theme.hpp"

namespace gb {
namespace {

constexpr int details_width = 272;

/// What the form of a layer shows: all of its fields but the layers in it, which are rows of their own.
std::span<const ParamSpec> formFields(const LayerInfo& info) {
  static std::map<std::string, std::vector<ParamSpec>> kept;
  const auto [at, fresh] = kept.try_emplace(info.type);
  if (fresh)
    for (const auto& spec : info.fields)
      if (spec.kind != Kind::layers) at->second.push_back(spec);
  return at->second;
}

/// A new layer as one would mostly want it.
Json newLayer(const LayerInfo& info) {
  Json entry{{"type", info.type}};
  const bool weights = find_spec(info.fields, "use_bias") != nullptr;
  if (weights && find_spec(info.fields, "activation")) entry["activation"] = "relu";
  if (const auto* list = find_spec(info.fields, "layers"); list && list->kind == Kind::layers)
    entry["layers"] = Json::array({Json{{"type", "Conv2D"}, {"padding", "same"}}});
  return entry;
}

std::string typeOf(const Json& entry) {
  return entry.is_string() ? entry.get<std::string>() : entry.is_object() ? entry.value("type", std::string()) : "";
}

QLabel* wrapped(const char* role) {
  auto* label = new QLabel;
  label->setProperty("role", QString::fromLatin1(role));
  label->setWordWrap(true);
  return label;
}

}  // namespace

struct NetworkEditor::Implementation {
  explicit Implementation(NetworkEditor* owner) : editor(owner) {}

  QWidget* makeBar();
  QWidget* makeList();
  QWidget* makeDetails();
  QAction* makeAction(const char* icon, const QKeySequence& keys, std::function<void()> act);
  void fillMenus();
  void retranslate();
  bool editable() const { return !layers.is_null() && !running; }
  Json shown() const;
  const NetworkPreset* shownPreset() const { return part.preset ? &part.presets[*part.preset] : nullptr; }
  bool known() const { return !part.input.empty(); }
  void refresh();
  void showState();
  void showDetails();
  void showErrors();
  void tell(const QString& text, const Json& changed, const LayerPath& then, const QString& field = {});
  void add(const LayerInfo& info);
  void duplicate();
  void remove();
  void rearrange(const std::function<std::optional<LayerPath>(Json&, const LayerPath&)>& change);
  void changeField(const QString& name, const Json& value);
  void paste();
  const LayerListModel::Row* current() const;

  NetworkEditor* editor;
  NetworkPart part;
  Json layers;
  QString why;
  bool running = false;
  LayerPath wanted;  ///< to be selected once the next list is shown

  QLabel* banner = nullptr;
  QPushButton* copy = nullptr;
  QPushButton* back = nullptr;
  QPushButton* add_button = nullptr;
  QPushButton* start_button = nullptr;
  QMenu* add_menu = nullptr;
  QMenu* start_menu = nullptr;
  QAction *up = nullptr, *down = nullptr, *in = nullptr, *out = nullptr, *twice = nullptr, *gone = nullptr;
  QListView* list = nullptr;
  QLabel* empty = nullptr;
  LayerListModel* model = nullptr;
  NetworkDelegate* delegate = nullptr;
  NetworkLine* head = nullptr;
  NetworkLine* foot = nullptr;
  QLabel* note = nullptr;
  QLabel* title = nullptr;
  QLabel* help = nullptr;
  QLabel* problem = nullptr;
  ParameterForm* form = nullptr;
  std::string form_type;
  LayerPath form_path;
  QStringList form_errors;
};

QAction* NetworkEditor::Implementation::makeAction(const char* icon, const QKeySequence& keys,
                                                   std::function<void()> act) {
  auto* action = new QAction(editor);
  action->setShortcut(keys);
  action->setShortcutContext(Qt::WidgetShortcut);
  if (icon) action->setIcon(themedIcon(QString::fromLatin1(icon)));
  QObject::connect(action, &QAction::triggered, editor, std::move(act));
  return action;
}

QWidget* NetworkEditor::Implementation::makeBar() {
  auto* bar = new QWidget;
  auto* layout = new QHBoxLayout(bar);
  layout->setContentsMargins(12, 10, 12, 10);
  layout->setSpacing(8);
  add_button = new QPushButton;
  add_button->setObjectName("layer-add");
  add_menu = new QMenu(add_button);
  add_button->setMenu(add_menu);
  start_button = new QPushButton;
  start_button->setObjectName("layers-start");
  start_menu = new QMenu(start_button);
  start_button->setMenu(start_menu);
  layout->addWidget(add_button);
  layout->addWidget(start_button);
  layout->addStretch(1);
  const auto move = [this](bool to_end) {
    rearrange([to_end](Json& all, const LayerPath& path) { return moveLayer(all, path, to_end); });
  };
  up = makeAction("go-up", QKeySequence(Qt::ALT | Qt::Key_Up), [move] { move(false); });
  down = makeAction("go-down", QKeySequence(Qt::ALT | Qt::Key_Down), [move] { move(true); });
  in = makeAction(nullptr, QKeySequence(Qt::ALT | Qt::Key_Right), [this] { rearrange(nestLayer); });
  out = makeAction(nullptr, QKeySequence(Qt::ALT | Qt::Key_Left), [this] { rearrange(liftLayer); });
  twice = makeAction("edit-copy", QKeySequence(Qt::CTRL | Qt::Key_D), [this] { duplicate(); });
  gone = makeAction("edit-delete", QKeySequence::Delete, [this] { remove(); });
  for (auto* action : {up, down, twice, gone}) {
    auto* button = new QToolButton;
    button->setDefaultAction(action);
    button->setIconSize({16, 16});
    button->setFixedSize(28, 28);
    button->setFocusPolicy(Qt::TabFocus);
    layout->addWidget(button);
  }
  return bar;
}

QWidget* NetworkEditor::Implementation::makeList() {
  auto* frame = new QFrame;
  frame->setProperty("card", true);
  auto* layout = new QVBoxLayout(frame);
  layout->setContentsMargins(1, 1, 1, 1);
  layout->setSpacing(0);
  auto* top = new QHBoxLayout;
  top->setContentsMargins(14, 10, 12, 0);
  top->setSpacing(10);
  banner = wrapped("secondary");
  copy = new QPushButton;
  copy->setObjectName("layers-copy");
  copy->setProperty("primary", true);
  back = new QPushButton;
  back->setObjectName("layers-preset");
  top->addWidget(banner, 1);
  top->addWidget(back, 0, Qt::AlignTop);
  top->addWidget(copy, 0, Qt::AlignTop);
  layout->addLayout(top);
  layout->addWidget(makeBar());
  head = new NetworkLine(true);
  layout->addWidget(head);
  list = new QListView;
  list->setObjectName("layers");
  model = new LayerListModel(list);
  delegate = new NetworkDelegate(list);
  list->setModel(model);
  list->setItemDelegate(delegate);
  list->setResizeMode(QListView::Adjust);
  list->setSelectionMode(QAbstractItemView::SingleSelection);
  list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list->setDragDropMode(QAbstractItemView::InternalMove);
  list->setDefaultDropAction(Qt::MoveAction);
  list->setDropIndicatorShown(true);
  list->setMouseTracking(true);
  list->setFrameShape(QFrame::NoFrame);
  list->addActions({up, down, in, out, twice, gone});
  list->setContextMenuPolicy(Qt::ActionsContextMenu);
  list->viewport()->installEventFilter(editor);
  empty = wrapped("secondary");
  empty->setParent(list->viewport());
  empty->setAlignment(Qt::AlignCenter);
  layout->addWidget(list, 1);
  foot = new NetworkLine(false);
  layout->addWidget(foot);
  note = wrapped("secondary");
  note->setContentsMargins(14, 0, 14, 12);
  layout->addWidget(note);
  return frame;
}

QWidget* NetworkEditor::Implementation::makeDetails() {
  auto* frame = new QFrame;
  frame->setProperty("card", true);
  frame->setFixedWidth(details_width);
  auto* outer = new QVBoxLayout(frame);
  outer->setContentsMargins(1, 1, 1, 1);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  outer->addWidget(scroll);
  auto* body = new QWidget;
  body->setProperty("scrolled", true);
  scroll->setWidget(body);
  auto* layout = new QVBoxLayout(body);
  layout->setContentsMargins(14, 12, 14, 12);
  layout->setSpacing(8);
  title = wrapped("title");
  help = wrapped("secondary");
  problem = wrapped("error");
  problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
  form = new ParameterForm;
  form->setObjectName("layer-form");
  form->setFollowed(false);
  layout->addWidget(title);
  layout->addWidget(help);
  layout->addWidget(problem);
  layout->addWidget(form);
  layout->addStretch(1);
  return frame;
}

void NetworkEditor::Implementation::fillMenus() {
  add_menu->clear();
  std::map<std::string, QMenu*> families;
  for (const auto& info : layer_types()) {
    auto& family = families[info.family];
    if (!family) {
      family = add_menu->addMenu(schemaText(info.family));
      family->setToolTipsVisible(true);
    }
    auto* action = family->addAction(schemaText(info.label), editor, [this, &info] { add(info); });
    action->setObjectName(QStringLiteral("add-") + QString::fromStdString(info.type));
    action->setToolTip(schemaText(info.help));
  }
  start_menu->clear();
  start_menu->setToolTipsVisible(true);
  for (const auto& each : part.presets) {
    auto* action = start_menu->addAction(schemaText(each.label), editor, [this, each] {
      tell(tr("Layers of %1").arg(schemaText(each.label)), each.layers, {0});
    });
    action->setObjectName(QStringLiteral("start-") + QString::fromStdString(each.name));
    action->setToolTip(schemaText(each.help));
  }
  start_menu->addSeparator();
  start_menu->addAction(tr("An empty list"), editor,
                        [this] { tell(tr("An empty list of layers"), Json::array(), {}); });
  start_menu->addAction(tr("Layers on the clipboard"), editor, [this] { paste(); });
  start_menu->addSeparator();
  start_menu->addAction(tr("Copy these layers as text"), editor, [this] {
    QGuiApplication::clipboard()->setText(QString::fromStdString(dump_json(shown(), 2)));
  });
}

void NetworkEditor::Implementation::retranslate() {
  fillMenus();
  add_button->setText(tr("Add a layer"));
  start_button->setText(tr("Start from\u2026"));
  copy->setText(tr("Edit a copy"));
  back->setText(tr("Back to the preset"));
  const auto name = [](QAction* action, const QString& text) {
    action->setText(text);
    action->setToolTip(tr("%1 (%2)", "action (keys)").arg(text, action->shortcut().toString(QKeySequence::NativeText)));
  };
  name(up, tr("Move up"));
  name(down, tr("Move down"));
  name(in, tr("Move into the block above"));
  name(out, tr("Move out of the block"));
  name(twice, tr("Duplicate"));
  name(gone, tr("Remove"));
  list->setAccessibleName(tr("Layers"));
  list->setAccessibleDescription(tr("Alt with the arrow keys moves the chosen layer, Delete removes it."));
  head->setTexts({tr("Layer"), tr("Output"), tr("Parameters"), tr("Memory"), tr("Multiply-adds")});
  head->setToolTip(
      tr("Output: channels \u00d7 height \u00d7 width, or numbers of a row. Memory: what is computed for one example "
         "while training, gradients included. Multiply-adds: of one example, forwards."));
  empty->setText(tr("No layers yet. Add one, or start from a preset."));
}

Json NetworkEditor::Implementation::shown() const {
  if (!layers.is_null()) return layers;
  const auto* chosen = shownPreset();
  return chosen ? chosen->layers : Json::array();
}

const LayerListModel::Row* NetworkEditor::Implementation::current() const {
  const int row = list->currentIndex().row();
  return row < 0 || row >= model->rowCount() ? nullptr : &model->rows()[static_cast<std::size_t>(row)];
}

void NetworkEditor::Implementation::refresh() {
  const auto* before = current();
  LayerPath path = !wanted.empty() ? wanted : before ? before->path : LayerPath{0};
  wanted.clear();
  model->setEditable(editable());
  delegate->setEditable(editable());
  model->setNetwork(shown(), part);
  int row = model->rowOf(path);
  while (row < 0 && !path.empty()) {
    // What was chosen is gone: its neighbour, or the block that held it.
    path.back() > 0 ? void(--path.back()) : path.pop_back();
    row = model->rowOf(path);
  }
  list->setCurrentIndex(model->index(row < 0 && model->rowCount() > 0 ? 0 : row));
  showState();
  showDetails();
}

void NetworkEditor::Implementation::showState() {
  const bool own = !layers.is_null();
  const auto* chosen = shownPreset();
  copy->setVisible(!own);
  copy->setEnabled(!running && chosen);
  back->setVisible(own);
  back->setEnabled(!running);
  add_button->setEnabled(editable());
  start_button->setEnabled(!running);
  if (own)
    banner->setText(tr("Your own layers, from input to output."));
  else if (chosen)
    banner->setText(tr("<b>%1</b>, a preset. %2")
                        .arg(schemaText(chosen->label).toHtmlEscaped(), schemaText(chosen->help).toHtmlEscaped()));
  else
    banner->setText(tr("The preset is chosen by the pictures, once they are read."));
  const auto* row = current();
  const bool movable = editable() && row && !row->path.empty();
  for (auto* action : {up, down, in, out, twice, gone}) action->setEnabled(movable);
  empty->setVisible(model->rowCount() == 0 && own);
  if (!known())
    foot->setTexts({});
  else
    foot->setTexts({tr("Total per example"), QString(), wholeText(model->total().parameters),
                    bytesText(model->total().activation_bytes + model->total().gradient_bytes),
                    countText(model->total().multiply_adds)});
  foot->setVisible(known());
  QString text = known() ? QString() : why;
  if (known() && !model->valid())
    text = tr("Shapes behind a mistake are not known, and the totals are of what comes before it.");
  note->setText(text);
  note->setVisible(!text.isEmpty());
}

void NetworkEditor::Implementation::showDetails() {
  const auto* row = current();
  const auto* info = row ? find_layer_type(typeOf(row->entry)) : nullptr;
  title->setText(row ? layerLabel(row->entry) : tr("No layer is chosen"));
  help->setText(!row   ? tr("Choose a layer to see and change its fields.")
                : info ? schemaText(info->help)
                       : tr("Remove it, or put another layer in its place."));
  if (row && row->summary.added)
    help->setText(help->text() + QStringLiteral("\n\n") +
                  tr("It is added by itself, as the network has to end in one number per answer. To change it, add a "
                     "dense layer of %1 units of your own.")
                      .arg(part.outputs));
  const bool fields = info && !row->summary.added;
  form->setVisible(fields);
  if (fields) {
    const Json values = layer_fields(row->entry);
    if (form_type != info->type || form_path != row->path) {
      form_type = info->type;
      form_path = row->path;
      form_errors.clear();
      form->setSchema(formFields(*info), values);
    } else {
      Json complete = Json::object();
      for (const auto& spec : formFields(*info))
        complete[spec.name] = values.contains(spec.name) ? values[spec.name] : spec.default_value;
      if (complete != form->values()) form->setValues(values);
    }
    form->setRunning(!editable());
  }
  showErrors();
}

/// At its field where the form has it, else above the form.
void NetworkEditor::Implementation::showErrors() {
  for (const auto& name : form_errors) form->setFieldError(name, {});
  form_errors.clear();
  const auto* row = current();
  problem->hide();
  if (!row || row->summary.error.empty()) return;
  const QString reason = QString::fromStdString(row->summary.error);
  const QString name = QString::fromStdString(row->summary.field).section('.', -1).section('[', 0, 0);
  const auto* info = find_layer_type(typeOf(row->entry));
  if (info && !form->isHidden() && find_spec(formFields(*info), name.toStdString())) {
    form->setFieldError(name, reason);
    form_errors << name;
    return;
  }
  problem->setText(reason);
  problem->show();
}

void NetworkEditor::Implementation::tell(const QString& text, const Json& changed, const LayerPath& then,
                                         const QString& field) {
  wanted = then;
  emit editor->edited(text, field, changed);
}

void NetworkEditor::Implementation::add(const LayerInfo& info) {
  if (!editable()) return;
  Json changed = layers.is_array() ? layers : Json::array();
  const auto* row = current();
  LayerPath at{changed.size()};
  if (row && !row->path.empty()) {
    at = row->path;
    const bool hollow = isBlock(row->entry) && row->entry["layers"].empty();
    hollow ? at.push_back(0) : void(++at.back());
  }
  const LayerPath then = insertLayer(changed, at, newLayer(info));
  tell(tr("New layer: %1").arg(schemaText(info.label)), changed, then);
  list->setFocus();
}

void NetworkEditor::Implementation::duplicate() {
  const auto* row = current();
  if (!editable() || !row || row->path.empty()) return;
  Json entry = row->entry;
  // Names are taken once only.
  const std::function<void(Json&)> forget = [&](Json& each) {
    if (!each.is_object()) return;
    each.erase("name");
    if (isBlock(each))
      for (auto& inner : each["layers"]) forget(inner);
  };
  forget(entry);
  Json changed = layers;
  LayerPath at = row->path;
  ++at.back();
  const LayerPath then = insertLayer(changed, at, entry);
  tell(tr("Copy of a layer"), changed, then);
}

void NetworkEditor::Implementation::remove() {
  const auto* row = current();
  if (!editable() || !row || row->path.empty()) return;
  Json changed = layers;
  const LayerPath then = removeLayer(changed, row->path);
  tell(tr("Removal of a layer"), changed, then);
}

void NetworkEditor::Implementation::rearrange(
    const std::function<std::optional<LayerPath>(Json&, const LayerPath&)>& change) {
  const auto* row = current();
  if (!editable() || !row || row->path.empty()) return;
  Json changed = layers;
  if (const auto then = change(changed, row->path)) tell(tr("Move of a layer"), changed, *then);
}

void NetworkEditor::Implementation::changeField(const QString& name, const Json& value) {
  const Json* before = layerAt(layers, form_path);
  if (!editable() || !before) return;
  Json entry = before->is_object() ? *before : Json{{"type", typeOf(*before)}};
  const auto* info = find_layer_type(typeOf(entry));
  const auto* spec = info ? find_spec(info->fields, name.toStdString()) : nullptr;
  if (!spec) return;
  // As people write it: what is as always is left out, one number stands for both axes.
  if (value == spec->default_value)
    entry.erase(spec->name);
  else
    entry[spec->name] = spec->kind == Kind::integers && value.is_array() && value.size() == 1 ? value.front() : value;
  Json changed = layers;
  *const_cast<Json*>(layerAt(changed, form_path)) = entry;
  tell(tr("Change of %1").arg(schemaText(spec->label)), changed, form_path,
       QString::fromStdString(part.field + placeText(form_path) + ".") + name);
}

void NetworkEditor::Implementation::paste() {
  const QString text = QGuiApplication::clipboard()->text();
  try {
    Json read = parse_json(text.toStdString(), tr("The clipboard").toStdString());
    if (!read.is_array()) throw ParamError(tr("The clipboard holds no list of layers").toStdString(), "");
    tell(tr("Layers of the clipboard"), read, {0});
  } catch (const ParamError& error) {
    note->setText(QString::fromStdString(error.what()));
    note->show();
  }
}

NetworkEditor::NetworkEditor(QWidget* parent)
    : QWidget(parent), implementation_(std::make_unique<Implementation>(this)) {
  auto& self = *implementation_;
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins({});
  layout->setSpacing(12);
  layout->addWidget(self.makeList(), 1);
  layout->addWidget(self.makeDetails());
  connect(self.copy, &QPushButton::clicked, this, [this] {
    if (const auto* chosen = implementation_->shownPreset())
      implementation_->tell(tr("Layers of %1").arg(schemaText(chosen->label)), chosen->layers,
                            selected().empty() ? LayerPath{0} : selected());
  });
  connect(self.back, &QPushButton::clicked, this,
          [this] { implementation_->tell(tr("Layers of the preset"), nullptr, {0}); });
  connect(self.list->selectionModel(), &QItemSelectionModel::currentChanged, this, [this] {
    implementation_->showState();
    implementation_->showDetails();
  });
  connect(self.model, &LayerListModel::moveRequested, this, [this](const LayerPath& from, const LayerPath& to) {
    // The list is still in the middle of the drag.
    QTimer::singleShot(0, this, [this, from, to] {
      auto& own = *implementation_;
      if (!own.editable()) return;
      Json changed = own.layers;
      if (const auto then = dragLayer(changed, from, to)) own.tell(tr("Move of a layer"), changed, *then);
    });
  });
  connect(self.form, &ParameterForm::valueChanged, this,
          [this](const QString& name, const Json& value) { implementation_->changeField(name, value); });
  self.retranslate();
  self.refresh();
}

NetworkEditor::~NetworkEditor() = default;

void NetworkEditor::setNetwork(const NetworkPart& part, const Json& layers, const QString& why) {
  auto& self = *implementation_;
  if (part.field != self.part.field) {
    // Another list: what was chosen in the one before says nothing of it.
    self.wanted = {0};
    self.form_type.clear();
  }
  self.part = part;
  self.layers = layers;
  self.why = why;
  self.fillMenus();
  self.refresh();
}

void NetworkEditor::setRunning(bool running) {
  if (running == implementation_->running) return;
  implementation_->running = running;
  implementation_->refresh();
}

void NetworkEditor::showField(const QString& field) {
  for (const auto& row : implementation_->model->rows())
    if (!row.path.empty() && field.contains(QString::fromStdString(implementation_->part.field + placeText(row.path))))
      select(row.path);
}

void NetworkEditor::select(const LayerPath& path) {
  const int row = implementation_->model->rowOf(path);
  if (row >= 0) implementation_->list->setCurrentIndex(implementation_->model->index(row));
}

LayerPath NetworkEditor::selected() const {
  const auto* row = implementation_->current();
  return row ? row->path : LayerPath{};
}

void NetworkEditor::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (!implementation_ || !implementation_->form) return;
  if (event->type() == QEvent::LanguageChange) {
    implementation_->retranslate();
    implementation_->refresh();
  }
}

bool NetworkEditor::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize && implementation_->list && watched == implementation_->list->viewport()) {
    auto& self = *implementation_;
    const int width = self.list->viewport()->width();
    self.head->setLineWidth(width);
    if (self.foot) self.foot->setLineWidth(width);
    self.empty->setGeometry(self.list->viewport()->rect().adjusted(20, 0, -20, 0));
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace gb
