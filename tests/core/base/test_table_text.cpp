#include "core/base/table_text.hpp"

#include <QXmlStreamReader>
#include <QtTest>

#include "core/base/escape.hpp"

using namespace gb;

namespace {

const TextTable& table() {
  static const TextTable scores{{"Run", "Accuracy", "f1_macro"},
                                {{"a & b | \"c\" <i>", "0.95", "1,204"}, {"50 % of $x_1", "\u2013"}}};
  return scores;
}

bool isXml(const std::string& text) {
  QXmlStreamReader reader(QString::fromStdString(text));
  while (!reader.atEnd()) reader.readNext();
  return !reader.hasError();
}

}  // namespace

class TestTableText : public QObject {
  Q_OBJECT

 private slots:
  void textIsEscaped_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("html");
    QTest::addColumn<QByteArray>("latex");
    QTest::addColumn<QByteArray>("markdown");
    const auto row = [](const char* name, const char* text, const char* html, const char* latex, const char* markdown) {
      QTest::newRow(name) << QByteArray(text) << QByteArray(html) << QByteArray(latex) << QByteArray(markdown);
    };
    row("plain", "Iris 3", "Iris 3", "Iris 3", "Iris 3");
    row("markup", "<b>\"&'", "&lt;b&gt;&quot;&amp;&#39;", "\\textless{}b\\textgreater{}\\textquotedbl{}\\&'",
        "&lt;b>\"&amp;'");
    row("latex", "50 %_{x}$ #1 \\a~^", "50 %_{x}$ #1 \\a~^",
        "50 \\%\\_\\{x\\}\\$ \\#1 \\textbackslash{}a\\textasciitilde{}\\textasciicircum{}", "50 %\\_{x}$ #1 \\\\a\\~^");
    row("a word with underscores", "f1_macro", "f1_macro", "f1\\_macro", "f1_macro");
    row("emphasis and links", "_a_ *b* [c](d) `e` |", "_a_ *b* [c](d) `e` |", "\\_a\\_ *b* [c](d) `e` \\textbar{}",
        "\\_a\\_ \\*b\\* \\[c\\](d) \\`e\\` \\|");
    row("a heading", "# a", "# a", "\\# a", "# a");
    row("line breaks", "a\nb", "a\nb", "a b", "a b");
    row("no UTF-8", "a\xff\x62", "a\uFFFDb", "a\uFFFDb", "a\uFFFDb");
    row("control characters", "a\x01\x7f", "a\uFFFD\uFFFD", "a\uFFFD\uFFFD", "a\uFFFD\uFFFD");
    row("Chinese", "\u6570\u636e", "\u6570\u636e", "\u6570\u636e", "\u6570\u636e");
  }

  void textIsEscaped() {
    QFETCH(QByteArray, text);
    QTEST(QByteArray::fromStdString(html_escaped(text.toStdString())), "html");
    QTEST(QByteArray::fromStdString(latex_escaped(text.toStdString())), "latex");
    QTEST(QByteArray::fromStdString(markdown_escaped(text.toStdString())), "markdown");
    QVERIFY(isXml("<a b=\"" + html_escaped(text.toStdString()) + "\">" + html_escaped(text.toStdString()) + "</a>"));
  }

  void numbersStandOnTheRight() {
    QVERIFY(!table().is_numeric(0));
    QVERIFY(table().is_numeric(1));
    QVERIFY(table().is_numeric(2));
    QVERIFY(!(TextTable{{"empty"}, {{""}, {}}}.is_numeric(0)));
  }

  void markdownIsATable() {
    const auto lines = QString::fromStdString(markdown_text(table())).split('\n');
    QCOMPARE(lines.size(), 5);
    QCOMPARE(lines[0], QString("| Run                     | Accuracy | f1_macro |"));
    QCOMPARE(lines[1], QString("| ----------------------- | -------: | -------: |"));
    QCOMPARE(lines[2], QString("| a &amp; b \\| \"c\" &lt;i> |     0.95 |    1,204 |"));
    QCOMPARE(lines[3], QString("| 50 % of $x_1            |        \u2013 |          |"));
  }

  void latexIsATabular() {
    QCOMPARE(
        latex_text(table()),
        std::string("% \\usepackage{booktabs}\n\\begin{tabular}{lrr}\n\\toprule\nRun & Accuracy & f1\\_macro \\\\\n"
                    "\\midrule\na \\& b \\textbar{} \\textquotedbl{}c\\textquotedbl{} "
                    "\\textless{}i\\textgreater{} & 0.95 & 1,204 \\\\\n50 \\% of \\$x\\_1 & \u2013 &  \\\\\n"
                    "\\bottomrule\n\\end{tabular}\n"));
    // At the beginning of a row LaTeX would read a length.
    QVERIFY(latex_text({{"a"}, {{"[0, 1]"}, {"*"}}}).find("\n{[}0, 1] \\\\\n{*} \\\\") != std::string::npos);
  }

  void spreadsheetsFindNoFormula() {
    const TextTable dangerous{{"a", "b"}, {{"=1+1", "-2.5"}, {"@x\ty", "+3"}, {"two\nlines", "1e-3"}}};
    QCOMPARE(tsv_text(dangerous), std::string("a\tb\n'=1+1\t-2.5\n'@x y\t+3\ntwo lines\t1e-3\n"));
  }

  void htmlIsWellFormed() {
    const std::string html = html_text(table());
    QVERIFY(isXml(html));
    QVERIFY(html.find("<td class=\"number\">0.95</td>") != std::string::npos);
    QVERIFY(html.find("<td>a &amp; b | &quot;c&quot; &lt;i&gt;</td>") != std::string::npos);
    // Every row has all cells.
    QCOMPARE(QByteArray::fromStdString(html).count("<td"), 6);
  }
};

QTEST_APPLESS_MAIN(TestTableText)
#include "test_table_text.moc"
