#include "core/base/text.hpp"
#include "core/params/json_text.hpp"
#include "core/report/record_parts.hpp"

namespace gb {
namespace {

Json journal_json(const RunRecord& record) {
  Json journal = Json::array();
  for (const Change& change : record.journal)
    journal.push_back({{"step", change.step}, {"param", change.param}, {"value", change.value}});
  return journal;
}

bool reads_files(const Json& document) {
  const std::string source = text_at(object_at(document, "data"), "source");
  return !source.empty() && source != "bundled" && source != "synthetic";
}

std::string commands(const RunRecord& record) {
  const RunSummary& run = record.summary;
  const std::string threads =
      run.environment.threads > 0 ? " --threads " + std::to_string(run.environment.threads) : std::string();
  return "glassbench-cli run experiment.json" + threads + " --out result\n";
}

}  // namespace

Section reproduction_section(const RunRecord& record) {
  const RunSummary& run = record.summary;
  Section section{"How to do it again", {}};
  section.blocks.emplace_back(Paragraph{
      "The same Glassbench on the same kind of processor with as many threads gives the same weights, bit for "
      "bit. Save the document below as experiment.json, then:"});
  section.blocks.emplace_back(Listing{{}, commands(record)});
  const std::string hash = text_at(run.result, "weights_sha256");
  if (record.journal.empty() && run.state == RunState::finished && !hash.empty())
    section.blocks.emplace_back(Paragraph{"It is the same model where it prints weights_sha256 " + hash + "."});
  if (!record.journal.empty())
    section.blocks.emplace_back(Paragraph{
        "This run was steered while it learnt: the document alone leads to another model. Its live changes, listed "
        "below, belong to it.",
        Paragraph::Tone::warning});
  if (run.state == RunState::finished) {
    section.blocks.emplace_back(
        Paragraph{"Where the run is recorded, this repeats it with its live changes and compares "
                  "the weights:"});
    section.blocks.emplace_back(Listing{{}, "glassbench-cli replay " + run.id + "\n"});
  }
  if (reads_files(run.document))
    section.blocks.emplace_back(Paragraph{
        "The data is read from the path in the document: put the same files there, or change the path. Whether they "
        "are the same, the fingerprint tells.",
        Paragraph::Tone::quiet});
  section.blocks.emplace_back(environment_facts(record));
  section.blocks.emplace_back(Listing{"experiment.json", dump_json(run.document, 2) + "\n", true});
  if (!record.journal.empty())
    section.blocks.emplace_back(Listing{"Live changes", dump_json(journal_json(record), 2) + "\n", true});
  return section;
}

}  // namespace gb
