#include "app/studio/screenshots.hpp"

#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QImage>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>
#include <QSlider>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "app/studio/algorithm_picker.hpp"
#include "app/studio/canvas_page.hpp"
#include "app/studio/correlation_pane.hpp"
#include "app/studio/data_page.hpp"
#include "app/studio/experiment_panel.hpp"
#include "app/studio/export_dialog.hpp"
#include "app/studio/folder_import_dialog.hpp"
#include "app/studio/gallery_page.hpp"
#include "app/studio/import_dialog.hpp"
#include "app/studio/label_dialog.hpp"
#include "app/studio/latent_page.hpp"
#include "app/studio/live_page.hpp"
#include "app/studio/main_window.hpp"
#include "app/studio/network_page.hpp"
#include "app/studio/paint_dialog.hpp"
#include "app/studio/runs_panel.hpp"
#include "app/studio/tile.hpp"
#include "app/studio/time_bar.hpp"
#include "app/studio/workbench.hpp"
#include "core/base/random.hpp"
#include "widgets/images/matrix_view.hpp"
#include "widgets/network/network_editor.hpp"
#include "widgets/plot/parallel_view.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

using Phase = RunController::State;

constexpr int poll = 40;           ///< milliseconds between two looks
constexpr int patience = 120'000;  ///< milliseconds until a step counts as stuck
constexpr int settle = 400;        ///< milliseconds for views that draw off the UI thread

/// A walk through the studio in small steps, each taken when its condition holds.
class Tour : public QObject {
 public:
  Tour(MainWindow& window, QString folder, bool dark)
      : window_(window), folder_(std::move(folder)), theme_(dark ? QStringLiteral("dark") : QStringLiteral("light")) {
    timer_.setInterval(poll);
    connect(&timer_, &QTimer::timeout, this, &Tour::look);
  }

  void then(const char* name, std::function<void()> act, std::function<bool()> until = {}) {
    steps_.push_back({name, std::move(act), std::move(until)});
  }
  /// Waits until everything is painted, then saves the window (with a dialog over it).
  void shot(const QString& page) {
    then(
        "settle", [this] { since_.start(); }, [this] { return since_.elapsed() > settle; });
    then("shot", [this, page] { save(page); });
  }
  void start() {
    waited_.start();
    timer_.start();
  }
  int status() const { return status_; }

 private:
  struct Step {
    const char* name;
    std::function<void()> act;
    std::function<bool()> until;
  };

  void look() {
    if (steps_.empty()) {
      timer_.stop();
      window_.close();
      QApplication::quit();
      return;
    }
    auto& step = steps_.front();
    if (step.act) {
      const auto act = std::exchange(step.act, {});
      act();
    }
    if (step.until && !step.until()) {
      if (waited_.elapsed() < patience) return;
      std::fprintf(stderr, "screenshots: \"%s\" did not happen. %s\n", step.name, qPrintable(window_.message().text()));
      status_ = 1;
    }
    steps_.pop_front();
    waited_.restart();
  }

  void save(const QString& page) {
    QPixmap picture = window_.grab();
    QWidget* dialog = nullptr;
    for (auto* each : QApplication::topLevelWidgets())
      if (each != &window_ && each->isVisible() && each->inherits("QDialog")) dialog = each;
    if (dialog) {
      QPainter painter(&picture);
      painter.fillRect(picture.rect(), QColor(0, 0, 0, theme().dark ? 110 : 60));
      const QPoint at((window_.width() - dialog->width()) / 2, (window_.height() - dialog->height()) / 2);
      painter.drawPixmap(at, dialog->grab());
      painter.setPen(theme().line);
      painter.drawRect(QRect(at, dialog->size()).adjusted(-1, -1, 0, 0));
    }
    const QString file = QDir(folder_).filePath(QStringLiteral("%1-%2.png").arg(page, theme_));
    if (!picture.save(file)) {
      std::fprintf(stderr, "screenshots: %s cannot be written\n", qPrintable(file));
      status_ = 1;
    }
  }

  MainWindow& window_;
  QString folder_, theme_;
  std::deque<Step> steps_;
  QTimer timer_;
  QElapsedTimer waited_, since_;
  int status_ = 0;
};

/// The rows behind the fullest cell off the diagonal of a confusion matrix, as a click on it selects them.
void selectConfusion(MainWindow& window) {
  const auto matrix = window.workbench().live->confusion();
  if (!matrix) return;
  const auto columns = static_cast<std::int32_t>(matrix->column_labels.size());
  std::map<std::int32_t, std::vector<std::int64_t>> cells;
  for (std::size_t i = 0; i < matrix->cells.size(); ++i)
    if (matrix->cells[i] / columns != matrix->cells[i] % columns) cells[matrix->cells[i]].push_back(matrix->rows[i]);
  const auto most = std::max_element(cells.begin(), cells.end(),
                                     [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  if (most == cells.end()) return;
  window.selection().set(
      most->second,
      QObject::tr("true %1, predicted %2")
          .arg(QString::fromStdString(matrix->row_labels[static_cast<std::size_t>(most->first / columns)]),
               QString::fromStdString(matrix->column_labels[static_cast<std::size_t>(most->first % columns)])));
}

void closeDialogs(MainWindow& window) {
  for (auto* each : QApplication::topLevelWidgets())
    if (each != &window && each->inherits("QDialog")) each->close();
}

GalleryCard* cardOf(MainWindow& window, const QString& name) {
  const auto& cards = window.gallery().cards();
  const auto found = std::find_if(cards.begin(), cards.end(),
                                  [&](const GalleryCard* card) { return card->entry().picture() == name; });
  return found == cards.end() ? nullptr : *found;
}

/// Whatever a person would find under way by now has ended.
bool ready(MainWindow& window) {
  return window.data().dataset() != nullptr && !window.controller().busy();
}

void choose(Tour& tour, MainWindow& window, const QString& card) {
  tour.then("gallery", [&window] {
    closeDialogs(window);
    window.showGallery();
  });
  tour.then(
      "choose",
      [&window, card] {
        if (auto* found = cardOf(window, card)) emit found->clicked();
      },
      [&window] { return ready(window); });
}

void runToEnd(Tour& tour, MainWindow& window) {
  tour.then(
      "run", [&window] { window.run(); }, [&window] { return !window.controller().busy(); });
}

void setParameter(MainWindow& window, const char* name, const Json& value) {
  window.document().edit(QString(), QString(), [&](Json& json) { json["algorithm"]["params"][name] = value; });
}

/// Scrolls to the tile of this key.
void reveal(MainWindow& window, const char* key) {
  for (auto* tile : window.workbench().live->tiles())
    if (tile->key() == key) window.workbench().live->findChild<QScrollArea*>()->ensureWidgetVisible(tile, 0, 400);
}

/// A convolutional network while it learns, and what it makes of a picture.
void walkNetwork(Tour& tour, MainWindow& window) {
  choose(tour, window, "digits-cnn");
  const auto tile = [&window](const char* key) -> Tile* {
    for (auto* each : window.workbench().live->tiles())
      if (each->key() == key) return each;
    return nullptr;
  };
  tour.then(
      "learn", [&window] { window.run(); }, [tile] { return tile("mistakes") && tile("activations"); });
  tour.then("pause", [&window] { window.controller().pause(); });
  tour.then("top", [&window] { reveal(window, "curve/loss"); });
  tour.shot("cnn");
  tour.then(
      "look at a picture",
      [&window, tile] {
        const auto rows = tile("mistakes")->view()->numbers().rows;
        if (!rows.empty()) window.selection().set({rows[0][1].toLongLong()}, QObject::tr("image %1").arg(rows[0][1]));
      },
      [tile] { return tile("probabilities") && tile("feature-maps"); });
  tour.shot("cnn-row");
  tour.then("layers", [&window] { reveal(window, "weights"); });
  tour.shot("cnn-layers");
  tour.then(
      "stop", [&window] { window.controller().stop(); }, [&window] { return !window.controller().busy(); });
}

/// Back into the run that is shown, and on from there with another learning rate.
void walkTime(Tour& tour, MainWindow& window) {
  auto* live = window.workbench().live;
  const auto last = std::make_shared<QStringList>();
  tour.then(
      "back",
      [&window, live, last] {
        window.workbench().runs->select({});
        *last = live->texts();
        auto* slider = live->timeBar()->slider();
        slider->setValue(slider->maximum() / 3);
      },
      [live, last] { return live->texts() != *last; });
  tour.shot("time");
  tour.then("another rate", [&window] { setParameter(window, "learning_rate", 0.0005); });
  tour.then(
      "fork", [live] { live->timeBar()->fork()->click(); },
      [&window] {
        const auto& runs = window.library().model().runs();
        return !window.controller().busy() && runs[0].origin && runs[0].state == RunState::finished;
      });
  tour.shot("fork");
}

/// Eight variations of an experiment, queued behind the first, and what comparing them shows.
void walkVariations(Tour& tour, MainWindow& window) {
  choose(tour, window, "two-moons-mlp");
  tour.then("queue", [&window] {
    const double rates[] = {0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.01, 0.01};
    for (int i = 0; i < 8; ++i) {
      window.document().edit(QString(), QString(), [&](Json& json) {
        json["seed"] = i < 6 ? 7 : 8 + i;
        json["algorithm"]["params"]["learning_rate"] = rates[i];
        json["algorithm"]["params"]["epochs"] = 12;
      });
      window.run();
    }
  });
  tour.then(
      "some wait", [] {}, [&window] { return window.queue().rowCount() == 5; });
  tour.then("hold", [&window] {
    window.controller().pause();
    window.workbench().runs->search()->setText("two");
  });
  tour.shot("queue");
  tour.then(
      "all", [&window] { window.controller().resume(); },
      [&window] {
        const auto& runs = window.library().model().runs();
        return window.queue().empty() && !window.controller().busy() && runs[0].state == RunState::finished;
      });
  tour.then("tags", [&window] {
    auto* table = window.workbench().runs->table()->model();
    table->setData(table->index(1, RunListModel::star), true, Qt::EditRole);
    table->setData(table->index(0, RunListModel::tags), QStringLiteral("baseline, small"), Qt::EditRole);
    table->setData(table->index(3, RunListModel::tags), QStringLiteral("too fast"), Qt::EditRole);
    window.workbench().runs->search()->setText(QStringLiteral("moons accuracy>0.5"));
  });
  tour.then("columns", [&window] { window.workbench().runs->chooseColumns(); });
  tour.shot("run-columns");
  tour.then("compare", [&window] {
    closeDialogs(window);
    window.workbench().runs->search()->clear();
    std::vector<std::string> ids;
    for (const auto& run : window.library().model().runs())
      if (ids.size() < 8) ids.push_back(run.id);
    window.workbench().runs->select(ids);
    window.compareSelected();
  });
  const char* const pages[] = {"side", "curves", "parallel", "scatter", "best", "seeds"};
  for (int page = 0; page < 6; ++page) {
    tour.then("page", [&window, page] {
      window.findChild<QTabWidget*>("compare-tabs")->setCurrentIndex(page);
      if (auto* parallel = window.findChild<ParallelView*>("parallel"); page == 2 && parallel)
        parallel->setBrush(0, Span{0.3, 0.9});
      if (page == 1) window.findChild<QSlider*>("compare-smoothing")->setValue(40);
    });
    tour.shot(QStringLiteral("compare-") + pages[page]);
  }
  tour.then("close", [&window] { closeDialogs(window); });
}

/// A table of people, with something in every column that is not as it should be.
QString customers(const QString& scratch) {
  const QString path = scratch + QStringLiteral("/customers.csv");
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly)) return path;
  const char* const towns[] = {"Lisbon", "Oslo", "Vienna", "Porto"};
  const char* const names[] = {"Ada Byron", "Alan Mathison", "Grace Murray", "Edsger Wybe", "Barbara Huberman"};
  file.write("name;phone;born;town;age;income;visits;bought\n");
  for (int i = 0; i < 240; ++i) {
    const int age = 21 + (i * 37) % 53;
    const bool bought = (age > 45) != (i % 11 == 0);
    file.write(
        QStringLiteral("%1 %2;+351 21 %3;%4-%5-12;%6;%7;%8;%9;%10\n")
            .arg(QLatin1String(names[i % 5]))
            .arg(i)
            .arg(1000000 + i * 7919)
            .arg(2024 - age)
            .arg(1 + i % 12, 2, 10, QLatin1Char('0'))
            .arg(QLatin1String(towns[(i * 7) % 4]))
            .arg(age)
            .arg(i % 8 == 3 ? QString() : QString::number(900 + age * 41 + (i * 131) % 700) + QStringLiteral(",50"))
            .arg((i * 5) % 9 + (bought ? 4 : 0))
            .arg(bought ? "yes" : "no")
            .toUtf8());
    if (i == 60) file.write("a line that is cut;1\n");
  }
  return path;
}

/// Pictures that nobody has given a class yet.
QString unsorted(const QString& scratch) {
  const QString root = scratch + QStringLiteral("/unsorted");
  QDir().mkpath(root);
  for (int i = 0; i < 40; ++i) {
    QImage image(240, 200, QImage::Format_RGB32);
    image.fill(seriesColor(i % 7).lighter(165));
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(seriesColor((i + 3) % 7));
    const QRectF shape(60 + 4 * (i % 5), 40 + 3 * (i % 7), 110, 110);
    if (i % 3 == 0)
      painter.drawEllipse(shape);
    else if (i % 3 == 1)
      painter.drawRect(shape);
    else
      painter.drawPolygon(QPolygonF({shape.bottomLeft(), shape.bottomRight(), {shape.center().x(), shape.top()}}));
    painter.end();
    image.save(root + QStringLiteral("/shape-%1.png").arg(i, 3, 10, QLatin1Char('0')));
  }
  return root;
}

/// Import, the data page, painting and labelling.
void walkData(Tour& tour, MainWindow& window, const QString& scratch) {
  const auto import = [&window] { return window.findChild<ImportDialog*>(); };
  tour.then(
      "import", [&window, scratch] { window.importPath(customers(scratch), true); },
      [import] { return import() && import()->current(); });
  tour.then(
      "anonymise",
      [import] {
        auto* columns = import()->findChild<QTableView*>("import-columns");
        auto* method = import()->findChild<QComboBox*>("import-anonymise");
        for (const auto& [row, choice] : {std::pair{0, 2}, {1, 4}, {2, 3}}) {
          columns->selectRow(row);
          method->setCurrentIndex(choice);
          emit method->activated(choice);
        }
        auto* bucket = import()->findChild<QComboBox*>("import-bucket");
        bucket->setCurrentIndex(2);
        emit bucket->activated(2);
      },
      [import] { return import()->current(); });
  tour.shot("import-table");
  tour.then(
      "go", [import] { import()->findChild<QPushButton*>("import-go")->click(); },
      [&window] { return window.data().dataset() && window.data().dataset()->name == "customers"; });
  tour.then(
      "look", [&window] { window.workbench().showData(); },
      [&window] { return window.workbench().data->hasSummaries(); });
  tour.shot("data-anonymised");
  tour.then(
      "correlations", [&window] { window.workbench().data->showPage(DataPage::Page::correlations); },
      [&window] { return window.workbench().data->correlations()->ready(); });
  tour.then("choose a pair", [&window] {
    auto* matrix = window.workbench().data->correlations()->matrix();
    emit matrix->cellChosen(2, 5);
  });
  tour.shot("data-correlations");
  tour.then("problems", [&window] { window.workbench().data->showPage(DataPage::Page::problems); });
  tour.shot("data-skipped");
  tour.then(
      "folder", [&window, scratch] { window.importPath(unsorted(scratch), true); },
      [&window] {
        const auto* dialog = window.findChild<FolderImportDialog*>();
        return dialog && dialog->current();
      });
  tour.shot("import-folder");
  tour.then("close", [&window] { closeDialogs(window); });
  tour.then(
      "label", [&window, scratch] { window.labelFolder(unsorted(scratch)); },
      [&window] {
        const auto* dialog = window.findChild<LabelDialog*>();
        return dialog && dialog->shows();
      });
  tour.then(
      "give",
      [&window] {
        auto* dialog = window.findChild<LabelDialog*>();
        auto* name = dialog->findChild<QLineEdit*>("label-new-class");
        for (const char* kind : {"disc", "square", "triangle"}) {
          name->setText(QLatin1String(kind));
          emit name->returnPressed();
        }
        for (int i = 0; i < 14; ++i) {
          QKeyEvent key(QEvent::KeyPress, Qt::Key_1 + i % 3, Qt::NoModifier, QString::number(1 + i % 3));
          QApplication::sendEvent(dialog, &key);
        }
      },
      [&window] { return window.findChild<LabelDialog*>()->shows(); });
  tour.shot("label");
  tour.then("close", [&window] { closeDialogs(window); });
  tour.then("paint", [&window] {
    window.paintPoints();
    auto* canvas = window.findChild<PaintDialog*>()->canvas();
    std::vector<PaintedPoint> points;
    Random random(4);
    for (int i = 0; i < 420; ++i) {
      const double turn = random.uniform(0, 6.28), radius = i % 3 == 0 ? 0.2 : i % 3 == 1 ? 0.5 : 0.8;
      points.push_back({(radius + random.normal() * 0.05) * std::cos(turn),
                        (radius + random.normal() * 0.05) * std::sin(turn), i % 3});
    }
    canvas->setPoints(points);
    canvas->setKind(1);
    emit canvas->toolChanged();
  });
  tour.shot("paint");
  tour.then("close", [&window] { closeDialogs(window); });
}

/// The model that has just been trained, tried out.
void tryModel(Tour& tour, MainWindow& window) {
  tour.then(
      "try", [&window] { window.workbench().showCanvas(); },
      [&window] { return window.workbench().canvas->complete(); });
}

void walk(Tour& tour, MainWindow& window, const QString& scratch) {
  tour.then(
      "store", [] {}, [&window] { return window.library().store() != nullptr; });
  tour.then("gallery", [&window] { window.showGallery(); });
  tour.shot("gallery");
  choose(tour, window, "digits-mlp");
  tour.shot("ready");
  tour.then(
      "learn", [&window] { window.run(); },
      [&window] { return window.workbench().live->confusion() && window.workbench().live->timeBar()->last() > 250; });
  tour.then("pause", [&window] { window.controller().pause(); });
  tour.then("step", [&window] { window.stepOnce(); });
  tour.then("select", [&window] { selectConfusion(window); });
  tour.shot("live");
  tour.then(
      "go on", [&window] { window.run(); }, [&window] { return !window.controller().busy(); });
  tour.then("select", [&window] { selectConfusion(window); });
  tour.shot("finished");
  tour.then(
      "data", [&window] { window.workbench().showData(); },
      [&window] { return window.workbench().data->hasSummaries(); });
  tour.shot("data-images");
  tryModel(tour, window);
  tour.shot("try-picture");
  tour.then("live", [&window] { window.workbench().showLive(); });
  tour.then("again", [&window] { setParameter(window, "learning_rate", 0.01); });
  runToEnd(tour, window);
  tour.then(
      "compare", [] {},
      [&window] {
        const auto& runs = window.library().model().runs();
        return runs.size() >= 2 && runs[0].state == RunState::finished && runs[1].state == RunState::finished;
      });
  tour.then("select runs", [&window] {
    const auto& runs = window.library().model().runs();
    window.workbench().runs->select({runs[0].id, runs[1].id});
  });
  tour.shot("runs");
  tour.then("compare", [&window] { window.compareSelected(); });
  tour.shot("compare");
  tour.then("close", [&window] { closeDialogs(window); });
  walkTime(tour, window);
  auto written = std::make_shared<bool>(false);
  tour.then(
      "export",
      [&window, written, scratch] {
        auto* dialog = window.exportAll();
        dialog->setFolder(scratch + QStringLiteral("/export"));
        QObject::connect(dialog, &ExportDialog::done, dialog, [written] { *written = true; });
        dialog->findChild<QPushButton*>("export-go")->click();
      },
      [written] { return *written; });
  tour.shot("export");
  choose(tour, window, "iris-kmeans");
  runToEnd(tour, window);
  tour.shot("kmeans");
  tour.then(
      "data", [&window] { window.workbench().showData(); },
      [&window] { return window.workbench().data->hasSummaries(); });
  tour.shot("data-table");
  tour.then("too many", [&window] {
    window.workbench().showLive();
    setParameter(window, "clusters", 500);
  });
  tour.then(
      "refused", [&window] { window.run(); },
      [&window] { return !window.controller().busy() && !window.message().text().isEmpty(); });
  tour.shot("error");
  walkData(tour, window, scratch);
  choose(tour, window, "two-moons-mlp");
  runToEnd(tour, window);
  tour.shot("regions");
  walkVariations(tour, window);
  tour.then("algorithms", [&window] { window.workbench().experiment->chooseAlgorithm()->select("svm"); });
  tour.shot("algorithms");
  tour.then("close", [&window] { closeDialogs(window); });
  walkNetwork(tour, window);
  choose(tour, window, "digits-cnn");
  tour.then("layers", [&window] { window.workbench().showNetwork(); });
  tour.shot("network-preset");
  tour.then("own layers", [&window] {
    setParameter(window, "layers", Json::parse(R"([{"type": "Conv2D", "filters": 16, "padding": "same"},
      "BatchNormalization", {"type": "Activation", "activation": "relu"},
      {"type": "Residual", "layers": [{"type": "Conv2D", "filters": 32, "strides": 2, "padding": "same"},
        {"type": "Dropout", "rate": 0.25}]},
      {"type": "Conv2D", "filters": 64, "kernel_size": [3, 5], "activation": "relu"}, "GlobalAveragePooling2D"])"));
    window.workbench().network->editor()->select({3, 0});
  });
  tour.shot("network");
  tour.then("a mistake", [&window] {
    window.document().edit(QString(), QString(),
                           [](Json& json) { json["algorithm"]["params"]["layers"][4]["kernel_size"] = 15; });
    window.workbench().network->editor()->select({4});
  });
  tour.shot("network-mistake");
  choose(tour, window, "digits-gan");
  tour.then("fewer epochs", [&window] { setParameter(window, "epochs", 4); });
  runToEnd(tour, window);
  tour.shot("gan");
  tour.then(
      "explore", [&window] { window.workbench().showLatent(); },
      [&window] { return window.workbench().latent->complete(); });
  tour.shot("explore");
  choose(tour, window, "wine-forest");
  runToEnd(tour, window);
  tryModel(tour, window);
  tour.shot("try-row");
  choose(tour, window, "varied-digits-resnet");
  tour.then("pictures", [&window] {
    window.workbench().experiment->unfold(ExperimentPanel::prepare);
    window.workbench().showAugment();
  });
  tour.shot("augment");
  tour.then("new", [&window] {
    window.showGallery();
    QMetaObject::invokeMethod(window.findChild<QPushButton*>("new"), "click");
  });
  tour.shot("new");
  tour.then("close", [&window] { closeDialogs(window); });
}

/// Nothing of the user's is read or written: settings and runs live in a folder that goes afterwards.
void keepApart(const QString& scratch) {
  qputenv("XDG_DATA_HOME", scratch.toLocal8Bit());
  qputenv("XDG_CONFIG_HOME", scratch.toLocal8Bit());
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, scratch);
}

}  // namespace

int makeScreenshots(const QString& folder, bool dark) {
  QTemporaryDir scratch;
  if (!scratch.isValid() || !QDir().mkpath(folder)) {
    std::fprintf(stderr, "screenshots: %s cannot be made\n", qPrintable(folder));
    return 1;
  }
  keepApart(scratch.path());
  MainWindow window;
  window.resize(1440, 900);
  window.show();
  Tour tour(window, folder, dark);
  walk(tour, window, scratch.path());
  tour.start();
  QApplication::exec();
  return tour.status();
}

}  // namespace gb
