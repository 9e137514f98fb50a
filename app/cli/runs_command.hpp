#pragma once

#include <string>
#include <vector>

#include "app/cli/command.hpp"
#include "core/run/run_store.hpp"

namespace gb::cli {

/// runs [list|show RUN|compare RUN RUN...|export RUN --out DIR|delete RUN]
class RunsCommand : public NamedCommand {
 public:
  explicit RunsCommand(CLI::App& parent);
  int execute() override;

 private:
  int list(const RunStore& store) const;
  int show(const RunStore& store) const;
  int compare(const RunStore& store) const;
  int export_run(const RunStore& store) const;
  int remove(RunStore& store) const;
  CLI::App* add(const std::string& name, const std::string& help);

  CLI::App *list_, *show_, *compare_, *export_, *delete_;
  std::string run_, out_;
  std::vector<std::string> runs_;
};

}  // namespace gb::cli
