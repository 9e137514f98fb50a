#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QSlider>
#include <QToolButton>
#include <QTranslator>
#include <QtTest>

#include "core/params/schema.hpp"
#include "widgets/params/parameter_form.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

enum class Optimizer { adam, momentum, sgd };

struct Fields {
  std::vector<int> hidden_layers = {256, 128};
  int epochs = 10;
  int batch_size = 64;
  Optimizer optimizer = Optimizer::adam;
  double momentum = 0.9;
  double learning_rate = 0.001;
  double dropout = 0.25;
  bool shuffle = true;
  bool stop_early = false;
  int patience = 5;
  std::optional<int> depth;
  std::string note;
  std::vector<std::string> ignore;
  std::map<std::string, std::string> types;
  std::vector<double> range = {0, 1};
};

const Schema<Fields>& schema() {
  static const auto s =
      Schema<Fields>{}
          .add(&Fields::hidden_layers, {.name = "hidden_layers",
                                        .label = "Hidden layers",
                                        .help = "Neurons of each layer.",
                                        .valid = {1, 65536},
                                        .most = 16})
          .add(&Fields::epochs,
               {.name = "epochs", .label = "Epochs", .help = "How often all rows are seen.", .valid = {1, 100000}})
          .add(&Fields::batch_size, {.name = "batch_size",
                                     .label = "Batch size",
                                     .help = "Rows a step.",
                                     .valid = {1, 65536},
                                     .unit = "images"})
          .add(&Fields::optimizer, {.name = "optimizer",
                                    .label = "Optimizer",
                                    .help = "How weights move.",
                                    .choices = {{"adam", "Adam", "Adapts each weight's step."},
                                                {"momentum", "Momentum"},
                                                {"sgd", "Plain descent"}}})
          .add(&Fields::momentum, {.name = "momentum",
                                   .label = "Momentum",
                                   .valid = {0, 1},
                                   .enabled_by = EnabledBy{"optimizer", {"momentum"}}})
          .add(&Fields::learning_rate, {.name = "learning_rate",
                                        .label = "Learning rate",
                                        .help = "Length of a step.",
                                        .valid = {0, 10, true},
                                        .search = {1e-5, 1},
                                        .scale = Scale::log,
                                        .live = true})
          .add(&Fields::dropout,
               {.name = "dropout", .label = "Dropout", .help = "Share of silenced neurons.", .valid = {0, 0.95}})
          .add(&Fields::shuffle, {.name = "shuffle", .label = "Shuffle", .help = "A new order each epoch."})
          .add(&Fields::stop_early, {.name = "stop_early", .label = "Early stopping"})
          .add(&Fields::patience, {.name = "patience",
                                   .label = "Patience",
                                   .valid = {1, 1000},
                                   .enabled_by = EnabledBy{"stop_early", {"true"}},
                                   .unit = "epochs"})
          .add(&Fields::depth,
               {.name = "depth", .label = "Depth", .help = "Levels at most.", .valid = {1, 50}, .advanced = true})
          .add(&Fields::note, {.name = "note", .label = "Note", .advanced = true})
          .add(&Fields::ignore, {.name = "ignore", .label = "Ignored columns", .advanced = true})
          .add(&Fields::types, {.name = "types", .label = "Column types", .advanced = true})
          .add(&Fields::range, {.name = "range", .label = "Range", .advanced = true, .most = 2});
  return s;
}

struct Heard {
  QStringList names;
  std::vector<Json> values;

  explicit Heard(ParameterForm& form) {
    QObject::connect(&form, &ParameterForm::valueChanged, &form, [this](const QString& name, const Json& value) {
      names << name;
      values.push_back(value);
    });
  }
};

class Reversed : public QTranslator {
 public:
  using QTranslator::QTranslator;
  QString translate(const char* context, const char* source, const char*, int) const override {
    if (QLatin1String(context) != QLatin1String("core")) return {};
    QString text = QString::fromUtf8(source);
    std::reverse(text.begin(), text.end());
    return text;
  }
  bool isEmpty() const override { return false; }
};

void type(QLineEdit* edit, const QString& text) {
  edit->setFocus();
  edit->selectAll();
  QTest::keyClicks(edit, text);
  QTest::keyClick(edit, Qt::Key_Return);
}

QString errorShown(const ParameterForm& form, QWidget* control) {
  for (QWidget* row = control; row != &form; row = row->parentWidget())
    for (const auto* label : row->findChildren<QLabel*>())
      if (label->property("role") == "error" && !label->isHidden()) {
        // The label of this control's own row only.
        return label->text();
      }
  return {};
}

}  // namespace

class TestParameterForm : public QObject {
  Q_OBJECT
 private:
  std::unique_ptr<ParameterForm> form_;

  template <class Control>
  Control* at(const char* name) const {
    auto* control = form_->findChild<Control*>(name);
    Q_ASSERT(control);
    return control;
  }

 private slots:
  void init() {
    applyTheme(Theme::light());
    form_ = std::make_unique<ParameterForm>();
    form_->setSchema(schema().specs(), Json::object());
    form_->resize(258, 700);
    form_->show();
  }

  void defaultsAreShownAndReturned() {
    QCOMPARE(form_->values().dump(), schema().write(Fields{}).dump());
    QCOMPARE(at<QLineEdit>("hidden_layers")->text(), "256, 128");
    QCOMPARE(at<QLineEdit>("learning_rate")->text(), "0.001");
    QCOMPARE(at<QComboBox>("optimizer")->currentText(), "Adam");
    QVERIFY(at<QCheckBox>("shuffle")->isChecked());
    QCOMPARE(at<QLineEdit>("depth")->text(), "");
    QCOMPARE(at<QLineEdit>("depth")->placeholderText(), "automatic");
  }

  void typedValuesAreTaken_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("shown");
    QTest::newRow("integer") << "epochs"
                             << "25"
                             << "25"
                             << "25";
    QTest::newRow("integer as exponent") << "epochs"
                                         << "1e3"
                                         << "1000"
                                         << "1000";
    QTest::newRow("real") << "dropout"
                          << "0.5"
                          << "0.5"
                          << "0.5";
    QTest::newRow("exponent") << "learning_rate"
                              << "3e-4"
                              << "0.0003"
                              << "0.0003";
    QTest::newRow("small") << "learning_rate"
                           << "0.00001"
                           << "1e-05"
                           << "1e-5";
    QTest::newRow("list") << "hidden_layers"
                          << "64,32 , 16"
                          << "[64,32,16]"
                          << "64, 32, 16";
    QTest::newRow("empty list") << "hidden_layers"
                                << " "
                                << "[]"
                                << "";
    QTest::newRow("reals") << "range"
                           << "-1, 1.5"
                           << "[-1.0,1.5]"
                           << "-1, 1.5";
    QTest::newRow("text") << "note"
                          << "a, b"
                          << "\"a, b\""
                          << "a, b";
    QTest::newRow("texts") << "ignore"
                           << "id, name"
                           << R"(["id","name"])"
                           << "id, name";
    QTest::newRow("map") << "types"
                         << "zip=text, age=numeric"
                         << R"({"zip":"text","age":"numeric"})"
                         << "zip=text, age=numeric";
    QTest::newRow("map as JSON") << "types"
                                 << R"({"a,b":"text"})"
                                 << R"({"a,b":"text"})"
                                 << R"({"a,b":"text"})";
    QTest::newRow("optional") << "depth"
                              << "7"
                              << "7"
                              << "7";
  }
  void typedValuesAreTaken() {
    QFETCH(QString, name);
    QFETCH(QString, typed);
    QFETCH(QString, json);
    QFETCH(QString, shown);
    Heard heard(*form_);
    auto* edit = at<QLineEdit>(name.toUtf8());
    type(edit, typed);
    QCOMPARE(heard.names, QStringList({name}));
    QCOMPARE(QString::fromStdString(heard.values[0].dump()), json);
    QCOMPARE(QString::fromStdString(form_->values()[name.toStdString()].dump()), json);
    QCOMPARE(edit->text(), shown);
    type(edit, typed);
    QCOMPARE(heard.names.size(), 1);  // the same again is no change
  }

  void emptyMeansAutomatic() {
    type(at<QLineEdit>("depth"), "7");
    Heard heard(*form_);
    at<QLineEdit>("depth")->clear();
    QTest::keyClick(at<QLineEdit>("depth"), Qt::Key_Return);
    QCOMPARE(heard.names, QStringList({"depth"}));
    QVERIFY(heard.values[0].is_null());
  }

  void impossibleValuesStayInTheForm_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("reason");
    QTest::newRow("too small") << "epochs"
                               << "0"
                               << "from 1 to 100000";
    QTest::newRow("no number") << "epochs"
                               << "ten"
                               << "a whole number";
    QTest::newRow("not whole") << "epochs"
                               << "1.5"
                               << "a whole number";
    QTest::newRow("empty") << "epochs"
                           << " "
                           << "a whole number";
    QTest::newRow("comma") << "dropout"
                           << "0,5"
                           << "a number";
    QTest::newRow("infinite") << "dropout"
                              << "inf"
                              << "a number";
    QTest::newRow("excluded end") << "learning_rate"
                                  << "0"
                                  << "above 0";
    QTest::newRow("list entry") << "hidden_layers"
                                << "64, x"
                                << "hidden_layers[1]";
    QTest::newRow("map") << "types"
                         << "zip"
                         << "an object";
  }
  void impossibleValuesStayInTheForm() {
    QFETCH(QString, name);
    QFETCH(QString, typed);
    QFETCH(QString, reason);
    Heard heard(*form_);
    const std::string before = form_->values().dump();
    auto* edit = at<QLineEdit>(name.toUtf8());
    form_->findChild<QPushButton*>()->click();  // unfold, so that errors of advanced fields are seen
    type(edit, typed);
    QVERIFY(heard.names.isEmpty());
    QCOMPARE(form_->values().dump(), before);
    QCOMPARE(edit->text(), typed);
    const QString error = errorShown(*form_, edit);
    QVERIFY2(error.contains(reason), qPrintable(error));
    QVERIFY(edit->property("invalid").toBool());
    QVERIFY(edit->accessibleDescription().contains(reason));
    QVERIFY(!form_->commit());
    // Typing something possible takes the reason away, and finishing tells.
    edit->selectAll();
    QTest::keyClicks(edit, name == "hidden_layers" ? "5" : name == "types" ? "a=text" : name == "epochs" ? "3" : "0.5");
    QVERIFY(errorShown(*form_, edit).isEmpty());
    QVERIFY(heard.names.isEmpty());
    QVERIFY(form_->commit());
    QCOMPARE(heard.names, QStringList({name}));
  }

  void everyBadValueOfTheSchemaIsRefused() {
    // The values from which the core's own tests are made; those that an editor can hold.
    for (const auto& spec : schema().specs())
      for (const auto& bad : bad_values(spec)) {
        auto* edit = form_->findChild<QLineEdit*>(QString::fromStdString(spec.name));
        if (!edit || !(bad.is_number() && bad.is_number_integer()) || spec.kind == Kind::text ||
            spec.kind == Kind::texts || spec.kind == Kind::integers || spec.kind == Kind::reals)
          continue;
        Heard heard(*form_);
        type(edit, QString::fromStdString(bad.dump()));
        QVERIFY2(heard.names.isEmpty(), qPrintable(heard.names.join(' ') + QString::fromStdString(bad.dump())));
      }
  }

  /// Layers have an editor of their own: the form tells how many there are and asks for it.
  void layersAreEditedElsewhere() {
    struct Network {
      std::optional<LayerList> layers;
      int epochs = 3;
    };
    static const auto network = Schema<Network>{}
                                    .add(&Network::layers, {.name = "layers", .label = "Layers"})
                                    .add(&Network::epochs, {.name = "epochs"});
    form_->setSchema(network.specs(), Json::parse(R"({"layers":["Flatten",{"type":"Dense","units":3}]})"));
    auto* button = at<QPushButton>("layers");
    QVERIFY(button->text().startsWith("2"));
    QSignalSpy asked(form_.get(), &ParameterForm::openRequested);
    QTest::keyClick(button, Qt::Key_Space);
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked.front().front().toString(), QString("layers"));
    // They can be looked at while a run goes on, too, but not given back to the preset.
    form_->setRunning(true);
    QVERIFY(button->isEnabled());
    form_->setRunning(false);
    form_->setFieldError("algorithm.params.layers[2].units", "too many");
    QCOMPARE(errorShown(*form_, button), QString("too many"));
    Heard heard(*form_);
    button->actions().front()->trigger();
    QVERIFY(form_->values()["layers"].is_null());
    QCOMPARE(heard.values.back(), Json());
    QVERIFY(!button->text().startsWith("2"));
  }

  /// Beside something that follows every change values are taken as they are typed, and the typed text stays.
  void followedFormsTakeWhatIsBeingTyped() {
    ParameterForm form;
    form.setFollowed(true);
    form.setSchema(schema().specs(), Json::object());
    form.show();
    Heard heard(form);
    auto* epochs = form.findChild<QLineEdit*>("epochs");
    epochs->setFocus();
    epochs->selectAll();
    QTest::keyClicks(epochs, "2");
    QCOMPARE(heard.values.back(), Json(2));
    QTest::keyClicks(epochs, "5");
    QCOMPARE(heard.values.back(), Json(25));
    QCOMPARE(epochs->text(), QString("25"));
    // What is not valid yet is neither taken nor refused.
    const auto count = heard.values.size();
    epochs->selectAll();
    QTest::keyClicks(epochs, "0");
    QCOMPARE(heard.values.size(), count);
    QVERIFY(errorShown(form, epochs).isEmpty());
    QVERIFY(!form.commit());
    QVERIFY(!errorShown(form, epochs).isEmpty());
  }

  void menusAndBoxesTellAtOnce() {
    Heard heard(*form_);
    at<QComboBox>("optimizer")->setFocus();
    QTest::keyClick(at<QComboBox>("optimizer"), Qt::Key_Down);
    at<QCheckBox>("shuffle")->click();
    QCOMPARE(heard.names, QStringList({"optimizer", "shuffle"}));
    QCOMPARE(heard.values[0], Json("momentum"));
    QCOMPARE(heard.values[1], Json(false));
    QCOMPARE(at<QComboBox>("optimizer")->itemData(0, Qt::ToolTipRole).toString(), "Adapts each weight's step.");
  }

  void dependentFieldsHide() {
    QVERIFY(!at<QLineEdit>("momentum")->isVisible());
    QVERIFY(!at<QLineEdit>("patience")->isVisible());
    QTest::keyClick(at<QComboBox>("optimizer"), Qt::Key_Down);
    at<QCheckBox>("stop_early")->click();
    QVERIFY(at<QLineEdit>("momentum")->isVisible());
    QVERIFY(at<QLineEdit>("patience")->isVisible());
    form_->setValues(Json::object());
    QVERIFY(!at<QLineEdit>("momentum")->isVisible());
  }

  void theSliderFollowsAndLeads() {
    auto* slider = form_->findChild<QSlider*>();
    QVERIFY(slider && slider->isVisible());
    QCOMPARE(form_->findChildren<QSlider*>().size(), 1);
    QCOMPARE(slider->value(), 400);  // 1e-3 lies two fifths up from 1e-5 to 1 on a logarithmic scale
    Heard heard(*form_);
    slider->setValue(600);
    QCOMPARE(heard.names, QStringList({"learning_rate"}));
    QCOMPARE(heard.values[0], Json(0.01));
    QCOMPARE(at<QLineEdit>("learning_rate")->text(), "0.01");
    type(at<QLineEdit>("learning_rate"), "0.1");
    QCOMPARE(slider->value(), 800);
    slider->setValue(0);
    QCOMPARE(heard.values.back(), Json(1e-5));
    slider->setValue(1000);
    QCOMPARE(heard.values.back(), Json(1.0));
  }

  void arrowKeysStep() {
    Heard heard(*form_);
    auto* epochs = at<QLineEdit>("epochs");
    epochs->setFocus();
    QTest::keyClick(epochs, Qt::Key_Up);
    QCOMPARE(form_->values()["epochs"], Json(11));
    QTest::keyClick(epochs, Qt::Key_Down, Qt::ShiftModifier);
    QCOMPARE(form_->values()["epochs"], Json(1));
    QTest::keyClick(epochs, Qt::Key_Down);
    QCOMPARE(form_->values()["epochs"], Json(1));  // never beyond what is valid
    auto* rate = at<QLineEdit>("learning_rate");
    QTest::keyClick(rate, Qt::Key_Up);
    QCOMPARE(form_->values()["learning_rate"], Json(0.002));
    for (int i = 0; i < 40; ++i) QTest::keyClick(rate, Qt::Key_Down);
    QVERIFY(form_->values()["learning_rate"].get<double>() > 0);
    QCOMPARE(rate->property("invalid").toBool(), false);
  }

  void resetBringsTheDefaultBack() {
    auto* edit = at<QLineEdit>("epochs");
    QToolButton* button = nullptr;
    for (auto* candidate : form_->findChildren<QToolButton*>())
      if (candidate->accessibleName() == "Reset Epochs") button = candidate;
    QVERIFY(button && !button->isVisible());
    const int before = edit->mapTo(form_.get(), QPoint()).x();
    type(edit, "25");
    QVERIFY(button->isVisible());
    QCOMPARE(edit->mapTo(form_.get(), QPoint()).x(), before);  // nothing moves
    Heard heard(*form_);
    button->click();
    QCOMPARE(heard.values, std::vector<Json>{Json(10)});
    QCOMPARE(edit->text(), "10");
    QVERIFY(!button->isVisible());
  }

  void whileRunningOnlyLiveFieldsCanBeEdited() {
    form_->setRunning(true);
    QVERIFY(at<QLineEdit>("learning_rate")->isEnabled());
    QVERIFY(form_->findChild<QSlider*>()->isEnabled());
    QVERIFY(!at<QLineEdit>("epochs")->isEnabled());
    QVERIFY(!at<QComboBox>("optimizer")->isEnabled());
    form_->setRunning(false);
    QVERIFY(at<QLineEdit>("epochs")->isEnabled());
  }

  void advancedFieldsAreFoldedAway() {
    auto* fold = form_->findChild<QPushButton*>();
    QVERIFY(fold->text().endsWith("Advanced (5)"));
    QVERIFY(!at<QLineEdit>("depth")->isVisible());
    fold->click();
    QVERIFY(at<QLineEdit>("depth")->isVisible());
    fold->click();
    form_->setFieldError("algorithm.params.depth", "depth is 60, but this data has 3 rows");
    QVERIFY(at<QLineEdit>("depth")->isVisible());  // a reason must be seen
    QCOMPARE(errorShown(*form_, at<QLineEdit>("depth")), "depth is 60, but this data has 3 rows");
    form_->setFieldError("depth", "");
    QVERIFY(errorShown(*form_, at<QLineEdit>("depth")).isEmpty());
    form_->setFieldError("no_such_field", "ignored");
  }

  void settingValuesTellsNothing() {
    Heard heard(*form_);
    form_->setValues(Json::parse(R"({"epochs": 3, "optimizer": "sgd", "shuffle": false, "learning_rate": 0.5})"));
    QVERIFY(heard.names.isEmpty());
    QCOMPARE(at<QLineEdit>("epochs")->text(), "3");
    QCOMPARE(at<QComboBox>("optimizer")->currentText(), "Plain descent");
    QCOMPARE(form_->values()["dropout"], Json(0.25));
    form_->setValues(Json::parse(R"({"epochs": -3})"));
    QVERIFY(errorShown(*form_, at<QLineEdit>("epochs")).contains("-3"));
    QCOMPARE(form_->values()["epochs"], Json(10));
    form_->setSchema(schema().specs().subspan(1, 2), Json::parse(R"({"epochs": 4})"));
    QCOMPARE(form_->values().dump(), std::string(R"({"epochs":4,"batch_size":64})"));
    QVERIFY(heard.names.isEmpty());
  }

  void everyControlCanBeNamedAndReached() {
    form_->findChild<QPushButton*>()->click();
    for (const auto& spec : schema().specs()) {
      auto* control = form_->findChild<QWidget*>(QString::fromStdString(spec.name));
      QVERIFY2(control, spec.name.c_str());
      QCOMPARE(control->accessibleName(), QString::fromStdString(spec.label));
      QVERIFY(!control->accessibleDescription().isEmpty());
      QVERIFY(control->focusPolicy() & Qt::TabFocus);
    }
    // Tab goes down the form.
    QWidget* last = at<QLineEdit>("hidden_layers");
    int y = -1, seen = 0;
    for (QWidget* next = last;; next = next->nextInFocusChain()) {
      if (next->isVisible() && (next->focusPolicy() & Qt::TabFocus) && form_->isAncestorOf(next)) {
        const int top = next->mapTo(form_.get(), QPoint()).y();
        QVERIFY2(top > y, qPrintable(next->objectName()));
        y = top;
        ++seen;
      }
      if (next->objectName() == "range") break;
      QVERIFY(seen < 40);
    }
    QVERIFY(seen >= 13);
  }

  void stringsFollowTheLanguage() {
    Reversed reversed;
    QCoreApplication::installTranslator(&reversed);
    QCoreApplication::processEvents();
    QCOMPARE(at<QLineEdit>("epochs")->accessibleName(), "shcopE");
    QCOMPARE(at<QComboBox>("optimizer")->currentText(), "madA");
    QCOMPARE(at<QLineEdit>("epochs")->toolTip(), ".nees era swor lla netfo woH");
    QCoreApplication::removeTranslator(&reversed);
    QCoreApplication::processEvents();
    QCOMPARE(at<QLineEdit>("epochs")->accessibleName(), "Epochs");
    QCOMPARE(form_->values().dump(), schema().write(Fields{}).dump());
  }

  void itLooksRight_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void itLooksRight() {
    QFETCH(bool, dark);
    applyTheme(dark ? Theme::darkTheme() : Theme::light());
    type(at<QLineEdit>("epochs"), "0");
    type(at<QLineEdit>("dropout"), "0.5");
    at<QCheckBox>("stop_early")->click();
    form_->findChild<QPushButton*>()->click();
    form_->adjustSize();
    form_->resize(258, form_->heightForWidth(258) > 0 ? form_->heightForWidth(258) : form_->sizeHint().height());
    QCoreApplication::processEvents();
    QImage image((form_->size() + QSize(32, 32)) * 2, QImage::Format_RGB32);
    image.setDevicePixelRatio(2);
    image.fill(theme().panel);
    QPainter painter(&image);
    form_->render(&painter, QPoint(16, 16), {}, QWidget::DrawChildren);
    painter.end();
    image.save(QString(TEST_BINARY_DIR) + (dark ? "/look-form-dark.png" : "/look-form-light.png"));
    // One column: all editors end and begin at the same place.
    QSet<int> lefts;
    for (const auto* edit : form_->findChildren<QLineEdit*>())
      if (edit->isVisible()) lefts << edit->mapTo(form_.get(), QPoint()).x();
    QCOMPARE(lefts.size(), 1);
  }
};

QTEST_MAIN(TestParameterForm)
#include "test_parameter_form.moc"
