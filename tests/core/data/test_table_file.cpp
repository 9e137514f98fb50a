#include "core/data/table_file.hpp"

#include <sys/stat.h>

#include <QtTest>
#include <cmath>
#include <limits>

#include "core/base/random.hpp"
#include "core/data/number_text.hpp"
#include "core/data/written_file.hpp"

using namespace gb;

namespace {

Dataset read(const QByteArray& bytes, const Json& options = Json::object(), const LoadProgress& progress = {}) {
  const WrittenFile file(bytes);
  Json data = options;
  data["source"] = "table";
  data["path"] = file.path().string();
  return load_dataset(data, ".", 0, progress);
}

/// The message of the error that reading throws, or nothing.
QString refusal(const QByteArray& bytes, const Json& options = Json::object()) {
  try {
    read(bytes, options);
  } catch (const Error& error) {
    return QString::fromStdString(error.what());
  }
  return {};
}

/// Rows as text: cells joined by "|".
QStringList rows_of(const Dataset& dataset) {
  QStringList rows;
  for (std::size_t row = 0; row < dataset.rows(); ++row) {
    QStringList cells;
    for (const auto& column : dataset.table()->columns) cells << QString::fromStdString(column.cell(row));
    rows << cells.join("|");
  }
  return rows;
}

QString names_of(const Dataset& dataset) {
  QStringList names;
  for (const auto& column : dataset.table()->columns) names << QString::fromStdString(column.name);
  return names.join(",");
}

QString types_of(const Dataset& dataset) {
  QStringList types;
  for (const auto& column : dataset.table()->columns)
    types << QString::fromStdString(std::string(column_type_name(column.type)));
  return types.join(",");
}

QByteArray utf16(const QString& text, bool big, bool mark) {
  QByteArray bytes;
  const auto add = [&](ushort unit) {
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 255);
    bytes += big ? high : low;
    bytes += big ? low : high;
  };
  if (mark) add(0xfeff);
  for (const QChar c : text) add(c.unicode());
  return bytes;
}

}  // namespace

class TestTableFile : public QObject {
  Q_OBJECT
 private slots:
  void the_head_is_what_all_would_be();
  void reads_data();
  void reads();
  void options_data();
  void options();
  void encodings_data();
  void encodings();
  void encodingAcrossPieces();
  void refusals_data();
  void refusals();
  void aMissingFileAFolderAndAPipe();
  void raggedRowsAreListed();
  void namesAreMadeUnique();
  void infiniteCellsAreMissing();
  void forcedTypesNoteWhatDoesNotFit();
  void wordsBelowNumbersTakeASecondPass();
  void manyDifferentWordsAreText();
  void datesInOneOrder();
  void numbersComeBackBitForBit();
  void hugeLineIsRefusedQuickly();
  void openQuoteNamesItsLine();
  void quotedLinesKeepLineNumbers();
  void cutAnywhereNeverCrashes();
  void cancels();
  void unknownColumnsAreNamed();
  void sameContentSameFingerprint();
  void manyColumns();
};

void TestTableFile::reads_data() {
  QTest::addColumn<QByteArray>("bytes");
  QTest::addColumn<QString>("names");
  QTest::addColumn<QString>("types");
  QTest::addColumn<QStringList>("rows");
  const auto row = [](const char* title, const QByteArray& bytes, const QString& names, const QString& types,
                      const QStringList& rows) { QTest::newRow(title) << bytes << names << types << rows; };
  row("plain", "a,b\n1,2\n3,4.5\n", "a,b", "numeric,numeric", {"1|2", "3|4.5"});
  row("no last newline", "a,b\n1,2\n3,4", "a,b", "numeric,numeric", {"1|2", "3|4"});
  row("windows lines", "a,b\r\n1,2\r\n3,4\r\n", "a,b", "numeric,numeric", {"1|2", "3|4"});
  row("old mac lines", "a,b\r1,2\r3,4\r", "a,b", "numeric,numeric", {"1|2", "3|4"});
  row("blank lines", "\n\na,b\n\n1,2\n\n\n3,4\n\n", "a,b", "numeric,numeric", {"1|2", "3|4"});
  row("no header", "1,2\n3,4\n", "column_1,column_2", "numeric,numeric", {"1|2", "3|4"});
  row("one column", "a\n1\n2\n3\n", "a", "numeric", {"1", "2", "3"});
  row("tabs", "a\tb\n1\t2\n3\t4\n", "a,b", "numeric,numeric", {"1|2", "3|4"});
  row("bars", "a|b\n1|2\n3|4\n", "a,b", "numeric,numeric", {"1|2", "3|4"});
  row("semicolons", "a;b\n1;2\n3;4\n", "a,b", "numeric,numeric", {"1|2", "3|4"});
  row("decimal comma", "a;b\n1,5;-2,25\n3;4\n1e3;0,5\n", "a,b", "numeric,numeric", {"1.5|-2.25", "3|4", "1000|0.5"});
  row("decimal comma, no header", "1,5;2,5\n3,5;4,5\n", "column_1,column_2", "numeric,numeric", {"1.5|2.5", "3.5|4.5"});
  row("quotes", "name,n\n\"a, b\",1\n\"c \"\"d\"\"\",2\n\"a, b\",3\n", "name,n", "categorical,numeric",
      {"a, b|1", "c \"d\"|2", "a, b|3"});
  row("quoted numbers", "a,b\n\"1\",\"2\"\n\"3\",\"4\"\n", "a,b", "numeric,numeric", {"1|2", "3|4"});
  row("quoted newline", "a,b\n\"x\ny\",1\n\"x\ny\",2\n", "a,b", "categorical,numeric", {"x\ny|1", "x\ny|2"});
  row("single quotes", "a,b\n'x, y',1\n'x, y',2\n'z',3\n", "a,b", "categorical,numeric", {"x, y|1", "x, y|2", "z|3"});
  row("missing", "a,b\n1,NA\n,x\nnan,x\n?,null\n2,\n", "a,b", "numeric,categorical", {"1|", "|x", "|x", "|", "2|"});
  row("spaces", "a , b\n 1 ,  2\n3  ,4 \n", "a,b", "numeric,numeric", {"1|2", "3|4"});
  row("signs", "a\n+1\n-2\n.5\n1.\n1E-2\n", "a", "numeric", {"1", "-2", "0.5", "1", "0.01"});
  row("categories", "c\nred\ngreen\nred\n", "c", "categorical", {"red", "green", "red"});
  row("text", "id,n\nanna,1\nbert,2\ncarl,3\n", "id,n", "text,numeric", {"anna|1", "bert|2", "carl|3"});
  row("iso dates", "d\n2024-02-29\n1969-12-31\n\n2000/1/2\n", "d", "date", {"2024-02-29", "1969-12-31", "2000-01-02"});
  row("times", "d\n2024-02-29T12:00:00Z\n2024-03-01 06:30\n", "d", "date",
      {"2024-02-29T12:00:00", "2024-03-01T06:30:00"});
  row("german dates", "d\n29.2.2024\n1.12.2023\n", "d", "date", {"2024-02-29", "2023-12-01"});
  row("leading missing", "a,b,c\n,,\n,x,2024-01-01\n5,x,\n", "a,b,c", "numeric,categorical,date",
      {"||", "|x|2024-01-01", "5|x|"});
  row("nothing but missing", "a,b\n1,\n2,\n", "a,b", "numeric,numeric", {"1|", "2|"});
  row("number-like names stay data", "2019,2020\n1,2\n", "column_1,column_2", "numeric,numeric", {"2019|2020", "1|2"});
  row("words under a name", "kind\nx\ny\nx\ny\n", "kind", "categorical", {"x", "y", "x", "y"});
  row("words without a name", "x,y\ny,x\nx,y\ny,y\n", "column_1,column_2", "categorical,categorical",
      {"x|y", "y|x", "x|y", "y|y"});
  row("hex and such are words", "a\n0x10\n0x10\n12abc\n", "a", "categorical", {"0x10", "0x10", "12abc"});
  row("levels by number", "c\n10th\n9th\n10th\n9th\n", "c", "categorical", {"10th", "9th", "10th", "9th"});
}

void TestTableFile::reads() {
  QFETCH(QByteArray, bytes);
  QFETCH(QString, names);
  QFETCH(QString, types);
  QFETCH(QStringList, rows);
  const auto dataset = read(bytes);
  QCOMPARE(names_of(dataset), names);
  QCOMPARE(types_of(dataset), types);
  QCOMPARE(rows_of(dataset), rows);
  QCOMPARE(dataset.report.rows_read, dataset.rows());
  QCOMPARE(dataset.report.rows_skipped, std::size_t{0});
}

void TestTableFile::options_data() {
  QTest::addColumn<QByteArray>("bytes");
  QTest::addColumn<QString>("json");
  QTest::addColumn<QString>("names");
  QTest::addColumn<QStringList>("rows");
  QTest::newRow("delimiter") << QByteArray("a,b;c\n1,2;3\n") << R"({"delimiter":";","decimal":"."})"
                             << "a,b,c" << QStringList{"1,2|3"};
  QTest::newRow("tab by name") << QByteArray("a\tb\n1\t2\n") << R"({"delimiter":"tab"})"
                               << "a,b" << QStringList{"1|2"};
  QTest::newRow("decimal") << QByteArray("a;b\n1,5;2\n") << R"({"decimal":"."})"
                           << "a,b" << QStringList{"1,5|2"};
  QTest::newRow("header") << QByteArray("1,2\n3,4\n") << R"({"header":true})"
                          << "1,2" << QStringList{"3|4"};
  QTest::newRow("no header") << QByteArray("a,b\n3,4\n") << R"({"header":false})"
                             << "column_1,column_2" << QStringList{"a|b", "3|4"};
  QTest::newRow("quote") << QByteArray("a,b\n%x,y%,1\n") << R"({"quote":"%"})"
                         << "a,b" << QStringList{"x,y|1"};
  QTest::newRow("missing") << QByteArray("a,b\n-99,NA\n1,NA\n") << R"({"missing":["-99"]})"
                           << "a,b" << QStringList{"|NA", "1|NA"};
  QTest::newRow("ignore") << QByteArray("a,b,c\n1,2,3\n") << R"({"ignore":["b"]})"
                          << "a,c" << QStringList{"1|3"};
  QTest::newRow("types") << QByteArray("zip,d\n007,20240102\n010,x\n")
                         << R"({"types":{"zip":"categorical","d":"text"}})"
                         << "zip,d" << QStringList{"007|20240102", "010|x"};
}

void TestTableFile::options() {
  QFETCH(QByteArray, bytes);
  QFETCH(QString, json);
  QFETCH(QString, names);
  QFETCH(QStringList, rows);
  const auto dataset = read(bytes, Json::parse(json.toStdString()));
  QCOMPARE(names_of(dataset), names);
  QCOMPARE(rows_of(dataset), rows);
}

void TestTableFile::encodings_data() {
  QTest::addColumn<QByteArray>("bytes");
  QTest::addColumn<QString>("encoding");  // empty: not named
  QTest::addColumn<QString>("reported");
  QTest::addColumn<QString>("name");
  const QString latin = QString::fromUtf8("größe,art\n1,süß\n2,süß\n");
  const QString chinese = QString::fromUtf8("颜色,n\n红,1\n绿,2\n红,3\n");
  const QString color = QString::fromUtf8("颜色,n");
  const QString size = QString::fromUtf8("größe,art");
  QTest::newRow("utf-8") << latin.toUtf8() << ""
                         << "UTF-8" << size;
  QTest::newRow("utf-8 mark") << "\xef\xbb\xbf" + latin.toUtf8() << ""
                              << "UTF-8" << size;
  QTest::newRow("utf-8 mark, named") << "\xef\xbb\xbf" + latin.toUtf8() << "utf-8"
                                     << "UTF-8" << size;
  QTest::newRow("latin-1") << latin.toLatin1() << "latin-1"
                           << "ISO-8859-1" << size;
  QTest::newRow("Latin1") << latin.toLatin1() << "Latin1"
                          << "ISO-8859-1" << size;
  QTest::newRow("gbk") << QByteArray("\xd1\xd5\xc9\xab,n\n\xba\xec,1\n\xc2\xcc,2\n\xba\xec,3\n") << "GBK"
                       << "GBK" << color;
  QTest::newRow("utf-16 le mark") << utf16(chinese, false, true) << ""
                                  << "UTF-16LE" << color;
  QTest::newRow("utf-16 be mark") << utf16(chinese, true, true) << ""
                                  << "UTF-16BE" << color;
  QTest::newRow("utf-16 named, mark") << utf16(chinese, true, true) << "UTF-16"
                                      << "UTF-16BE" << color;
  QTest::newRow("utf-16le without mark") << utf16(latin, false, false) << "utf-16le"
                                         << "UTF-16LE" << size;
  QTest::newRow("utf-16be without mark") << utf16(latin, true, false) << "utf-16be"
                                         << "UTF-16BE" << size;
  QTest::newRow("utf-16 without mark") << utf16(latin, false, false) << "utf-16"
                                       << "UTF-16LE" << size;
}

void TestTableFile::encodings() {
  QFETCH(QByteArray, bytes);
  QFETCH(QString, encoding);
  QFETCH(QString, reported);
  QFETCH(QString, name);
  Json options = Json::object();
  if (!encoding.isEmpty()) options["encoding"] = encoding.toStdString();
  const auto dataset = read(bytes, options);
  QCOMPARE(QString::fromStdString(dataset.report.encoding), reported);
  QCOMPARE(names_of(dataset), name);
  const auto& words = dataset.table()->columns[name.startsWith("gr") ? 1 : 0];
  QCOMPARE(QString::fromStdString(words.cell(0)),
           name.startsWith("gr") ? QString::fromUtf8("süß") : QString::fromUtf8("红"));
}

/// Characters of two and three bytes fall on the ends of the pieces that files are read in.
void TestTableFile::encodingAcrossPieces() {
  for (const bool wide : {false, true}) {
    QString text = wide ? "n,w\n" : "nn,w\n";
    for (int i = 0; i < 300000; ++i) text += QString::number(i % 10) + QString::fromUtf8(i % 3 ? ",红绿\n" : ",ü\n");
    for (const QByteArray& bytes : {text.toUtf8(), utf16(text, false, true)}) {
      QVERIFY(bytes.size() > 2 << 20);
      const auto dataset = read(bytes);
      QCOMPARE(dataset.rows(), std::size_t{300000});
      QCOMPARE(dataset.table()->columns[1].levels.size(), std::size_t{2});
    }
  }
}

void TestTableFile::refusals_data() {
  QTest::addColumn<QByteArray>("bytes");
  QTest::addColumn<QString>("json");
  QTest::addColumn<QString>("says");
  const auto row = [](const char* title, const QByteArray& bytes, const QString& says, const QString& json = "{}") {
    QTest::newRow(title) << bytes << json << says;
  };
  row("empty", "", "is empty");
  row("only a mark", "\xef\xbb\xbf", "is empty");
  row("only newlines", "\n\n\n", "blank");
  row("header only", "a,b\n", "no rows");
  row("png", QByteArray("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16), "PNG image");
  row("zeros", QByteArray(1000, '\0'), "binary");
  row("noise", QByteArray("\x01\x02\x03\x04 abc \x05\x06", 11), "binary");
  row("zip", QByteArray("PK\x03\x04") + QByteArray(40, '\0'), "ZIP archive");
  row("npz", QByteArray("PK\x03\x04") + QByteArray(26, '\0') + "x.npy", "NPZ");
  row("arff", "% comment\n@RELATION iris\n@ATTRIBUTE a NUMERIC\n@DATA\n1\n", "ARFF");
  row("libsvm", "1 3:0.5 7:1\n-1 1:2 2:0.25\n", "LIBSVM");
  row("pickle", QByteArray("\x80\x04\x95\x10\0\0\0\0\0\0\0", 11), "pickle");
  row("latin-1 unnamed", "a,b\n1,2\n3,gr\xfc\xdf\n", "line 3");
  row("latin-1 unnamed, byte", "a,b\n1,2\n3,gr\xfc\xdf\n", "0xFC");
  row("cut utf-8", "a,b\n1,2\n3,\xe7\xba", "line 3");
  row("overlong utf-8", "a,b\n1,\xc0\xaf\n", "line 2");
  row("cut utf-16", utf16("a,b\n1,2\n", false, true).chopped(1), "UTF-16LE");
  row("bad gbk", "a,b\n1,\xff\xff\n", "line 2", R"({"encoding":"gbk"})");
  row("late zero byte", "a,b\n" + QByteArray("1,2\n").repeated(20000) + QByteArray("3,\0", 3) + "4\n", "line 20002");
  row("mostly ragged", "a,b\n1\n2\n3,4\n5\n", "is not a table");
  row("unknown target", "a,b\n1,2\n", "'c'", R"({"target":"c"})");
  row("all ignored", "a,b\n1,2\n", "ignored", R"({"ignore":["a","b"]})");
  row("ignored target", "a,b\n1,2\n", "ignore", R"({"ignore":["a"],"target":"a"})");
  row("open quote", "a,b\n1,2\n\"3,4\n5,6\n", "line 3");
}

void TestTableFile::refusals() {
  QFETCH(QByteArray, bytes);
  QFETCH(QString, json);
  QFETCH(QString, says);
  const auto message = refusal(bytes, Json::parse(json.toStdString()));
  QVERIFY2(!message.isEmpty(), "was not refused");
  QVERIFY2(message.contains(says), qPrintable(message));
}

void TestTableFile::aMissingFileAFolderAndAPipe() {
  const auto message = [](const std::string& path) {
    try {
      load_dataset({{"source", "table"}, {"path", path}}, "/", 0);
    } catch (const Error& error) {
      return QString(error.what());
    }
    return QString();
  };
  QVERIFY(message("/no/such/file.csv").contains("/no/such/file.csv"));
  QVERIFY(message("/tmp").contains("folder"));
  QVERIFY(message("/dev/zero").contains("regular file"));
  QTemporaryDir folder;
  const auto pipe = folder.filePath("pipe").toStdString();
  QCOMPARE(mkfifo(pipe.c_str(), 0600), 0);
  QVERIFY(message(pipe).contains("regular file"));
}

void TestTableFile::raggedRowsAreListed() {
  const auto dataset = read("a,b,c\n1,2,3\n4,5\n\n6,7,8\n9,10,11,12\n13,14,15\n");
  QCOMPARE(rows_of(dataset), (QStringList{"1|2|3", "6|7|8", "13|14|15"}));
  QCOMPARE(dataset.report.rows_skipped, std::size_t{2});
  QCOMPARE(dataset.report.problems.size(), std::size_t{2});
  QCOMPARE(dataset.report.problems[0].row, std::size_t{3});
  QCOMPARE(dataset.report.problems[1].row, std::size_t{6});
  QVERIFY(QString::fromStdString(dataset.report.problems[1].message).contains("4 cells instead of 3"));

  QByteArray many = "a,b\n";
  for (int i = 0; i < 3000; ++i) many += "1,2\n1\n1,2\n";
  const auto counted = read(many);
  QCOMPARE(counted.report.rows_skipped, std::size_t{3000});
  QCOMPARE(counted.report.problems.size(), std::size_t{1000});
}

void TestTableFile::namesAreMadeUnique() {
  const auto dataset = read("x,,x,x_2, x \n1,2,3,4,5\n");
  QCOMPARE(names_of(dataset), QString("x,column_2,x_3,x_2,x_4"));
  QCOMPARE(dataset.report.problems.size(), std::size_t{3});
}

void TestTableFile::infiniteCellsAreMissing() {
  const auto dataset = read("a\n1\ninf\n-Infinity\n1e999\nNaN\n1e-999\n");
  const auto& numbers = dataset.table()->columns[0].numbers;
  QCOMPARE(dataset.table()->columns[0].missing_count(), std::size_t{4});
  QCOMPARE(numbers[5], 0.0);
  QCOMPARE(dataset.report.problems.size(), std::size_t{3});
  QCOMPARE(dataset.report.problems[0].row, std::size_t{3});
  QCOMPARE(dataset.report.problems[0].field, std::string("a"));
}

void TestTableFile::forcedTypesNoteWhatDoesNotFit() {
  const auto dataset =
      read("a,d\n1,2024-01-01\nx,soon\n3,2024-01-03\n", {{"types", {{"a", "numeric"}, {"d", "date"}}}});
  QCOMPARE(types_of(dataset), QString("numeric,date"));
  QCOMPARE(rows_of(dataset), (QStringList{"1|2024-01-01", "|", "3|2024-01-03"}));
  QCOMPARE(dataset.report.problems.size(), std::size_t{2});
  QCOMPARE(dataset.report.problems[0].row, std::size_t{3});
  QVERIFY(dataset.table()->columns[0].type_given);
}

/// How the numbers were written comes back, and rows that were skipped are skipped once.
void TestTableFile::wordsBelowNumbersTakeASecondPass() {
  QByteArray bytes = "code,n,day\n";
  for (int i = 0; i < 50; ++i) bytes += "007,1.50,2024-01-01\n1.50,2,2024-01-02\n1\n";
  bytes += "none,3,later\n";
  std::vector<std::uint64_t> done;
  const auto dataset = read(bytes, Json::object(), [&](std::uint64_t now, std::uint64_t total) {
    done.push_back(now);
    return now <= total;
  });
  QCOMPARE(types_of(dataset), QString("categorical,numeric,categorical"));
  QCOMPARE(dataset.table()->columns[0].levels, (std::vector<std::string>{"007", "1.50", "none"}));
  QCOMPARE(dataset.table()->columns[1].numbers.size(), std::size_t{101});
  QCOMPARE(dataset.table()->columns[2].codes.size(), std::size_t{101});
  QCOMPARE(dataset.report.rows_skipped, std::size_t{50});
  QCOMPARE(dataset.report.problems.size(), std::size_t{50});
  QVERIFY(std::is_sorted(done.begin(), done.end()));
}

void TestTableFile::manyDifferentWordsAreText() {
  QByteArray bytes = "id,group\n";
  for (int i = 0; i < 70000; ++i) bytes += "id" + QByteArray::number(i) + ",g" + QByteArray::number(i % 900) + "\n";
  const auto dataset = read(bytes);
  QCOMPARE(types_of(dataset), QString("text,categorical"));
  QCOMPARE(dataset.table()->columns[0].texts.size(), std::size_t{70000});
  QCOMPARE(dataset.table()->columns[0].texts[69999], std::string("id69999"));
  QCOMPARE(dataset.table()->columns[1].levels.size(), std::size_t{900});
}

void TestTableFile::datesInOneOrder() {
  // The second date can only be day first, which settles the first.
  QCOMPARE(rows_of(read("d\n3/4/2024\n25/4/2024\n")), (QStringList{"2024-04-03", "2024-04-25"}));
  const auto open = read("d\n3/4/2024\n5/6/2024\n");
  QCOMPARE(rows_of(open), (QStringList{"2024-03-04", "2024-05-06"}));
  QCOMPARE(open.report.problems.size(), std::size_t{1});
  // No order fits both: words.
  QCOMPARE(types_of(read("d\n25/4/2024\n4/25/2024\n25/4/2024\n")), QString("categorical"));
  QCOMPARE(types_of(read("d\n2023-02-29\n2023-02-29\n2024-02-29\n")), QString("categorical"));
  QCOMPARE(read("d\n1970-01-02\n1969-12-31\n").table()->columns[0].numbers, (std::vector<double>{1, -1}));
}

void TestTableFile::numbersComeBackBitForBit() {
  Random random(11);
  QByteArray bytes = "x\n";
  std::vector<double> values;
  while (values.size() < 20000) {
    const std::uint64_t bits = random.next();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    if (values.size() % 2) value = std::round(random.uniform(-1e6, 1e6)) / 1000;
    values.push_back(value);
    bytes += QByteArray::fromStdString(number_text(value)) + "\n";
  }
  const auto dataset = read(bytes, {{"header", true}});
  QCOMPARE(dataset.table()->columns[0].numbers.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    QVERIFY2(dataset.table()->columns[0].numbers[i] == values[i], number_text(values[i]).c_str());
}

void TestTableFile::hugeLineIsRefusedQuickly() {
  const QByteArray line = QByteArray("1234567,").repeated(100 << 17);  // 100 MB without a line end
  const auto whole = refusal(line);
  QVERIFY2(whole.contains("longer than 16 MB") && whole.contains("line 1"), qPrintable(whole));
  const auto later = refusal("a,b\n1,2\n" + QByteArray(20 << 20, 'x') + ",3\n");
  QVERIFY2(later.contains("line 3"), qPrintable(later));
}

void TestTableFile::openQuoteNamesItsLine() {
  const auto message = refusal("a,b\n1,2\n\"3,4\n" + QByteArray("5,6\n").repeated(5 << 20));
  QVERIFY2(message.contains("line 3") && message.contains("quote"), qPrintable(message));
}

void TestTableFile::quotedLinesKeepLineNumbers() {
  const auto dataset = read("a,b\n\"x\ny\nz\",1\n2\n\"x\",3\n4\n\"x\",5\n");
  QCOMPARE(dataset.report.problems.size(), std::size_t{2});
  QCOMPARE(dataset.report.problems[0].row, std::size_t{5});
  QCOMPARE(dataset.report.problems[1].row, std::size_t{7});
}

void TestTableFile::cutAnywhereNeverCrashes() {
  const QByteArray whole = "\xef\xbb\xbfname,date,\"x, y\"\r\n\"a \"\"b\"\"\",2024-01-01,1.5\r\nüö,2024-01-02,NA\r\n";
  for (int length = 0; length < whole.size(); ++length) {
    const WrittenFile file(whole.left(length));
    try {
      const auto dataset = load_dataset({{"source", "table"}, {"path", file.path().string()}}, ".", 0);
      for (const auto& column : dataset.table()->columns) QCOMPARE(column.size(), dataset.rows());
    } catch (const DataError& error) {
      QVERIFY(QString(error.what()).contains("data.csv"));
    }
  }
}

void TestTableFile::cancels() {
  const QByteArray bytes = "a,b\n" + QByteArray("1,2\n").repeated(1 << 20);
  int calls = 0;
  QVERIFY_EXCEPTION_THROWN(read(bytes, Json::object(), [&](std::uint64_t, std::uint64_t) { return ++calls < 2; }),
                           Cancelled);
  QCOMPARE(calls, 2);
}

void TestTableFile::unknownColumnsAreNamed() {
  try {
    read("alpha,beta\n1,2\n", {{"types", {{"betta", "numeric"}}}});
    QFAIL("was not refused");
  } catch (const ParamError& error) {
    QCOMPARE(error.field(), std::string("data.types.betta"));
    QVERIFY(QString(error.what()).contains("did you mean 'beta'"));
    QVERIFY(QString::fromStdString(error.allowed()).contains("alpha"));
  }
}

void TestTableFile::sameContentSameFingerprint() {
  const auto one = read("a,b\n1,x\n2,y\n3,x\n");
  QCOMPARE(read("a;b\r\n1.0;x\r\n2;\"y\"\r\n3;x\r\n").fingerprint, one.fingerprint);
  QVERIFY(read("a,b\n1,x\n2,y\n3,y\n").fingerprint != one.fingerprint);
  QVERIFY(read("a,c\n1,x\n2,y\n3,x\n").fingerprint != one.fingerprint);
  QVERIFY(read("a,b\n1,x\n2,y\n3,x\n", {{"target", "b"}}).fingerprint != one.fingerprint);
}

void TestTableFile::manyColumns() {
  QByteArray bytes;
  for (int i = 0; i < 100000; ++i) bytes += "c" + QByteArray::number(i) + (i < 99999 ? "," : "\n");
  for (int row = 0; row < 2; ++row) bytes += QByteArray("1,").repeated(99999) + "2\n";
  const auto dataset = read(bytes);
  QCOMPARE(dataset.table()->columns.size(), std::size_t{100000});
  const auto message = refusal(QByteArray("1,").repeated(300000) + "1\n");
  QVERIFY2(message.contains("at most 200000 columns"), qPrintable(message));
}

void TestTableFile::the_head_is_what_all_would_be() {
  QByteArray bytes = "a;b;c\n";
  for (int i = 0; i < 5000; ++i) bytes += QByteArray::number(i) + ";" + (i % 2 ? "x" : "y") + ";1,5\n";
  const WrittenFile file(bytes);
  TableParams params;
  params.ignore = {"b"};
  const auto head = read_table_head(file.path(), params, "data", 100, {});
  QCOMPARE(head.names, std::vector<std::string>({"a", "b", "c"}));
  QCOMPARE(head.dataset.rows(), std::size_t{100});
  QCOMPARE(head.dataset.report.delimiter, std::string(";"));
  QCOMPARE(head.dataset.report.decimal, std::string(","));
  QVERIFY(!head.whole && doubts_about(head).empty());
  QCOMPARE(names_of(head.dataset), QString("a,c"));
  QCOMPARE(rows_of(head.dataset)[7], QString("7|1.5"));
  QVERIFY(read_table_head(file.path(), params, "data", 100000, {}).whole);

  // Told: all in one cell, rows of another length.
  const WrittenFile lines("name\nx\ny\n");
  QCOMPARE(doubts_about(read_table_head(lines.path(), {}, "data", 100, {})).size(), std::size_t{1});
  const WrittenFile ragged("a,b\n1,2\n3\n4,5\n6,7\n");
  const auto doubts = doubts_about(read_table_head(ragged.path(), {}, "data", 100, {}));
  QCOMPARE(doubts.size(), std::size_t{1});
  QVERIFY2(doubts[0].starts_with("1 of the first 4 rows"), doubts[0].c_str());
}

QTEST_APPLESS_MAIN(TestTableFile)
#include "test_table_file.moc"
