#pragma once

#include <QObject>
#include <QString>
#include <QUndoStack>
#include <filesystem>
#include <functional>

#include "core/run/experiment.hpp"

namespace gb {

/// The experiment being edited: its JSON, where it lives on disk, and the way back from every edit.
class ExperimentDocument : public QObject {
  Q_OBJECT
 public:
  explicit ExperimentDocument(QObject* parent = nullptr);

  bool empty() const { return json_.empty(); }
  const Json& json() const { return json_; }
  /// Validated. Throws ParamError.
  Experiment experiment() const { return Experiment::from_json(json_, folder_); }

  QString name() const;
  /// Empty until it has been saved.
  const QString& path() const { return path_; }
  /// Where relative paths of the data start.
  const std::filesystem::path& folder() const { return folder_; }
  bool isModified() const { return !undo_.isClean(); }
  QUndoStack& undoStack() { return undo_; }

  /// Shows another experiment, valid or being made; `path` is empty for one that has no file of its own yet.
  void replace(const Json& json, const QString& path, const std::filesystem::path& folder, bool modified = false);
  /// Reads a file. Throws and keeps what it has when the file cannot be read or is no experiment.
  void open(const QString& path);
  /// Writes atomically. Relative data paths keep meaning the same files. Throws FileError.
  void save(const QString& path);

  /// One edit that can be undone, called `text` in the menu. Edits of one `field` that follow each other at once (a
  /// slider being dragged) become one.
  void edit(const QString& text, const QString& field, const std::function<void(Json&)>& change);

 signals:
  /// The content is another one: by edit, undo, redo, open.
  void changed();
  /// Path or modified state are other ones.
  void stateChanged();

 private:
  class Edit;
  void set(const Json& json);

  Json json_ = Json::object();
  QString path_;
  std::filesystem::path folder_ = ".";
  QUndoStack undo_;
};

}  // namespace gb
