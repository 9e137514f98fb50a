#include <QtTest>

#include "core/data/source.hpp"
#include "core/data/text_terms.hpp"
#include "prepare_tables.hpp"

using namespace gb;

namespace {

std::vector<std::string> words_of(const char* text, bool han_pairs = true) {
  std::vector<std::string> words;
  for_each_word(text, han_pairs, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

using Words = std::vector<std::string>;

Dataset reviews() {
  return table_of({texts("review", {"good good film", "bad film", "a good story", "bad bad story", "the film", ""}),
                   categories("y", {"p", "n", "p", "n", "p", "n"})},
                  "y");
}

}  // namespace

class TestPrepareText : public QObject {
  Q_OBJECT
 private slots:
  void words() {
    QCOMPARE(words_of("Don't a_b x 12, 3 Caf\xC3\x89!"), (Words{"don", "a_b", "12", "caf\xC3\xA9"}));
    // "I like Beijing's weather" in Chinese, in pairs and as one word.
    QCOMPARE(words_of("\xE6\x88\x91\xE7\x88\xB1GLASS\xE4\xBA\xAC"),
             (Words{"\xE6\x88\x91\xE7\x88\xB1", "glass", "\xE4\xBA\xAC"}));
    QCOMPARE(words_of("\xE6\x88\x91\xE7\x88\xB1\xE4\xBA\xAC"),
             (Words{"\xE6\x88\x91\xE7\x88\xB1", "\xE7\x88\xB1\xE4\xBA\xAC"}));
    QCOMPARE(words_of("\xE6\x88\x91\xE7\x88\xB1\xE4\xBA\xAC", false), (Words{"\xE6\x88\x91\xE7\x88\xB1\xE4\xBA\xAC"}));
    // No UTF-8, and cut off.
    QCOMPARE(words_of("ab\xFF\xFE"
                      "cd\xE6\x88"),
             (Words{"ab", "cd"}));
    QVERIFY(words_of("").empty());
    QVERIFY(std::is_sorted(english_stop_words().begin(), english_stop_words().end()));
  }

  void asScikitLearn() {
    const Json all = prepare_reference();
    const auto data = table_of({texts("t", all["texts"].get<Words>())});
    const auto train = all["training_texts"].get<std::size_t>();
    for (const Json& one : all["text"]) {
      const auto name = one["name"].get<std::string>();
      Json step{{"step", "text"}, {"stop_words", "none"}};
      if (name == "sublinear") step["sublinear"] = true;
      if (name == "rare left out") step["min_rows"] = 2;
      if (name == "count") step["weighting"] = "count";
      Split split = first_rows(train);
      const auto preparation = Preparation::fit(data, Json::array({step}), split);
      Words names;
      for (const auto& term : one["terms"].get<Words>()) names.push_back("t:" + term);
      QCOMPARE(preparation.feature_names(), names);
      const auto values = values_of(preparation, data);
      for (Eigen::Index row = 0; row < values.rows(); ++row)
        for (Eigen::Index column = 0; column < values.cols(); ++column) {
          const double wanted = one["values"][static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
          QVERIFY2(std::abs(static_cast<double>(values(row, column)) - wanted) < 1e-6, name.c_str());
        }
    }
  }

  void bestWords() {
    const auto data = reviews();
    QCOMPARE(fitted(data, R"([{"step":"text","terms":2}])").feature_names(), (Words{"review:bad", "review:film"}));
    QCOMPARE(fitted(data, R"([{"step":"text","terms":2,"choose":"chi2"}])").feature_names(),
             (Words{"review:bad", "review:good"}));
    QCOMPARE(fitted(data, R"([{"step":"text","more_stop_words":["film","bad"]}])").feature_names(),
             (Words{"review:good", "review:story"}));
    QCOMPARE(fitted(data, R"([{"step":"text","stop_words":"none","more_stop_words":["film","bad"]}])").feature_names(),
             (Words{"review:good", "review:story", "review:the"}));
  }

  /// A word that no training text has must not become a column.
  void onlyTrainingTextsAreRead() {
    const auto data = reviews();
    const auto preparation = fitted(data, R"([{"step":"text"}])", first_rows(2));
    QCOMPARE(preparation.feature_names(), (Words{"review:bad", "review:film", "review:good"}));
    QVERIFY(values_of(preparation, data).row(5).isZero());
  }

  void selectedWords() {
    const auto data = reviews();
    const auto preparation = fitted(data, R"([{"step":"text","weighting":"count"},{"step":"select_chi2","keep":2}])");
    QCOMPARE(preparation.feature_names(), (Words{"review:bad", "review:good"}));
    QVERIFY(values_of(preparation, data).topRows(4) == (MatrixF{{0, 2}, {1, 0}, {0, 1}, {2, 0}}));
  }

  /// Nothing but texts: their words are what is learnt from. Beside numbers they are left out, with a word about it.
  void textsAlone() {
    const auto alone = fitted(reviews(), "[]");
    QCOMPARE(alone.completed_steps()[0]["step"], Json("text"));
    QCOMPARE(alone.feature_names(), (Words{"review:bad", "review:film", "review:good", "review:story"}));
    auto with_number = reviews();
    std::get<DataTable>(with_number.content).columns.push_back(numeric("x", {1, 2, 3, 4, 5, 6}));
    const auto beside = fitted(with_number, "[]");
    QCOMPARE(beside.feature_names(), (Words{"x"}));
    QVERIFY(beside.problems().at(0).message.starts_with("text is left out; the step text"));
    const auto named = fitted(with_number, R"([{"step":"text","terms":1},{"step":"standardize"}])");
    QCOMPARE(named.feature_names(), (Words{"review:film", "x"}));
    QCOMPARE(values_of(named, with_number)(4, 0), 1.0F);  // words are not standardized
  }

  /// What the reader took for categories can be read as text by naming it; another file may be read otherwise.
  void categoriesAsText() {
    const auto data =
        table_of({categories("c", {"red wine", "white wine", "red wine"}), categories("k", {"p", "q", "p"})});
    const auto preparation = fitted(data, R"([{"step":"text","columns":["c"],"weighting":"count"}])");
    QCOMPARE(preparation.feature_names(), (Words{"c:red", "c:white", "c:wine", "k=p", "k=q"}));
    const auto other = table_of({texts("c", {"red red", "33"}), categories("k", {"q", "q"})});
    QVERIFY(values_of(preparation, other) == (MatrixF{{2, 0, 0, 0, 1}, {0, 0, 0, 0, 1}}));
  }

  void refusals() {
    const auto says = [&](const Dataset& dataset, const char* steps, const char* what) {
      const QString text = refusal(dataset, steps);
      QVERIFY2(text.contains(what), qPrintable(text));
    };
    const auto numbers = table_of({numeric("x", {1, 2}), numeric("y", {0.5, 2.5})}, "y");
    says(numbers, R"([{"step":"text"}])", "prepare[0].step is \"text\", which is for text columns, and there is none");
    says(numbers, R"([{"step":"text","columns":["x"]}])", "is \"x\", which holds no texts");
    says(table_of({texts("t", {"a", "I b"})}), "[]", "The texts of 't' hold no words for the step text");
    says(table_of({texts("t", {"", ""})}), "[]", "'t'");
    says(table_of({texts("t", {"some words", "more words"}), numeric("y", {0.5, 2.5})}, "y"),
         R"([{"step":"text","choose":"chi2"}])", "compares classes, but the target is a number");
    says(table_of({texts("t", {"some words", "more words"})}), R"([{"step":"text","choose":"chi2"}])",
         "which needs answers");
    says(table_of({texts("t", {"some words", "more words"}), numeric("x", {1, 2})}),
         R"([{"step":"power","columns":["t"]}])", "is text, which the step text alone can use");
  }
};

QTEST_APPLESS_MAIN(TestPrepareText)
#include "test_prepare_text.moc"
