#include "widgets/group_view.hpp"

#include <QComboBox>
#include <QCoreApplication>
#include <QEvent>
#include <QStackedLayout>
#include <algorithm>

#include "widgets/view_factory.hpp"

namespace gb {

GroupView::GroupView(const QString& group, QWidget* parent)
    : View(parent), group_(group), chooser_(new QComboBox(this)), stack_(new QStackedLayout(this)) {
  chooser_->hide();
  chooser_->setObjectName("chooser");
  chooser_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  stack_->setContentsMargins({});
  setFocusPolicy(Qt::NoFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  connect(chooser_, &QComboBox::activated, this, [this](int index) {
    wanted_ = chooser_->itemText(index);
    choose(index);
  });
}

std::pair<QString, QString> GroupView::partsOf(const QString& view) {
  const auto slash = view.indexOf('/');
  if (slash <= 0 || slash + 1 == view.size()) return {QString(), view};
  return {view.left(slash), view.mid(slash + 1)};
}

QString GroupView::groupTitle() const {
  QString shown = group_;
  shown.replace('_', ' ').replace('-', ' ');
  if (!shown.isEmpty()) shown[0] = shown[0].toUpper();
  return QCoreApplication::translate("core", shown.toUtf8().constData());
}

QStringList GroupView::members() const {
  QStringList names;
  for (const Member& member : members_) names << member.name;
  return names;
}

QString GroupView::member() const {
  return chooser_->currentText();
}

View* GroupView::current() const {
  const auto index = static_cast<std::size_t>(chooser_->currentIndex());
  return index < members_.size() ? members_[index].view : nullptr;
}

void GroupView::setMember(const QString& member) {
  wanted_ = member;
  if (const int index = chooser_->findText(member); index >= 0) choose(index);
}

void GroupView::choose(int index) {
  chooser_->setCurrentIndex(index);
  stack_->setCurrentWidget(current());
  setFocusProxy(current());
  setAccessibleDescription(current() ? current()->accessibleDescription() : QString());
  emit titleChanged();
}

View* GroupView::viewOf(const QString& name, const Event& event) {
  const auto known =
      std::find_if(members_.begin(), members_.end(), [&](const Member& member) { return member.name == name; });
  if (known != members_.end()) return known->view;
  View* view = makeSingleView(event, this).release();
  if (!view) return nullptr;
  view->highlightRows(highlighted_);
  connect(view, &View::rowsSelected, this, &View::rowsSelected);
  connect(view, &View::rowHovered, this, &View::rowHovered);
  connect(view, &View::titleChanged, this, [this, view] {
    if (view == current()) emit titleChanged();
  });
  members_.push_back({name, view});
  stack_->addWidget(view);
  chooser_->addItem(name);
  if (members_.size() == 1 || name == wanted_) choose(static_cast<int>(members_.size()) - 1);
  return view;
}

void GroupView::show(const Event& event) {
  const auto [group, name] = partsOf(viewKey(event));
  if (group != group_) return;
  if (left_over_) {
    left_over_ = false;
    chooser_->clear();  // first: until then its index means a member
    for (const Member& member : std::exchange(members_, {})) {
      stack_->removeWidget(member.view);
      delete member.view;
    }
  }
  if (View* view = viewOf(name, event)) view->show(event);
}

void GroupView::markRows(std::int64_t row, const std::vector<std::int64_t>& rows) {
  for (const Member& member : members_) member.view->markRows(row, rows);
}

void GroupView::highlightRows(const std::vector<std::int64_t>& rows) {
  highlighted_ = rows;
  for (const Member& member : members_) member.view->highlightRows(rows);
}

QString GroupView::title() const {
  return current() && !current()->title().isEmpty() ? current()->title() : groupTitle();
}

QString GroupView::subtitle() const {
  return current() ? current()->subtitle() : QString();
}

View::Numbers GroupView::numbers() const {
  return current() ? current()->numbers() : Numbers();
}

void GroupView::eachLine(const std::function<void(const QStringList&)>& take) const {
  if (current()) current()->eachLine(take);
}

void GroupView::paintTo(QPainter& painter, const QRectF& area) {
  if (current()) current()->paintTo(painter, area);
}

QSize GroupView::sizeHint() const {
  return current() ? current()->sizeHint() : QSize(280, 200);
}

QSize GroupView::minimumSizeHint() const {
  return current() ? current()->minimumSizeHint() : QSize(64, 64);
}

void GroupView::changeEvent(QEvent* event) {
  View::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) emit titleChanged();
}

}  // namespace gb
