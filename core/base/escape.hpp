#pragma once

#include <string>
#include <string_view>

/// Text of any origin (names of runs, columns, classes) put into other notations, so that it reads as it was written
/// and never as markup. Bytes that are no UTF-8, and control characters other than tab and line break, become U+FFFD.
namespace gb {

/// Valid UTF-8 without control characters, otherwise the same.
std::string clean_text(std::string_view text);

/// For text and attribute values of HTML, XHTML and SVG.
std::string html_escaped(std::string_view text);

/// For the cell of a table or within a line of Markdown (CommonMark, and GitHub's tables); line breaks become spaces.
std::string markdown_escaped(std::string_view text);

/// For running text of LaTeX, UTF-8 in; line breaks become spaces.
std::string latex_escaped(std::string_view text);

}  // namespace gb
