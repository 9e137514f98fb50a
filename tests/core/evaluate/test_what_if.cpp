#include "core/evaluate/what_if.hpp"

#include <QTemporaryDir>
#include <QtTest>
#include <array>

#include "core/model/onnx_file.hpp"
#include "core/run/runner.hpp"

using namespace gb;

namespace {

/// Numbers 0 to 10 in `a` (whole) and 0 to 1 in `b`, a colour, a word.
Dataset table() {
  DataTable content;
  content.rows = 11;
  Column a{"a"}, b{"b"}, color{"color", ColumnType::categorical}, word{"word", ColumnType::text};
  color.levels = {"blue", "red"};
  for (int i = 0; i <= 10; ++i) {
    a.numbers.push_back(i);
    b.numbers.push_back(i / 10.0);
    color.codes.push_back(0);
    word.texts.push_back("w");
  }
  content.columns = {a, b, color, word};
  Dataset data;
  data.content = content;
  return data;
}

/// "yes" where a is above 6, b above 0.731, or the colour is red.
Answers rule(const Dataset& raw) {
  Answers answers;
  const DataTable& rows = *raw.table();
  for (std::size_t i = 0; i < rows.rows; ++i)
    answers.labels.push_back(
        rows.columns[0].numbers[i] > 6 || rows.columns[1].numbers[i] > 0.731 || rows.columns[2].codes[i] == 1 ? "yes"
                                                                                                              : "no");
  return answers;
}

}  // namespace

class TestWhatIf : public QObject {
  Q_OBJECT

 private slots:
  void theSmallestChangesThatTurnTheAnswerAreFound() {
    const Dataset data = table();
    const Dataset row = single_row(data, 4);
    QCOMPARE(row.rows(), std::size_t(1));
    const auto flips = smallest_flips(data, row, std::vector<std::string>{"a", "b", "color", "word", "none"}, rule);
    QCOMPARE(flips.size(), std::size_t(3));
    // a: 4 to 7 of a range of 10; b: 0.4 to just above 0.731; another colour.
    QCOMPARE(flips[0].column, std::string("a"));
    QCOMPARE(flips[0].from, std::string("4"));
    QCOMPARE(flips[0].to, std::string("7"));
    QCOMPARE(flips[0].becomes, std::string("yes"));
    QVERIFY(std::abs(flips[0].share - 0.3) < 1e-9);
    QCOMPARE(flips[1].column, std::string("b"));
    QCOMPARE(flips[1].to, std::string("0.732"));
    QCOMPARE(flips[2].column, std::string("color"));
    QCOMPARE(flips[2].to, std::string("red"));
    // Downwards too: from a row that says yes.
    const auto back = smallest_flips(data, single_row(data, 7), std::vector<std::string>{"a"}, rule);
    QVERIFY(back.size() == 1 && back[0].to == "6" && back[0].becomes == "no");
  }

  void whatNoChangeTurnsIsLeftOut() {
    const Dataset data = table();
    const auto never = [](const Dataset& raw) {
      Answers answers;
      answers.labels.assign(raw.rows(), "same");
      return answers;
    };
    QVERIFY(smallest_flips(data, single_row(data, 0), std::vector<std::string>{"a", "b", "color"}, never).empty());
    const auto numbers = [](const Dataset& raw) {
      Answers answers;
      answers.values.assign(raw.rows(), 1);
      return answers;
    };
    QVERIFY(smallest_flips(data, single_row(data, 0), std::vector<std::string>{"a"}, numbers).empty());
  }

  /// A model that looks at one quarter of a picture rests on it.
  void occlusionFindsWhatAnAnswerRestsOn() {
    Dataset data;
    data.content = ImageSet{1, 1, 8, 8, std::make_shared<const std::vector<std::uint8_t>>(64, 0)};
    std::vector<std::uint8_t> pixels(64, 0);
    for (int y = 0; y < 4; ++y)
      for (int x = 4; x < 8; ++x) pixels[static_cast<std::size_t>(y * 8 + x)] = 200;
    const Dataset picture = single_picture(data, pixels);
    QCOMPARE(medians_of(*picture.images()), std::vector<std::uint8_t>{0});
    std::size_t asked = 0;
    const auto quarter = [&](const Dataset& raw) {
      const ImageSet& images = *raw.images();
      asked = images.count;
      Answers answers;
      answers.probabilities.resize(static_cast<Eigen::Index>(images.count), 2);
      for (std::size_t i = 0; i < images.count; ++i) {
        float sum = 0;
        for (std::size_t y = 0; y < 4; ++y)
          for (std::size_t x = 4; x < 8; ++x) sum += images.image(i)[y * 8 + x];
        answers.probabilities(static_cast<Eigen::Index>(i), 1) = sum / 3200;
        answers.probabilities(static_cast<Eigen::Index>(i), 0) = 1 - sum / 3200;
        answers.labels.emplace_back("1");
      }
      return answers;
    };
    const auto heat = occlusion(*picture.images(), 1, quarter, 2, 2);
    QCOMPARE(asked, std::size_t(17));
    QCOMPARE(heat.size(), std::size_t(64));
    QVERIFY(heat[1 * 8 + 5] > 0.05f);
    QCOMPARE(heat[6 * 8 + 1], 0.f);
    QVERIFY(occlusion(*picture.images(), 0, quarter, 2, 2)[1 * 8 + 5] < -0.05f);
  }

  /// A model in memory and the file it becomes say the same of a row that nobody has seen.
  void modelAndFileAnswerAlike() {
    const auto prepared = prepare_run(Experiment::parse(
        R"({"glassbench":1,"data":{"source":"bundled","name":"iris"},"algorithm":{"id":"logistic_regression"}})",
        "test", "."));
    Observers nobody({});
    RunControl control;
    RunContext context(nobody, control, {});
    const RunResult result = run(*prepared, context);
    QVERIFY2(result.model, result.message.c_str());
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.path().toStdString()) / "model.onnx";
    export_with_proof({*result.model, prepared->preparation, *prepared->dataset, &*prepared->problem.target, "{}"},
                      path);
    const OnnxModel file = OnnxModel::read(path);
    Dataset row = single_row(*prepared->dataset, 77);
    std::get<DataTable>(row.content).columns[2].numbers[0] = 5.1;
    const Answers here = ask(*result.model, prepared->preparation, &*prepared->problem.target, row);
    const Answers there = ask(file, row);
    QCOMPARE(here.rows(), std::size_t(1));
    QCOMPARE(here.labels, there.labels);
    QCOMPARE(here.classes, there.classes);
    for (Eigen::Index i = 0; i < 3; ++i)
      QVERIFY(std::abs(here.probabilities(0, i) - there.probabilities(0, i)) < 1e-4f);
  }
};

QTEST_GUILESS_MAIN(TestWhatIf)
#include "test_what_if.moc"
