#include "core/data/npy.hpp"

#include <QtTest>
#include <cmath>
#include <cstring>

#include "core/data/problem_set.hpp"
#include "core/data/written_file.hpp"

using namespace gb;

namespace {

QByteArray npy(const QByteArray& dictionary, const QByteArray& values, int version = 1) {
  QByteArray bytes("\x93NUMPY", 6);
  bytes += static_cast<char>(version);
  bytes += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) bytes += static_cast<char>(dictionary.size() >> 8 * i);
  return bytes + dictionary + values;
}

QByteArray dictionary(const QByteArray& type, const QByteArray& shape, bool fortran = false) {
  return "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }\n";
}

template <class T>
QByteArray raw(std::initializer_list<T> values) {
  QByteArray bytes;
  for (const T value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  return bytes;
}

Dataset read(const QByteArray& bytes, const Json& options = Json::object()) {
  const WrittenFile file(bytes, "data.csv");  // the name does not matter
  Json data = options;
  data["source"] = "table";
  data["path"] = file.path().string();
  return load_dataset(data, ".", 0);
}

QString refusal(const QByteArray& bytes) {
  try {
    read(bytes);
  } catch (const DataError& error) {
    return QString(error.what());
  }
  return {};
}

QByteArray good() {
  return npy(dictionary("<f8", "(2, 3)"), raw<double>({1, 2, 3, 4, 5, 6}));
}

}  // namespace

class TestNpy : public QObject {
  Q_OBJECT
 private slots:
  void types_data();
  void types();
  void shapes_data();
  void shapes();
  void halves();
  void missingAndInfinite();
  void targetsAndTypes();
  void refusals_data();
  void refusals();
  void cutAtEveryByte();
  void flippedHeaderBits();
  void guesses();
};

void TestNpy::types_data() {
  QTest::addColumn<QByteArray>("type");
  QTest::addColumn<QByteArray>("values");
  QTest::addColumn<QList<double>>("numbers");
  QTest::newRow("f4") << QByteArray("<f4") << raw<float>({0.5f, -3}) << QList<double>{0.5, -3};
  QTest::newRow("f8") << QByteArray("<f8") << raw<double>({0.1, -3}) << QList<double>{0.1, -3};
  QTest::newRow("i1") << QByteArray("|i1") << raw<std::int8_t>({-128, 127}) << QList<double>{-128, 127};
  QTest::newRow("i2") << QByteArray("<i2") << raw<std::int16_t>({-32768, 1}) << QList<double>{-32768, 1};
  QTest::newRow("i4") << QByteArray("<i4") << raw<std::int32_t>({-5, 70000}) << QList<double>{-5, 70000};
  QTest::newRow("i8") << QByteArray("<i8") << raw<std::int64_t>({-5, 1LL << 40}) << QList<double>{-5, 1099511627776.0};
  QTest::newRow("u1") << QByteArray("|u1") << raw<std::uint8_t>({0, 255}) << QList<double>{0, 255};
  QTest::newRow("u2") << QByteArray("<u2") << raw<std::uint16_t>({0, 65535}) << QList<double>{0, 65535};
  QTest::newRow("u4") << QByteArray("<u4") << raw<std::uint32_t>({0, 4294967295u}) << QList<double>{0, 4294967295.0};
  QTest::newRow("u8") << QByteArray("<u8") << raw<std::uint64_t>({0, 1ULL << 63})
                      << QList<double>{0, 9223372036854775808.0};
  QTest::newRow("b1") << QByteArray("|b1") << raw<std::uint8_t>({0, 1}) << QList<double>{0, 1};
}

void TestNpy::types() {
  QFETCH(QByteArray, type);
  QFETCH(QByteArray, values);
  QFETCH(QList<double>, numbers);
  for (const int version : {1, 2, 3}) {
    const auto dataset = read(npy(dictionary(type, "(2,)"), values, version));
    QCOMPARE(dataset.report.format, std::string("NPY"));
    const auto& read_back = dataset.table()->columns[0].numbers;
    QCOMPARE(QList<double>(read_back.begin(), read_back.end()), numbers);
  }
}

void TestNpy::shapes_data() {
  QTest::addColumn<QByteArray>("shape");
  QTest::addColumn<bool>("fortran");
  QTest::addColumn<QList<double>>("first_column");
  QTest::newRow("rows") << QByteArray("(2, 3)") << false << QList<double>{1, 4};
  QTest::newRow("columns") << QByteArray("(2, 3)") << true << QList<double>{1, 2};
  QTest::newRow("vector") << QByteArray("(6,)") << false << QList<double>{1, 2, 3, 4, 5, 6};
  QTest::newRow("one row") << QByteArray("(1, 6)") << false << QList<double>{1};
  QTest::newRow("python 2") << QByteArray("(3L, 2L)") << false << QList<double>{1, 3, 5};
}

void TestNpy::shapes() {
  QFETCH(QByteArray, shape);
  QFETCH(bool, fortran);
  QFETCH(QList<double>, first_column);
  const auto dataset = read(npy(dictionary("<f8", shape, fortran), raw<double>({1, 2, 3, 4, 5, 6})));
  const auto& column = dataset.table()->columns[0];
  QCOMPARE(column.name, std::string("f0"));
  QCOMPARE(QList<double>(column.numbers.begin(), column.numbers.end()), first_column);
}

void TestNpy::halves() {
  // 1, -2, the smallest subnormal, the largest finite one, 1/3.
  const auto dataset =
      read(npy(dictionary("<f2", "(5,)"), raw<std::uint16_t>({0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555})));
  QCOMPARE(dataset.table()->columns[0].numbers,
           (std::vector<double>{1, -2, std::ldexp(1, -24), 65504, 0.333251953125}));
}

void TestNpy::missingAndInfinite() {
  const auto dataset = read(npy(dictionary("<f8", "(3, 1)"), raw<double>({std::nan(""), HUGE_VAL, 3})));
  QCOMPARE(dataset.table()->columns[0].missing_count(), std::size_t{2});
  QCOMPARE(dataset.report.problems.size(), std::size_t{1});
  QCOMPARE(dataset.report.problems[0].row, std::size_t{2});
}

void TestNpy::targetsAndTypes() {
  const QByteArray bytes = npy(dictionary("<f8", "(6, 2)"), raw<double>({1, 0, 2, 1, 3, 0, 4, 1, 5, 0, 6, 1}));
  const auto plain = read(bytes, {{"target", "f1"}});
  QCOMPARE(make_target(plain).classes, (std::vector<std::string>{"0", "1"}));
  const auto forced = read(bytes, {{"target", "f1"}, {"types", {{"f1", "numeric"}}}});
  QCOMPARE(make_target(forced).task, Task::regression);
  const auto categorical = read(bytes, {{"types", {{"f0", "categorical"}}}});
  QCOMPARE(categorical.table()->columns[0].levels.size(), std::size_t{6});
  QVERIFY_EXCEPTION_THROWN(read(bytes, {{"types", {{"f0", "date"}}}}), ParamError);
  QVERIFY_EXCEPTION_THROWN(read(bytes, {{"target", "f2"}}), ParamError);
}

void TestNpy::refusals_data() {
  QTest::addColumn<QByteArray>("bytes");
  QTest::addColumn<QString>("says");
  const QByteArray values = raw<double>({1, 2, 3, 4, 5, 6});
  const auto row = [](const char* title, const QByteArray& bytes, const QString& says) {
    QTest::newRow(title) << bytes << says;
  };
  row("objects", npy(dictionary("|O", "(6,)"), values), "Python objects");
  row("objects of a size", npy(dictionary("|O8", "(6,)"), values), "Python objects");
  row("records", npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (6,), }", values), "records");
  row("strings", npy(dictionary("<U2", "(6,)"), values), "only numbers");
  row("complex", npy(dictionary("<c16", "(3,)"), values), "only numbers");
  row("times", npy(dictionary("<M8[D]", "(6,)"), values), "only numbers");
  row("big-endian", npy(dictionary(">f8", "(6,)"), values), "big-endian");
  row("odd size", npy(dictionary("<f3", "(16,)"), values), "only numbers");
  row("huge size", npy(dictionary("<f99999999999999999999", "(1,)"), values), "only numbers");
  row("2^31", npy(dictionary("<f8", "(2147483648,)"), values), "cut off");
  row("2^63", npy(dictionary("<f8", "(9223372036854775808,)"), values), "impossible");
  row("2^70", npy(dictionary("<f8", "(1180591620717411303424,)"), values), "impossible");
  row("overflow", npy(dictionary("<f8", "(4294967296, 4294967296)"), values), "impossible");
  row("overflow to a fit", npy(dictionary("<f8", "(6, 0, 4)"), values), "dimensions");
  row("negative", npy(dictionary("<f8", "(-6,)"), values), "impossible");
  row("three dimensions", npy(dictionary("<f8", "(1, 2, 3)"), values), "3 dimensions");
  row("no dimension", npy(dictionary("<f8", "()"), raw<double>({1})), "0 dimensions");
  row("no rows", npy(dictionary("<f8", "(0, 3)"), ""), "empty");
  row("longer", npy(dictionary("<f8", "(5,)"), values), "longer");
  row("version 9", npy(dictionary("<f8", "(6,)"), values, 9), "version 9");
  row("header length", QByteArray("\x93NUMPY\x02\x00\xf0\xff\xff\xff", 12) + values, "header length");
  row("no dictionary", npy("import os", values), "damaged");
  row("field twice", npy("{'descr': '<f8', 'descr': '<f8', 'shape': (6,)}", values), "unexpected");
  row("field more", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (6,), 'x': 1}", values), "unexpected");
  row("field less", npy("{'descr': '<f8', 'shape': (6,)}", values), "must all be there");
  row("trailing", npy(dictionary("<f8", "(6,)") + "os.system", values), "follows");
  row("open quote", npy("{'descr", values), "quote");
  row("many columns", npy(dictionary("|u1", "(1, 300000)"), QByteArray(300000, '\1')), "at most 200000");
  row("many dimensions", npy(dictionary("|u1", "(" + QByteArray("1,").repeated(100) + ")"), "x"), "32 dimensions");
}

void TestNpy::refusals() {
  QFETCH(QByteArray, bytes);
  QFETCH(QString, says);
  const auto message = refusal(bytes);
  QVERIFY2(message.contains(says), qPrintable(message));
  QVERIFY2(message.contains("data.csv"), "names no file");
}

void TestNpy::cutAtEveryByte() {
  const auto whole = good();
  for (int length = 0; length < whole.size(); ++length)
    QVERIFY2(!refusal(whole.left(length)).isEmpty(), qPrintable(QString::number(length)));
}

/// A flipped bit is refused, or gives as many numbers as the file has bytes for.
void TestNpy::flippedHeaderBits() {
  const auto whole = good();
  for (int bit = 0; bit < (whole.size() - 48) * 8; ++bit) {
    QByteArray bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    try {
      const auto dataset = read(bytes);
      QVERIFY(dataset.rows() * dataset.table()->columns.size() <= 48);
    } catch (const DataError&) {
    }
  }
}

void TestNpy::guesses() {
  const WrittenFile file(good());
  const auto data = guess_source(file.path());
  QCOMPARE(data["target"], Json("f2"));
  QCOMPARE(load_dataset(data, ".", 0).table()->columns.size(), std::size_t{3});
}

QTEST_APPLESS_MAIN(TestNpy)
#include "test_npy.moc"
