#include <algorithm>
#include <utility>

#include "app/studio/core_text.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/run_list_model.hpp"
#include "app/studio/tile.hpp"
#include "widgets/plot/curve_view.hpp"
#include "widgets/series_name.hpp"

namespace gb {

namespace {

QString curveKey(const std::string& plot) {
  return QStringLiteral("curve/") + QString::fromStdString(plot);
}

/// Of the parts of the data; those that are none have no colour of their own.
int partColor(const SeriesName& name) {
  return name.curve == "validation" ? 1 : name.curve == "test" ? 2 : 0;
}

}  // namespace

CurveView* LivePage::curveView(const std::string& series) {
  const auto plot = seriesName(series).plot;
  const QString key = curveKey(plot);
  Tile* tile = findTile(key);
  if (!tile) tile = addTile(key, new CurveView(metricLabel(plot)), plot == "loss" ? Rank::loss : Rank::curves);
  tile->setStale(false);
  return static_cast<CurveView*>(tile->view());
}

int LivePage::colorOf(const std::string& series) const {
  const auto name = seriesName(series);
  if (own_color_ >= 0) return own_color_;
  if (name.of_part || name.curve.empty()) return partColor(name);
  // The curves of a plot have the colours in the order in which they came.
  int before = 0;
  for (const auto& curve : curves_) {
    if (curve.series == series) break;
    before += seriesName(curve.series).plot == name.plot;
  }
  return before;
}

void LivePage::addCurve(CurveView* view, const std::string& runId, const std::string& series, const QString& label,
                        int color) {
  const auto name = seriesName(series);
  const bool validation = name.of_part && name.curve == "validation";
  QString text = name.of_part         ? coreText(name.curve)
                 : name.curve.empty() ? metricLabel(name.plot)
                                      : QString::fromStdString(name.curve);
  // Under a run's own name the colour says which run, and dashes say validation.
  if (!label.isEmpty() && !validation)
    text = name.of_part || name.curve.empty() ? label : label + QStringLiteral(" \u00b7 ") + text;
  view->addSeries(QString::fromStdString(runId + "/" + series), text, color, validation);
}

void LivePage::takeCurve(const RunNews::Curve& news) {
  auto kept =
      std::find_if(curves_.begin(), curves_.end(), [&](const Curve& curve) { return curve.series == news.series; });
  const bool fresh = kept == curves_.end();
  if (fresh) {
    curves_.push_back({news.series, {}, {}});
    kept = curves_.end() - 1;
  }
  // A run that went back to its checkpoint tells some steps again.
  const bool again = !kept->steps.empty() && !news.steps.empty() && news.steps.front() <= kept->steps.back();
  if (again) {
    const auto from =
        std::lower_bound(kept->steps.begin(), kept->steps.end(), news.steps.front()) - kept->steps.begin();
    kept->steps.resize(static_cast<std::size_t>(from));
    kept->values.resize(static_cast<std::size_t>(from));
  }
  kept->steps.insert(kept->steps.end(), news.steps.begin(), news.steps.end());
  kept->values.insert(kept->values.end(), news.values.begin(), news.values.end());
  auto* view = curveView(news.series);
  if (fresh) addCurve(view, run_id_, news.series, own_label_, colorOf(news.series));
  const QString key = QString::fromStdString(run_id_ + "/" + news.series);
  if (again)
    view->setSeries(key, kept->steps, kept->values);
  else
    for (std::size_t i = 0; i < news.steps.size(); ++i) view->append(key, news.steps[i], news.values[i]);
}

void LivePage::redrawCurves() {
  for (auto* tile : tiles_)
    if (auto* curves = qobject_cast<CurveView*>(tile->view())) curves->clear();
  for (const auto& curve : curves_) {
    auto* view = curveView(curve.series);
    addCurve(view, run_id_, curve.series, own_label_, colorOf(curve.series));
    view->setSeries(QString::fromStdString(run_id_ + "/" + curve.series), curve.steps, curve.values);
  }
  for (const auto& overlay : overlays_)
    for (const auto& series : overlay.series) {
      auto* view = curveView(series.name);
      addCurve(view, overlay.id, series.name, overlay.label, overlay.color);
      view->setSeries(QString::fromStdString(overlay.id + "/" + series.name), series.steps, series.values);
    }
}

void LivePage::setOverlays(std::vector<Overlay> overlays, const QString& ownLabel, int ownColor) {
  overlays_ = std::move(overlays);
  own_color_ = overlays_.empty() ? -1 : ownColor;
  own_label_ = overlays_.empty() ? QString() : ownLabel;
  redrawCurves();
  // Curves that only an overlay brought go with it.
  for (std::size_t i = tiles_.size(); i-- > 0;) {
    if (!qobject_cast<CurveView*>(tiles_[i]->view())) continue;
    const auto shows = [&](const std::string& series) { return curveKey(seriesName(series).plot) == tiles_[i]->key(); };
    const bool own = std::any_of(curves_.begin(), curves_.end(), [&](const auto& each) { return shows(each.series); });
    const bool laid = std::any_of(overlays_.begin(), overlays_.end(), [&](const Overlay& overlay) {
      return std::any_of(overlay.series.begin(), overlay.series.end(),
                         [&](const auto& each) { return shows(each.name); });
    });
    if (!own && !laid) removeTile(tiles_[i]);
  }
  refreshEmpty();
}

}  // namespace gb
