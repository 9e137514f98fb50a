#include "widgets/view_factory.hpp"

#include "widgets/group_view.hpp"
#include "widgets/images/image_wall.hpp"
#include "widgets/images/matrix_view.hpp"
#include "widgets/images/point_view.hpp"
#include "widgets/plot/chart_view.hpp"
#include "widgets/plot/curve_view.hpp"
#include "widgets/series_name.hpp"
#include "widgets/tables/table_view.hpp"
#include "widgets/tree/tree_view.hpp"

namespace gb {
namespace {

QString plotName(const Scalar& scalar) {
  return QString::fromStdString(seriesName(scalar.series).plot);
}

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

}  // namespace

std::unique_ptr<View> makeSingleView(const Event& event, QWidget* parent) {
  using Made = std::unique_ptr<View>;
  return std::visit(
      Match{[&](const Scalar& scalar) -> Made { return std::make_unique<CurveView>(plotName(scalar), parent); },
            [&](const std::shared_ptr<const Points>&) -> Made { return std::make_unique<PointView>(parent); },
            [&](const std::shared_ptr<const Matrix>&) -> Made { return std::make_unique<MatrixView>(parent); },
            [&](const std::shared_ptr<const Images>&) -> Made { return std::make_unique<ImageWall>(parent); },
            [&](const std::shared_ptr<const Table>&) -> Made { return std::make_unique<TableView>(parent); },
            [&](const std::shared_ptr<const Chart>&) -> Made { return std::make_unique<ChartView>(parent); },
            [&](const std::shared_ptr<const Tree>&) -> Made { return std::make_unique<TreeView>(parent); },
            [](const Progress&) -> Made { return nullptr; }, [](const Text&) -> Made { return nullptr; },
            [](const Change&) -> Made { return nullptr; }},
      event);
}

std::unique_ptr<View> makeView(const Event& event, QWidget* parent) {
  const QString place = placeKey(event);
  if (place != viewKey(event)) return std::make_unique<GroupView>(place, parent);
  return makeSingleView(event, parent);
}

QString viewKey(const Event& event) {
  const auto named = [](const auto& shared) { return shared ? QString::fromStdString(shared->view) : QString(); };
  return std::visit(Match{[](const Scalar& scalar) { return "curve:" + plotName(scalar); },
                          [&](const std::shared_ptr<const Points>& points) { return named(points); },
                          [&](const std::shared_ptr<const Matrix>& matrix) { return named(matrix); },
                          [&](const std::shared_ptr<const Images>& images) { return named(images); },
                          [&](const std::shared_ptr<const Table>& table) { return named(table); },
                          [&](const std::shared_ptr<const Chart>& chart) { return named(chart); },
                          [&](const std::shared_ptr<const Tree>& tree) { return named(tree); },
                          [](const Progress&) { return QString(); }, [](const Text&) { return QString(); },
                          [](const Change&) { return QString(); }},
                    event);
}

QString placeKey(const Event& event) {
  const QString key = viewKey(event);
  const QString group = GroupView::partsOf(key).first;
  // The plot of a series may have a slash in its name.
  return std::holds_alternative<Scalar>(event) || group.isEmpty() ? key : group;
}

}  // namespace gb
