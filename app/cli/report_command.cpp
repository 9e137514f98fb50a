#include "app/cli/report_command.hpp"

#include <algorithm>
#include <filesystem>

#include "app/cli/interruption.hpp"
#include "app/cli/output.hpp"
#include "core/base/file.hpp"
#include "core/report/run_record.hpp"

namespace gb::cli {
namespace {

/// The notation that the file's ending asks for.
std::string written(const Report& report, const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  if (ending == ".html" || ending == ".htm") return to_html(report);
  if (ending == ".md") return to_markdown(report);
  throw FileError("A report cannot be written as " + path.string() +
                      (ending == ".pdf" ? ": PDF is made by the studio, or by printing the HTML" : ""),
                  "--out", "a file that ends in .html or .md");
}

}  // namespace

ReportCommand::ReportCommand(CLI::App& parent)
    : NamedCommand(parent, "report", "Write a report of a run, or one that compares several") {
  app_.add_option("RUN", runs_, "The runs' ids, or the beginnings of them")->required()->expected(1, 100);
  app_.add_option("--out", out_, "The file to write: .html with everything in it, or .md without pictures")
      ->type_name("FILE")
      ->required();
  app_.add_flag("--card", card_, "Write the model card of one run instead");
}

int ReportCommand::execute() {
  allow_interruptions();
  if (card_ && runs_.size() != 1) throw StoreError("A model card is of one run", "RUN", "the id of one run");
  const RunStore store(data_folder());
  std::vector<std::string> ids;
  for (const auto& run : runs_) {
    ids.push_back(store.get(run).id);
    if (std::count(ids.begin(), ids.end(), ids.back()) > 1)
      throw StoreError("The run " + ids.back() + " is named twice", "RUN", "different runs");
  }
  const Report report = card_ ? model_card(read_record(store, ids.front())) : report_of(store, ids);
  write_file_atomically(out_, written(report, out_));
  if (json_)
    print_json({{"runs", ids}, {"report", out_}});
  else
    print_line("Written to " + out_);
  return done;
}

}  // namespace gb::cli
