#include <QtTest>

#include "core/algorithms/cluster_runs.hpp"
#include "core/algorithms/tsne_forces.hpp"

using namespace gb;

namespace {

MatrixF map_of(const Fitted& run, const ProblemSet& problem) {
  return run.model->predict(problem.features, problem.split.train).embedding;
}

/// Share of each row's five nearest rows on the map that have its class.
double neighbours_of_own_class(const MatrixF& map, const std::vector<std::int32_t>& classes) {
  double own = 0;
  for (Eigen::Index i = 0; i < map.rows(); ++i) {
    std::vector<std::pair<float, Eigen::Index>> order;
    for (Eigen::Index j = 0; j < map.rows(); ++j)
      if (j != i) order.emplace_back((map.row(i) - map.row(j)).squaredNorm(), j);
    std::nth_element(order.begin(), order.begin() + 5, order.end());
    for (std::size_t k = 0; k < 5; ++k)
      own += classes[static_cast<std::size_t>(order[k].second)] == classes[static_cast<std::size_t>(i)];
  }
  return own / 5 / static_cast<double>(map.rows());
}

}  // namespace

class TestTsne : public QObject {
  Q_OBJECT
 private slots:
  void asGoodAsScikitLearn() {
    for (const Json& entry : clusters_reference()["tsne"]) {
      const ProblemSet problem = reference_problem(entry["data"].get<std::string>());
      std::vector<double> mine;
      for (const std::uint64_t seed : {0, 1, 2, 3, 4}) {
        const Json given{{"perplexity", entry["perplexity"]}, {"init", seed == 0 ? "pca" : "random"}};
        mine.push_back(fitted("tsne", problem, given, seed).listener.last_of("train/kl_divergence"));
      }
      std::sort(mine.begin(), mine.end());
      const auto theirs = entry["divergences"].get<std::vector<double>>();
      const double least = *std::min_element(theirs.begin(), theirs.end());
      const double most = *std::max_element(theirs.begin(), theirs.end());
      QVERIFY2(
          mine[2] <= most && mine.front() >= least * 0.95,
          qPrintable(QString("%1..%2..%3 against %4..%5").arg(mine[0]).arg(mine[2]).arg(mine[4]).arg(least).arg(most)));
    }
  }

  /// Affinities against the dense definition: perplexity, symmetry, sum.
  void affinitiesAreAsDefined() {
    const MatrixF rows = normal_rows(120, 4);
    const double perplexity = 12;
    const TsneAffinities sparse = tsne_affinities(rows, perplexity, [] { return false; });
    QCOMPARE(sparse.first.size(), std::size_t{121});
    MatrixD dense = MatrixD::Zero(120, 120);
    for (Eigen::Index i = 0; i < 120; ++i)
      for (auto at = sparse.first[static_cast<std::size_t>(i)]; at < sparse.first[static_cast<std::size_t>(i) + 1];
           ++at)
        dense(i, sparse.neighbors[static_cast<std::size_t>(at)]) =
            static_cast<double>(sparse.values[static_cast<std::size_t>(at)]);
    QVERIFY(std::abs(dense.sum() - 1) < 1e-5);
    QVERIFY((dense - dense.transpose()).cwiseAbs().maxCoeff() < 1e-9);
    MatrixD expected = MatrixD::Zero(120, 120);
    for (Eigen::Index i = 0; i < 120; ++i) {
      std::vector<std::pair<double, Eigen::Index>> order;
      for (Eigen::Index j = 0; j < 120; ++j)
        if (j != i) order.emplace_back((rows.row(i) - rows.row(j)).cast<double>().squaredNorm(), j);
      std::sort(order.begin(), order.end());
      order.resize(37);
      double low = 1e-6, high = 1e3;
      Eigen::VectorXd p(37);
      for (int step = 0; step < 200; ++step) {
        const double beta = std::sqrt(low * high);
        for (Eigen::Index k = 0; k < 37; ++k)
          p[k] = std::exp(-beta * (order[static_cast<std::size_t>(k)].first - order[0].first));
        p /= p.sum();
        const double entropy = -(p.array() * (p.array() + 1e-300).log()).sum();
        (entropy > std::log(perplexity) ? low : high) = beta;
      }
      for (Eigen::Index k = 0; k < 37; ++k) {
        const auto j = order[static_cast<std::size_t>(k)].second;
        expected(i, j) += p[k] / 240;
        expected(j, i) += p[k] / 240;
      }
    }
    QVERIFY((dense - expected).cwiseAbs().maxCoeff() < 1e-6);
  }

  /// With an angle of zero every point counts by itself: the gradient is the formula's, and that of the divergence.
  void gradientIsThatOfTheDivergence() {
    const TsneAffinities affinities = tsne_affinities(normal_rows(90, 4), 10, [] { return false; });
    const MatrixF map = normal_rows(90, 2, 5) * 3;
    TsneForces forces(affinities);
    MatrixF exact(90, 2), near(90, 2);
    forces.gradient(map.data(), 1, 0, exact.data());
    const auto divergence_at = [&](const MatrixF& moved) {
      MatrixF ignored(90, 2);
      forces.gradient(moved.data(), 1, 0, ignored.data());
      return forces.divergence(moved.data());
    };
    for (const Eigen::Index i : {0, 17, 88})
      for (const Eigen::Index axis : {0, 1}) {
        MatrixF up = map, down = map;
        constexpr float step = 1e-2f;
        up(i, axis) += step;
        down(i, axis) -= step;
        const double slope = (divergence_at(up) - divergence_at(down)) /
                             (static_cast<double>(up(i, axis)) - static_cast<double>(down(i, axis)));
        QVERIFY2(std::abs(slope - static_cast<double>(exact(i, axis))) <
                     2e-3 * static_cast<double>(exact.cwiseAbs().maxCoeff()),
                 qPrintable(QString("%1 against %2").arg(slope).arg(exact(i, axis))));
      }
    forces.gradient(map.data(), 1, 0.5f, near.data());
    QVERIFY((near - exact).norm() < 0.02f * exact.norm());
    QVERIFY(near != exact);
  }

  void groupsBecomeIslands() {
    const ProblemSet problem = problem_of(clumps(400, 12, 4, 1));
    std::vector<std::int32_t> classes;
    for (int i = 0; i < 400; ++i) classes.push_back(i % 4);
    for (const char* init : {"pca", "random"}) {
      const Fitted run = fitted("tsne", problem, {{"max_iterations", 400}, {"init", init}});
      QVERIFY(neighbours_of_own_class(map_of(run, problem), classes) > 0.99);
      QVERIFY(run.listener.view<Points>("map"));
    }
  }

  void sameBitsWithAnyThreads() {
    const ProblemSet problem = problem_of(clumps(300, 6, 4, 1));
    const auto run = [&](int count) {
      set_threads(count);
      const Fitted result = fitted("tsne", problem, {{"max_iterations", 60}, {"init", "random"}});
      set_threads(0);
      return all_numbers(*result.model);
    };
    QCOMPARE(run(1), run(3));
  }

  void resumes() {
    check_resuming("tsne", problem_of(clumps(150, 5, 3, 1)), {{"max_iterations", 300}, {"perplexity", 15}},
                   "train/kl_divergence");
  }
  void stops() { check_stopping("tsne", problem_of(clumps(150, 5, 3, 1)), {{"max_iterations", 200}}); }

  void hasNoRuleForNewRows() {
    const TableScene scene(clumps(60, 4, 2, 1));
    const Fitted run = fitted("tsne", scene.problem, {{"max_iterations", 50}, {"perplexity", 10}});
    QVERIFY(!run.model->no_rule().empty());
    QVERIFY_EXCEPTION_THROWN(to_onnx(scene.request(*run.model)), ModelError);
    const std::vector<std::int64_t> other{60};
    QVERIFY_EXCEPTION_THROWN(run.model->predict(scene.problem.features, other), ModelError);
    QCOMPARE(run.model->predict(scene.problem.features, std::vector<std::int64_t>{59, 3}).embedding.rows(),
             Eigen::Index{2});
  }

  void oddData() {
    const std::vector<MatrixF> cases{MatrixF::Constant(40, 3, 2), normal_rows(6, 50), normal_rows(2, 3),
                                     normal_rows(40, 1), clumps(50, 3, 2, 0.1) * 1e15f};
    for (const MatrixF& values : cases) {
      const ProblemSet problem = problem_of(values);
      const Fitted run = fitted("tsne", problem, {{"perplexity", 1.5}, {"max_iterations", 120}});
      QVERIFY(map_of(run, problem).allFinite());
    }
    QVERIFY(refusal("tsne", problem_of(normal_rows(30, 3)), Json::object()).contains("only 30 training rows"));
    QVERIFY(refusal("tsne", problem_of(normal_rows(1, 3)), {{"perplexity", 1}}).contains("only 1 training row"));
    check_refuses_infinite("tsne");
    check_bad_params("tsne");
  }
};

QTEST_APPLESS_MAIN(TestTsne)
#include "test_tsne.moc"
