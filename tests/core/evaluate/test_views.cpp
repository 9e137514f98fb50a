#include <QtTest>
#include <numeric>

#include "core/base/random.hpp"
#include "core/evaluate/nearest_pictures.hpp"
#include "core/evaluate/views.hpp"

using namespace gb;

namespace {

ProblemSet problem_of(MatrixF values, std::vector<std::string> names = {}) {
  ProblemSet problem;
  problem.features = Features(std::move(values));
  problem.feature_names = std::move(names);
  return problem;
}

std::vector<std::int64_t> all_rows(const ProblemSet& problem) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(problem.features.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

MatrixF normal_rows(Eigen::Index rows, Eigen::Index features) {
  Random random(1);
  MatrixF values(rows, features);
  for (Eigen::Index i = 0; i < values.size(); ++i) values.data()[i] = static_cast<float>(random.normal());
  return values;
}

ProblemSet labelled() {
  ProblemSet problem = problem_of(MatrixF::Zero(6, 1));
  problem.target.emplace();
  problem.target->classes = {"cat", "dog", "owl"};
  problem.target->codes = {0, 1, 1, -1, 0, 2};
  return problem;
}

}  // namespace

class TestViews : public QObject {
  Q_OBJECT
 private slots:
  void confusionKnowsItsRows() {
    const ProblemSet problem = labelled();
    const std::vector<std::int64_t> rows{5, 0, 1, 2, 3};
    const std::vector<std::int32_t> predicted{1, 0, 1, 0, 2};
    const auto view = confusion_view(problem, rows, predicted, 12, "validation");
    QCOMPARE(view->step, 12);
    QCOMPARE(view->part, std::string("validation"));
    QCOMPARE(view->row_labels, problem.target->classes);
    QCOMPARE(view->values, (std::vector<double>{1, 0, 0, 1, 1, 0, 0, 1, 0}));
    // Row 3 has no truth and stands nowhere.
    QCOMPARE(view->rows, (std::vector<std::int64_t>{5, 0, 1, 2}));
    QCOMPARE(view->cells, (std::vector<std::int32_t>{7, 0, 4, 3}));
  }

  void reportPerClass() {
    const ProblemSet problem = labelled();
    const std::vector<std::int64_t> rows{0, 1, 2, 4, 3};
    const std::vector<std::int32_t> predicted{0, 1, 0, 0, 2};
    const auto report = class_report(problem, rows, predicted, 3, "test");
    QCOMPARE(report->rows.size(), std::size_t{3});
    QCOMPARE(report->rows[0], (std::vector<std::string>{"cat", "0.667", "1.000", "0.800", "2"}));
    QCOMPARE(report->rows[1], (std::vector<std::string>{"dog", "1.000", "0.500", "0.667", "2"}));
    QCOMPARE(report->rows[2], (std::vector<std::string>{"owl", "", "", "", "0"}));
  }

  void twoFeaturesAreThePlane() {
    const MatrixF values = normal_rows(50, 2);
    const ProblemSet problem = problem_of(values, {"length", "width"});
    const std::vector<std::int64_t> rows{4, 9, 30};
    const PlaneView plane(problem, rows);
    QVERIFY(plane.is_plane());
    const Points points = plane.points();
    QCOMPARE(points.x_label, std::string("length"));
    QCOMPARE(points.y_label, std::string("width"));
    QCOMPARE(*points.rows, rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      QCOMPARE((*points.xy)[2 * i], values(rows[i], 0));
      QCOMPARE((*points.xy)[2 * i + 1], values(rows[i], 1));
    }
    QCOMPARE(plane.project(values.middleRows(7, 1)), (std::vector<float>{values(7, 0), values(7, 1)}));
  }

  void manyFeaturesAreProjected_data() {
    QTest::addColumn<int>("features");
    QTest::newRow("5 features") << 5;
    QTest::newRow("150 features") << 150;
  }
  void manyFeaturesAreProjected() {
    QFETCH(int, features);
    MatrixF values = normal_rows(1000, features);
    values.col(1) *= 20;
    values.col(3) *= 10;
    values.array() += 5;
    const ProblemSet problem = problem_of(values);
    const PlaneView plane(problem, all_rows(problem));
    QVERIFY(!plane.is_plane());
    const Points points = plane.points();
    const Eigen::Map<const MatrixF> xy(points.xy->data(), 1000, 2);
    // The widest features are, up to noise, the two axes, centred.
    const Eigen::RowVectorXf mean = values.colwise().mean();
    QVERIFY((xy.col(0) - (values.col(1).array() - mean[1]).matrix()).norm() / values.col(1).norm() < 0.1);
    QVERIFY((xy.col(1) - (values.col(3).array() - mean[3]).matrix()).norm() / values.col(3).norm() < 0.2);
    QVERIFY(std::abs(xy.col(0).mean()) < 1e-3);
    const auto center = plane.project(values.middleRows(17, 2));
    QVERIFY(std::abs(center[2] - xy(18, 0)) < 1e-4f);
    QVERIFY(std::abs(center[3] - xy(18, 1)) < 1e-4f);
    // The grid lies in the plane and is even there.
    const std::vector<float> back = plane.project(plane.grid(4, 3));
    QVERIFY(std::abs(back[2] - back[0] - (back[4] - back[2])) < 1e-2f);
    QVERIFY(std::abs(back[1] - back[3]) < 1e-3f);
    QVERIFY(back[2] - back[0] > 10);
    QVERIFY(points.x_label.find("Principal component 1") == 0);
  }

  void bytesAndFloatsLookTheSame() {
    Random random(5);
    auto bytes = std::make_shared<std::vector<std::uint8_t>>(600 * 120);
    for (auto& byte : *bytes) byte = static_cast<std::uint8_t>(random.below(256));
    ProblemSet problem;
    problem.features = Features(bytes, 600, 120, 1 / 255.0f, -0.5f);
    const auto rows = all_rows(problem);
    const ProblemSet same = problem_of(problem.features.dense(rows));
    QCOMPARE(*PlaneView(problem, rows).points().xy, *PlaneView(same, rows).points().xy);
  }

  void gridAndRegionCoverTheCloud() {
    MatrixF values(3, 2);
    values << 0, 0, 10, 5, 4, 4;
    const ProblemSet problem = problem_of(values);
    const PlaneView plane(problem, all_rows(problem));
    const MatrixF grid = plane.grid(4, 2);
    QCOMPARE(grid.rows(), 8);
    QVERIFY(grid(0, 1) < grid(4, 1));  // row 0 is the smallest y
    QVERIFY(grid(0, 0) < grid(1, 0));
    QCOMPARE(grid(0, 0), grid(4, 0));
    std::vector<std::int32_t> groups{0, 1, 2, -1, 1, 1, 300, 0};
    std::vector<float> certainty{0, 1, 0.5f, 1, 2, -1, 1, 0};
    const auto region = plane.region(4, 2, groups, certainty);
    QVERIFY(region->x_min < 0 && region->x_max > 10 && region->y_min < 0 && region->y_max > 5);
    QVERIFY(std::abs(grid(1, 0) - (region->x_min + (region->x_max - region->x_min) * 1.5f / 4)) < 1e-5f);
    QCOMPARE(region->group, (std::vector<std::uint8_t>{0, 1, 2, 0, 1, 1, 44, 0}));
    QCOMPARE(region->strength, (std::vector<std::uint8_t>{0, 255, 128, 0, 255, 0, 255, 0}));
  }

  void oddShapes() {
    // One feature: it is x, y is nought. One row, constant rows, no rows: still a finite range.
    const ProblemSet line = problem_of(normal_rows(20, 1), {"only"});
    const PlaneView plane(line, all_rows(line));
    QVERIFY(!plane.is_plane());
    QCOMPARE(plane.points().xy->at(7), 0.0f);
    QCOMPARE(plane.points().x_label, std::string("only"));
    for (const auto& values : {MatrixF(MatrixF::Constant(1, 4, 3)), MatrixF(MatrixF::Constant(9, 4, 3))}) {
      const ProblemSet constant = problem_of(values);
      const PlaneView flat(constant, all_rows(constant));
      QVERIFY(flat.grid(3, 3).allFinite());
      QVERIFY(flat.points().xy->at(0) == 0.0f);
    }
    const PlaneView none(line, {});
    QVERIFY(none.points().xy->empty());
    QVERIFY(none.grid(2, 2).allFinite());
  }

  void largeCloudsAreThinned() {
    const ProblemSet problem = problem_of(normal_rows(1000, 2));
    const PlaneView plane(problem, all_rows(problem), 100);
    const auto& rows = *plane.rows();
    QCOMPARE(rows.size(), std::size_t{100});
    for (std::size_t i = 0; i < rows.size(); ++i) QCOMPARE(rows[i], static_cast<std::int64_t>(i * 10));
  }

  void theNearestPicturesOfTheDataStandBehindASample() {
    Dataset dataset;
    ImageSet data;
    data.count = 40;
    data.channels = 1;
    data.height = data.width = 3;
    std::vector<std::uint8_t> pixels;
    // Picture i is grey as 3 i; the brightest of all is far from the rest.
    for (std::uint8_t picture = 0; picture < 40; ++picture)
      pixels.insert(pixels.end(), 9, static_cast<std::uint8_t>(3 * picture));
    data.pixels = std::make_shared<const std::vector<std::uint8_t>>(pixels);
    dataset.content = data;
    Images wall;
    wall.step = 8;
    wall.count = 2;
    wall.channels = 1;
    wall.height = wall.width = 3;
    wall.pixels.assign(9, 0);
    wall.pixels.insert(wall.pixels.end(), 9, 61);
    const auto view = picked_view(wall, 1, dataset);
    QVERIFY(view);
    QCOMPARE(view->step, std::int64_t{8});
    QCOMPARE(view->count, 12);
    // The sample leads to the nearest: 60 and 63 are 1 and 2 away, then 57, 66 ...
    const std::vector<std::int64_t> first(view->rows.begin(), view->rows.begin() + 5);
    QCOMPARE(first, (std::vector<std::int64_t>{20, 20, 21, 19, 22}));
    QCOMPARE(view->pixels[0], std::uint8_t{61});
    QCOMPARE(view->pixels[9], std::uint8_t{60});
    QVERIFY(view->captions[1].find("1") != std::string::npos);
    // Pictures of another size, or none at all, are no answer.
    QVERIFY(!picked_view(wall, 2, dataset));
    QVERIFY(!picked_view(wall, -1, dataset));
    wall.width = 2;
    QVERIFY(!picked_view(wall, 0, dataset));
    QVERIFY(!picked_view(wall, 0, Dataset{}));
  }
};

QTEST_APPLESS_MAIN(TestViews)
#include "test_views.moc"
