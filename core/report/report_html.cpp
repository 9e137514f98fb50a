#include <variant>

#include "core/base/escape.hpp"
#include "core/report/report.hpp"

namespace gb {
namespace {

/// The studio's colours; nothing is loaded, so the fonts are the reader's.
constexpr const char* style = R"css(
:root { --window: #f5f6f8; --panel: #ffffff; --line: #e3e6eb; --text: #1d2430; --quiet: #667085; --accent: #0b6bcb;
  --grid: #edf0f4; --good: #0f8a5f; --warning: #b25e09; --rule: #c5cbd5; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --window: #14171c; --panel: #1c2027; --line: #2b313b; --text: #e7eaf0;
  --quiet: #98a2b3; --accent: #5aa9ff; --grid: #2a303a; --good: #43c596; --warning: #f0a04b; --rule: #4a5361; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--window); color: var(--text); line-height: 1.5; font-size: 14px;
  font-family: Inter, "Noto Sans", "Noto Sans CJK SC", system-ui, "Segoe UI", sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 32px 24px 48px; }
header h1 { font-size: 28px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
header p { margin: 0; color: var(--quiet); overflow-wrap: anywhere; }
nav { margin: 16px 0 0; display: flex; flex-wrap: wrap; gap: 4px 16px; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 16px 20px 20px;
  margin: 16px 0 0; }
h2 { font-size: 17px; margin: 0 0 8px; }
p { margin: 8px 0; overflow-wrap: anywhere; }
p.quiet { color: var(--quiet); }
p.good { font-size: 18px; font-weight: 600; color: var(--good); }
p.warning { border-left: 3px solid var(--warning); padding-left: 10px; }
dl { display: grid; grid-template-columns: minmax(130px, max-content) 1fr; gap: 4px 20px; margin: 12px 0 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font-family: "JetBrains Mono", "DejaVu Sans Mono", ui-monospace, Menlo, Consolas, monospace;
  font-size: 12.5px; }
pre { background: var(--window); border: 1px solid var(--line); border-radius: 7px; padding: 10px 12px; margin: 8px 0;
  overflow: auto; max-height: 480px; }
div.table { overflow-x: auto; margin: 12px 0 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
p.caption { color: var(--quiet); margin: 12px 0 -8px; }
th, td { text-align: left; padding: 5px 20px 5px 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
th { color: var(--quiet); font-weight: 600; border-bottom-color: var(--line); white-space: nowrap; }
td { max-width: 420px; overflow-wrap: anywhere; }
th.number, td.number { text-align: right; }
div.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap: 20px 24px;
  margin: 12px 0 0; align-items: start; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; margin: 0 0 4px; }
figcaption span { color: var(--quiet); font-weight: 400; }
svg { display: block; max-width: 100%; height: auto; font-family: inherit; }
svg .text { fill: var(--text); }
svg .quiet { fill: var(--quiet); }
svg line.grid { stroke: var(--grid); }
svg rect.grid { fill: var(--grid); }
svg line.line { stroke: var(--rule); }
svg image { image-rendering: auto; }
details { margin: 10px 0 0; }
summary { cursor: pointer; color: var(--accent); }
footer { color: var(--quiet); margin: 20px 0 0; font-size: 13px; }
@media print {
  :root { --window: #ffffff; --panel: #ffffff; --line: #e3e6eb; --text: #1d2430; --quiet: #667085; --accent: #0b6bcb;
    --grid: #edf0f4; --good: #0f8a5f; --warning: #b25e09; --rule: #c5cbd5; color-scheme: light; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  section { border: 0; padding: 0; margin: 20px 0 0; }
  h2, p.caption, figcaption { break-after: avoid; }
  figure, tr, p { break-inside: avoid; }
  thead { display: table-header-group; }
  pre { max-height: none; overflow: visible; white-space: pre-wrap; overflow-wrap: anywhere; }
  div.table { overflow: visible; }
  div.figures { grid-template-columns: repeat(2, 1fr); }
}
)css";

std::string element(const char* tag, const std::string& text, const char* kind = "") {
  const std::string attribute = *kind ? std::string(" class=\"") + kind + '"' : std::string();
  return std::string("<") + tag + attribute + ">" + html_escaped(text) + "</" + tag + ">\n";
}

std::string html(const Paragraph& paragraph) {
  switch (paragraph.tone) {
    case Paragraph::Tone::quiet:
      return element("p", paragraph.text, "quiet");
    case Paragraph::Tone::good:
      return element("p", paragraph.text, "good");
    case Paragraph::Tone::warning:
      return element("p", paragraph.text, "warning");
    case Paragraph::Tone::plain:
      break;
  }
  return element("p", paragraph.text);
}

std::string html(const Facts& facts) {
  std::string text = "<dl>\n";
  for (const auto& fact : facts.facts) {
    const std::string value = html_escaped(fact.value);
    text += "<dt>" + html_escaped(fact.name) + "</dt><dd>" + (fact.exact ? "<code>" + value + "</code>" : value) +
            "</dd>\n";
  }
  return text + "</dl>\n";
}

std::string html(const CaptionedTable& table) {
  const std::string caption = table.caption.empty() ? std::string() : element("p", table.caption, "caption");
  return caption + "<div class=\"table\">\n" + html_text(table.table) + "</div>\n";
}

std::string html(const Figure& figure) {
  std::string caption = html_escaped(figure.title);
  if (!figure.note.empty()) caption += " <span>\u00b7 " + html_escaped(figure.note) + "</span>";
  return "<figure>\n<figcaption>" + caption + "</figcaption>\n" + figure.svg + "</figure>\n";
}

std::string html(const Listing& listing) {
  const std::string code = "<pre>" + html_escaped(listing.text) + "</pre>\n";
  if (listing.folded)
    return "<details>\n<summary>" + html_escaped(listing.title) + "</summary>\n" + code + "</details>\n";
  return (listing.title.empty() ? std::string() : element("p", listing.title, "caption")) + code;
}

std::string html(const Section& section, std::size_t number) {
  std::string text = "<section id=\"s" + std::to_string(number) + "\">\n" + element("h2", section.title);
  bool figures = false;
  for (const Block& block : section.blocks) {
    // Figures that follow each other share lines.
    const bool figure = std::holds_alternative<Figure>(block);
    if (figure != figures) text += figure ? "<div class=\"figures\">\n" : "</div>\n";
    figures = figure;
    text += std::visit([](const auto& each) { return html(each); }, block);
  }
  return text + (figures ? "</div>\n" : "") + "</section>\n";
}

}  // namespace

std::string to_html(const Report& report) {
  std::string text =
      "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      // Whoever opens the page can be sure that nothing is asked of any network.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'\"/>\n<meta name=\"generator\" content=\"" +
      html_escaped(report.made_by) + "\"/>\n<title>" + html_escaped(report.title) + "</title>\n<style>" + style +
      "</style>\n</head>\n<body>\n<main>\n<header>\n" + element("h1", report.title) + element("p", report.subtitle) +
      "</header>\n<nav>\n";
  for (std::size_t i = 0; i < report.sections.size(); ++i)
    text += "<a href=\"#s" + std::to_string(i + 1) + "\">" + html_escaped(report.sections[i].title) + "</a>\n";
  text += "</nav>\n";
  for (std::size_t i = 0; i < report.sections.size(); ++i) text += html(report.sections[i], i + 1);
  return text + "<footer>Written by " + html_escaped(report.made_by) +
         ". Everything on this page is in this one file.</footer>\n</main>\n</body>\n</html>\n";
}

}  // namespace gb
