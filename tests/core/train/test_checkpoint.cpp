#include <QtTest>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/params/json_text.hpp"
#include "core/train/checkpoint.hpp"

using namespace gb;

namespace {

template <class T>
StateArray array(const std::string& name, const std::string& type, std::vector<std::int64_t> shape,
                 const std::vector<T>& values) {
  StateArray made{name, type, std::move(shape), {}};
  made.bytes.resize(values.size() * sizeof(T));
  std::memcpy(made.bytes.data(), values.data(), made.bytes.size());
  return made;
}

State sample() {
  State state;
  state.step = 412;
  state.header = {{"epoch", 3}, {"random", {18446744073709551615ULL, 1, 2, 3}}, {"rate", 0.1}};
  state.arrays = {array<float>("w", "F32", {2, 3}, {1, 2, 3, 4, 5, 6}), array<double>("mean", "F64", {2}, {0.5, -1}),
                  array<std::int64_t>("count", "I64", {}, {7}), array<float>("none", "F32", {0, 4}, {}),
                  array<std::uint8_t>("mask", "U8", {3}, {1, 0, 1})};
  return state;
}

/// A file with this header text and so many zero bytes of data.
std::string file(const std::string& header, std::size_t data, std::uint64_t claimed = 0) {
  const std::uint64_t length = claimed ? claimed : header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), 8);
  return bytes + header + std::string(data, '\0');
}

std::string header_with(const std::string& arrays) {
  return R"({"__metadata__":{"format":"glassbench","step":"1","header":"{}"})" + (arrays.empty() ? "" : "," + arrays) +
         "}";
}

std::string refusal(std::string_view bytes) {
  try {
    from_safetensors(bytes, "test.safetensors");
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "accepted";
}

long resident_kilobytes() {
  QFile status(QStringLiteral("/proc/self/status"));
  if (!status.open(QIODevice::ReadOnly)) return 0;
  for (const auto& line : status.readAll().split('\n'))
    if (line.startsWith("VmHWM:")) return line.mid(6).trimmed().split(' ').first().toLong();
  return 0;
}

}  // namespace

class TestCheckpoint : public QObject {
  Q_OBJECT
 private slots:
  void statesRoundTrip() {
    const State state = sample();
    const State read = from_safetensors(to_safetensors(state), "x");
    QCOMPARE(read.step, state.step);
    QCOMPARE(read.header.dump(), state.header.dump());
    QCOMPARE(read.arrays.size(), state.arrays.size());
    for (std::size_t i = 0; i < state.arrays.size(); ++i) {
      QCOMPARE(read.arrays[i].name, state.arrays[i].name);
      QCOMPARE(read.arrays[i].type, state.arrays[i].type);
      QCOMPARE(read.arrays[i].shape, state.arrays[i].shape);
      QCOMPARE(read.arrays[i].bytes, state.arrays[i].bytes);
    }
  }

  void countersKeepInfinities() {
    State state;
    state.header = {{"best", std::numeric_limits<double>::infinity()},
                    {"list", {-std::numeric_limits<double>::infinity(), std::nan("")}}};
    const State read = from_safetensors(to_safetensors(state), "x");
    QVERIFY(read.header["best"].get<double>() == std::numeric_limits<double>::infinity());
    QVERIFY(read.header["list"][0].get<double>() == -std::numeric_limits<double>::infinity());
    QVERIFY(std::isnan(read.header["list"][1].get<double>()));
  }

  void arraysStartAligned() {
    const std::string bytes = to_safetensors(sample());
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    QCOMPARE(length % 8, std::uint64_t{0});
    // What any safetensors reader relies on: the offsets in the header cover the data exactly.
    const Json header = Json::parse(bytes.substr(8, length));
    QCOMPARE(header["w"]["data_offsets"].dump(), std::string("[0,24]"));
    QCOMPARE(header["mask"]["data_offsets"][1].get<std::size_t>(), bytes.size() - 8 - length);
  }

  void wrongStatesAreNotWritten() {
    State state = sample();
    state.arrays[0].bytes.pop_back();
    QVERIFY_EXCEPTION_THROWN(to_safetensors(state), CheckpointError);
    state = sample();
    state.arrays[1].name = "w";
    QVERIFY_EXCEPTION_THROWN(to_safetensors(state), CheckpointError);
    state = sample();
    state.arrays[0].type = "BF16";
    QVERIFY_EXCEPTION_THROWN(to_safetensors(state), CheckpointError);
  }

  void everyTruncationIsRefused() {
    const std::string bytes = to_safetensors(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string message = refusal(std::string_view(bytes).substr(0, size));
      QVERIFY2(message.find("test.safetensors") != std::string::npos, qPrintable(QString::number(size)));
    }
  }

  void flippedHeaderBitsNeverCrash() {
    const std::string bytes = to_safetensors(sample());
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    int refused = 0;
    for (std::size_t bit = 0; bit < (8 + length) * 8; ++bit) {
      std::string damaged = bytes;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      // A flipped letter of a name or counter is still a valid file; sizes and structure are not.
      if (refusal(damaged) != "accepted") ++refused;
    }
    QVERIFY(refused > static_cast<int>(length) * 4);
  }

  void lyingHeadersAreRefused_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("part");
    const auto add = [](const char* name, const std::string& bytes, const char* part) {
      QTest::newRow(name) << QByteArray::fromStdString(bytes) << QString::fromLatin1(part);
    };
    const auto one = [](const std::string& entry) { return header_with("\"a\":" + entry); };
    add("empty", "", "cut off");
    add("header of 2^31", file("{}", 0, 1ULL << 31), "claims 2147483648 bytes");
    add("header of 2^63", file("{}", 0, 1ULL << 63), "claims 9223372036854775808 bytes");
    add("header of all ones", file("{}", 0, ~0ULL), "claims");
    add("header is a list", file("[]", 0), "no JSON object");
    add("header is cut", file(header_with("").substr(0, 30), 0), "not valid JSON");
    add("foreign", file(R"({"__metadata__":{"format":"pt"}})", 0), "not written by Glassbench");
    add("no metadata", file("{}", 0), "not written by Glassbench");
    add("negative step", file(R"({"__metadata__":{"format":"glassbench","step":"-1","header":"{}"}})", 0), "step '-1'");
    add("counters are no object", file(R"({"__metadata__":{"format":"glassbench","step":"1","header":"[]"}})", 0),
        "counters");
    add("array twice",
        file(header_with(R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                         R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})"),
             0),
        "'a' twice");
    add("deep", file(header_with("\"a\":" + std::string(100000, '[') + std::string(100000, ']')), 0), "nested deeper");
    add("unknown type", file(one(R"({"dtype":"BF16","shape":[2],"data_offsets":[0,4]})"), 4), "unknown type");
    add("object for type", file(one(R"({"dtype":{},"shape":[2],"data_offsets":[0,4]})"), 4), "unknown type");
    add("extra field", file(one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1})"), 4), "must have");
    add("negative extent", file(one(R"({"dtype":"U8","shape":[-4],"data_offsets":[0,4]})"), 4), "negative");
    add("fractional extent", file(one(R"({"dtype":"U8","shape":[1.5],"data_offsets":[0,4]})"), 4), "whole number");
    add("product overflows", file(one(R"({"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]})"), 0),
        "does not match");
    add("offsets of 2^63", file(one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,9223372036854775808]})"), 4),
        "whole number");
    add("offsets past the end", file(one(R"({"dtype":"U8","shape":[2147483648],"data_offsets":[0,2147483648]})"), 4),
        "damaged or cut off");
    add("offsets reversed", file(one(R"({"dtype":"U8","shape":[4],"data_offsets":[4,0]})"), 4), "claims bytes");
    add("overlap",
        file(header_with(R"("a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                         R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]})"),
             6),
        "a gap or an overlap");
    add("gap", file(one(R"({"dtype":"U8","shape":[4],"data_offsets":[2,6]})"), 6), "a gap or an overlap");
    add("undescribed tail", file(one(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4]})"), 9), "after the last array");
    add("nine dimensions", file(one(R"({"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]})"), 1),
        "usable shape");
  }
  void lyingHeadersAreRefused() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, part);
    const long before = resident_kilobytes();
    const std::string message = refusal(bytes.toStdString());
    QVERIFY2(message.find(part.toStdString()) != std::string::npos, message.c_str());
    QVERIFY(resident_kilobytes() - before < 64 * 1024);
  }

  void jsonTextRefusesWhatTheParserLetsPass() {
    QVERIFY_EXCEPTION_THROWN(parse_json(R"({"a":1,"a":2})", "x"), JsonError);
    QVERIFY_EXCEPTION_THROWN(parse_json(R"({"o":{"a":1,"a":2}})", "x"), JsonError);
    QCOMPARE(parse_json(R"({"o":{"a":1},"p":{"a":2},"l":[{"a":1},{"a":1}]})", "x").size(), std::size_t{3});
    QVERIFY_EXCEPTION_THROWN(parse_json("  \n", "x"), JsonError);
    QVERIFY_EXCEPTION_THROWN(parse_json("{\"a\":\"\xff\"}", "x"), JsonError);
    try {
      parse_json("{\n \"a\": nul }", "x.json");
      QFAIL("accepted");
    } catch (const JsonError& error) {
      const std::string message = error.what();
      QVERIFY2(message.starts_with("x.json is not valid JSON: parse error at line 2"), message.c_str());
    }
  }
};

QTEST_APPLESS_MAIN(TestCheckpoint)
#include "test_checkpoint.moc"
