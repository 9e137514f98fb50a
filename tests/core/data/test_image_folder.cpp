#include "core/data/image_folder.hpp"

#include <sys/stat.h>

#include <QtTest>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/base/parallel.hpp"
#include "core/data/picture_fit.hpp"
#include "core/data/picture_labels.hpp"
#include "core/data/prepare.hpp"
#include "core/data/problem_set.hpp"
#include "core/data/split.hpp"

using namespace gb;
namespace fs = std::filesystem;

namespace {

/// A folder of pictures that is gone at the end of the scope, with a cache of its own.
class Pictures {
 public:
  fs::path root() const { return folder_.path().toStdString() + "/set"; }
  fs::path cache() const { return folder_.path().toStdString() + "/cache"; }

  void add(const std::string& name, const cv::Mat& picture) {
    make_folder(name);
    if (!cv::imwrite((root() / name).string(), picture)) qFatal("cannot write a picture");
  }
  void add_bytes(const std::string& name, const std::string& bytes) {
    make_folder(name);
    std::ofstream(root() / name, std::ios::binary) << bytes;
  }
  std::string bytes_of(const std::string& name) const {
    std::ifstream file(root() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Dataset load(ImageFolderParams params = {}, const LoadProgress& progress = {}) const {
    params.path = root().string();
    return read_image_folder(root(), params, progress, PixelCache(cache(), std::uint64_t{1} << 30));
  }
  std::vector<fs::path> cached() const {
    std::vector<fs::path> files;
    std::error_code code;
    for (fs::directory_iterator it(cache(), code), end; !code && it != end; it.increment(code)) files.push_back(*it);
    return files;
  }

 private:
  void make_folder(const std::string& name) const { fs::create_directories((root() / name).parent_path()); }
  QTemporaryDir folder_;
};

/// Blue, green, red, as OpenCV has it.
cv::Mat plain(int height, int width, const cv::Scalar& color, int type = CV_8UC3) {
  return cv::Mat(height, width, type, color);
}

std::vector<std::uint8_t> image_of(const Dataset& dataset, std::size_t row) {
  const auto& set = *dataset.images();
  return {set.image(row), set.image(row) + set.pixels_each()};
}

bool says(const Dataset& dataset, const std::string& field, const std::string& text) {
  for (const auto& problem : dataset.report.problems)
    if (problem.field == field && problem.message.find(text) != std::string::npos) return true;
  return false;
}

template <class Action>
Error refusal(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error("nothing was refused");
}

using Bytes = std::vector<std::uint8_t>;

}  // namespace

class TestImageFolder : public QObject {
  Q_OBJECT
 private slots:
  void labels_beside_pictures_are_classes() {
    Pictures pictures;
    pictures.add("a.png", plain(4, 4, {0, 0, 255}));
    pictures.add("deep/b, c.png", plain(4, 4, {0, 255, 0}));
    pictures.add("d.png", plain(4, 4, {255, 0, 0}));
    pictures.add("e.png", plain(4, 4, {255, 255, 0}));
    const fs::path file = pictures.root() / picture_labels_name;
    PictureLabels labels;
    labels.classes = {{"a.png", "red"}, {"deep/b, c.png", "\"green\""}, {"e.png", "red"}, {"gone.png", "red"}};
    write_picture_labels(file, labels);
    QCOMPARE(read_picture_labels(file, "data.labels").classes, labels.classes);
    QVERIFY(holds_picture_labels(file));

    ImageFolderParams params;
    params.labels = file.string();
    const auto data = pictures.load(params);
    QCOMPARE(data.rows(), std::size_t{3});
    QCOMPARE(data.labels.levels, std::vector<std::string>({"\"green\"", "red"}));
    QCOMPARE(data.labels.codes, std::vector<std::int32_t>({1, 0, 1}));
    QVERIFY(says(data, "labels", "1 pictures have no class yet"));
    QVERIFY(says(data, "labels", "1 labels name pictures that are not there: gone.png"));
    // Guessed by itself, and read anew when a label changes, from the cache when none does.
    const Json guessed = guess_source(pictures.root());
    QCOMPARE(guessed["labels"].get<std::string>(), file.string());
    labels.classes["d.png"] = "blue";
    write_picture_labels(file, labels);
    QCOMPARE(pictures.load(params).rows(), std::size_t{4});
    QCOMPARE(pictures.load(params).labels.levels.size(), std::size_t{3});
  }

  void broken_labels_are_told_with_their_line_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("wanted");
    QTest::newRow("empty") << QByteArray() << "is empty";
    QTest::newRow("header") << QByteArray("file,label\na.png,x\n")
                            << "line 1: the columns are not called name and class";
    QTest::newRow("cells") << QByteArray("name,class\na.png\n") << "line 2: one cell instead of a name and a class";
    QTest::newRow("twice") << QByteArray("name,class\na.png,x\nb.png,\na.png,y\n")
                           << "line 4: 'a.png' is named in line 2";
    QTest::newRow("nameless") << QByteArray("name,class\n,x\n") << "line 2: the column name is empty";
    QTest::newRow("none") << QByteArray("name,class\na.png,\n") << "has a class in";
  }
  void broken_labels_are_told_with_their_line() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, wanted);
    Pictures pictures;
    pictures.add("a.png", plain(4, 4, {0, 0, 255}));
    pictures.add_bytes("labels.csv", bytes.toStdString());
    ImageFolderParams params;
    params.labels = (pictures.root() / "labels.csv").string();
    try {
      pictures.load(params);
      QFAIL("nothing was refused");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains(wanted), error.what());
      QVERIFY(QString(error.what()).contains("labels.csv"));
      QCOMPARE(error.field(), std::string("data.labels"));
    }
  }

  void a_preview_counts_all_and_decodes_some() {
    Pictures pictures;
    for (int i = 0; i < 9; ++i) pictures.add("cat/" + std::to_string(i) + ".png", plain(6, 4, {0, 0, 255}));
    for (int i = 0; i < 3; ++i) pictures.add("dog/" + std::to_string(i) + ".png", plain(8, 8, {0, 255, 0}));
    pictures.add_bytes("dog/broken.png", "no picture at all");
    pictures.add_bytes("readme.txt", "words");
    const auto preview = preview_image_folder(pictures.root(), {}, 4, {});
    QCOMPARE(preview.pictures, std::size_t{12});
    using Counts = std::vector<std::pair<std::string, std::size_t>>;
    QCOMPARE(preview.classes, (Counts{{"cat", 9}, {"dog", 3}}));
    QCOMPARE(preview.sizes, (Counts{{"6 x 4", 9}, {"8 x 8", 3}}));
    QCOMPARE(preview.sample.rows(), std::size_t{4});
    QCOMPARE(preview.sample.images()->height, std::size_t{6});
    QCOMPARE(preview.skipped.size(), std::size_t{2});
    QCOMPARE(preview.skipped[0].first, std::string("dog/broken.png"));
    QCOMPARE(preview.skipped[1].first, std::string("readme.txt"));
    QVERIFY(pictures.cached().empty());
    QVERIFY_EXCEPTION_THROWN(preview_image_folder(pictures.root(), {}, 4, [](auto, auto) { return false; }), Cancelled);
  }

  void initTestCase() { qputenv("XDG_CACHE_HOME", cache_.path().toUtf8()); }

  void foldersAreClasses() {
    Pictures pictures;
    pictures.add("dog/b.png", plain(2, 3, {3, 2, 1}));
    pictures.add("cat/deep/er/a.png", plain(2, 3, {30, 20, 10}));
    pictures.add("cat/b.png", plain(2, 3, {60, 50, 40}));
    pictures.add("cat/.hidden.png", plain(2, 3, {}));
    pictures.add(".thumbnails/x.png", plain(2, 3, {}));
    const auto dataset = pictures.load();
    const auto& set = *dataset.images();
    QCOMPARE(set.count, std::size_t{3});
    QCOMPARE(set.channels, std::size_t{3});
    QCOMPARE(set.height, std::size_t{2});
    QCOMPARE(set.width, std::size_t{3});
    QCOMPARE(dataset.name, std::string("set"));
    QCOMPARE(dataset.target, std::string("class"));
    QCOMPARE(dataset.labels.levels, (std::vector<std::string>{"cat", "dog"}));
    QCOMPARE(dataset.labels.codes, (std::vector<std::int32_t>{0, 0, 1}));
    // Planes of red, green, blue.
    QCOMPARE(image_of(dataset, 0), (Bytes{40, 40, 40, 40, 40, 40, 50, 50, 50, 50, 50, 50, 60, 60, 60, 60, 60, 60}));
    QCOMPARE(image_of(dataset, 1)[0], std::uint8_t{10});
    QCOMPARE(image_of(dataset, 2)[17], std::uint8_t{3});
    QVERIFY(dataset.report.problems.empty());
    QCOMPARE(dataset.report.rows_read, std::size_t{3});
    QCOMPARE(dataset.report.format, std::string("PNG pictures"));
    QCOMPARE(dataset.fingerprint, fingerprint_of(dataset));
    QVERIFY(dataset.parts.empty());
  }

  void withoutFoldersThereAreNoLabels() {
    Pictures pictures;
    for (int i = 0; i < 5; ++i) pictures.add(std::to_string(i) + ".png", plain(4, 4, cv::Scalar::all(i)));
    const auto dataset = pictures.load();
    QCOMPARE(dataset.rows(), std::size_t{5});
    QVERIFY(!dataset.target_column());
    QCOMPARE(dataset.images()->channels, std::size_t{1});
    QCOMPARE(image_of(dataset, 3)[0], std::uint8_t{3});
    QCOMPARE(make_split(dataset, nullptr, false, 1).train.size(), std::size_t{5});
    QCOMPARE(refusal([&] { make_target(dataset); }).field(), std::string("data.target"));
  }

  void trainAndTestAreTheSplit() {
    Pictures pictures;
    for (const char* name : {"test/b/1.png", "train/a/1.png", "train/b/1.png", "val/a/1.png"})
      pictures.add(name, plain(2, 2, {1, 2, 3}));
    const auto dataset = pictures.load();
    QCOMPARE(dataset.parts, (std::vector<Part>{Part::train, Part::train, Part::validation, Part::test}));
    QCOMPARE(dataset.labels.levels, (std::vector<std::string>{"a", "b"}));
    QCOMPARE(dataset.labels.codes, (std::vector<std::int32_t>{0, 1, 0, 1}));
    QCOMPARE(pictures.load().parts, dataset.parts);  // out of the cache
  }

  void classesMayBeCalledTrain() {
    Pictures pictures;
    pictures.add("train/1.png", plain(2, 2, {1, 2, 3}));
    pictures.add("bus/1.png", plain(2, 2, {1, 2, 3}));
    const auto dataset = pictures.load();
    QVERIFY(dataset.parts.empty());
    QCOMPARE(dataset.labels.levels, (std::vector<std::string>{"bus", "train"}));
  }

  void everyFormat_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("format");
    QTest::addColumn<int>("tolerance");
    QTest::newRow("png") << "p.png"
                         << "PNG pictures" << 0;
    QTest::newRow("jpeg") << "p.jpg"
                          << "JPEG pictures" << 3;
    QTest::newRow("bmp") << "p.bmp"
                         << "BMP pictures" << 0;
    QTest::newRow("webp") << "p.webp"
                          << "WebP pictures" << 6;
    QTest::newRow("tiff") << "p.tiff"
                          << "TIFF pictures" << 0;
  }
  void everyFormat() {
    QFETCH(QString, name);
    QFETCH(QString, format);
    QFETCH(int, tolerance);
    Pictures pictures;
    cv::Mat picture(24, 40, CV_8UC3, cv::Scalar(200, 100, 40));
    picture.rowRange(12, 24).setTo(cv::Scalar(20, 60, 220));
    pictures.add("a/" + name.toStdString(), picture);
    // The content decides, not the name.
    pictures.add_bytes("b/picture", pictures.bytes_of("a/" + name.toStdString()));
    const auto dataset = pictures.load();
    QCOMPARE(QString::fromStdString(dataset.report.format), format);
    QCOMPARE(dataset.images()->height, std::size_t{24});
    QCOMPARE(dataset.images()->width, std::size_t{40});
    QCOMPARE(image_of(dataset, 0), image_of(dataset, 1));
    const auto image = image_of(dataset, 0);
    const auto near = [&](std::size_t at, int value) { return std::abs(image[at] - value) <= tolerance; };
    QVERIFY2(near(0, 40) && near(960, 100) && near(1920, 200), qPrintable(QString::number(image[0])));
    QVERIFY2(near(900, 220) && near(1900, 60) && near(2800, 20), qPrintable(QString::number(image[900])));
  }

  void cutOffFilesAreSkipped_data() { everyFormat_data(); }
  void cutOffFilesAreSkipped() {
    QFETCH(QString, name);
    Pictures pictures;
    cv::Mat noise(40, 50, CV_8UC3);
    cv::randu(noise, 0, 255);
    pictures.add("a/whole.png", noise);
    pictures.add("source/" + name.toStdString(), noise);
    const auto bytes = pictures.bytes_of("source/" + name.toStdString());
    fs::remove_all(pictures.root() / "source");
    for (int tenth = 0; tenth < 10; ++tenth)
      pictures.add_bytes("b/" + std::to_string(tenth) + name.toStdString(),
                         bytes.substr(0, bytes.size() * static_cast<std::size_t>(tenth) / 10));
    pictures.add("b/whole.png", noise);
    const auto dataset = pictures.load();
    QCOMPARE(dataset.rows(), std::size_t{2});
    QCOMPARE(dataset.report.rows_skipped, std::size_t{10});
    QCOMPARE(dataset.report.skipped_at.front(), std::size_t{1});
    QCOMPARE(dataset.report.skipped_at.back(), std::size_t{10});
    QCOMPARE(dataset.report.problems.size(), std::size_t{10});
    for (int tenth = 0; tenth < 10; ++tenth)
      QVERIFY2(says(dataset, "b/" + std::to_string(tenth) + name.toStdString(), "skipped: it"),
               dataset.report.problems[static_cast<std::size_t>(tenth)].message.c_str());
    QCOMPARE(dataset.report.problems[4].row, std::size_t{6});
  }

  void hugeHeadersAreSkippedBeforeDecoding() {
    Pictures pictures;
    pictures.add("a/fine.png", plain(3, 3, {1, 2, 3}));
    auto bytes = pictures.bytes_of("a/fine.png");
    for (const std::size_t at : {18, 19, 22, 23}) bytes[at] = '\xff';
    pictures.add_bytes("a/huge.png", bytes);
    const auto dataset = pictures.load();
    QCOMPARE(dataset.rows(), std::size_t{1});
    QVERIFY(says(dataset, "a/huge.png", "67 million pixels"));
  }

  void theMostCommonSizeIsTaken() {
    Pictures pictures;
    pictures.add("a/1.png", plain(4, 6, {0, 0, 200}));
    pictures.add("a/2.png", plain(4, 6, {0, 0, 200}));
    pictures.add("a/3.png", plain(8, 8, {0, 0, 200}));
    pictures.add("a/4.png", plain(2, 2, {0, 0, 200}));
    const auto dataset = pictures.load();
    QCOMPARE(dataset.images()->height, std::size_t{4});
    QCOMPARE(dataset.images()->width, std::size_t{6});
    QVERIFY(says(dataset, "size", "2 of 4 pictures were resized to 4 x 6"));
    QVERIFY(says(dataset, "size", "most common"));
    // A square keeps its sides' ratio: 4 x 4 in the middle, white beside it.
    for (const std::size_t row : {2, 3}) {
      const auto image = image_of(dataset, row);
      for (std::size_t y = 0; y < 4; ++y)
        for (std::size_t x = 0; x < 6; ++x) {
          const bool inside = x >= 1 && x < 5;
          QCOMPARE(image[y * 6 + x], std::uint8_t(inside ? 200 : 255));
          QCOMPARE(image[24 + y * 6 + x], std::uint8_t(inside ? 0 : 255));
        }
    }
  }

  void aGivenSizeIsKept() {
    Pictures pictures;
    cv::Mat checks(4, 4, CV_8UC1);
    for (int y = 0; y < 4; ++y)
      for (int x = 0; x < 4; ++x) checks.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>((x + y) % 2 ? 200 : 100);
    pictures.add("a/1.png", checks);
    ImageFolderParams params;
    params.size = {2, 2};
    const auto dataset = pictures.load(params);
    // Shrunk by area: the mean of two 100s and two 200s.
    QCOMPARE(image_of(dataset, 0), (Bytes{150, 150, 150, 150}));
    QVERIFY(says(dataset, "size", "1 of 1 pictures were resized to 2 x 2"));
    params.size = {2, 8};
    params.background = "black";
    const auto wide = pictures.load(params);
    QCOMPARE(image_of(wide, 0), (Bytes{0, 0, 0, 150, 150, 0, 0, 0, 0, 0, 0, 150, 150, 0, 0, 0}));
  }

  void alphaShowsTheBackground() {
    Pictures pictures;
    cv::Mat picture(1, 3, CV_8UC4);
    picture.at<cv::Vec4b>(0, 0) = {10, 20, 30, 255};
    picture.at<cv::Vec4b>(0, 1) = {10, 20, 30, 0};
    picture.at<cv::Vec4b>(0, 2) = {0, 0, 0, 51};
    pictures.add("a/1.png", picture);
    QCOMPARE(image_of(pictures.load(), 0), (Bytes{30, 255, 204, 20, 255, 204, 10, 255, 204}));
    ImageFolderParams params;
    params.background = "#ff8000";
    QCOMPARE(image_of(pictures.load(params), 0), (Bytes{30, 255, 204, 20, 128, 102, 10, 0, 0}));
  }

  void channelsFollowTheColours() {
    Pictures pictures;
    pictures.add("a/1.png", plain(2, 2, {70}, CV_8UC1));
    pictures.add("a/2.png", plain(2, 2, {90, 90, 90}));
    QCOMPARE(pictures.load().images()->channels, std::size_t{1});
    QCOMPARE(image_of(pictures.load(), 1), (Bytes{90, 90, 90, 90}));
    pictures.add("a/3.png", plain(2, 2, {30, 20, 10}));
    const auto colored = pictures.load();
    QCOMPARE(colored.images()->channels, std::size_t{3});
    QVERIFY(says(colored, "channels", "2 of 3 pictures are grey"));
    QCOMPARE(image_of(colored, 0), Bytes(12, 70));
    ImageFolderParams params;
    params.channels = 1;
    const auto grey = pictures.load(params);
    QCOMPARE(grey.images()->channels, std::size_t{1});
    QVERIFY(says(grey, "channels", "1 of 3 pictures had colours"));
    QCOMPARE(image_of(grey, 2)[0], std::uint8_t{18});  // 0.299 * 10 + 0.587 * 20 + 0.114 * 30 = 18.15
    params.channels = 3;
    QCOMPARE(pictures.load(params).images()->channels, std::size_t{3});
  }

  void camerasSayWhatIsUp() {
    Pictures pictures;
    cv::Mat picture(16, 32, CV_8UC1, cv::Scalar(0));
    picture.colRange(0, 16).setTo(cv::Scalar(255));
    pictures.add("a/1.jpg", picture);
    // Orientation 6: the left of what is stored is the top of what was seen. One entry, big-endian.
    const char exif[] =
        "\xff\xe1\x00\x22"
        "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    auto bytes = pictures.bytes_of("a/1.jpg");
    bytes.insert(2, std::string(exif, sizeof exif - 1));
    pictures.add_bytes("a/1.jpg", bytes);
    const auto dataset = pictures.load();
    QVERIFY(dataset.report.problems.empty());
    QCOMPARE(dataset.images()->height, std::size_t{32});
    QCOMPARE(dataset.images()->width, std::size_t{16});
    QVERIFY(image_of(dataset, 0).front() > 250 && image_of(dataset, 0).back() < 5);
  }

  void sixteenBitsBecomeEight() {
    Pictures pictures;
    pictures.add("a/1.png", plain(2, 2, {65535}, CV_16UC1));
    pictures.add("a/2.png", plain(2, 2, {257.0 * 99}, CV_16UC1));
    const auto dataset = pictures.load();
    QCOMPARE(image_of(dataset, 0)[0], std::uint8_t{255});
    QCOMPARE(image_of(dataset, 1)[0], std::uint8_t{99});
  }

  void otherFilesAreLeftOut() {
    Pictures pictures;
    pictures.add("a/1.png", plain(2, 2, {1, 2, 3}));
    pictures.add_bytes("a/readme.txt", "BMW makes cars, but this is no BMP");
    pictures.add_bytes("a/named.png", "this is no PNG");
    pictures.add("beside.png", plain(2, 2, {1, 2, 3}));
    fs::create_directories(pictures.root() / "empty");
    const auto dataset = pictures.load();
    QCOMPARE(dataset.rows(), std::size_t{1});
    QVERIFY(says(dataset, "path", "2 files were left out"));
    QVERIFY(says(dataset, "path", "beside.png, a/readme.txt"));
    QVERIFY(says(dataset, "a/named.png", "no PNG"));
    QVERIFY(says(dataset, "empty", "no picture"));
    QCOMPARE(dataset.report.rows_skipped, std::size_t{1});
    // One class alone is nothing to learn to tell apart.
    QVERIFY(std::string(refusal([&] { make_target(dataset); }).what()).find("only one class") != std::string::npos);
  }

  void oneImagePerClassTrains() {
    Pictures pictures;
    for (const char* name : {"a/1.png", "b/1.png", "c/1.png"}) pictures.add(name, plain(2, 2, {1, 2, 3}));
    const auto dataset = pictures.load();
    const auto split = make_split(dataset, nullptr, true, 1);
    QCOMPARE(split.train.size(), std::size_t{3});
  }

  void nothingToReadIsRefused() {
    Pictures pictures;
    QVERIFY(std::string(refusal([&] { pictures.load(); }).what()).find("does not exist") != std::string::npos);
    fs::create_directories(pictures.root());
    QVERIFY(std::string(refusal([&] { pictures.load(); }).what()).find("holds no pictures") != std::string::npos);
    fs::create_directories(pictures.root() / "class");
    pictures.add("beside.png", plain(2, 2, {1, 2, 3}));
    const auto beside = refusal([&] { pictures.load(); });
    QVERIFY2(std::string(beside.what()).find("1 lie beside") != std::string::npos, beside.what());
    pictures.add_bytes("class/a.png", "\x89PNG\r\n\x1a\n");
    const auto damaged = refusal([&] { pictures.load(); });
    QVERIFY2(std::string(damaged.what()).find("None of the 1 pictures") != std::string::npos, damaged.what());
    QVERIFY2(std::string(damaged.what()).find("class/a.png") != std::string::npos, damaged.what());
    QCOMPARE(damaged.field(), std::string("data.path"));
    QVERIFY(pictures.cached().empty());
  }

  void fieldsAreChecked_data() {
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("field");
    QTest::newRow("no path") << R"({"source":"image_folder"})"
                             << "data.path";
    QTest::newRow("one side") << R"({"source":"image_folder","path":"x","size":[3]})"
                              << "data.size";
    QTest::newRow("no side") << R"({"source":"image_folder","path":"x","size":[3,0]})"
                             << "data.size[1]";
    QTest::newRow("two channels") << R"({"source":"image_folder","path":"x","channels":2})"
                                  << "data.channels";
    QTest::newRow("no colour") << R"({"source":"image_folder","path":"x","background":"#12345g"})"
                               << "data.background";
    QTest::newRow("no cifar") << R"({"source":"cifar"})"
                              << "data.path";
  }
  void fieldsAreChecked() {
    QFETCH(QString, json);
    QFETCH(QString, field);
    const auto error = refusal([&] { validated_source(Json::parse(json.toStdString())); });
    QCOMPARE(QString::fromStdString(error.field()), field);
    QVERIFY(!error.allowed().empty());
    const Json fine{{"source", "image_folder"}, {"path", "x"}};
    QCOMPARE(validated_source(validated_source(fine)), validated_source(fine));
  }

  void theCacheGivesTheSame() {
    Pictures pictures;
    cv::Mat noise(20, 20, CV_8UC3);
    for (int i = 0; i < 30; ++i) {
      cv::randu(noise, 0, 255);
      pictures.add((i % 2 ? "a/" : "b/") + std::to_string(i) + ".png", noise);
    }
    pictures.add_bytes("a/broken.png", "no picture");
    pictures.add("a/other.png", plain(10, 10, {1, 2, 3}));
    const auto first = pictures.load();
    QCOMPARE(pictures.cached().size(), std::size_t{1});
    const auto file = pictures.cached().front();
    struct stat status;
    QVERIFY(::stat(file.c_str(), &status) == 0);
    QCOMPARE(status.st_mode & 0777, mode_t{0600});
    std::uint64_t seen = 0;
    const auto second = pictures.load({}, [&](std::uint64_t done, std::uint64_t total) {
      seen = done == total ? done : seen;
      return true;
    });
    QVERIFY(seen > 0);
    QCOMPARE(second.fingerprint, first.fingerprint);
    QCOMPARE(fingerprint_of(second), first.fingerprint);
    QCOMPARE(second.name, first.name);
    QCOMPARE(second.report.format, first.report.format);
    QCOMPARE(second.report.rows_read, first.report.rows_read);
    QCOMPARE(second.report.skipped_at, first.report.skipped_at);
    QCOMPARE(second.report.problems.size(), first.report.problems.size());
    for (std::size_t i = 0; i < first.report.problems.size(); ++i) {
      QCOMPARE(second.report.problems[i].message, first.report.problems[i].message);
      QCOMPARE(second.report.problems[i].row, first.report.problems[i].row);
    }
    // It is the cache that answers: other bytes in it would be believed.
    {
      std::fstream cache(file, std::ios::in | std::ios::out | std::ios::binary);
      cache.put('\x2a').put('\x2b');
    }
    const auto changed = pictures.load();
    QCOMPARE(changed.images()->pixels[0], std::uint8_t{0x2a});
    // A set that is open stays readable when its file is gone.
    fs::remove(file);
    QCOMPARE(changed.images()->pixels[1], std::uint8_t{0x2b});

    // Other options and changed pictures are other sets.
    QCOMPARE(pictures.load().fingerprint, second.fingerprint);
    ImageFolderParams params;
    params.channels = 1;
    QVERIFY(pictures.load(params).fingerprint != second.fingerprint);
    QCOMPARE(pictures.cached().size(), std::size_t{2});
    pictures.add("a/other.png", plain(10, 10, {3, 2, 1}));
    QVERIFY(pictures.load().fingerprint != second.fingerprint);
    QCOMPARE(pictures.cached().size(), std::size_t{3});
  }

  void damagedCachesAreIgnored() {
    Pictures pictures;
    pictures.add("a/1.png", plain(9, 9, {1, 2, 3}));
    const auto first = pictures.load();
    const auto file = pictures.cached().front();
    std::string bytes;
    {
      std::ifstream in(file, std::ios::binary);
      bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    for (std::size_t length = 0; length < bytes.size(); length += 7) {
      std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes.substr(0, length);
      QCOMPARE(pictures.load().fingerprint, first.fingerprint);
    }
    for (std::size_t back = 1; back <= 24; ++back) {
      auto flipped = bytes;
      flipped[flipped.size() - back] = static_cast<char>(flipped[flipped.size() - back] ^ 0x41);
      std::ofstream(file, std::ios::binary | std::ios::trunc) << flipped;
      QCOMPARE(pictures.load().fingerprint, first.fingerprint);
    }
  }

  void withoutACacheMemoryServes() {
    Pictures pictures;
    pictures.add("a/1.png", plain(9, 9, {1, 2, 3}));
    const auto expected = pictures.load().fingerprint;
    ImageFolderParams params;
    // Below a file there is no folder, for root neither.
    const PixelCache nowhere(pictures.root() / "a/1.png/cache", 1000);
    QCOMPARE(read_image_folder(pictures.root(), params, {}, nowhere).fingerprint, expected);
    const PixelCache full("/dev/full", 1000);
    QCOMPARE(read_image_folder(pictures.root(), params, {}, full).fingerprint, expected);
  }

  void theOldestIsEvicted() {
    Pictures pictures;
    pictures.add("a/1.png", plain(100, 100, {1, 2, 3}));
    const PixelCache cache(pictures.cache(), 70000);  // two of 30,000 bytes each and their facts
    const auto load = [&](const std::string& background) {
      ImageFolderParams params;
      params.background = background;
      read_image_folder(pictures.root(), params, {}, cache);
    };
    const auto age = [&](int hours) {
      for (const auto& file : pictures.cached())
        fs::last_write_time(file, fs::last_write_time(file) - std::chrono::hours(hours));
    };
    load("white");
    const auto white = pictures.cached().front();
    age(2);
    load("black");
    QCOMPARE(pictures.cached().size(), std::size_t{2});
    age(2);
    load("white");  // used again: now black is the oldest
    load("grey");
    const auto left = pictures.cached();
    QCOMPARE(left.size(), std::size_t{2});
    QVERIFY(std::find(left.begin(), left.end(), white) != left.end());
    // Larger than the limit: the others go, itself stays.
    pictures.add("a/2.png", plain(200, 300, {1, 2, 3}));
    ImageFolderParams params;
    params.size = {200, 300};
    read_image_folder(pictures.root(), params, {}, cache);
    QCOMPARE(pictures.cached().size(), std::size_t{1});
  }

  void cancellingLeavesNothing() {
    Pictures pictures;
    for (int i = 0; i < 20; ++i) pictures.add("a/" + std::to_string(i) + ".png", plain(9, 9, {1, 2, 3}));
    for (int after = 0; after < 3; ++after) {
      int calls = 0;
      QVERIFY_EXCEPTION_THROWN(pictures.load({}, [&](std::uint64_t, std::uint64_t) { return calls++ < after; }),
                               Cancelled);
      QVERIFY(pictures.cached().empty());
    }
  }

  void threadsGiveTheSame() {
    Pictures pictures;
    cv::Mat noise(13, 17, CV_8UC3);
    for (int i = 0; i < 40; ++i) {
      cv::randu(noise, 0, 255);
      pictures.add("a/" + std::to_string(i) + ".jpg", noise);
    }
    std::vector<std::string> fingerprints;
    for (const int count : {1, 2, 4}) {
      set_threads(count);
      fingerprints.push_back(pictures.load().fingerprint);
      fs::remove_all(pictures.cache());
    }
    set_threads(0);
    QCOMPARE(fingerprints[1], fingerprints[0]);
    QCOMPARE(fingerprints[2], fingerprints[0]);
  }

  void foldersAreGuessed() {
    Pictures pictures;
    fs::create_directories(pictures.root());
    QVERIFY(std::string(refusal([&] { guess_source(pictures.root()); }).what()).find("without pictures") !=
            std::string::npos);
    pictures.add("a/b/1.png", plain(2, 2, {1, 2, 3}));
    const auto data = guess_source(pictures.root());
    QCOMPARE(data["source"], Json("image_folder"));
    QCOMPARE(data["path"], Json(pictures.root().string()));
    QCOMPARE(load_dataset(data, ".", 0).rows(), std::size_t{1});
  }

  void emojiFaces() {
    const fs::path folder = TEST_SOURCE_DIR "/../shared/data/emoji-faces";
    if (!fs::exists(folder)) QSKIP("the faces are not here");
    const auto data = guess_source(folder);
    const auto dataset = load_dataset(data, ".", 0);
    QCOMPARE(dataset.rows(), std::size_t{1119});
    QCOMPARE(dataset.images()->channels, std::size_t{3});
    QCOMPARE(dataset.images()->height, std::size_t{64});
    QCOMPARE(dataset.images()->width, std::size_t{64});
    QVERIFY(dataset.report.problems.empty());
    const auto target = make_target(dataset);
    QCOMPARE(target.classes,
             (std::vector<std::string>{"animal-face", "fantasy", "gesture", "portrait", "role", "smiley"}));
    const std::vector<int> counts{12, 157, 180, 168, 492, 110};
    for (int c = 0; c < 6; ++c)
      QCOMPARE(static_cast<int>(std::count(target.codes.begin(), target.codes.end(), c)),
               counts[static_cast<std::size_t>(c)]);
    // Transparent corners are white.
    QCOMPARE(dataset.images()->image(500)[0], std::uint8_t{255});
    auto split = make_split(dataset, nullptr, true, 1);
    const auto preparation = Preparation::fit(dataset, nullptr, split);
    const auto problem = make_problem(dataset, preparation, split);
    QVERIFY(problem.is_images());
    QCOMPARE(load_dataset(data, ".", 0).fingerprint, dataset.fingerprint);
  }

 private:
  QTemporaryDir cache_;
};

QTEST_APPLESS_MAIN(TestImageFolder)
#include "test_image_folder.moc"
