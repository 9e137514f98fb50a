#include "app/studio/run_fields.hpp"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "app/studio/core_text.hpp"
#include "app/studio/run_differences.hpp"
#include "app/studio/run_list_model.hpp"
#include "core/algorithms/algorithm.hpp"

namespace gb {

namespace {

constexpr const char* parts[] = {"train", "validation", "test"};

QString say(const char* text) {
  return QCoreApplication::translate("RunFields", text);
}

const Json* child(const Json* value, const std::string& key) {
  if (!value || !value->is_object()) return nullptr;
  const auto found = value->find(key);
  return found == value->end() ? nullptr : &*found;
}

/// "split.test" below a document; parameters may have dots of their own in no place.
const Json* at(const Json& document, const std::string& path) {
  const Json* value = &document;
  for (std::size_t from = 0; value && from <= path.size();) {
    const std::size_t dot = std::min(path.find('.', from), path.size());
    value = child(value, path.substr(from, dot - from));
    from = dot + 1;
  }
  return value;
}

const Json* paramsOf(const RunSummary& run) {
  return child(child(&run.document, "algorithm"), "params");
}

/// The part of a key behind its kind.
std::string nameIn(const std::string& key) {
  return key.substr(key.find(':') + 1);
}

}  // namespace

std::vector<RunField> fieldsOf(RunRefs runs) {
  std::vector<std::string> metrics, parted, params;
  std::unordered_set<std::string> known;
  const auto take = [&](std::vector<std::string>& into, std::string key) {
    if (known.insert(key).second) into.push_back(std::move(key));
  };
  for (const auto& run : runs) {
    for (const char* part : parts)
      if (const Json* values = child(&run->metrics, part); values && values->is_object())
        for (const auto& [name, value] : values->items()) {
          if (!value.is_number()) continue;
          take(metrics, "metric:" + name);
          take(parted, std::string("metric:") + part + "/" + name);
        }
    if (const Json* given = paramsOf(*run); given && given->is_object())
      for (const auto& [name, value] : given->items())
        if (!value.is_object()) take(params, "param:" + name);
  }
  std::vector<RunField> fields;
  for (const auto* keys : {&metrics, &parted})
    for (const auto& key : *keys) fields.push_back({key, fieldLabel(key)});
  for (const char* key : {"run:seconds", "run:steps", "setting:seed"}) fields.push_back({key, fieldLabel(key)});
  for (const auto& key : params) fields.push_back({key, fieldLabel(key)});
  return fields;
}

QString fieldLabel(const std::string& key, const std::string& algorithm) {
  const std::string name = nameIn(key);
  if (key == "run:seconds") return say(QT_TRANSLATE_NOOP("RunFields", "Seconds"));
  if (key == "run:steps") return say(QT_TRANSLATE_NOOP("RunFields", "Steps"));
  if (key == "run:algorithm") return say(QT_TRANSLATE_NOOP("RunFields", "Algorithm"));
  if (key == "run:dataset") return say(QT_TRANSLATE_NOOP("RunFields", "Dataset"));
  if (key == "setting:seed") return say(QT_TRANSLATE_NOOP("RunFields", "Seed"));
  if (key.rfind("metric:", 0) == 0) {
    const auto slash = name.find('/');
    if (slash == std::string::npos) return metricLabel(name);
    return QCoreApplication::translate("RunFields", "%1, %2", "Accuracy, validation")
        .arg(metricLabel(name.substr(slash + 1)), coreText(name.substr(0, slash)));
  }
  if (key.rfind("param:", 0) == 0) {
    if (const auto* info = find_algorithm(algorithm))
      if (const auto* spec = find_spec(info->params, name)) return coreText(spec->label);
    for (const auto& info : algorithms())
      if (const auto* spec = find_spec(info.params, name)) return coreText(spec->label);
  }
  QString text = QString::fromStdString(name).replace('_', ' ').replace('.', QStringLiteral(" \u203a "));
  if (!text.isEmpty()) text[0] = text[0].toUpper();
  return text;
}

Json fieldValue(const RunSummary& run, const std::string& key) {
  if (key == "run:seconds") return run.seconds;
  if (key == "run:steps") return run.steps;
  if (key == "run:dataset") return run.dataset;
  if (key == "run:algorithm") {
    const auto* info = find_algorithm(run.algorithm);
    return info ? coreText(info->label).toStdString() : run.algorithm;
  }
  const std::string name = nameIn(key);
  const Json* found = nullptr;
  if (key.rfind("metric:", 0) == 0) {
    const auto slash = name.find('/');
    if (slash == std::string::npos) {
      const auto value = metricOf(run.metrics, name);
      return value ? Json(*value) : Json();
    }
    found = child(child(&run.metrics, name.substr(0, slash)), name.substr(slash + 1));
  } else if (key.rfind("param:", 0) == 0) {
    const Json* params = paramsOf(run);
    found = child(params, name);
  } else {
    found = at(run.document, name);
  }
  return found ? *found : Json();
}

std::optional<double> numberOf(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

QString fieldText(const RunSummary& run, const std::string& key) {
  if (key == "run:seconds") return durationText(run.seconds);
  const Json value = fieldValue(run, key);
  if (key.rfind("metric:", 0) == 0) return metricText(numberOf(value));
  if (!value.is_null()) return valueText(value);
  // A parameter that is there and empty is one that the program chooses.
  const Json* params = key.rfind("param:", 0) == 0 ? paramsOf(run) : nullptr;
  return params && child(params, nameIn(key)) ? valueText(value) : QStringLiteral("\u2013");
}

std::vector<std::string> keysNamed(const QString& typed) {
  const std::string name = typed.trimmed().toLower().replace(' ', '_').toStdString();
  if (name == "time" || name == "seconds") return {"run:seconds"};
  if (name == "step" || name == "steps") return {"run:steps"};
  if (name == "loss") return {"metric:loss", "metric:log_loss", "metric:rmse"};
  return {"metric:" + name, "param:" + name, "setting:" + name};
}

QString runLabel(const RunSummary& run) {
  if (!run.name.empty()) return QString::fromStdString(run.name);
  const auto* info = find_algorithm(run.algorithm);
  return info ? coreText(info->label) : QString::fromStdString(run.algorithm);
}

bool isStarred(const RunSummary& run) {
  return std::find(run.tags.begin(), run.tags.end(), star_tag) != run.tags.end();
}

QStringList shownTags(const RunSummary& run) {
  QStringList tags;
  for (const auto& tag : run.tags)
    if (tag != star_tag) tags << QString::fromStdString(tag);
  return tags;
}

std::vector<std::string> tagsFrom(const QString& typed, bool starred) {
  std::vector<std::string> tags;
  for (const QString& part : typed.split(QLatin1Char(','))) {
    const std::string tag = part.simplified().toStdString();
    if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  }
  if (starred && std::find(tags.begin(), tags.end(), star_tag) == tags.end()) tags.emplace_back(star_tag);
  return tags;
}

}  // namespace gb
