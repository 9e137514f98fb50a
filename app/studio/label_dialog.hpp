#pragma once

#include <QDialog>
#include <QHash>
#include <QImage>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "app/studio/background.hpp"
#include "app/studio/picture_labelling.hpp"

class QCheckBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QProgressBar;
class QPushButton;
class QStackedWidget;

namespace gb {

class PictureStage;

/// Gives classes to the pictures of a folder with the keyboard: one picture large, its neighbours below, a key for
/// each class. What is given is written to a file beside the pictures at once, so that it can be gone on with later and
/// read as data without a picture being moved.
class LabelDialog : public QDialog {
  Q_OBJECT
 public:
  explicit LabelDialog(const QString& folder, QWidget* parent = nullptr);
  ~LabelDialog() override;

  /// Once the folder has been listed.
  const PictureLabelling* labelling() const { return labelling_.get(); }
  std::size_t current() const { return current_; }
  /// Everything given has been written.
  bool saved() const { return !dirty_ && !writer_.busy(); }
  /// The current picture is on screen.
  bool shows() const;
  QString file() const;
  void goTo(std::size_t picture);
  void reject() override;

 signals:
  void listed();
  /// The labelled pictures are to be the experiment's data.
  void dataMade(const QString& folder, const QString& labels);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Listing {
    std::vector<std::string> names;
    PictureLabels labels;
  };
  static Listing list(const std::filesystem::path& folder, const std::filesystem::path& file);

  QWidget* makeSide();
  void step(int by);
  void give(const std::string& kind);
  void giveNth(std::size_t place);
  void takeAway();
  void undo();
  void addClass();
  void refresh();
  void load();
  void write();
  /// Waits for what is being written; false where it could not be.
  bool writeNow();

  /// Writings take turns, and an older one never comes last.
  struct Turn {
    std::mutex mutex;
    int written = 0;
  };
  static void write(Turn& turn, int number, const std::filesystem::path& file, const PictureLabels& labels);

  std::filesystem::path folder_, file_;
  std::shared_ptr<Turn> turn_ = std::make_shared<Turn>();
  int writings_ = 0;
  std::unique_ptr<PictureLabelling> labelling_;
  std::size_t current_ = 0;
  bool dirty_ = false;  ///< something was given since the last writing began
  Background lister_, loader_, writer_;
  QHash<qulonglong, QImage> pictures_;  ///< those near the current one; null images cannot be read
  QStackedWidget* stack_;
  QLabel* waiting_;
  PictureStage* stage_;
  QLabel *name_, *progress_, *error_;
  QProgressBar* bar_;
  QListWidget* classes_;
  QLineEdit* new_class_;
  QCheckBox* only_;
  QPushButton *previous_, *next_, *undo_, *use_;
};

}  // namespace gb
