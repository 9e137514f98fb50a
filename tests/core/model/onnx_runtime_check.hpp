#pragma once

#include <QProcess>
#include <QString>
#include <QTemporaryDir>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/model/tensor.hpp"

namespace gb {

/// Collects models with inputs and the outputs we expect, and has onnxruntime compute them too.
class OnnxRuntimeCheck {
 public:
  using Named = std::vector<std::pair<std::string, Tensor>>;

  void add(const std::string& name, const std::string& bytes, const Named& inputs, const Named& outputs,
           double tolerance = 1e-5) {
    std::ofstream(path(name + ".onnx"), std::ios::binary) << bytes;
    nlohmann::ordered_json file;
    file["inputs"] = json(inputs);
    file["outputs"] = json(outputs);
    file["tolerance"] = tolerance;
    std::ofstream(path(name + ".json")) << file;
  }

  /// Empty when onnxruntime could be had; else why not.
  QString unavailable() {
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral(TEST_SOURCE_DIR "/tests/reference/venv"), {});
    if (!process.waitForFinished(240000)) return QStringLiteral("tests/reference/venv did not end in time");
    const QString output = QString::fromUtf8(process.readAll()).trimmed();
    if (process.exitCode() != 0) return QStringLiteral("no onnxruntime: ") + output.right(300);
    python_ = output.section('\n', -1);
    return {};
  }

  /// What onnx_check.py says; `agrees` tells whether all outputs were the same.
  QString run(bool& agrees) {
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(python_, {QStringLiteral(TEST_SOURCE_DIR "/tests/reference/onnx_check.py"), folder_.path()});
    agrees = process.waitForFinished(240000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
    return QString::fromUtf8(process.readAll());
  }

 private:
  std::filesystem::path path(const std::string& name) const {
    return std::filesystem::path(folder_.path().toStdString()) / name;
  }

  static nlohmann::ordered_json json(const Named& tensors) {
    auto all = nlohmann::ordered_json::object();
    for (const auto& [name, tensor] : tensors) {
      auto values = nlohmann::ordered_json::array();
      std::visit(
          [&](const auto& held) {
            for (const auto& value : held) values.push_back(value);  // NaN is written as null
          },
          tensor.values);
      all[name] = {{"type", tensor_type_name(tensor.type())}, {"shape", tensor.shape}, {"values", std::move(values)}};
    }
    return all;
  }

  QTemporaryDir folder_;
  QString python_;
};

}  // namespace gb
