#include "app/studio/model_asker.hpp"

namespace gb {

std::shared_ptr<const ModelAsker> modelAsker(const std::shared_ptr<const RunOutcome>& outcome) {
  const Model* model = outcome ? outcome->result.model.get() : nullptr;
  if (!model || !model->no_rule().empty()) return nullptr;
  if (model->task() != Task::classification && model->task() != Task::regression && model->task() != Task::clustering)
    return nullptr;
  auto asker = std::make_shared<ModelAsker>();
  asker->dataset = outcome->prepared->dataset;
  for (const auto& column : outcome->prepared->preparation.source_columns()) asker->columns.push_back(column.name);
  asker->ask = [outcome](const Dataset& raw) {
    const auto& target = outcome->prepared->problem.target;
    return ask(*outcome->result.model, outcome->prepared->preparation, target ? &*target : nullptr, raw);
  };
  return asker;
}

std::shared_ptr<const ModelAsker> modelAsker(const std::filesystem::path& file,
                                             const std::shared_ptr<const Dataset>& dataset) {
  try {
    auto model = std::make_shared<const OnnxModel>(OnnxModel::read(file));
    const auto outputs = model->output_names();
    if (model->generates() || outputs.empty() || outputs.front() == "embedding") return nullptr;
    auto asker = std::make_shared<ModelAsker>();
    asker->dataset = dataset;
    if (const DataTable* table = dataset->table())
      for (const auto& column : table->columns)
        for (const auto& input : model->inputs())
          // One that is named like an output bears another name in the file.
          if (column.name != dataset->target && (input.name == column.name || input.name == column.name + "_in"))
            asker->columns.push_back(column.name);
    asker->ask = [model](const Dataset& raw) { return ask(*model, raw); };
    return asker;
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace gb
