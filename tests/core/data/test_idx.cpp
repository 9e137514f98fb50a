#include "core/data/idx.hpp"

#include <zlib.h>

#include <QDir>
#include <QtTest>
#include <fstream>

#include "core/data/problem_set.hpp"
#include "core/data/split.hpp"
#include "core/data/written_file.hpp"

using namespace gb;

namespace {

QByteArray header(int type, const std::vector<quint32>& sizes) {
  QByteArray bytes(2, '\0');
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(sizes.size());
  for (const auto size : sizes)
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
  return bytes;
}

QByteArray counting(int count) {
  QByteArray bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(i * 7);
  return bytes;
}

QByteArray packed(const QByteArray& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) qFatal("deflate");
  QByteArray in = bytes;
  QByteArray out(static_cast<int>(deflateBound(&stream, static_cast<uLong>(bytes.size()))), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) qFatal("deflate");
  out.resize(static_cast<int>(stream.total_out));
  deflateEnd(&stream);
  return out;
}

/// Five images of 2 x 3 pixels and their labels.
QByteArray images() {
  return header(8, {5, 2, 3}) + counting(30);
}
QByteArray labels() {
  return header(8, {5}) + QByteArray("\x03\x01\x03\x02\x0a", 5);
}

struct Files {
  QTemporaryDir folder;
  Json data{{"source", "idx"}};
  void add(const char* field, const QByteArray& bytes) {
    const QString path = folder.filePath(field);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("cannot write a test file");
    data[field] = path.toStdString();
  }
  Dataset load() const { return load_dataset(data, ".", 0); }
};

QString refusal(const Files& files) {
  try {
    files.load();
  } catch (const DataError& error) {
    return QString(error.what());
  }
  return {};
}

/// Peak of this process's address space, which a huge allocation raises even before it is written to.
long peak_address_space_mb() {
  std::ifstream status("/proc/self/status");
  std::string word;
  long kilobytes = 0;
  while (status >> word)
    if (word == "VmPeak:") status >> kilobytes;
  return kilobytes / 1024;
}

}  // namespace

class TestIdx : public QObject {
  Q_OBJECT
 private slots:
  void reads_data();
  void reads();
  void bringsItsTestSplit();
  void labelTypes_data();
  void labelTypes();
  void channelsLastBecomeFirst();
  void refusals_data();
  void refusals();
  void cutAtEveryByte();
  void flippedHeaderBits();
  void liesCostNoMemory();
  void withoutLabels();
  void progressReachesTheEnd();
  void fullDigits();
};

void TestIdx::reads_data() {
  QTest::addColumn<bool>("gzip_images");
  QTest::addColumn<bool>("gzip_labels");
  QTest::newRow("plain") << false << false;
  QTest::newRow("gzip") << true << true;
  QTest::newRow("mixed") << true << false;
}

void TestIdx::reads() {
  QFETCH(bool, gzip_images);
  QFETCH(bool, gzip_labels);
  Files files;
  files.add("images", gzip_images ? packed(images()) : images());
  files.add("labels", gzip_labels ? packed(labels()) : labels());
  const auto dataset = files.load();
  const auto& set = *dataset.images();
  QCOMPARE(set.count, std::size_t{5});
  QCOMPARE(set.height, std::size_t{2});
  QCOMPARE(set.width, std::size_t{3});
  QCOMPARE(QByteArray(reinterpret_cast<const char*>(set.image(0)), 30), counting(30));
  QCOMPARE(dataset.labels.levels, (std::vector<std::string>{"1", "2", "3", "10"}));
  QCOMPARE(dataset.labels.codes, (std::vector<std::int32_t>{2, 0, 2, 1, 3}));
  QVERIFY(dataset.parts.empty());
  QVERIFY(make_target(dataset).integer_classes);
}

void TestIdx::bringsItsTestSplit() {
  Files files;
  files.add("images", images());
  files.add("labels", labels());
  files.add("test_images", packed(header(8, {2, 2, 3}) + counting(12)));
  files.add("test_labels", header(8, {2}) + QByteArray("\x01\x02", 2));
  const auto dataset = files.load();
  QCOMPARE(dataset.rows(), std::size_t{7});
  QCOMPARE(QByteArray(reinterpret_cast<const char*>(dataset.images()->image(5)), 12), counting(12));
  const auto split = make_split(dataset, nullptr, true, 1);
  QCOMPARE(split.test, (std::vector<std::int64_t>{5, 6}));
  QCOMPARE(split.train.size() + split.validation.size(), std::size_t{5});
  QCOMPARE(make_split(dataset, nullptr, false, 1).train.size(), std::size_t{7});
}

void TestIdx::labelTypes_data() {
  QTest::addColumn<int>("type");
  QTest::addColumn<QByteArray>("bytes");
  QTest::addColumn<QString>("first");
  QTest::newRow("signed byte") << 0x09 << QByteArray("\xff\x01\x02\x03\x04", 5) << "-1";
  QTest::newRow("short") << 0x0b << QByteArray("\xff\xfe\0\1\0\2\0\3\0\4", 10) << "-2";
  QTest::newRow("int") << 0x0c << QByteArray("\0\1\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4", 20) << "65536";
}

void TestIdx::labelTypes() {
  QFETCH(int, type);
  QFETCH(QByteArray, bytes);
  QFETCH(QString, first);
  Files files;
  files.add("images", images());
  files.add("labels", header(type, {5}) + bytes);
  QCOMPARE(QString::fromStdString(files.load().labels.cell(0)), first);
}

void TestIdx::channelsLastBecomeFirst() {
  Files last;
  last.add("images", header(8, {2, 2, 2, 3}) + counting(24));
  const auto moved = last.load();
  const auto& set = *moved.images();
  QCOMPARE(set.channels, std::size_t{3});
  for (std::size_t image = 0; image < 2; ++image)
    for (std::size_t channel = 0; channel < 3; ++channel)
      for (std::size_t pixel = 0; pixel < 4; ++pixel)
        QCOMPARE(int{set.image(image)[channel * 4 + pixel]}, int((image * 12 + pixel * 3 + channel) * 7 & 255));
  Files first;
  first.add("images", header(8, {2, 3, 2, 2}) + counting(24));
  QCOMPARE(first.load().images()->channels, std::size_t{3});
}

void TestIdx::refusals_data() {
  QTest::addColumn<QByteArray>("images_bytes");
  QTest::addColumn<QByteArray>("labels_bytes");
  QTest::addColumn<QString>("says");
  const auto row = [](const char* title, const QByteArray& i, const QByteArray& l, const QString& says) {
    QTest::newRow(title) << i << l << says;
  };
  row("empty", "", labels(), "too short");
  row("text", "a,b\n1,2\n", labels(), "not an IDX file");
  row("cut header", images().left(9), labels(), "header");
  row("cut pixels", images().chopped(1), labels(), "cut off");
  row("longer", images() + "x", labels(), "longer");
  row("packed longer", packed(images() + "x"), labels(), "longer");
  row("no images", header(8, {0, 2, 3}), labels(), "nothing");
  row("floats", header(0x0d, {1, 1, 1}) + QByteArray(4, '\0'), labels(), "unsigned bytes");
  row("two dimensions", header(8, {5, 6}) + counting(30), labels(), "three");
  row("five dimensions", header(8, {1, 1, 1, 1, 1}) + counting(1), labels(), "dimensions");
  row("2^31 images", header(8, {0x80000000u, 28, 28}) + counting(30), labels(), "too small");
  row("overflow", header(8, {0xffffffffu, 0xffffffffu, 0xffffffffu}) + counting(30), labels(), "impossible");
  row("packed lie", packed(header(8, {0x80000000u, 28, 28}) + counting(30)), labels(), "too small");
  row("packed cut", packed(images()).chopped(9), labels(), "cut off");
  row("fewer labels", images(), header(8, {4}) + counting(4), "4 labels");
  row("labels are images", images(), images(), "labels have one");
  row("labels cut", images(), labels().chopped(1), "cut off");
  row("fractional labels", images(), header(0x0d, {5}) + QByteArray(20, '\0'), "whole numbers");
}

void TestIdx::refusals() {
  QFETCH(QByteArray, images_bytes);
  QFETCH(QByteArray, labels_bytes);
  QFETCH(QString, says);
  Files files;
  files.add("images", images_bytes);
  files.add("labels", labels_bytes);
  const auto message = refusal(files);
  QVERIFY2(message.contains(says), qPrintable(message));
  QVERIFY2(message.contains(files.folder.path()), "names no file");
}

void TestIdx::cutAtEveryByte() {
  for (const auto& whole : {images(), packed(images())}) {
    for (int length = 0; length < whole.size(); ++length) {
      Files files;
      files.add("images", whole.left(length));
      files.add("labels", labels());
      QVERIFY2(!refusal(files).isEmpty(), qPrintable(QString::number(length)));
    }
  }
}

void TestIdx::flippedHeaderBits() {
  for (int bit = 0; bit < 16 * 8; ++bit) {
    QByteArray bytes = images();
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    Files files;
    files.add("images", bytes);
    files.add("labels", labels());
    QVERIFY2(!refusal(files).isEmpty(), qPrintable(QString::number(bit)));
  }
}

void TestIdx::liesCostNoMemory() {
  const long before = peak_address_space_mb();
  Files files;
  // 100 KB of gzip could unpack to 100 MB, so the header's 60 MB are possible; they are not there.
  QByteArray noise;
  quint32 state = 1;
  for (int i = 0; i < 100000; ++i) noise += static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  files.add("images", packed(header(8, {60000, 32, 32}) + noise));
  files.add("labels", header(8, {60000}) + QByteArray(60000, '\1'));
  QVERIFY(refusal(files).contains("cut off"));
  QVERIFY2(peak_address_space_mb() - before < 64, "a lying header took memory");
}

void TestIdx::withoutLabels() {
  Files files;
  files.add("images", images());
  const auto dataset = files.load();
  QVERIFY(!dataset.target_column());
  QVERIFY_EXCEPTION_THROWN(make_split(dataset, nullptr, true, 1), ParamError);
  QCOMPARE(make_split(dataset, nullptr, false, 1).train.size(), std::size_t{5});
}

void TestIdx::progressReachesTheEnd() {
  Files files;
  files.add("images", packed(images()));
  files.add("labels", labels());
  std::uint64_t last = 0;
  std::uint64_t whole = 0;
  load_dataset(files.data, ".", 0, [&](std::uint64_t done, std::uint64_t total) {
    last = done;
    whole = total;
    return true;
  });
  QVERIFY(whole > 0);
  QCOMPARE(last, whole);
  QVERIFY_EXCEPTION_THROWN(load_dataset(files.data, ".", 0, [](std::uint64_t, std::uint64_t) { return false; }),
                           Cancelled);
}

void TestIdx::fullDigits() {
  const QString folder = TEST_SOURCE_DIR "/../shared/data/mnist";
  if (!QDir(folder).exists()) QSKIP("the full MNIST is not here");
  const auto data = guess_source(folder.toStdString());
  QVERIFY(data.contains("test_images"));
  QVERIFY(data["images"].get<std::string>().find("train-images") != std::string::npos);
  const auto dataset = load_dataset(data, ".", 0);
  QCOMPARE(dataset.rows(), std::size_t{70000});
  QCOMPARE(dataset.images()->pixels.size(), std::size_t{70000 * 784});
  const auto split = make_split(dataset, nullptr, true, 1);
  QCOMPARE(split.test.size(), std::size_t{10000});
  QCOMPARE(split.validation.size(), std::size_t{6000});
  QCOMPARE(split.test.front(), std::int64_t{60000});
  QCOMPARE(dataset.labels.cell(0), std::string("5"));
  QCOMPARE(dataset.labels.cell(60000), std::string("7"));
}

QTEST_APPLESS_MAIN(TestIdx)
#include "test_idx.moc"
