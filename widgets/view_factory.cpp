#include "widgets/view_factory.hpp"

#include "widgets/images/image_wall.hpp"
#include "widgets/images/matrix_view.hpp"
#include "widgets/images/point_view.hpp"
#include "widgets/plot/curve_view.hpp"
#include "widgets/tables/table_view.hpp"

namespace gb {
namespace {

QString curveName(const Scalar& scalar) {
  return QString::fromStdString(scalar.series).section('/', -1);
}

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

}  // namespace

std::unique_ptr<View> makeView(const Event& event, QWidget* parent) {
  using Made = std::unique_ptr<View>;
  return std::visit(
      Match{[&](const Scalar& scalar) -> Made { return std::make_unique<CurveView>(curveName(scalar), parent); },
            [&](const std::shared_ptr<const Points>&) -> Made { return std::make_unique<PointView>(parent); },
            [&](const std::shared_ptr<const Matrix>&) -> Made { return std::make_unique<MatrixView>(parent); },
            [&](const std::shared_ptr<const Images>&) -> Made { return std::make_unique<ImageWall>(parent); },
            [&](const std::shared_ptr<const Table>&) -> Made { return std::make_unique<TableView>(parent); },
            // Nothing tells these yet.
            [&](const std::shared_ptr<const Chart>&) -> Made { return nullptr; },
            [&](const std::shared_ptr<const Tree>&) -> Made { return nullptr; },
            [](const Progress&) -> Made { return nullptr; }, [](const Text&) -> Made { return nullptr; },
            [](const Change&) -> Made { return nullptr; }},
      event);
}

QString viewKey(const Event& event) {
  const auto named = [](const auto& shared) { return shared ? QString::fromStdString(shared->view) : QString(); };
  return std::visit(Match{[](const Scalar& scalar) { return "curve:" + curveName(scalar); },
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

}  // namespace gb
