#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/table_text.hpp"

/// What is said of runs on paper, before it is HTML, PDF or Markdown. Reports are written in English.
namespace gb {

struct Paragraph {
  enum class Tone { plain, quiet, good, warning };
  std::string text;
  Tone tone = Tone::plain;
};

/// Names with what they are.
struct Facts {
  struct Fact {
    std::string name, value;
    bool exact = false;  ///< digits and letters that must not be mistaken: a hash, a path
  };
  std::vector<Fact> facts;

  /// Leaves out what is empty.
  void add(std::string name, std::string value, bool exact = false) {
    if (!value.empty()) facts.push_back({std::move(name), std::move(value), exact});
  }
};

struct CaptionedTable {
  std::string caption;
  TextTable table;
};

/// A picture as SVG; rasters are embedded in it.
struct Figure {
  std::string title, note;
  std::string svg;
  double width = 0, height = 0;  ///< in pixels of a screen
};

/// Text to be copied as it stands: commands, a document.
struct Listing {
  std::string title, text;
  bool folded = false;  ///< long: shown when asked for, where that can be
};

using Block = std::variant<Paragraph, Facts, CaptionedTable, Figure, Listing>;

struct Section {
  std::string title;
  std::vector<Block> blocks;
};

struct Report {
  std::string title, subtitle;
  std::vector<Section> sections;
  std::string made_by;  ///< "Glassbench 0.1.0, 2026-11-21 22:51 UTC"
};

/// One page that needs nothing beside itself and loads nothing: pictures are in it, it follows the reader's light or
/// dark theme, prints in light, and is well-formed XML as well.
std::string to_html(const Report& report);
/// As Markdown (GitHub's); of figures only their titles.
std::string to_markdown(const Report& report);

}  // namespace gb
