#pragma once

#include <QAbstractListModel>
#include <QString>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/run/experiment.hpp"
#include "core/run/run_lock.hpp"

namespace gb {

/// Experiments that wait until the run before them has ended, each as it was when it was queued, and the one that is
/// being run. All of it is kept in a file beside the runs, written anew and renamed into place at every change, so that
/// neither a restart nor a crash loses any of it. Of several windows the first keeps the file.
class RunQueue : public QAbstractListModel {
  Q_OBJECT
 public:
  struct Entry {
    Experiment experiment;
    std::string resume_id;  ///< go on with this run instead of beginning one
    QString title() const;
  };
  /// What was being run when the program ended, however it ended.
  struct Interrupted {
    Entry entry;
    std::string run_id;  ///< empty when it had not begun
  };

  explicit RunQueue(QObject* parent = nullptr);
  ~RunQueue() override;

  /// Reads what a folder keeps, adds it before what waits already, and keeps further changes there. What is read waits
  /// in pause: nothing begins by itself. A file that is damaged is set aside and told of in problem().
  void open(const std::filesystem::path& folder);
  /// Whether changes are written; not while another window keeps the same folder, or where nothing can be written.
  bool kept() const { return lock_ != nullptr && problem_.isEmpty(); }
  const QString& problem() const { return problem_; }
  const std::optional<Interrupted>& interrupted() const { return interrupted_; }
  /// The interrupted one has been dealt with.
  void forgetInterrupted();
  /// Before all others.
  void requeueInterrupted();

  void add(Entry entry);
  void removeAt(int row);
  void clear();
  const Entry& at(int row) const { return entries_[static_cast<std::size_t>(row)]; }
  bool empty() const { return entries_.empty(); }
  bool paused() const { return paused_; }
  void setPaused(bool paused);
  /// The first one, which begins now.
  Entry take();
  /// An experiment has begun, from the queue or not; its run is known later.
  void began(Entry entry);
  void beganAs(const std::string& run_id);
  void ended();
  /// Writes now what is still to be written.
  void flush();

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
  bool moveRows(const QModelIndex& from, int row, int count, const QModelIndex& to, int before) override;

 signals:
  /// Something was added, taken, moved, paused.
  void changed();

 private:
  std::string text() const;
  void read();
  void touch();
  void write();

  std::vector<Entry> entries_;
  std::optional<Interrupted> current_, interrupted_;
  bool paused_ = false;
  std::filesystem::path file_;
  std::unique_ptr<RunLock> lock_;
  QString problem_;
  struct Writer;
  std::shared_ptr<Writer> writer_;
};

}  // namespace gb
