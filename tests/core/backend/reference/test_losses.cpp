#include <QtTest>
#include <fstream>
#include <vector>

#include "core/backend/device.hpp"
#include "core/params/param_spec.hpp"

using namespace gb;

namespace {

const Json& figures() {
  static const Json json = Json::parse(std::ifstream(TEST_SOURCE_DIR "/tests/reference/losses.json"));
  return json;
}

/// One loss and its gradient on a device.
template <class T>
struct Computed {
  double loss = 0;
  std::vector<T> gradient;
};

template <class T>
Computed<T> compute(const Json& c, DeviceKind kind) {
  const auto rows = figures()["rows"].get<std::int64_t>();
  const auto classes = figures()["classes"].get<std::int64_t>();
  const auto op = c["op"].get<std::string>();
  auto scores = figures()["scores"].get<std::vector<T>>();
  auto answers = c["answers"].get<std::vector<T>>();
  auto labels = std::vector<std::int32_t>(answers.begin(), answers.end());
  auto weights = c["weights"].get<std::vector<T>>();
  const bool of_labels = static_cast<std::int64_t>(answers.size()) == rows;
  std::vector<T> loss(1), outputs(scores.size()), gradient(scores.size());

  Operation forward{op, {}, {}, {}};
  for (const auto& item : c["attributes"].items()) forward.attributes[item.key()] = item.value().get<double>();
  forward.inputs = {{scores.data(), {rows, classes}}};
  if (of_labels)
    forward.inputs.push_back({labels.data(), {rows}});
  else
    forward.inputs.push_back({answers.data(), {rows, classes}});
  if (!weights.empty()) forward.inputs.push_back({weights.data(), {classes}});
  forward.outputs = {{loss.data(), {1}}, {outputs.data(), {rows, classes}}};
  const auto device = make_device(kind);
  device->kernel(forward)->run();

  Operation backward = forward;
  backward.op = op + "Grad";
  const bool makes_probabilities = op.find("CrossEntropy") != std::string::npos && op[0] == 'S';
  if (makes_probabilities || op == "KLDivergenceLoss") backward.inputs[0].data = outputs.data();
  backward.outputs = {{gradient.data(), {rows, classes}}};
  device->kernel(backward)->run();
  return {static_cast<double>(loss[0]), gradient};
}

template <class T>
void compare(const Json& c, DeviceKind kind, double tolerance) {
  const auto computed = compute<T>(c, kind);
  const auto loss = c["loss"].get<double>();
  const auto gradient = c["gradient"].get<std::vector<double>>();
  QVERIFY2(std::abs(computed.loss - loss) <= tolerance * std::max(1.0, std::abs(loss)),
           qPrintable(QString("loss %1 against %2").arg(computed.loss).arg(loss)));
  QCOMPARE(computed.gradient.size(), gradient.size());
  for (std::size_t i = 0; i < gradient.size(); ++i)
    QVERIFY2(
        std::abs(static_cast<double>(computed.gradient[i]) - gradient[i]) <= tolerance,
        qPrintable(QString("gradient %1: %2 against %3").arg(i).arg(double(computed.gradient[i])).arg(gradient[i])));
}

}  // namespace

class TestLosses : public QObject {
  Q_OBJECT
 private slots:
  void reproducePyTorch_data() {
    QTest::addColumn<int>("index");
    const auto& cases = figures()["cases"];
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const auto& c = cases[i];
      QTest::addRow("%s %s%s", c["op"].get<std::string>().c_str(), c["attributes"].dump().c_str(),
                    c["weights"].empty() ? "" : " weights")
          << static_cast<int>(i);
    }
  }
  /// Among scores hundreds away from zero, too.
  void reproducePyTorch() {
    QFETCH(int, index);
    const Json& c = figures()["cases"][static_cast<std::size_t>(index)];
    compare<double>(c, DeviceKind::reference_double, 1e-12);
    compare<float>(c, DeviceKind::reference, 2e-6);
    compare<float>(c, DeviceKind::onednn, 2e-6);
  }
};

QTEST_APPLESS_MAIN(TestLosses)
#include "test_losses.moc"
