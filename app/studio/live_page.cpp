#include "app/studio/live_page.hpp"

#include <QKeyEvent>
#include <QLabel>
#include <QPointer>
#include <QScrollArea>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/studio/core_text.hpp"
#include "app/studio/data_preview.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/responsive_grid.hpp"
#include "app/studio/selection.hpp"
#include "app/studio/tile.hpp"
#include "app/studio/time_bar.hpp"
#include "widgets/group_view.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/images/matrix_view.hpp"
#include "widgets/images/point_view.hpp"
#include "widgets/plot/chart_view.hpp"
#include "widgets/plot/curve_view.hpp"
#include "widgets/theme.hpp"
#include "widgets/tree/tree_view.hpp"
#include "widgets/view_factory.hpp"

namespace gb {

namespace {

constexpr int least_tile_width = 340;
constexpr int least_tile_height = 250;
constexpr int margin = 14;
constexpr int bar_width = 10;

std::int64_t stepOf(const Event& event) {
  return std::visit(
      [](const auto& value) -> std::int64_t {
        if constexpr (requires { value->step; })
          return value->step;
        else
          return value.step;
      },
      event);
}

bool isView(const Event& event) {
  return event.index() >= 4;
}

}  // namespace

LivePage::LivePage(Selection& selection, QWidget* parent) : QWidget(parent), selection_(selection) {
  setObjectName("live");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(margin, margin, margin, 10);
  layout->setSpacing(12);
  stack_ = new QStackedWidget;
  scroll_ = new QScrollArea;
  scroll_->setWidgetResizable(true);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  // Its bar stands in the page's margin, so that tiles keep their width when it comes.
  scroll_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll_->setFocusPolicy(Qt::NoFocus);
  auto* inner = scroll_->verticalScrollBar();
  bar_ = new QScrollBar(Qt::Vertical, this);
  bar_->hide();
  connect(inner, &QScrollBar::rangeChanged, this, [this, inner](int least, int most) {
    bar_->setRange(least, most);
    bar_->setPageStep(inner->pageStep());
    bar_->setVisible(most > least);
  });
  connect(inner, &QScrollBar::valueChanged, bar_, &QScrollBar::setValue);
  connect(bar_, &QScrollBar::valueChanged, inner, &QScrollBar::setValue);
  auto* holder = new QWidget;
  holder->setProperty("scrolled", true);
  grid_ = new ResponsiveGrid(holder, least_tile_width, 2, 12);
  grid_->setFill(least_tile_height, 2 * least_tile_height);
  scroll_->setWidget(holder);
  scroll_->viewport()->installEventFilter(this);
  empty_ = roleLabel("secondary", {});
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setWordWrap(true);
  stack_->addWidget(empty_);
  stack_->addWidget(scroll_);
  layout->addWidget(stack_, 1);
  time_ = new TimeBar;
  layout->addWidget(time_);
  connect(time_, &TimeBar::stepRequested, this, [this](qint64 step) {
    for (auto* tile : tiles_)
      if (auto* curves = qobject_cast<CurveView*>(tile->view())) curves->setMarker(step);
    if (step < 0) showLatest();
    emit stepRequested(step);
  });
  connect(&selection_, &Selection::changed, this, &LivePage::highlight);
  refreshEmpty();
}

bool LivePage::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize) fitGrid();
  return QWidget::eventFilter(watched, event);
}

void LivePage::fitGrid() {
  grid_->setFill(least_tile_height, scroll_->viewport()->height());
  bar_->setGeometry(width() - bar_width - 1, stack_->y(), bar_width, stack_->height());
}

void LivePage::refreshEmpty() {
  empty_->setText(tr("Press Run and watch it learn."));
  stack_->setCurrentIndex(tiles_.empty() ? 0 : 1);
}

void LivePage::clear() {
  while (!tiles_.empty()) removeTile(tiles_.back());
  run_id_.clear();
  curves_.clear();
  overlays_.clear();
  latest_.clear();
  past_.clear();
  latest_texts_.clear();
  time_->reset();
  refreshEmpty();
  setTexts({});
}

void LivePage::showDataset(const std::shared_ptr<const Dataset>& dataset) {
  if (!run_id_.empty() || !curves_.empty()) return;
  clear();
  for (const auto& event : previewOf(dataset)) placeEvent(event);
}

void LivePage::begin(const std::string& runId, bool recorded) {
  run_id_ = runId;
  recorded_ = recorded;
  own_color_ = -1;
  own_label_.clear();
  curves_.clear();
  overlays_.clear();
  latest_.clear();
  past_.clear();
  latest_texts_.clear();
  time_->reset();
  for (auto* tile : tiles_) {
    tile->setStale(true);
    tile->setShownStep(-1);
    tile->setAbsent(false);
    if (auto* curves = qobject_cast<CurveView*>(tile->view())) curves->clear();
    if (auto* group = qobject_cast<GroupView*>(tile->view())) group->setLeftOver();
  }
  setTexts({});
}

void LivePage::beginFork(const std::string& runId, std::int64_t step) {
  std::vector<Curve> past = std::move(curves_);
  begin(runId, true);
  for (auto& curve : past) {
    const auto count = std::upper_bound(curve.steps.begin(), curve.steps.end(), step) - curve.steps.begin();
    if (count == 0) continue;
    curve.steps.resize(static_cast<std::size_t>(count));
    curve.values.resize(static_cast<std::size_t>(count));
    curves_.push_back(std::move(curve));
  }
  redrawCurves();
  time_->setLast(step, true);
}

void LivePage::setTexts(const QStringList& texts) {
  texts_ = texts;
  emit textsChanged();
}

void LivePage::goOn() {
  own_color_ = -1;
  own_label_.clear();
  overlays_.clear();
  redrawCurves();
  time_->follow();
  showLatest();
}

void LivePage::end() {
  for (std::size_t i = tiles_.size(); i-- > 0;)
    if (tiles_[i]->isStale()) removeTile(tiles_[i]);
  time_->setLast(time_->last(), recorded_);
  refreshEmpty();
}

void LivePage::add(const RunNews& news) {
  std::int64_t last = time_->last();
  for (const auto& curve : news.curves) {
    takeCurve(curve);
    if (!curve.steps.empty()) last = std::max(last, curve.steps.back());
  }
  // Once a run has begun to speak, the preview of its data has served.
  for (std::size_t i = tiles_.size(); i-- > 0;)
    if (tiles_[i]->isStale() && tiles_[i]->key().endsWith(QLatin1String("preview")) &&
        (!news.views.empty() || !news.curves.empty()))
      removeTile(tiles_[i]);
  for (const auto& event : news.views) {
    last = std::max(last, stepOf(event));
    keepLatest(event);
    // While an earlier step is shown, newer views wait for the return to the end.
    if (time_->shown() < 0) placeEvent(event);
  }
  if (!news.texts.empty()) {
    latest_texts_.clear();
    for (const auto& text : news.texts) latest_texts_ << coreText(text.text);
    if (time_->shown() < 0) setTexts(latest_texts_);
  }
  if (news.progress) last = std::max(last, news.progress->step);
  // What takes time to make is made now and then: people see how old it is.
  if (time_->shown() < 0)
    for (auto* tile : tiles_)
      if (tile->rank() == static_cast<int>(Rank::made) && !tile->isStale()) {
        const std::int64_t step = stepOfLatest(tile->key());
        tile->setShownStep(step, std::max<std::int64_t>(0, last - step));
      }
  time_->setLast(last, recorded_);
  refreshEmpty();
}

std::int64_t LivePage::stepOfLatest(const QString& key) const {
  for (const auto& event : latest_)
    if (placeKey(event) == key) return stepOf(event);
  return -1;
}

Tile* LivePage::addTile(const QString& key, View* view, Rank order) {
  auto* tile = new Tile(key, view);
  const int rank = static_cast<int>(order);
  tile->setRank(rank);
  // Those that are there keep their places: a new one goes behind all of its kind.
  auto place = tiles_.begin();
  while (place != tiles_.end() && (*place)->rank() <= rank) ++place;
  grid_->insertWidget(static_cast<int>(place - tiles_.begin()), tile);
  tiles_.insert(place, tile);
  connect(tile, &Tile::maximiseRequested, this, [this, tile](bool maximise) { setMaximised(tile, maximise); });
  connect(tile, &Tile::failed, this, &LivePage::failed);
  connect(view, &View::rowHovered, this, &LivePage::rowHovered);
  connect(
      view, &View::rowsSelected, &selection_,
      [this](const std::vector<std::int64_t>& rows, const QString& description) { selection_.set(rows, description); });
  tile->setVisible(std::none_of(tiles_.begin(), tiles_.end(), [](const Tile* each) { return each->isMaximised(); }));
  view->highlightRows(selection_.rows());
  QWidget* before = nullptr;
  for (auto* each : tiles_) {
    if (before) QWidget::setTabOrder(before, each);
    before = each;
  }
  refreshEmpty();
  return tile;
}

void LivePage::removeTile(Tile* tile) {
  if (tile->isMaximised()) setMaximised(tile, false);
  tiles_.erase(std::find(tiles_.begin(), tiles_.end(), tile));
  grid_->removeWidget(tile);
  // Not at once: the tile may be in the middle of telling something.
  tile->hide();
  tile->deleteLater();
}

LivePage::Rank LivePage::rankOf(const View* view) {
  if (qobject_cast<const GroupView*>(view)) return Rank::groups;
  if (qobject_cast<const PointView*>(view) || qobject_cast<const TreeView*>(view)) return Rank::clouds;
  if (qobject_cast<const MatrixView*>(view) || qobject_cast<const ChartView*>(view)) return Rank::charts;
  return qobject_cast<const ImageWall*>(view) ? Rank::pictures : Rank::tables;
}

Tile* LivePage::findTile(const QString& key) const {
  const auto found = std::find_if(tiles_.begin(), tiles_.end(), [&](const Tile* tile) { return tile->key() == key; });
  return found == tiles_.end() ? nullptr : *found;
}

Tile* LivePage::placeEvent(const Event& event, bool seen) {
  if (!isView(event)) return nullptr;
  const QString key = placeKey(event);
  Tile* tile = findTile(key);
  const bool fresh = !tile;
  if (fresh) {
    auto view = makeView(event, nullptr);
    if (!view) return nullptr;
    const auto* images = std::get_if<std::shared_ptr<const Images>>(&event);
    const bool made = images && (*images)->view == "samples";
    const Rank rank = made ? Rank::made : seen ? Rank::seen_rows : rankOf(view.get());
    if (auto* wall = qobject_cast<ImageWall*>(view.get()); wall && made)
      connect(wall, &ImageWall::madePicked, this, &LivePage::samplePicked);
    tile = addTile(key, view.release(), rank);
  }
  tile->setStale(false);
  tile->setAbsent(false);
  tile->view()->show(event);
  return fresh ? tile : nullptr;
}

void LivePage::keepLatest(const Event& event) {
  const QString key = viewKey(event);
  const auto known =
      std::find_if(latest_.begin(), latest_.end(), [&](const Event& each) { return viewKey(each) == key; });
  if (known == latest_.end())
    latest_.push_back(event);
  else
    *known = event;
}

void LivePage::showSeen(const std::vector<Event>& views) {
  QPointer<Tile> first;
  for (const auto& event : views) {
    if (!isView(event)) continue;
    keepLatest(event);
    Tile* made = placeEvent(event, true);
    if (made && !first) first = made;
  }
  // Who asked wants to see the answer: as soon as it has its place.
  if (first)
    QTimer::singleShot(0, this, [this, first] {
      if (first && first->isVisible()) scroll_->ensureWidgetVisible(first, 0, 12);
    });
}

void LivePage::markRows(std::int64_t row, const std::vector<std::int64_t>& rows) {
  for (auto* tile : tiles_) tile->view()->markRows(row, rows);
}

void LivePage::showRecorded(const RunSummary& run, const std::vector<SeriesData>& series,
                            const std::vector<Event>& views) {
  clear();
  begin(run.id, true);
  std::int64_t last = run.steps;
  for (const auto& each : series) {
    curves_.push_back({each.name, each.steps, each.values});
    if (!each.steps.empty()) last = std::max(last, each.steps.back());
  }
  redrawCurves();
  for (const auto& event : views) {
    if (const auto* text = std::get_if<Text>(&event)) latest_texts_ << coreText(text->text);
    if (!isView(event)) continue;
    latest_.push_back(event);
    placeEvent(event);
  }
  time_->setLast(last, true);
  refreshEmpty();
  setTexts(latest_texts_);
}

void LivePage::showSnapshot(const std::vector<Event>& views) {
  // While the slider is dragged, an answer that comes late is nearer to it than what stands there.
  if (time_->shown() < 0) return;
  past_ = views;
  QStringList texts;
  std::vector<Tile*> shown;
  for (const auto& event : views) {
    if (const auto* text = std::get_if<Text>(&event)) texts << coreText(text->text);
    if (!isView(event)) continue;
    placeEvent(event);
    auto* tile = findTile(placeKey(event));
    if (!tile) continue;
    tile->setShownStep(stepOf(event));
    shown.push_back(tile);
  }
  for (auto* tile : tiles_) {
    // Curves know all steps; what was seen of a row was no event of the run.
    const bool timeless = qobject_cast<CurveView*>(tile->view()) || tile->rank() == static_cast<int>(Rank::seen_rows);
    tile->setAbsent(!timeless && std::find(shown.begin(), shown.end(), tile) == shown.end());
  }
  setTexts(texts);
}

void LivePage::showLatest() {
  for (auto* tile : tiles_) {
    tile->setShownStep(-1);
    tile->setAbsent(false);
    if (auto* curves = qobject_cast<CurveView*>(tile->view())) curves->setMarker(-1);
  }
  past_.clear();
  for (const auto& event : latest_) placeEvent(event);
  setTexts(latest_texts_);
}

void LivePage::setMaximised(Tile* tile, bool maximise) {
  for (auto* each : tiles_) {
    each->setMaximised(each == tile && maximise);
    each->setVisible(each == tile || !maximise);
  }
}

void LivePage::highlight() {
  for (auto* tile : tiles_) tile->view()->highlightRows(selection_.rows());
}

std::shared_ptr<const Matrix> LivePage::confusion() const {
  for (const auto& event : time_->shown() < 0 ? latest_ : past_)
    if (const auto* matrix = std::get_if<std::shared_ptr<const Matrix>>(&event))
      if (*matrix && (*matrix)->view.rfind("confusion", 0) == 0) return *matrix;
  return nullptr;
}

void LivePage::keyPressEvent(QKeyEvent* event) {
  const auto maximised =
      std::find_if(tiles_.begin(), tiles_.end(), [](const Tile* tile) { return tile->isMaximised(); });
  if (event->key() == Qt::Key_Escape && maximised != tiles_.end())
    setMaximised(*maximised, false);
  else if (event->key() == Qt::Key_Escape && !selection_.empty())
    selection_.clear();
  else
    QWidget::keyPressEvent(event);
}

}  // namespace gb
