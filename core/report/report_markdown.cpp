#include <variant>

#include "core/base/escape.hpp"
#include "core/report/report.hpp"

namespace gb {
namespace {

/// A fence longer than any in the text.
std::string fence_for(const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fence;
}

std::string markdown(const Paragraph& paragraph) {
  std::string text = markdown_escaped(paragraph.text);
  // What begins a line must not begin a heading, a quotation or a list.
  if (!text.empty() && std::string_view("#>+-=").find(text.front()) != std::string_view::npos) text.insert(0, "\\");
  if (paragraph.tone == Paragraph::Tone::warning) return "> " + text + "\n";
  if (paragraph.tone == Paragraph::Tone::good) return "**" + text + "**\n";
  return text + "\n";
}

std::string markdown(const Facts& facts) {
  std::string text;
  for (const auto& fact : facts.facts)
    text += "- **" + markdown_escaped(fact.name) + "**: " +
            (fact.exact && fact.value.find('`') == std::string::npos ? "`" + clean_text(fact.value) + "`"
                                                                     : markdown_escaped(fact.value)) +
            "\n";
  return text;
}

std::string markdown(const CaptionedTable& table) {
  const std::string caption = table.caption.empty() ? "" : markdown_escaped(table.caption) + ":\n\n";
  return caption + markdown_text(table.table);
}

std::string markdown(const Figure& figure) {
  return "(Figure: " + markdown_escaped(figure.title) + ")\n";
}

std::string markdown(const Listing& listing) {
  const std::string clean = clean_text(listing.text);
  const std::string fence = fence_for(clean);
  const std::string title = listing.title.empty() ? "" : markdown_escaped(listing.title) + ":\n\n";
  return title + fence + "\n" + clean + (clean.ends_with('\n') ? "" : "\n") + fence + "\n";
}

}  // namespace

std::string to_markdown(const Report& report) {
  std::string text = "# " + markdown_escaped(report.title) + "\n\n" + markdown_escaped(report.subtitle) + "\n";
  for (const Section& section : report.sections) {
    text += "\n## " + markdown_escaped(section.title) + "\n";
    for (const Block& block : section.blocks)
      text += "\n" + std::visit([](const auto& each) { return markdown(each); }, block);
  }
  return text + "\n---\n\nWritten by " + markdown_escaped(report.made_by) + "\n";
}

}  // namespace gb
