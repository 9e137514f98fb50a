#include "core/data/cifar.hpp"

#include <QtTest>
#include <filesystem>
#include <fstream>

#include "core/data/problem_set.hpp"
#include "core/data/split.hpp"

using namespace gb;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t area = 32 * 32;

/// A small folder of CIFAR files: picture i of a file has red i, green 100, blue 200.
class Cifar {
 public:
  fs::path path() const { return folder_.path().toStdString(); }
  void add(const std::string& name, const std::vector<std::string>& labels) const {
    std::string bytes;
    for (std::size_t i = 0; i < labels.size(); ++i)
      bytes += labels[i] + std::string(area, static_cast<char>(i)) + std::string(area, 'd') + std::string(area, '\xc8');
    write(name, bytes);
  }
  void write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((path() / name).parent_path());
    std::ofstream(path() / name, std::ios::binary) << bytes;
  }
  void names(const std::string& file, int count) const {
    std::string text;
    for (int i = 0; i < count; ++i) text += "name" + std::to_string(i) + "\n";
    write(file, text + "\n");
  }
  Error refusal() const {
    try {
      load_dataset({{"source", "cifar"}, {"path", path().string()}}, ".", 0);
    } catch (const Error& error) {
      return error;
    }
    return Error("nothing was refused");
  }

 private:
  QTemporaryDir folder_;
};

std::string label(int first) {
  return std::string(1, static_cast<char>(first));
}
std::string labels(int coarse, int fine) {
  return label(coarse) + label(fine);
}

bool contains(const Error& error, const std::string& part) {
  return std::string(error.what()).find(part) != std::string::npos;
}

}  // namespace

class TestCifar : public QObject {
  Q_OBJECT
 private slots:
  void ten() {
    Cifar cifar;
    cifar.add("data_batch_2.bin", {label(9)});
    cifar.add("data_batch_1.bin", {label(3), label(0)});
    cifar.add("test_batch.bin", {label(1), label(9)});
    cifar.names("batches.meta.txt", 10);
    const auto data = guess_source(cifar.path());
    QCOMPARE(data["source"], Json("cifar"));
    const auto dataset = load_dataset(data, ".", 0);
    const auto& set = *dataset.images();
    QCOMPARE(set.count, std::size_t{5});
    QCOMPARE(set.channels * 10000 + set.height * 100 + set.width, std::size_t{33232});
    QCOMPARE(dataset.parts, (std::vector<Part>{Part::train, Part::train, Part::train, Part::test, Part::test}));
    QCOMPARE(dataset.labels.cell(0), std::string("name3"));
    QCOMPARE(dataset.labels.cell(1), std::string("name0"));
    QCOMPARE(dataset.labels.cell(2), std::string("name9"));
    QCOMPARE(dataset.labels.cell(4), std::string("name9"));
    QCOMPARE(set.image(1)[0], std::uint8_t{1});
    QCOMPARE(set.image(1)[area], std::uint8_t{100});
    QCOMPARE(set.image(1)[3 * area - 1], std::uint8_t{200});
    QCOMPARE(set.image(4)[area - 1], std::uint8_t{1});
    QCOMPARE(dataset.report.format, std::string("CIFAR-10"));
    QVERIFY(dataset.report.problems.empty());
    const auto split = make_split(dataset, nullptr, true, 1);
    QCOMPARE(split.test, (std::vector<std::int64_t>{3, 4}));
  }

  void hundred() {
    Cifar cifar;
    cifar.add("cifar-100-binary/train.bin", {labels(19, 99), labels(0, 7)});
    cifar.add("cifar-100-binary/test.bin", {labels(1, 2)});
    cifar.names("cifar-100-binary/fine_label_names.txt", 100);
    const auto dataset = load_dataset(guess_source(cifar.path()), ".", 0);
    QCOMPARE(dataset.rows(), std::size_t{3});
    QCOMPARE(dataset.labels.cell(0), std::string("name99"));
    QCOMPARE(dataset.labels.cell(1), std::string("name7"));
    QCOMPARE(dataset.images()->image(1)[0], std::uint8_t{1});
    QCOMPARE(dataset.report.format, std::string("CIFAR-100"));
  }

  void withoutNamesAndTest() {
    Cifar cifar;
    cifar.add("data_batch_1.bin", {label(3), label(0)});
    const auto dataset = load_dataset(guess_source(cifar.path()), ".", 0);
    QVERIFY(dataset.parts.empty());
    QCOMPARE(dataset.labels.cell(0), std::string("3"));
    QCOMPARE(dataset.report.problems.size(), std::size_t{2});
    QVERIFY(make_target(dataset).integer_classes);
  }

  void truncatedFilesAreRefused() {
    Cifar cifar;
    cifar.names("batches.meta.txt", 10);
    cifar.write("data_batch_1.bin", std::string(3073 + 73, '\1'));
    const auto cut = cifar.refusal();
    QVERIFY2(contains(cut, "data_batch_1.bin is cut off") && contains(cut, "short of 3000 bytes"), cut.what());
    QVERIFY2(contains(cut, "last of its 2 records"), cut.what());
    cifar.write("data_batch_1.bin", "");
    QVERIFY(contains(cifar.refusal(), "empty"));
  }

  void labelsWithoutClassAreRefused() {
    Cifar cifar;
    cifar.add("data_batch_1.bin", {label(3), label(10)});
    const auto error = cifar.refusal();
    QVERIFY2(contains(error, "label 10 in record 2") && contains(error, "0 to 9"), error.what());
    QVERIFY(contains(error, "data_batch_1.bin"));
  }

  void wrongNamesAreRefused() {
    Cifar cifar;
    cifar.add("data_batch_1.bin", {label(3), label(1)});
    cifar.names("batches.meta.txt", 9);
    const auto error = cifar.refusal();
    QVERIFY2(contains(error, "batches.meta.txt names 9 classes"), error.what());
  }

  void otherFoldersAreRefused() {
    Cifar cifar;
    QVERIFY(contains(cifar.refusal(), "no CIFAR folder"));
    cifar.write("data_batch_1", "pickle");
    QVERIFY(contains(cifar.refusal(), "binary"));
    QCOMPARE(cifar.refusal().field(), std::string("data.path"));
    cifar.write("train.bin", "some program's");
    QVERIFY(!find_cifar(cifar.path()));
  }

  void progressReachesTheEnd() {
    Cifar cifar;
    cifar.add("data_batch_1.bin", {label(3), label(1)});
    std::uint64_t last = 0;
    read_cifar(cifar.path(), [&](std::uint64_t done, std::uint64_t total) {
      last = total - done;
      return true;
    });
    QCOMPARE(last, std::uint64_t{0});
    QVERIFY_EXCEPTION_THROWN(read_cifar(cifar.path(), [](std::uint64_t, std::uint64_t) { return false; }), Cancelled);
  }
};

QTEST_APPLESS_MAIN(TestCifar)
#include "test_cifar.moc"
