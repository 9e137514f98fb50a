// What five thousand runs cost: reading their list, narrowing it down at each key stroke, sorting and selecting it, and
// comparing all of them. Usage: glassbench-bench-runs [COUNT]

#include <QApplication>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QLineEdit>
#include <QSettings>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "app/studio/run_comparison.hpp"
#include "app/studio/run_list_model.hpp"
#include "app/studio/runs_panel.hpp"
#include "tests/app/studio/made_runs.hpp"
#include "widgets/plot/parallel_view.hpp"
#include "widgets/theme.hpp"

using namespace gb;

namespace {

template <class Work>
double milliseconds(Work work) {
  QElapsedTimer clock;
  clock.start();
  work();
  return static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  QApplication::setOrganizationName("GlassbenchBench");
  QSettings::setDefaultFormat(QSettings::IniFormat);
  // ./dev bench hands a folder over, which is no number.
  const int wanted = argc > 1 ? std::atoi(argv[1]) : 0, count = wanted > 0 ? wanted : 5000;
  const QTemporaryDir folder;
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder.path());
  applyTheme(Theme::light());
  const std::filesystem::path place = folder.path().toStdString();
  std::printf("%d runs, entered in %.0f ms\n", count, milliseconds([&] { makeRuns(place, count); }));

  // Off the UI thread in the studio.
  RunStore store(place);
  std::vector<RunListModel::Shared> listing;
  std::printf("list() as before, each time: %.0f ms\n", milliseconds([&] { store.list(); }));
  std::printf("listing(), the first time: %.0f ms\n", milliseconds([&] { listing = store.listing(); }));
  std::printf("listing(), nothing new: %.1f ms\n", milliseconds([&] { store.listing(); }));

  // On the UI thread.
  RunListModel model;
  RunsPanel panel(model);
  panel.resize(1280, 400);
  panel.setVisible(true);
  std::printf("UI thread: the first list taken: %.1f ms\n", milliseconds([&] { model.setListing(listing); }));
  std::printf("UI thread: painted: %.1f ms\n", milliseconds([&] { panel.grab(); }));
  std::printf("UI thread: the same list again: %.2f ms\n", milliseconds([&] { model.setListing(listing); }));
  auto one = listing;
  one.insert(one.begin(), std::make_shared<const RunSummary>(*listing.front()));
  const_cast<RunSummary&>(*one.front()).id = "20261201-0000-mlp-ffff";
  std::printf("UI thread: one run more: %.2f ms\n", milliseconds([&] { model.setListing(one); }));
  std::vector<double> strokes;
  for (const char* text : {"trial", "iris cnn", "accuracy>0.9", "learning_rate<=0.003 base", "tag:baseline -svm"}) {
    panel.search()->clear();
    for (const char* letter = text; *letter; ++letter)
      strokes.push_back(milliseconds([&] {
        QTest::keyClick(panel.search(), *letter);
        QApplication::processEvents();
      }));
  }
  std::sort(strokes.begin(), strokes.end());
  std::printf(
      "UI thread: a key stroke in the search, with painting: median %.1f ms, longest %.1f ms (target under 16)\n",
      strokes[strokes.size() / 2], strokes.back());
  panel.search()->clear();
  auto* table = panel.table();
  for (const int column : {int(RunListModel::name), int(RunListModel::headline), int(RunListModel::differs)})
    std::printf("UI thread: sorted by column %d: %.1f ms\n", column, milliseconds([&] {
                  table->horizontalHeader()->setSortIndicator(column, Qt::AscendingOrder);
                  QApplication::processEvents();
                }));
  table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  std::printf("UI thread: all selected: %.1f ms\n", milliseconds([&] {
                table->selectAll();
                QApplication::processEvents();
              }));

  // Off the UI thread again.
  std::vector<RunField> fields;
  std::printf("Comparing: the fields that differ: %.0f ms\n", milliseconds([&] { fields = tellingFields(listing); }));
  ItemTable items;
  std::printf("Comparing: their values: %.0f ms\n", milliseconds([&] {
                items = itemTable(listing, distinctTitles(listing), std::vector<int>(listing.size()), fields);
              }));
  items.columns.resize(std::min<std::size_t>(items.columns.size(), 10));
  ParallelView parallel;
  parallel.resize(1200, 500);
  parallel.setVisible(true);
  std::printf("UI thread: parallel coordinates over 10 axes set: %.1f ms\n",
              milliseconds([&] { parallel.setItems(items); }));
  std::printf("Off it: drawn: %.0f ms\n",
              milliseconds([&] { static_cast<void>(QTest::qWaitFor([&] { return parallel.drawn(); }, 60000)); }));
  std::printf("UI thread: a stretch moved: %.1f ms\n", milliseconds([&] { parallel.setBrush(0, Span{0.2, 0.6}); }));
  std::printf("UI thread: the pointer moved: %.1f ms\n", milliseconds([&] {
                QTest::mouseMove(&parallel, {500, 250});
                QApplication::processEvents();
              }));
  return 0;
}
