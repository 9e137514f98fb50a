#pragma once

#include <QByteArray>
#include <QFile>
#include <QTemporaryDir>
#include <filesystem>

/// A file with the given bytes in a folder of its own, gone at the end of the scope.
class WrittenFile {
 public:
  explicit WrittenFile(const QByteArray& bytes, const QString& name = "data.csv") : path_(folder_.filePath(name)) {
    QFile file(path_);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("cannot write a test file");
  }
  std::filesystem::path path() const { return path_.toStdString(); }
  QString folder() const { return folder_.path(); }

 private:
  QTemporaryDir folder_;
  QString path_;
};
