#include "core/base/file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "core/base/error.hpp"

using namespace gb;

namespace {

std::string in(const QTemporaryDir& folder, const char* name) {
  return folder.filePath(name).toStdString();
}

}  // namespace

class TestFile : public QObject {
  Q_OBJECT
 private slots:
  void hashes();
  void readsBack();
  void readRefusals();
  void replacesAndKeepsTheMode();
  void aFailedWriteLeavesTheOldFile();
  void newFilesObeyTheMask();
  void folders();
};

/// FIPS 180-2, appendix B.
void TestFile::hashes() {
  QCOMPARE(sha256("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  QCOMPARE(sha256(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  Sha256 pieces;
  pieces.add("a");
  pieces.add("");
  pieces.add("bc");
  QCOMPARE(pieces.hex(), sha256("abc"));
  QTemporaryDir folder;
  const std::string million(1000000, 'a');
  write_file_atomically(in(folder, "a"), million);
  QCOMPARE(sha256_of_file(in(folder, "a")),
           std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
  QVERIFY_EXCEPTION_THROWN(sha256_of_file(in(folder, "none")), FileError);
}

void TestFile::readsBack() {
  QTemporaryDir folder;
  std::string bytes("\0\r\n\xff", 4);
  for (int i = 0; i < 18; ++i) bytes += bytes;
  for (const auto& content : {std::string(), std::string("x"), bytes}) {
    write_file_atomically(in(folder, "file"), content);
    QVERIFY(read_file(in(folder, "file"), content.size()) == content);
  }
  QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden), QStringList{"file"});
}

void TestFile::readRefusals() {
  QTemporaryDir folder;
  write_file_atomically(in(folder, "file"), "12345");
  const auto message = [](const std::string& path, std::size_t cap) {
    try {
      read_file(path, cap);
    } catch (const FileError& error) {
      return QString(error.what());
    }
    return QString();
  };
  QVERIFY(message(in(folder, "file"), 4).contains("larger than 4 bytes"));
  QVERIFY(message(in(folder, "none"), 4).contains("No such file"));
  QVERIFY(message(folder.path().toStdString(), 4).contains("folder"));
  QVERIFY(message("/dev/zero", 1000).contains("larger than 1000 bytes"));
}

void TestFile::replacesAndKeepsTheMode() {
  QTemporaryDir folder;
  const auto path = in(folder, "file");
  write_file_atomically(path, "old");
  QCOMPARE(::chmod(path.c_str(), 0640), 0);
  write_file_atomically(path, "new");
  QCOMPARE(read_file(path, 10), std::string("new"));
  struct stat status;
  QCOMPARE(::stat(path.c_str(), &status), 0);
  QCOMPARE(status.st_mode & 0777, 0640u);
}

void TestFile::aFailedWriteLeavesTheOldFile() {
  QTemporaryDir folder;
  QVERIFY_EXCEPTION_THROWN(write_file_atomically(in(folder, "no/such/folder/file"), "x"), FileError);
  // A folder cannot be replaced by a file; what was written beside it goes.
  QVERIFY(QDir(folder.path()).mkdir("taken"));
  write_file_atomically(in(folder, "taken/inside"), "old");
  QVERIFY_EXCEPTION_THROWN(write_file_atomically(in(folder, "taken"), "x"), FileError);
  QCOMPARE(read_file(in(folder, "taken/inside"), 10), std::string("old"));
  QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot), QStringList{"taken"});
}

void TestFile::newFilesObeyTheMask() {
  QTemporaryDir folder;
  write_file_atomically(in(folder, "file"), "x");
  struct stat status;
  QCOMPARE(::stat(in(folder, "file").c_str(), &status), 0);
  const mode_t mask = ::umask(022);
  ::umask(mask);
  QCOMPARE(status.st_mode & 0777, 0666u & ~mask);
}

void TestFile::folders() {
  QTemporaryDir folder;
  const auto before = qgetenv("XDG_DATA_HOME");
  qputenv("XDG_DATA_HOME", folder.path().toUtf8());
  QCOMPARE(data_folder().string(), in(folder, "glassbench"));
  qunsetenv("XDG_DATA_HOME");
  const auto home = qgetenv("HOME");
  qputenv("HOME", "/somewhere");
  QCOMPARE(data_folder().string(), std::string("/somewhere/.local/share/glassbench"));
  qputenv("HOME", home);
  if (!before.isEmpty()) qputenv("XDG_DATA_HOME", before);
  const auto resources = qgetenv("GLASSBENCH_RESOURCES");
  qunsetenv("GLASSBENCH_RESOURCES");
  QVERIFY(QDir(QString::fromStdString(resource_folder().string())).exists("datasets"));
  qputenv("GLASSBENCH_RESOURCES", folder.path().toUtf8());
  QCOMPARE(resource_folder().string(), folder.path().toStdString());
  if (!resources.isEmpty()) qputenv("GLASSBENCH_RESOURCES", resources);
}

QTEST_APPLESS_MAIN(TestFile)
#include "test_file.moc"
