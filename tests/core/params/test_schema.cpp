#include <QtTest>
#include <limits>

#include "core/params/schema.hpp"

using namespace gb;

namespace {

enum class Color { red, green };

struct Fields {
  int count = 8;
  double rate = 0.5;
  bool fast = true;
  Color color = Color::green;
  std::string title = "a";
  std::vector<int> sizes = {3, 4};
  std::vector<double> range = {0, 1};
  std::vector<std::string> ignore;
  std::map<std::string, std::string> types;
  std::optional<int> depth;
  std::optional<LayerList> layers;
  NestedAlgorithm inner{Json{{"id", "knn"}, {"params", Json::object()}}};
  NestedAlgorithms members;
};

const Schema<Fields>& schema() {
  static const auto s = Schema<Fields>{}
                            .add(&Fields::count, {.name = "count", .label = "Count", .valid = {1, 1e6}})
                            .add(&Fields::rate, {.name = "rate", .valid = {0, 1, true}})
                            .add(&Fields::fast, {.name = "fast"})
                            .add(&Fields::color, {.name = "color", .choices = {{"red", "Red"}, {"green", "Green"}}})
                            .add(&Fields::title, {.name = "title", .enabled_by = EnabledBy{"color", {"red"}}})
                            .add(&Fields::sizes, {.name = "sizes", .valid = {1, 100}, .most = 5})
                            .add(&Fields::range, {.name = "range", .most = 2})
                            .add(&Fields::ignore, {.name = "ignore"})
                            .add(&Fields::types, {.name = "types"})
                            .add(&Fields::depth, {.name = "depth", .valid = {1, 50}})
                            .add(&Fields::layers, {.name = "layers"})
                            .add(&Fields::inner, {.name = "inner"})
                            .add(&Fields::members, {.name = "members"});
  return s;
}

template <class Action>
ParamError refusal(Action action) {
  try {
    action();
  } catch (const ParamError& error) {
    return error;
  }
  return ParamError("nothing was refused");
}

}  // namespace

class TestSchema : public QObject {
  Q_OBJECT
 private slots:
  void defaultsComeFromTheStruct() {
    const Fields fields = schema().read(Json::object());
    QCOMPARE(fields.count, 8);
    QCOMPARE(fields.color, Color::green);
    QVERIFY(!fields.depth);
    QCOMPARE(
        schema().write(Fields{}).dump(),
        std::string(
            R"({"count":8,"rate":0.5,"fast":true,"color":"green","title":"a","sizes":[3,4],)"
            R"("range":[0.0,1.0],"ignore":[],"types":{},"depth":null,"layers":null,"inner":{"id":"knn","params":{}},"members":[]})"));
  }

  void valuesRoundTrip() {
    const Json document = Json::parse(
        R"({"count":12,"rate":0.25,"fast":false,"color":"red","title":"b","sizes":[7],)"
        R"("range":[-1.0,1.0],"ignore":["id"],"types":{"a":"text"},"depth":3,"layers":["Flatten",{"type":"Dense","units":3}],)"
        R"("inner":{"id":"svm","params":{"c":2}},"members":[{"id":"knn","params":{}},{"id":"mlp","params":{"a":[]}}]})");
    QCOMPARE(schema().write(schema().read(document)).dump(), document.dump());
  }

  void idsAloneAreAlgorithms() {
    const Fields fields = schema().read(Json::parse(R"({"inner":"svm","members":["knn",{"id":"mlp"}]})"));
    QCOMPARE(fields.inner.document.dump(), std::string(R"({"id":"svm","params":{}})"));
    QCOMPARE(fields.members.documents.dump(), std::string(R"([{"id":"knn","params":{}},{"id":"mlp","params":{}}])"));
    const auto error =
        refusal([] { schema().read(Json::parse(R"({"members":["knn",{"id":"mlp","params":3}]})"), "p"); });
    QCOMPARE(error.field(), std::string("p.members[1].params"));
  }

  void wholeFloatsReadAsIntegers() { QCOMPARE(schema().read(Json::parse(R"({"count": 20.0})")).count, 20); }

  void errorsNameFieldValueAndWhatIsAllowed() {
    const auto error = refusal([] { schema().read(Json::parse(R"({"count": 0})"), "algorithm.params"); });
    QCOMPARE(error.field(), std::string("algorithm.params.count"));
    QCOMPARE(error.allowed(), std::string("a whole number from 1 to 1000000"));
    QCOMPARE(std::string(error.what()),
             std::string("algorithm.params.count is 0, but must be a whole number from 1 to 1000000"));
  }

  void errorsNameTheEntryOfAList() {
    const auto error = refusal([] { schema().read(Json::parse(R"({"sizes": [5, 101]})"), "p"); });
    QCOMPARE(error.field(), std::string("p.sizes[1]"));
  }

  void misspeltFieldsGetASuggestion() {
    const auto error = refusal([] { schema().read(Json::parse(R"({"cuont": 3})"), "p"); });
    QCOMPARE(error.field(), std::string("p.cuont"));
    QVERIFY(std::string(error.what()).find("'count'") != std::string::npos);
  }

  void badValuesAreRefused_data() {
    QTest::addColumn<int>("spec");
    QTest::addColumn<int>("value");
    for (std::size_t i = 0; i < schema().specs().size(); ++i) {
      const auto& spec = schema().specs()[i];
      const auto bad = bad_values(spec);
      for (std::size_t k = 0; k < bad.size(); ++k)
        QTest::addRow("%s %zu", spec.name.c_str(), k) << static_cast<int>(i) << static_cast<int>(k);
    }
  }
  void badValuesAreRefused() {
    QFETCH(int, spec);
    QFETCH(int, value);
    const auto& chosen = schema().specs()[static_cast<std::size_t>(spec)];
    const Json bad = bad_values(chosen)[static_cast<std::size_t>(value)];
    const auto error = refusal([&] { schema().read(Json{{chosen.name, bad}}, "p"); });
    QVERIFY2(error.field().starts_with("p." + chosen.name), error.what());
    QVERIFY(!error.allowed().empty());
  }

  void fieldsAreEnabledByOthers() {
    const auto& title = *find_spec(schema().specs(), "title");
    QVERIFY(!enabled(title, Json{{"color", "green"}}));
    QVERIFY(enabled(title, Json{{"color", "red"}}));
  }
};

QTEST_APPLESS_MAIN(TestSchema)
#include "test_schema.moc"
