#include "core/data/anonymise.hpp"

#include <sys/stat.h>

#include <QDir>
#include <QtTest>

#include "core/base/file.hpp"
#include "core/data/source.hpp"
#include "core/data/table_file.hpp"
#include "core/data/written_file.hpp"

using namespace gb;

namespace {

const QByteArray people =
    "name,phone,age,born,city,left\n"
    "Ada Lovelace,0171-5551234,36,1815-12-10,London,1\n"
    "Alan Turing,0171-5559876,41,1912-06-23,London,0\n"
    "Ada Lovelace,030-1,27.5,1999-01-02,Paris,1\n"
    ",NA,,,Paris,0\n";

Json source_of(const WrittenFile& file, const char* rules) {
  return {{"source", "table"}, {"path", file.path().string()}, {"anonymise", Json::parse(rules)}};
}

Dataset read(const QByteArray& bytes, const char* rules, const Json& more = Json::object()) {
  const WrittenFile file(bytes);
  Json data = source_of(file, rules);
  data.update(more);
  return load_dataset(data, ".", 0);
}

QStringList cells(const Dataset& dataset, const char* name) {
  QStringList all;
  const Column* column = dataset.table()->find(name);
  for (std::size_t row = 0; column && row < dataset.rows(); ++row) all << QString::fromStdString(column->cell(row));
  return all;
}

/// Message and field of what is thrown.
QString refusal(const QByteArray& bytes, const char* rules, const Json& more = Json::object()) {
  try {
    read(bytes, rules, more);
  } catch (const Error& error) {
    return QString::fromStdString(std::string(error.what()) + " | " + error.field());
  }
  return {};
}

}  // namespace

class TestAnonymise : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> settings_;

 private slots:
  void init() {
    settings_ = std::make_unique<QTemporaryDir>();
    qputenv("XDG_CONFIG_HOME", settings_->path().toLocal8Bit());
  }

  void dropped_columns_are_not_read() {
    const auto data = read(people, R"([{"column":"name","method":"drop"}])");
    QVERIFY(!data.table()->find("name"));
    QCOMPARE(data.table()->columns.size(), std::size_t{5});
    QVERIFY(refusal(people, R"([{"column":"left","method":"drop"}])", {{"target", "left"}}).contains("drops"));
  }

  void hashes_keep_what_is_equal_and_nothing_else() {
    const auto data = read(people, R"([{"column":"name","method":"hash"}])");
    const auto names = cells(data, "name");
    QCOMPARE(names[0], names[2]);
    QVERIFY(names[0] != names[1]);
    QVERIFY2(QRegularExpression("^h[0-9a-f]{15}$").match(names[0]).hasMatch(), qPrintable(names[0]));
    QVERIFY(names[3].isEmpty());
    // The same in another table of the same user, so that tables can be joined.
    const auto again = read("who,x\nAlan Turing,1\nx,2\n", R"([{"column":"who","method":"hash"}])");
    QCOMPARE(cells(again, "who")[0], names[1]);
    // Numbers too: as they are written, and never read as numbers again.
    const auto numbers = read("id,x\n007,1\n7,2\n", R"([{"column":"id","method":"hash"}])");
    QVERIFY(cells(numbers, "id")[0] != cells(numbers, "id")[1]);
    QVERIFY(numbers.table()->find("id")->type != ColumnType::numeric);
  }

  void another_user_has_other_hashes() {
    const auto mine = read(people, R"([{"column":"name","method":"hash"}])");
    const auto same = read(people, R"([{"column":"name","method":"hash"}])");
    QCOMPARE(same.fingerprint, mine.fingerprint);
    struct stat status;
    QCOMPARE(::stat(anonymise_salt_file().c_str(), &status), 0);
    QCOMPARE(status.st_mode & 0777, mode_t{0600});
    QCOMPARE(status.st_size, off_t{32});
    init();
    const auto others = read(people, R"([{"column":"name","method":"hash"}])");
    QVERIFY(cells(others, "name")[0] != cells(mine, "name")[0]);
    QVERIFY(others.fingerprint != mine.fingerprint);
  }

  void a_damaged_salt_is_told_and_not_replaced() {
    QVERIFY(QDir().mkpath(settings_->filePath("glassbench")));
    write_file_atomically(anonymise_salt_file(), "short");
    QVERIFY(refusal(people, R"([{"column":"name","method":"hash"}])").contains("anonymise.salt is damaged"));
    QCOMPARE(read_file(anonymise_salt_file(), 100), std::string("short"));
    // What needs none does not ask for it.
    QCOMPARE(read(people, R"([{"column":"name","method":"drop"}])").rows(), std::size_t{4});
  }

  void masks_keep_some_characters() {
    const auto data = read(people, R"([{"column":"phone","method":"mask","keep_first":3,"keep_last":2}])");
    // What is not longer than what stays would stay whole.
    QCOMPARE(cells(data, "phone"), QStringList({"017***34", "017***76", "***", ""}));
    const auto umlauts = read("n,x\nÄöü,1\nÄö,2\n", R"([{"column":"n","method":"mask","keep_first":1,"keep_last":1}])");
    QCOMPARE(cells(umlauts, "n"), QStringList({"Ä***ü", "***"}));
    QCOMPARE(cells(read("n,x\nabc,1\nd,2\n", R"([{"column":"n","method":"mask"}])"), "n"), QStringList({"***", "***"}));
  }

  void buckets_are_ranges() {
    const auto data = read(people, R"([{"column":"age","method":"bucket","width":10},
                                       {"column":"born","method":"bucket","to":"year"}])");
    QCOMPARE(cells(data, "age"), QStringList({"30", "40", "20", ""}));
    QCOMPARE(cells(data, "born"), QStringList({"1815-01-01", "1912-01-01", "1999-01-01", ""}));
    QCOMPARE(cells(read(people, R"([{"column":"born","method":"bucket","to":"month"}])"), "born")[0],
             QString("1815-12-01"));
    QCOMPARE(cells(read("x,y\n0.3,1\n-0.05,2\n", R"([{"column":"x","method":"bucket","width":0.1}])"), "x"),
             QStringList({"0.3", "-0.1"}));
  }

  void what_is_said_quotes_no_cell() {
    const auto data = read("age,x\n31,1\nsecret,2\n1e999,3\n", R"([{"column":"age","method":"bucket","width":10}])",
                           {{"types", {{"age", "numeric"}}}});
    QCOMPARE(data.report.problems.size(), std::size_t{2});
    for (const auto& problem : data.report.problems) {
      QVERIFY(problem.message.find("secret") == std::string::npos);
      QVERIFY(problem.message.find("1e999") == std::string::npos);
      QVERIFY(problem.message.find("read as missing") != std::string::npos);
    }
    const auto refused = refusal("age,x\n31,1\nsecret,2\n", R"([{"column":"age","method":"bucket","width":10}])");
    QVERIFY2(refused.contains("'age'") && refused.contains("data.anonymise[0]"), qPrintable(refused));
    QVERIFY(!refused.contains("secret"));
  }

  void previews_are_anonymised_as_well() {
    const WrittenFile file(people);
    Json data = source_of(file, R"([{"column":"name","method":"hash"},{"column":"phone","method":"drop"}])");
    data.erase("source");
    const auto head = read_table_head(file.path(), read_table_params(data, "data"), "data", 2, {});
    QCOMPARE(head.names.size(), std::size_t{6});
    QCOMPARE(head.dataset.rows(), std::size_t{2});
    QVERIFY(!head.whole);
    QVERIFY(cells(head.dataset, "name")[0].startsWith("h"));
    QVERIFY(!head.dataset.table()->find("phone"));
  }

  void arrays_of_numbers_too() {
    // NumPy, two doubles a row: 1.5, 23 and 1.5, 38.
    QByteArray bytes("\x93NUMPY\x01\x00", 8);
    QByteArray head = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }";
    head = head.leftJustified(117, ' ') + "\n";
    bytes += char(head.size());
    bytes += char(0);
    bytes += head;
    for (const double value : {1.5, 23.0, 1.5, 38.0}) bytes.append(reinterpret_cast<const char*>(&value), 8);
    const WrittenFile file(bytes, "data.npy");
    const auto data = load_dataset(source_of(file, R"([{"column":"f0","method":"hash"},
                                                       {"column":"f1","method":"bucket","width":10}])"),
                                   ".", 0);
    QCOMPARE(cells(data, "f0")[0], cells(data, "f0")[1]);
    QVERIFY(cells(data, "f0")[0].startsWith("h"));
    QCOMPARE(cells(data, "f1"), QStringList({"20", "30"}));
  }

  void impossible_rules_are_refused_data() {
    QTest::addColumn<QByteArray>("rules");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* rules, const char* says) {
      QTest::newRow(name) << QByteArray(rules) << QString(says);
    };
    row("method", R"([{"column":"name","method":"hsh"}])", "did you mean 'hash'?");
    row("column", R"([{"column":"nme","method":"hash"}])", "did you mean 'name'?");
    row("field", R"([{"column":"name","method":"hash","width":3}])", "data.anonymise[0].width is not a known field");
    row("twice", R"([{"column":"name","method":"hash"},{"column":"name","method":"drop"}])",
        "data.anonymise[1].column");
    row("no range", R"([{"column":"age","method":"bucket"}])", "neither");
    row("two ranges", R"([{"column":"age","method":"bucket","width":1,"to":"year"}])", "both");
    row("width", R"([{"column":"age","method":"bucket","width":0}])", "above 0");
    row("keep", R"([{"column":"age","method":"mask","keep_first":-1}])", "from 0 to 64");
    row("words", R"([{"column":"name","method":"bucket","width":2}])", "ranges of numbers");
    row("numbers", R"([{"column":"age","method":"bucket","to":"year"}])", "ranges of dates");
    row("no list", R"("hash")", "data.anonymise is \"hash\"");
    row("no object", R"(["hash"])", "data.anonymise[0]");
  }
  void impossible_rules_are_refused() {
    QFETCH(QByteArray, rules);
    QFETCH(QString, says);
    const auto refused = refusal(people, rules.constData());
    QVERIFY2(refused.contains(says), qPrintable(refused));
    QVERIFY2(!refused.contains("Lovelace"), qPrintable(refused));
  }

  void a_type_that_would_be_lost_is_refused() {
    QVERIFY(refusal(people, R"([{"column":"age","method":"hash"}])", {{"types", {{"age", "numeric"}}}})
                .contains("data.types.age"));
  }
};

QTEST_GUILESS_MAIN(TestAnonymise)
#include "test_anonymise.moc"
