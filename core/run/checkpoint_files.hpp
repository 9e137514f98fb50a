#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/events/state.hpp"

namespace gb {

/// The checkpoints of one run: "checkpoint.safetensors", the newest, from which it is resumed; and "checkpoints/", a
/// file for each of the steps from which it can be forked. Used by one thread at a time.
class CheckpointFiles {
 public:
  /// `budget`: bytes on disk that those to fork from may take. `origin`: the step that a fork starts from, whose file
  /// stays whatever it takes; -1 for none.
  CheckpointFiles(std::filesystem::path folder, std::int64_t budget, std::int64_t origin = -1)
      : folder_(std::move(folder)), budget_(budget), origin_(origin) {}

  /// Writes these, in ascending order of their steps, and takes each away that stands on disk; those on disk are then
  /// thinned to the budget. Throws FileError: what is left in `states` has not been written.
  void write(std::vector<State>& states);
  /// Takes over the checkpoint that a fork of another run starts from, without copying its bytes where the file system
  /// allows that. Throws FileError.
  void adopt(const std::filesystem::path& file, std::int64_t step);
  /// Those after this step go: the run goes back to it.
  void drop_after(std::int64_t step);
  /// A finished run is not resumed; those to fork from stay.
  void finish();

 private:
  void keep(const std::filesystem::path& newest, std::int64_t step) const;
  void thin() const;

  std::filesystem::path folder_;
  std::int64_t budget_, origin_;
};

/// Few of them wait to be written (8, or 8 MB), so that writing takes nothing from the run that counts: every second
/// one goes, the newest never.
void thin_waiting(std::vector<State>& states);

/// "<folder>/checkpoints/<step>.safetensors".
std::filesystem::path checkpoint_file(const std::filesystem::path& folder, std::int64_t step);
/// The steps that a run with this folder can be forked from, ascending.
std::vector<std::int64_t> checkpoint_steps(const std::filesystem::path& folder);
/// Throws CheckpointError when it is damaged or of another step; nothing when it is not there.
std::optional<State> read_checkpoint(const std::filesystem::path& folder, std::int64_t step);

}  // namespace gb
