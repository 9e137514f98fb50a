#include "app/cli/command_line.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "app/cli/catalogue_commands.hpp"
#include "app/cli/data_commands.hpp"
#include "app/cli/output.hpp"
#include "app/cli/report_command.hpp"
#include "app/cli/run_commands.hpp"
#include "app/cli/runs_command.hpp"
#include "app/cli/sample_command.hpp"
#include "app/cli/version.hpp"
#include "core/base/error.hpp"
#include "core/params/param_spec.hpp"

namespace gb::cli {
namespace {

int execute(Command& command) {
  try {
    return command.execute();
  } catch (const Error& error) {
    report_failure(error.what(), error.field(), error.allowed(), command.wants_json());
    return wrong_request;
  } catch (const std::bad_alloc&) {
    report_failure("There is not enough memory for this", "", "", command.wants_json());
    return run_failed;
  } catch (const std::exception& error) {
    report_failure(std::string("An unexpected error: ") + error.what(), "", "", command.wants_json());
    return run_failed;
  }
}

}  // namespace

namespace {

/// CLI11 only says that a command is missing where it was misspelt.
bool is_unknown_command(const CLI::App& app, const std::string& word) {
  if (word.empty() || word.front() == '-') return false;
  std::vector<std::string> known;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(command->get_name());
  if (std::find(known.begin(), known.end(), word) != known.end()) return false;
  std::string message = "There is no command '" + word + "'";
  if (const auto near = nearest_name(word, known); !near.empty()) message += "; did you mean '" + near + "'?";
  std::string allowed;
  for (const auto& name : known) allowed += (allowed.empty() ? "" : ", ") + name;
  report_failure(message, "", allowed, false);
  return true;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  CLI::App app("Glassbench without a window: run, watch, keep and compare machine-learning experiments",
               "glassbench-cli");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<RunCommand>(app));
  commands.push_back(std::make_unique<ValidateCommand>(app));
  commands.push_back(std::make_unique<ResumeCommand>(app));
  commands.push_back(std::make_unique<ForkCommand>(app));
  commands.push_back(std::make_unique<ReplayCommand>(app));
  commands.push_back(std::make_unique<AlgorithmsCommand>(app));
  commands.push_back(std::make_unique<DatasetsCommand>(app));
  commands.push_back(std::make_unique<DescribeCommand>(app));
  commands.push_back(std::make_unique<InspectCommand>(app));
  commands.push_back(std::make_unique<PredictCommand>(app));
  commands.push_back(std::make_unique<SampleCommand>(app));
  commands.push_back(std::make_unique<RunsCommand>(app));
  commands.push_back(std::make_unique<ReportCommand>(app));
  if (argc > 1 && is_unknown_command(app, argv[1])) return wrong_request;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are no errors; everything else is a wrong request.
    return app.exit(error) == 0 ? done : wrong_request;
  }
  for (auto& command : commands) {
    if (!command->chosen()) continue;
    const int status = execute(*command);
    if (!flush_output() && status == done) {
      note("glassbench-cli: the results could not be written to standard output");
      return run_failed;
    }
    return status;
  }
  return wrong_request;
}

}  // namespace gb::cli
