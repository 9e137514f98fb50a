#include "core/base/escape.hpp"

#include <utf8proc.h>

#include <cctype>
#include <map>

namespace gb {
namespace {

constexpr std::string_view replacement = "\uFFFD";

bool is_allowed(utf8proc_int32_t character) {
  if (character == '\t' || character == '\n' || character == '\r') return true;
  // U+FFFE and U+FFFF are no characters, and XML refuses them.
  return character >= 0x20 && character != 0x7F && (character & 0xFFFE) != 0xFFFE;
}

/// Calls `take(character, its bytes)` for every character of the cleaned text.
template <class Take>
void each_character(std::string_view text, Take&& take) {
  std::size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t character = -1;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                         static_cast<utf8proc_ssize_t>(text.size() - at), &character);
    if (length <= 0) {
      take(0xFFFD, replacement);
      ++at;
      continue;
    }
    if (is_allowed(character))
      take(character, text.substr(at, static_cast<std::size_t>(length)));
    else
      take(0xFFFD, replacement);
    at += static_cast<std::size_t>(length);
  }
}

bool is_line_break(utf8proc_int32_t character) {
  return character == '\n' || character == '\r';
}

bool is_word(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) || (byte & 0x80);
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  each_character(text, [&](utf8proc_int32_t, std::string_view bytes) { clean += bytes; });
  return clean;
}

std::string html_escaped(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  each_character(text, [&](utf8proc_int32_t character, std::string_view bytes) {
    switch (character) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += bytes;
    }
  });
  return escaped;
}

std::string markdown_escaped(std::string_view text) {
  const std::string clean = clean_text(text);
  std::string escaped;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const char letter = clean[i];
    const bool inside = i > 0 && i + 1 < clean.size() && is_word(clean[i - 1]) && is_word(clean[i + 1]);
    if (is_line_break(letter)) {
      escaped += ' ';
    } else if (letter == '&') {
      escaped += "&amp;";
    } else if (letter == '<') {
      escaped += "&lt;";
    } else {
      // Between letters an underscore stands for itself: f1_macro stays readable.
      if (std::string_view("\\|`*[]~").find(letter) != std::string_view::npos || (letter == '_' && !inside))
        escaped += '\\';
      escaped += letter;
    }
  }
  return escaped;
}

std::string latex_escaped(std::string_view text) {
  static const std::map<utf8proc_int32_t, const char*> commands{{'\\', "\\textbackslash{}"},
                                                                {'~', "\\textasciitilde{}"},
                                                                {'^', "\\textasciicircum{}"},
                                                                {'<', "\\textless{}"},
                                                                {'>', "\\textgreater{}"},
                                                                {'|', "\\textbar{}"},
                                                                {'"', "\\textquotedbl{}"},
                                                                {0x2212, "$-$"},
                                                                {0x221E, "$\\infty$"},
                                                                {0x2264, "$\\leq$"},
                                                                {0x2265, "$\\geq$"},
                                                                {0x00B5, "\\textmu{}"},
                                                                {0x00B1, "$\\pm$"},
                                                                {0x00D7, "$\\times$"},
                                                                {0x203A, "$>$"}};
  std::string escaped;
  each_character(text, [&](utf8proc_int32_t character, std::string_view bytes) {
    if (is_line_break(character) || character == '\t') {
      escaped += ' ';
    } else if (const auto command = commands.find(character); command != commands.end()) {
      escaped += command->second;
    } else {
      if (bytes.size() == 1 && std::string_view("&%$#_{}").find(bytes.front()) != std::string_view::npos)
        escaped += '\\';
      escaped += bytes;
    }
  });
  return escaped;
}

}  // namespace gb
