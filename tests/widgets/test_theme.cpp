#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QFrame>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QSlider>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableWidget>
#include <QtTest>
#include <cmath>

#include "widgets/number_text.hpp"
#include "widgets/style_sheet.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

/// Relative luminance, WCAG 2.1.
double luminance(const QColor& color) {
  const auto linear = [](double c) { return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

double contrast(const QColor& a, const QColor& b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

int pixelsNear(const QImage& image, const QColor& color, int tolerance = 12) {
  int found = 0;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) {
      const QColor pixel = image.pixelColor(x, y);
      found += std::abs(pixel.red() - color.red()) <= tolerance &&
               std::abs(pixel.green() - color.green()) <= tolerance &&
               std::abs(pixel.blue() - color.blue()) <= tolerance && pixel.alpha() > 200;
    }
  return found;
}

QWidget* controls() {
  auto* page = new QWidget;
  auto* grid = new QGridLayout(page);
  grid->setContentsMargins(16, 16, 16, 16);
  grid->setSpacing(12);
  const auto button = [&](const char* text, const char* property) {
    auto* made = new QPushButton(text);
    if (QLatin1String(property) == QLatin1String("flat")) made->setFlat(true);
    if (*property) made->setProperty(property, true);
    return made;
  };
  auto* run = button("Run", "primary");
  run->setIcon(themedIcon("media-playback-start", true));
  grid->addWidget(run, 0, 0);
  auto* pause = button("Pause", "");
  pause->setIcon(themedIcon("media-playback-pause"));
  grid->addWidget(pause, 0, 1);
  grid->addWidget(button("Compare 2 selected", "flat"), 0, 2);
  auto* disabled = button("Stop", "");
  disabled->setIcon(themedIcon("media-playback-stop"));
  disabled->setEnabled(false);
  grid->addWidget(disabled, 0, 3);
  grid->addWidget(new QLineEdit("0.001"), 1, 0);
  auto* combo = new QComboBox;
  combo->addItems({"Adam", "Momentum"});
  grid->addWidget(combo, 1, 1);
  grid->addWidget(new QSpinBox, 1, 2);
  auto* invalid = new QLineEdit("abc");
  invalid->setProperty("invalid", true);
  grid->addWidget(invalid, 1, 3);
  auto* slider = new QSlider(Qt::Horizontal);
  slider->setValue(40);
  grid->addWidget(slider, 2, 0, 1, 2);
  auto* timeline = new QSlider(Qt::Horizontal);
  timeline->setProperty("timeline", true);
  timeline->setValue(70);
  grid->addWidget(timeline, 2, 2, 1, 2);
  auto* check = new QCheckBox("Shuffle");
  check->setChecked(true);
  grid->addWidget(check, 3, 0);
  grid->addWidget(new QCheckBox("Stratified"), 3, 1);
  auto* radio = new QRadioButton("One");
  radio->setChecked(true);
  grid->addWidget(radio, 3, 2);
  auto* progress = new QProgressBar;
  progress->setTextVisible(false);
  progress->setValue(60);
  grid->addWidget(progress, 3, 3);
  auto* card = new QFrame;
  card->setProperty("card", true);
  auto* inside = new QHBoxLayout(card);
  for (const char* role : {"section", "title", "secondary", "badge", "error", "live"}) {
    auto* label = new QLabel(role);
    label->setProperty("role", role);
    inside->addWidget(label);
  }
  grid->addWidget(card, 4, 0, 1, 4);
  auto* tabs = new QTabWidget;
  auto* table = new QTableWidget(12, 3);
  table->setShowGrid(false);
  table->verticalHeader()->hide();
  table->setHorizontalHeaderLabels({"Name", "Accuracy", "Time"});
  for (int row = 0; row < 12; ++row)
    for (int column = 0; column < 3; ++column)
      table->setItem(row, column, new QTableWidgetItem(QString("cell %1").arg(row * 3 + column)));
  table->selectRow(1);
  tabs->addTab(table, "Rows");
  tabs->addTab(new QWidget, "Columns");
  grid->addWidget(tabs, 5, 0, 1, 4);
  auto* bar = new QMenuBar;
  for (const char* name : {"File", "Edit", "Run"}) bar->addMenu(name);
  grid->setMenuBar(bar);
  return page;
}

}  // namespace

class TestTheme : public QObject {
  Q_OBJECT
 private slots:
  void textCanBeRead_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void textCanBeRead() {
    QFETCH(bool, dark);
    const Theme& colors = dark ? Theme::darkTheme() : Theme::light();
    QCOMPARE(colors.dark, dark);
    for (const QColor& ground : {colors.panel, colors.window, colors.field, colors.tint, colors.hover}) {
      QVERIFY2(contrast(colors.text, ground) >= 4.5, qPrintable(ground.name()));
      QVERIFY2(contrast(colors.secondary, ground) >= 4.3, qPrintable(ground.name()));
    }
    for (const QColor& text : {colors.secondary, colors.accent, colors.successText, colors.warning, colors.error})
      QVERIFY2(contrast(text, colors.panel) >= 4.5, qPrintable(text.name()));
    QVERIFY(contrast(colors.onAccent, colors.accent) >= 4.5);
  }

  void everyTokenOfTheSheetIsReplaced_data() { textCanBeRead_data(); }
  void everyTokenOfTheSheetIsReplaced() {
    QFETCH(bool, dark);
    const QString sheet = styleSheet(dark ? Theme::darkTheme() : Theme::light());
    QVERIFY2(!sheet.contains('@'), qPrintable(sheet.mid(std::max<qsizetype>(0, sheet.indexOf('@') - 40), 80)));
    QCOMPARE(sheet.count('{'), sheet.count('}'));
    static const QRegularExpression file("url\\((:[^)]*)\\)");
    for (auto found = file.globalMatch(sheet); found.hasNext();) {
      const QString path = found.next().captured(1);
      QVERIFY2(QFile::exists(path), qPrintable(path));
    }
  }

  void theSheetHasNoErrors() {
    // Qt reports what it cannot parse as a warning, once, at polish.
    QTest::failOnWarning(
        QRegularExpression("stylesheet|Unknown property|parse", QRegularExpression::CaseInsensitiveOption));
    applyTheme(Theme::light());
    const std::unique_ptr<QWidget> page(controls());
    page->ensurePolished();
    page->grab();
  }

  void controlsFollowTheTheme_data() { textCanBeRead_data(); }
  void controlsFollowTheTheme() {
    QFETCH(bool, dark);
    const Theme& colors = dark ? Theme::darkTheme() : Theme::light();
    const std::unique_ptr<QWidget> page(controls());
    page->resize(620, 460);
    page->show();
    applyTheme(colors);  // after showing: a switch must reach what is there already
    QCOMPARE(theme().dark, dark);
    const QImage image = page->grab().toImage();
    QVERIFY(pixelsNear(image, colors.window, 2) > 10000);
    QVERIFY(pixelsNear(image, colors.accent) > 500);
    auto* run = page->findChild<QPushButton*>();
    QCOMPARE(run->height(), 30);
    QVERIFY(pixelsNear(run->grab().toImage(), colors.accent) > run->width() * run->height() / 2);
    QVERIFY(pixelsNear(run->grab().toImage(), colors.onAccent) > 30);
    image.save(QString(TEST_BINARY_DIR) + (dark ? "/look-controls-dark.png" : "/look-controls-light.png"));
  }

  void iconsAreTintedAtEverySize_data() {
    QTest::addColumn<QString>("name");
    for (const char* name :
         {"media-playback-start", "media-playback-pause", "media-playback-stop", "media-skip-forward", "no-such-icon"})
      QTest::newRow(name) << QString(name);
  }
  void iconsAreTintedAtEverySize() {
    QFETCH(QString, name);
    for (const bool dark : {false, true}) {
      applyTheme(dark ? Theme::darkTheme() : Theme::light());
      const QIcon icon = themedIcon(name);
      for (const double ratio : {1.0, 2.0}) {
        const QImage image = icon.pixmap(QSize(16, 16), ratio).toImage();
        QCOMPARE(image.size(), QSize(16, 16) * ratio);
        QVERIFY(pixelsNear(image, theme().text, 3) > 6 * ratio * ratio);
        QCOMPARE(pixelsNear(image, theme().accent, 3), 0);
      }
      QVERIFY(pixelsNear(themedIcon(name, true).pixmap(16, 16).toImage(), theme().onAccent, 3) > 6);
    }
  }

  void anIconMadeBeforeASwitchChangesItsColour() {
    applyTheme(Theme::light());
    const QIcon icon = themedIcon("media-playback-start");
    icon.pixmap(16, 16);
    applyTheme(Theme::darkTheme());
    QVERIFY(pixelsNear(icon.pixmap(16, 16).toImage(), Theme::darkTheme().text, 3) > 20);
  }

  void seriesColoursAreTheHouseOrder() {
    QCOMPARE(seriesColor(0), QColor("#0072B2"));
    QCOMPARE(seriesColor(7), QColor("#F0E442"));
    QCOMPARE(seriesColor(8), seriesColor(0));
    QCOMPARE(seriesColor(-1), seriesColor(7));
  }

  void viridisRisesInLightness() {
    QCOMPARE(viridis(0), QColor("#440154"));
    QCOMPARE(viridis(1), QColor("#fde725"));
    QCOMPARE(viridis(7), viridis(1));
    QCOMPARE(viridis(std::nan("")), viridis(0));
    for (int i = 1; i <= 100; ++i) QVERIFY(luminance(viridis(i / 100.0)) > luminance(viridis((i - 1) / 100.0)));
  }

  void numbersReadWell_data() {
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("shown");
    QTest::addColumn<QString>("exact");
    QTest::newRow("zero") << 0.0 << "0"
                          << "0";
    QTest::newRow("loss") << 0.04123 << "0.041"
                          << "0.04123";
    QTest::newRow("small") << 0.00214 << "0.0021"
                           << "0.00214";
    QTest::newRow("tiny") << 2.14e-5 << "2.1e-5"
                          << "2.14e-5";
    QTest::newRow("whole") << 1032.0 << "1,032"
                           << "1032";
    QTest::newRow("million") << -1234567.0 << "-1,234,567"
                             << "-1234567";
    QTest::newRow("tens") << 12.345 << "12.35"
                          << "12.345";
    QTest::newRow("nan") << std::nan("") << "–"
                         << "nan";
  }
  void numbersReadWell() {
    QFETCH(double, value);
    QFETCH(QString, shown);
    QFETCH(QString, exact);
    QCOMPARE(valueText(value), shown);
    QCOMPARE(exactText(value), exact);
  }

  void ticksOfOneAxisHaveTheSameDecimals() {
    QCOMPARE(tickText(0.5, 0.25), "0.50");
    QCOMPARE(tickText(0.25, 0.25), "0.25");
    QCOMPARE(tickText(0, 0.25), "0");
    QCOMPARE(tickText(1, 0.5), "1.0");
    QCOMPARE(tickText(1250, 250), "1,250");
    QCOMPARE(tickText(-0.002, 0.001), "-0.002");
    QCOMPARE(wholeText(-1000), "-1,000");
  }
};

QTEST_MAIN(TestTheme)
#include "test_theme.moc"
