#pragma once

#include <QDialog>
#include <QTimer>
#include <atomic>
#include <filesystem>
#include <memory>

#include "app/studio/background.hpp"
#include "app/studio/error_text.hpp"
#include "core/data/table_file.hpp"

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QTableView;

namespace gb {

class DataModel;
class ImportColumns;
class ParameterForm;

/// How a table file is read, decided before a sight of its first rows: how it is written, what its columns are, which
/// one is the target, and what of them is anonymised. Every change is seen at once; the file is read off the UI thread.
class ImportDialog : public QDialog {
  Q_OBJECT
 public:
  /// `data` is a source "table"; relative paths start at `folder`.
  ImportDialog(const Json& data, const std::filesystem::path& folder, QWidget* parent = nullptr);
  ~ImportDialog() override;

  /// Whether a new experiment may be begun with it, and whether that is what is meant.
  void offerNew(bool offered, bool chosen);
  bool startsAnew() const;
  /// The "data" object as it stands, without what says nothing.
  Json data() const;
  /// What is seen is what data() says.
  bool current() const { return current_; }

 signals:
  /// What is seen is what data() says, or why that cannot be read is told.
  void previewed();

 private:
  struct Preview {
    std::vector<std::string> names;
    std::shared_ptr<TableHead> head;  ///< null where `problem` says why
    Json data;                        ///< that speaks of columns that are there
    ErrorText problem;
  };
  static Preview read(const Json& data, const std::filesystem::path& file, const std::atomic<bool>& cancelled);

  QWidget* makeFormat();
  /// A field whose usual values are in a menu and others can be typed.
  QComboBox* makeChoice(QGridLayout& grid, const char* field, const std::vector<std::pair<QString, QString>>& choices);
  QWidget* makeColumns();
  QWidget* makeDetails();
  void change(const std::function<void(Json&)>& edit);
  void changeColumns(const std::function<void(Json&, const std::string&)>& edit);
  void requestPreview();
  void show(const Preview& preview);
  void tell(const ErrorText& problem);
  void showDetails();
  void takeRule();
  std::vector<std::string> chosen() const;

  Json data_;
  std::filesystem::path file_;
  bool current_ = false;
  bool showing_ = false;  ///< controls are being set and nobody's choice
  Background background_;
  QTimer soon_;
  std::shared_ptr<std::atomic<bool>> cancelled_;
  ImportColumns* columns_;
  DataModel* rows_;
  ParameterForm* format_;
  QLabel *facts_, *doubts_, *error_, *state_;
  QTableView *column_view_, *row_view_;
  QComboBox *delimiter_, *encoding_;
  QComboBox* target_;
  QLabel* details_title_;
  QComboBox *type_, *use_, *method_, *bucket_;
  QLineEdit* width_;
  QSpinBox *keep_first_, *keep_last_;
  QWidget *bucket_row_, *mask_row_;
  QCheckBox* anew_;
  QPushButton* import_;
};

}  // namespace gb
