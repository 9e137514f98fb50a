#include "app/studio/experiment_document.hpp"

#include <QElapsedTimer>
#include <QUndoCommand>
#include <utility>

#include "core/base/file.hpp"

namespace gb {

namespace {

constexpr int merge_within = 1500;  ///< milliseconds

/// Rewrites the relative paths of "data" so that they mean the same files from another folder.
void moveDataPaths(Json& json, const std::filesystem::path& from, const std::filesystem::path& to) {
  const auto data = json.find("data");
  if (data == json.end() || !data->is_object()) return;
  for (const char* key : {"path", "images", "labels", "test_images", "test_labels"}) {
    const auto entry = data->find(key);
    if (entry == data->end() || !entry->is_string()) continue;
    const std::filesystem::path path = entry->get<std::string>();
    if (path.empty() || path.is_absolute()) continue;
    const auto absolute = std::filesystem::absolute(from / path).lexically_normal();
    const auto relative = absolute.lexically_relative(std::filesystem::absolute(to).lexically_normal());
    *entry = relative.empty() || *relative.begin() == ".." ? absolute.string() : relative.string();
  }
}

}  // namespace

class ExperimentDocument::Edit : public QUndoCommand {
 public:
  Edit(ExperimentDocument& document, const QString& text, QString field, Json after)
      : QUndoCommand(text),
        document_(document),
        field_(std::move(field)),
        before_(document.json_),
        after_(std::move(after)) {
    age_.start();
  }

  int id() const override { return 1; }
  void undo() override { document_.set(before_); }
  void redo() override { document_.set(after_); }
  bool mergeWith(const QUndoCommand* other) override {
    const auto& next = static_cast<const Edit&>(*other);
    if (field_.isEmpty() || next.field_ != field_ || age_.elapsed() > merge_within) return false;
    after_ = next.after_;
    age_.restart();
    if (after_ == before_) setObsolete(true);
    return true;
  }

 private:
  ExperimentDocument& document_;
  QString field_;
  Json before_, after_;
  QElapsedTimer age_;
};

ExperimentDocument::ExperimentDocument(QObject* parent) : QObject(parent) {
  connect(&undo_, &QUndoStack::cleanChanged, this, &ExperimentDocument::stateChanged);
}

QString ExperimentDocument::name() const {
  const auto name = json_.find("name");
  if (name != json_.end() && name->is_string() && !name->get<std::string>().empty())
    return QString::fromStdString(name->get<std::string>());
  return tr("Untitled experiment");
}

void ExperimentDocument::set(const Json& json) {
  json_ = json;
  emit changed();
}

void ExperimentDocument::replace(const Json& json, const QString& path, const std::filesystem::path& folder,
                                 bool modified) {
  json_ = json;
  path_ = path;
  folder_ = folder;
  undo_.clear();
  if (modified) undo_.resetClean();
  emit changed();
  emit stateChanged();
}

void ExperimentDocument::open(const QString& path) {
  const Experiment read = Experiment::read(std::filesystem::path(path.toStdString()));
  replace(read.to_json(), path, read.folder);
}

void ExperimentDocument::save(const QString& path) {
  const std::filesystem::path file = path.toStdString();
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  Json json = json_;
  moveDataPaths(json, folder_, folder);
  write_file_atomically(file, json.dump(2) + "\n");
  path_ = path;
  folder_ = folder;
  const bool moved = json != json_;
  undo_.setClean();
  if (moved) set(json);
  emit stateChanged();
}

void ExperimentDocument::edit(const QString& text, const QString& field, const std::function<void(Json&)>& change) {
  Json after = json_;
  change(after);
  if (after == json_) return;
  undo_.push(new Edit(*this, text, field, std::move(after)));
}

}  // namespace gb
