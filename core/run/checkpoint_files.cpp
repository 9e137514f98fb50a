#include "core/run/checkpoint_files.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/train/checkpoint.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_waiting = 8;
constexpr std::size_t most_waiting_bytes = std::size_t{8} << 20;
/// More points to fork from help nobody.
constexpr std::size_t most_files = 128;
constexpr std::size_t most_checkpoint_bytes = std::size_t{4} << 30;
constexpr const char* ending = ".safetensors";

struct Kept {
  std::int64_t step = 0;
  std::int64_t bytes = 0;
};

std::vector<Kept> kept_in(const fs::path& folder) {
  std::vector<Kept> kept;
  std::error_code code;
  for (fs::directory_iterator entry(folder / "checkpoints", code), end; !code && entry != end; entry.increment(code)) {
    // What a crash left half written has another ending.
    if (entry->path().extension() != ending) continue;
    const std::string digits = entry->path().stem().string();
    Kept one;
    const auto [rest, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), one.step);
    std::error_code gone;
    one.bytes = static_cast<std::int64_t>(entry->file_size(gone));
    if (wrong == std::errc() && rest == digits.data() + digits.size() && !gone) kept.push_back(one);
  }
  std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.step < b.step; });
  return kept;
}

std::size_t bytes_of(const State& state) {
  std::size_t bytes = 0;
  for (const auto& array : state.arrays) bytes += array.bytes.size();
  return bytes;
}

fs::path newest_file(const fs::path& folder) {
  return folder / "checkpoint.safetensors";
}

}  // namespace

fs::path checkpoint_file(const fs::path& folder, std::int64_t step) {
  return folder / "checkpoints" / (std::to_string(step) + ending);
}

std::vector<std::int64_t> checkpoint_steps(const fs::path& folder) {
  std::vector<std::int64_t> steps;
  for (const auto& kept : kept_in(folder)) steps.push_back(kept.step);
  return steps;
}

std::optional<State> read_checkpoint(const fs::path& folder, std::int64_t step) {
  const auto path = checkpoint_file(folder, step);
  std::error_code code;
  if (!fs::exists(path, code)) return std::nullopt;
  State state = from_safetensors(read_file(path, most_checkpoint_bytes), path.string());
  if (state.step != step)
    throw CheckpointError("Cannot read the checkpoint " + path.string() + ": it is of step " +
                          std::to_string(state.step));
  return state;
}

void thin_waiting(std::vector<State>& states) {
  const auto too_much = [&] {
    std::size_t bytes = 0;
    for (const auto& state : states) bytes += bytes_of(state);
    return states.size() > most_waiting || bytes > most_waiting_bytes;
  };
  while (states.size() > 1 && too_much()) {
    // Counted from the newest, which stays.
    std::vector<State> rest;
    for (std::size_t i = 0; i < states.size(); ++i)
      if ((states.size() - 1 - i) % 2 == 0) rest.push_back(std::move(states[i]));
    states = std::move(rest);
  }
}

void CheckpointFiles::write(std::vector<State>& states) {
  if (states.empty()) return;
  std::error_code code;
  fs::create_directories(folder_ / "checkpoints", code);
  if (code) throw FileError("Cannot make the folder " + (folder_ / "checkpoints").string() + ": " + code.message());
  // The newest first: should the disk become full now, it is what counts.
  const std::string newest = to_safetensors(states.back());
  write_file_atomically(newest_file(folder_), newest);
  keep(newest_file(folder_), states.back().step);
  const std::int64_t step = states.back().step;
  states.pop_back();
  while (!states.empty()) {
    if (states.back().step != step)
      write_file_atomically(checkpoint_file(folder_, states.back().step), to_safetensors(states.back()));
    states.pop_back();
  }
  thin();
}

void CheckpointFiles::keep(const fs::path& newest, std::int64_t step) const {
  // The next checkpoint replaces the name, not the bytes: another name for them keeps them.
  const auto path = checkpoint_file(folder_, step);
  std::error_code code;
  fs::remove(path, code);
  fs::create_hard_link(newest, path, code);
  if (code) write_file_atomically(path, read_file(newest, most_checkpoint_bytes));
}

void CheckpointFiles::adopt(const fs::path& file, std::int64_t step) {
  std::error_code code;
  fs::create_directories(folder_ / "checkpoints", code);
  if (code) throw FileError("Cannot make the folder " + (folder_ / "checkpoints").string() + ": " + code.message());
  keep(file, step);
  fs::create_hard_link(file, newest_file(folder_), code);
  if (code) write_file_atomically(newest_file(folder_), read_file(file, most_checkpoint_bytes));
}

void CheckpointFiles::drop_after(std::int64_t step) {
  std::error_code code;
  for (const auto& kept : kept_in(folder_))
    if (kept.step > step) fs::remove(checkpoint_file(folder_, kept.step), code);
}

void CheckpointFiles::finish() {
  std::error_code code;
  fs::remove(newest_file(folder_), code);
  // Until now the newest was another name of the file to resume from.
  for (const auto& kept : kept_in(folder_))
    if (kept.step != origin_ && kept.bytes > budget_) fs::remove(checkpoint_file(folder_, kept.step), code);
}

void CheckpointFiles::thin() const {
  auto kept = kept_in(folder_);
  const auto too_much = [&](std::int64_t budget, std::size_t files) {
    std::int64_t bytes = 0;
    for (const auto& one : kept) bytes += one.bytes;
    return bytes > budget || kept.size() > files;
  };
  if (!too_much(budget_, most_files)) return;
  // Every second one goes, until a quarter of the room is free again; the first and the last stay as long as they can.
  const std::int64_t enough = budget_ - budget_ / 4;
  while (kept.size() > 1 && too_much(enough, most_files * 3 / 4)) {
    std::vector<Kept> rest, gone;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const bool last = i + 1 == kept.size();
      const bool goes = kept.size() == 2 ? !last : i % 2 == 1 && !last;
      (goes && kept[i].step != origin_ ? gone : rest).push_back(kept[i]);
    }
    if (gone.empty()) break;
    std::error_code code;
    for (const auto& one : gone) fs::remove(checkpoint_file(folder_, one.step), code);
    kept = std::move(rest);
  }
}

}  // namespace gb
