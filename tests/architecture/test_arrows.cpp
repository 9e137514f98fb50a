#include <QRegularExpression>
#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

/// A finding per include that breaks a rule of the house (see core/README.md): who may include whom.
class Rules {
 public:
  /// `path` from the project's root, `line` as it stands in the file. Empty when all is well.
  static std::string broken(const std::string& path, const std::string& line) {
    static const QRegularExpression include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    const auto match = include.match(QString::fromStdString(line));
    if (!match.hasMatch()) return {};
    const std::string target = match.captured(2).toStdString();
    const std::string from = room(path);
    if (match.captured(1) == "<") return broken_system(path, from, target);
    const std::string to = room(target);
    if (to.empty()) return path + " includes \"" + target + "\": project includes are written from the project's root";
    if (from.empty() || from == to) return within(path, target, from);
    if (!allowed(from, to)) return path + " includes \"" + target + "\": " + from + " may not know " + to;
    return {};
  }

 private:
  /// "core/data", "widgets", "app/studio"; empty for anything else.
  static std::string room(const std::string& path) {
    const auto first = path.find('/');
    if (first == std::string::npos) return {};
    const std::string top = path.substr(0, first);
    if (top == "widgets") return top;
    if (top != "core" && top != "app") return {};
    const auto second = path.find('/', first + 1);
    return second == std::string::npos ? top : path.substr(0, second);
  }

  static bool allowed(const std::string& from, const std::string& to) {
    static const std::map<std::string, std::set<std::string>> below{
        {"core/base", {}},
        {"core/linalg", {"core/base"}},
        {"core/params", {"core/base"}},
        {"core/events", {"core/params", "core/base"}},
        {"core/data", {"core/params", "core/linalg", "core/base", "core/events"}},
        {"core/backend", {"core/params", "core/linalg", "core/base"}},
        {"core/graph", {"core/backend", "core/params", "core/linalg", "core/base"}},
        {"core/layers", {"core/graph", "core/backend", "core/params", "core/base"}},
        {"core/train",
         {"core/graph", "core/backend", "core/data", "core/events", "core/params", "core/linalg", "core/base"}},
        {"core/model",
         {"core/graph", "core/backend", "core/data", "core/events", "core/params", "core/linalg", "core/base"}},
        {"core/evaluate",
         {"core/model", "core/graph", "core/data", "core/events", "core/params", "core/linalg", "core/base"}},
        {"core/algorithms",
         {"core/train", "core/evaluate", "core/model", "core/layers", "core/graph", "core/data", "core/events",
          "core/params", "core/linalg", "core/base"}},
        {"core/run",
         {"core/algorithms", "core/train", "core/evaluate", "core/model", "core/data", "core/events", "core/params",
          "core/linalg", "core/base"}},
        {"core/report",
         {"core/run", "core/algorithms", "core/evaluate", "core/model", "core/data", "core/events", "core/params",
          "core/base"}},
    };
    if (from.starts_with("core")) return below.contains(from) && below.at(from).contains(to);
    if (from == "widgets") return to.starts_with("core");
    if (from == "app/cli") return to.starts_with("core");
    return from == "app/studio" && (to == "widgets" || to.starts_with("core"));
  }

  /// Inside a room: no algorithm includes another one. An algorithm's own parts begin with its name (kmeans.cpp,
  /// kmeans_lloyd.hpp). How networks, trees and forests are fitted (..._fit.hpp) is no algorithm, but what several
  /// have in common.
  static std::string within(const std::string& path, const std::string& target, const std::string& from) {
    if (from != "core/algorithms" || target == "core/algorithms/algorithm.hpp" || target.ends_with("_fit.hpp"))
      return {};
    const auto name = [](const std::string& file) {
      const std::string stem = fs::path(file).stem().string();
      return stem.substr(0, stem.find('_'));
    };
    if (name(path) == name(target)) return {};
    return path + " includes \"" + target + "\": no algorithm includes another one";
  }

  static std::string broken_system(const std::string& path, const std::string& from, const std::string& target) {
    const bool qt = target.size() > 1 && target[0] == 'Q' && std::isupper(static_cast<unsigned char>(target[1]));
    if (qt && (from.starts_with("core") || from == "app/cli"))
      return path + " includes <" + target + ">: core and cli know no Qt";
    static const std::set<std::string> charts{"QChart",        "QChartView", "QLineSeries",   "QXYSeries", "QValueAxis",
                                              "QLogValueAxis", "QBarSeries", "QAbstractAxis", "QtCharts"};
    const bool names_charts = charts.contains(target) || target.starts_with("QtCharts/");
    if (names_charts && !(path.starts_with("widgets/plot/") && path.ends_with(".cpp")))
      return path + " includes <" + target + ">: Qt Charts is known to the sources of widgets/plot alone";
    if (path.ends_with(".hpp") && (target == "QtWidgets" || target == "QtCore" || target == "QtGui" ||
                                   target == "Eigen/Dense" || target == "Eigen/Eigen"))
      return path + " includes <" + target + ">: no umbrella includes in headers";
    static const std::set<std::string> decompositions{"Eigen/Dense",       "Eigen/SVD", "Eigen/QR",
                                                      "Eigen/Eigenvalues", "Eigen/LU",  "Eigen/Cholesky"};
    if (decompositions.contains(target) && !path.starts_with("core/linalg/"))
      return path + " includes <" + target + ">: decompositions are instantiated in core/linalg alone";
    if (target.starts_with("oneapi/") && !path.starts_with("core/backend/onednn/") && !path.starts_with("core/linalg/"))
      return path + " includes <" + target + ">: oneDNN is known to its backend and to core/linalg alone";
    return {};
  }
};

/// The types that a file defines for others to see, with their namespaces; of one in another, or without a body,
/// nothing is said.
std::vector<std::string> typesIn(const std::string& text) {
  static const QRegularExpression space(R"(^namespace ?([\w:]*) ?\{)"), end(R"(^\}  // namespace)");
  static const QRegularExpression type(R"(^(?:struct|class|enum class) (\w+)(?: final)?(?: : [^;{]*)? ?\{)");
  std::vector<std::string> found;
  std::vector<std::string> inside;
  std::istringstream lines(text);
  for (std::string each; std::getline(lines, each);) {
    const QString line = QString::fromStdString(each);
    if (const auto match = space.match(line); match.hasMatch()) {
      inside.push_back(match.captured(1).toStdString());
    } else if (end.match(line).hasMatch()) {
      if (!inside.empty()) inside.pop_back();
    } else if (const auto declared = type.match(line); declared.hasMatch()) {
      if (std::find(inside.begin(), inside.end(), std::string()) != inside.end()) continue;
      std::string name;
      for (const auto& outer : inside) name += outer + "::";
      found.push_back(name + declared.captured(1).toStdString());
    }
  }
  return found;
}

}  // namespace

class TestArrows : public QObject {
  Q_OBJECT
 private slots:
  void everyIncludeFollowsTheArrows() {
    std::string findings;
    int files = 0;
    for (const char* top : {"core", "widgets", "app"}) {
      for (const auto& entry : fs::recursive_directory_iterator(fs::path(TEST_SOURCE_DIR) / top)) {
        const auto ending = entry.path().extension();
        if (ending != ".cpp" && ending != ".hpp") continue;
        ++files;
        const std::string path = fs::relative(entry.path(), TEST_SOURCE_DIR).string();
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);)
          if (const auto finding = Rules::broken(path, line); !finding.empty()) findings += finding + "\n";
      }
    }
    QVERIFY(files > 20);
    QVERIFY2(findings.empty(), findings.c_str());
  }

  /// The rules themselves: each line breaks or keeps one of them.
  void rules_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("line");
    QTest::addColumn<bool>("fine");
    const auto row = [](const char* path, const char* line, bool fine) {
      QTest::addRow("%s %s", path, line) << QString(path) << QString(line) << fine;
    };
    row("core/data/a.cpp", "#include \"core/base/error.hpp\"", true);
    row("core/base/a.cpp", "#include \"core/data/dataset.hpp\"", false);
    row("core/graph/a.cpp", "#include \"core/data/features.hpp\"", false);
    row("core/train/a.hpp", "#include \"core/run/runner.hpp\"", false);
    row("core/evaluate/a.cpp", "#include \"core/algorithms/algorithm.hpp\"", false);
    row("core/algorithms/a.cpp", "#include \"core/algorithms/b.hpp\"", false);
    row("core/algorithms/mlp.cpp", "#include \"core/algorithms/network_fit.hpp\"", true);
    row("core/layers/a.cpp", "#include \"core/graph/graph.hpp\"", true);
    row("core/layers/a.cpp", "#include \"core/data/dataset.hpp\"", false);
    row("core/graph/a.cpp", "#include \"core/layers/layer_list.hpp\"", false);
    row("core/algorithms/kmeans.cpp", "#include \"core/algorithms/kmeans_lloyd.hpp\"", true);
    row("core/run/a.cpp", "#include \"widgets/theme.hpp\"", false);
    row("core/run/a.cpp", "#include <QString>", false);
    row("core/graph/a.cpp", "#include <Eigen/SVD>", false);
    row("core/algorithms/a.cpp", "#include <oneapi/dnnl/dnnl.hpp>", false);
    row("widgets/plot/a.cpp", "#include <QChart>", true);
    row("widgets/plot/a.hpp", "#include <QChart>", false);
    row("app/studio/a.cpp", "#include <QLineSeries>", false);
    row("widgets/images/a.cpp", "#include \"app/studio/main_window.hpp\"", false);
    row("widgets/a.hpp", "#include <QtWidgets>", false);
    row("app/cli/a.cpp", "#include \"widgets/theme.hpp\"", false);
    row("app/studio/a.cpp", "#include \"widgets/theme.hpp\"", true);
    row("core/data/a.cpp", "#include \"error.hpp\"", false);
    row("core/data/a.cpp", "#include <vector>", true);
    row("core/data/a.cpp", "int x;  // #include \"app/x.hpp\"", true);
  }
  void rules() {
    QFETCH(QString, path);
    QFETCH(QString, line);
    QFETCH(bool, fine);
    QCOMPARE(Rules::broken(path.toStdString(), line.toStdString()).empty(), fine);
  }

  /// A name stands for one type: where two files define it, the linker takes parts of the one for the other.
  void everyTypeHasANameOfItsOwn() {
    std::map<std::string, std::string> homes;
    std::string findings;
    for (const char* top : {"core", "widgets", "app"})
      for (const auto& entry : fs::recursive_directory_iterator(fs::path(TEST_SOURCE_DIR) / top)) {
        const auto ending = entry.path().extension();
        if (ending != ".cpp" && ending != ".hpp") continue;
        const std::string path = fs::relative(entry.path(), TEST_SOURCE_DIR).string();
        std::ifstream file(entry.path());
        std::stringstream text;
        text << file.rdbuf();
        for (const auto& name : typesIn(text.str())) {
          const auto [at, fresh] = homes.emplace(name, path);
          if (!fresh && at->second != path)
            findings += name + " is defined in " + at->second + " and in " + path + "\n";
        }
      }
    QVERIFY(homes.size() > 300);
    QVERIFY2(findings.empty(), findings.c_str());
  }

  void typesAreFound() {
    const auto found = typesIn(
        "namespace gb {\nstruct A {\n  struct Inner {\n};\nclass B;\nenum class C { x };\nnamespace {\nstruct D {\n}  "
        "// "
        "namespace\nnamespace onednn {\nclass E : public A {\n}  // namespace onednn\nstruct G : A {\n");
    QCOMPARE(found, (std::vector<std::string>{"gb::A", "gb::C", "gb::onednn::E", "gb::G"}));
  }

  /// The top of the project holds what it should and nothing else.
  void theTopLevelIsClean() {
    const std::set<std::string> expected{
        "app",       "core", "widgets",           "resources", "tests", "CMakeLists.txt",
        "README.md", "dev",  "CMakePresets.json", "LICENSE",   "build"};
    for (const auto& entry : fs::directory_iterator(TEST_SOURCE_DIR)) {
      const std::string name = entry.path().filename().string();
      QVERIFY2(name.starts_with('.') || expected.contains(name), name.c_str());
    }
  }
};

QTEST_APPLESS_MAIN(TestArrows)
#include "test_arrows.moc"
