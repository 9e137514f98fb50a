#pragma once

#include <QDialog>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/studio/background.hpp"
#include "core/params/param_spec.hpp"
#include "widgets/view.hpp"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace gb {

/// What can be written, gathered by the window.
struct Exportable {
  Json experiment;
  std::vector<View*> views;  ///< must outlive the dialog
  /// Writes the model, proves it, and says how; throws. Runs off the UI thread. Empty when there is no model.
  std::function<QString(const std::filesystem::path&)> writeModel;
  QString noModel;  ///< why not
  /// The model card's text, for beside the model; empty where the run is not recorded. Off the UI thread, as is:
  std::function<std::string()> card;
  /// Writes report.html and report.pdf into the folder; throws. Empty where the run is not recorded.
  std::function<void(const QString& folder)> writeReport;
};

/// Model, charts, numbers, the experiment and a report into one folder; says what was written, or what went wrong.
class ExportDialog : public QDialog {
  Q_OBJECT
 public:
  ExportDialog(Exportable what, const QString& folder, QWidget* parent = nullptr);

  void setFolder(const QString& folder);

 signals:
  /// Everything has been tried; `errors` is empty when all went well.
  void done(const QStringList& written, const QStringList& errors);

 private:
  void exportAll();
  void conclude(QStringList written, const QStringList& errors, const QString& proof);
  void refresh();

  Exportable what_;
  Background background_;
  QCheckBox* model_;
  QCheckBox* charts_;
  QCheckBox* numbers_;
  QCheckBox* experiment_;
  QCheckBox* report_;
  QComboBox* format_;
  QLineEdit* folder_;
  QPushButton* export_;
  QPushButton* close_;
  QLabel* result_;
};

/// A file name made from a title: "Confusion matrix" gives "confusion-matrix".
QString fileNameOf(const QString& title);

}  // namespace gb
