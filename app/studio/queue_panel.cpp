#include "app/studio/queue_panel.hpp"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/studio/labels.hpp"
#include "app/studio/run_queue.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

constexpr int panel_width = 300;

}  // namespace

QueuePanel::QueuePanel(RunQueue& queue, QWidget* parent) : QWidget(parent), queue_(queue) {
  setObjectName("queue");
  setFixedWidth(panel_width);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 6);
  layout->setSpacing(2);
  auto* head = new QHBoxLayout;
  head->setSpacing(6);
  head->addWidget(sectionLabel(tr("Queue")));
  state_ = new ElidingLabel;
  state_->setObjectName("queue-state");
  state_->setProperty("role", "secondary");
  head->addWidget(state_, 1);
  const auto tool = [&](const char* name, const QString& tip) {
    auto* button = new QToolButton;
    button->setObjectName(QString::fromLatin1(name));
    button->setIconSize({14, 14});
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    head->addWidget(button);
    return button;
  };
  up_ = tool("queue-up", tr("Run it earlier (Alt+Up)"));
  down_ = tool("queue-down", tr("Run it later (Alt+Down)"));
  cancel_ = tool("queue-cancel", tr("Take it out of the queue (Delete)"));
  pause_ = linkButton({});
  pause_->setObjectName("queue-pause");
  head->addWidget(pause_);
  layout->addLayout(head);
  list_ = new QListView;
  list_->setObjectName("queue-list");
  list_->setAccessibleName(tr("What waits to be run, the next one first"));
  list_->setModel(&queue);
  list_->setSelectionMode(QAbstractItemView::SingleSelection);
  list_->setDragDropMode(QAbstractItemView::InternalMove);
  list_->setDefaultDropAction(Qt::MoveAction);
  list_->setTextElideMode(Qt::ElideRight);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  list_->setContextMenuPolicy(Qt::CustomContextMenu);
  list_->installEventFilter(this);
  layout->addWidget(list_, 1);
  setIcons();
  connect(up_, &QToolButton::clicked, this, [this] { move(-1); });
  connect(down_, &QToolButton::clicked, this, [this] { move(1); });
  connect(cancel_, &QToolButton::clicked, this, &QueuePanel::cancel);
  connect(pause_, &QPushButton::clicked, this, [this] {
    queue_.setPaused(!queue_.paused());
    if (!queue_.paused()) emit resumed();
  });
  connect(list_, &QListView::activated, this, [this](const QModelIndex& index) { emit showRequested(index.row()); });
  connect(list_, &QListView::customContextMenuRequested, this, [this](const QPoint& at) {
    if (!list_->currentIndex().isValid()) return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Show the experiment"), this, [this] { emit showRequested(list_->currentIndex().row()); });
    menu->addSeparator();
    menu->addAction(tr("Earlier"), this, [this] { move(-1); });
    menu->addAction(tr("Later"), this, [this] { move(1); });
    menu->addAction(tr("Take out"), this, &QueuePanel::cancel);
    menu->addAction(tr("Take all out"), this, [this] { queue_.clear(); });
    menu->popup(list_->viewport()->mapToGlobal(at));
  });
  connect(list_->selectionModel(), &QItemSelectionModel::currentChanged, this, &QueuePanel::refresh);
  connect(&queue, &RunQueue::changed, this, &QueuePanel::refresh);
  refresh();
}

void QueuePanel::setBusy(bool busy) {
  if (busy_ == busy) return;
  busy_ = busy;
  refresh();
}

void QueuePanel::setIcons() {
  up_->setIcon(themedIcon("go-up"));
  down_->setIcon(themedIcon("go-down"));
  cancel_->setIcon(themedIcon("dialog-close"));
}

void QueuePanel::refresh() {
  const int waiting = queue_.rowCount();
  setVisible(waiting > 0);
  const int row = list_->currentIndex().row();
  up_->setEnabled(row > 0);
  down_->setEnabled(row >= 0 && row + 1 < waiting);
  cancel_->setEnabled(row >= 0);
  pause_->setText(queue_.paused() ? tr("Go on") : tr("Pause"));
  pause_->setToolTip(queue_.paused() ? tr("Run what waits, one after the other")
                                     : tr("Let the run end, and begin no other one"));
  state_->setText(queue_.paused() ? tr("%n waiting, paused", "", waiting) : tr("%n waiting", "", waiting));
  const QString note = queue_.kept() ? QString()
                       : queue_.problem().isEmpty()
                           ? tr("Another window keeps its queue: this one is forgotten when the window closes.")
                           : queue_.problem();
  state_->setToolTip(note);
}

void QueuePanel::move(int by) {
  const int row = list_->currentIndex().row(), to = row + by;
  if (row < 0 || to < 0 || to >= queue_.rowCount()) return;
  queue_.moveRow({}, row, {}, by > 0 ? to + 1 : to);
  refresh();
}

void QueuePanel::cancel() {
  queue_.removeAt(list_->currentIndex().row());
}

bool QueuePanel::eventFilter(QObject* watched, QEvent* event) {
  if (watched == list_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool alt = key->modifiers().testFlag(Qt::AltModifier);
    if (alt && (key->key() == Qt::Key_Up || key->key() == Qt::Key_Down)) {
      move(key->key() == Qt::Key_Up ? -1 : 1);
      return true;
    }
    if (key->key() == Qt::Key_Delete || key->key() == Qt::Key_Backspace) {
      cancel();
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

void QueuePanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && cancel_) setIcons();
  QWidget::changeEvent(event);
}

}  // namespace gb
