#include "app/cli/progress_bar.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "app/cli/output.hpp"

namespace gb::cli {
namespace {

constexpr std::chrono::milliseconds terminal_pause{100};
constexpr std::chrono::seconds plain_pause{5};

int terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

/// "52,300": thousands apart.
std::string grouped(double value) {
  char digits[40];
  std::snprintf(digits, sizeof digits, value < 10 ? "%.1f" : "%.0f", value);
  std::string text = digits;
  const auto point = std::min(text.find('.'), text.size());
  for (std::size_t at = point; at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string bar(double share, int width, bool unicode) {
  static constexpr std::array<const char*, 8> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string text;
  if (!unicode) {
    const int whole = static_cast<int>(share * width);
    text =
        std::string(static_cast<std::size_t>(whole), '#') + std::string(static_cast<std::size_t>(width - whole), '-');
    return text;
  }
  const int parts = static_cast<int>(share * width * 8);
  for (int i = 0; i < parts / 8; ++i) text += "█";
  int filled = parts / 8;
  if (parts % 8 && filled < width) {
    text += eighths[static_cast<std::size_t>(parts % 8)];
    ++filled;
  }
  return text + std::string(static_cast<std::size_t>(width - filled), ' ');
}

}  // namespace

ProgressBar::ProgressBar() {
  terminal_ = isatty(STDERR_FILENO) == 1;
  // Only the kind of characters: numbers keep their point in every language.
  std::setlocale(LC_CTYPE, "");
  unicode_ = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

ProgressBar::~ProgressBar() {
  clear();
}

void ProgressBar::update(const Progress& progress) {
  if (first_step_ < 0) {
    first_step_ = progress.step;
    started_ = Clock::now();
  }
  progress_ = progress;
  task_ = "Training";
  news_ = true;
}

void ProgressBar::show(const std::string& series, double value) {
  const auto slash = series.rfind('/');
  value_ = (slash == std::string::npos ? series : series.substr(slash + 1)) + " " + number_text(value);
}

void ProgressBar::loading(std::uint64_t done, std::uint64_t total) {
  task_ = "Loading";
  progress_.step = static_cast<std::int64_t>(done >> 10);
  progress_.total = static_cast<std::int64_t>(total >> 10);
  progress_.unit.clear();
  news_ = true;
  // Small files are read before anyone could see a bar.
  if (Clock::now() - started_ > std::chrono::milliseconds(300)) refresh();
}

std::string ProgressBar::remaining() const {
  const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
  const auto made = progress_.step - first_step_;
  if (first_step_ < 0 || progress_.total <= 0 || made <= 0 || elapsed < 0.5) return {};
  return duration_text(elapsed * static_cast<double>(progress_.total - progress_.step) / static_cast<double>(made)) +
         " left";
}

std::string ProgressBar::line(int width, bool unicode) const {
  const bool known = progress_.total > 0;
  const double share =
      known ? std::clamp(static_cast<double>(progress_.step) / static_cast<double>(progress_.total), 0.0, 1.0) : 0;
  std::string head = task_ + " ";
  char percent[16] = "";
  if (known) std::snprintf(percent, sizeof percent, " %3d %%", static_cast<int>(share * 100));
  // What is left out first when the window is narrow stands last.
  std::vector<std::string> facts;
  if (const auto left = remaining(); !left.empty()) facts.push_back(left);
  if (progress_.per_second > 0 && !progress_.unit.empty())
    facts.push_back(grouped(progress_.per_second) + " " + progress_.unit + "/s");
  if (!value_.empty()) facts.push_back(value_);
  if (task_ == "Loading")
    facts.push_back(grouped(static_cast<double>(progress_.step)) + " KB");
  else
    facts.push_back("step " + std::to_string(progress_.step) + (known ? " of " + std::to_string(progress_.total) : ""));
  constexpr int shortest_bar = 10, longest_bar = 40;
  int room = width - 1 - static_cast<int>(head.size()) - static_cast<int>(std::strlen(percent)) - 2;
  std::string tail;
  for (const auto& fact : facts) {
    if (room - static_cast<int>(fact.size()) - 2 < (known ? shortest_bar : 0)) break;
    tail += "  " + fact;
    room -= static_cast<int>(fact.size()) + 2;
  }
  if (!known) return head + (tail.empty() ? "" : tail.substr(2));
  room = std::clamp(room, 1, longest_bar);
  const std::string blocks = bar(share, room, unicode);
  return head + (unicode ? "▕" + blocks + "▏" : "[" + blocks + "]") + percent + tail;
}

void ProgressBar::refresh() {
  if (!news_) return;
  const auto now = Clock::now();
  if (now - drawn_at_ < (terminal_ ? std::chrono::duration_cast<Clock::duration>(terminal_pause)
                                   : std::chrono::duration_cast<Clock::duration>(plain_pause)))
    return;
  // Whoever reads a file need not hear of runs that end at once.
  if (!terminal_ && drawn_at_ == Clock::time_point{}) {
    drawn_at_ = now;
    return;
  }
  drawn_at_ = now;
  draw();
}

void ProgressBar::draw() {
  news_ = false;
  if (terminal_) {
    std::fputs(("\r" + line(terminal_width(), unicode_) + "\x1b[K").c_str(), stderr);
    drawn_ = true;
  } else {
    std::string plain = task_ + ": step " + std::to_string(progress_.step);
    if (task_ == "Loading") plain = "Loading: " + grouped(static_cast<double>(progress_.step)) + " KB";
    if (progress_.total > 0) plain += " of " + std::to_string(progress_.total);
    if (progress_.per_second > 0) plain += ", " + grouped(progress_.per_second) + " " + progress_.unit + "/s";
    if (const auto left = remaining(); !left.empty()) plain += ", " + left;
    if (!value_.empty()) plain += ", " + value_;
    std::fputs((plain + "\n").c_str(), stderr);
  }
}

void ProgressBar::clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
}

}  // namespace gb::cli
