#include "core/data/text_terms.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "core/base/parallel.hpp"

namespace gb {
namespace {

/// What scikit-learn's words are made of: letters, numbers of any kind and the underscore.
bool is_word_character(utf8proc_int32_t character) {
  switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return character == '_';
  }
}

/// The ideographs of Chinese: the unified ones, their extensions and compatibility forms.
bool is_han(utf8proc_int32_t character) {
  return (character >= 0x4E00 && character <= 0x9FFF) || (character >= 0x3400 && character <= 0x4DBF) ||
         (character >= 0x20000 && character <= 0x323AF) || (character >= 0xF900 && character <= 0xFAFF);
}

void append_character(std::string& text, utf8proc_int32_t character) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(character, bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length));
}

/// Characters of one kind in a row.
struct Run {
  std::vector<utf8proc_int32_t> characters;
  bool han = false;

  void tell(const std::function<void(std::string_view)>& word, std::string& buffer) {
    const std::size_t count = characters.size();
    const auto tell_part = [&](std::size_t begin, std::size_t length) {
      buffer.clear();
      for (std::size_t i = begin; i < begin + length; ++i) append_character(buffer, characters[i]);
      word(buffer);
    };
    if (!han && count >= 2) tell_part(0, count);
    if (han && count == 1) tell_part(0, 1);
    for (std::size_t i = 0; han && i + 1 < count; ++i) tell_part(i, 2);
    characters.clear();
  }
};

}  // namespace

void for_each_word(std::string_view text, bool han_pairs, const std::function<void(std::string_view)>& word) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto length = static_cast<utf8proc_ssize_t>(text.size());
  Run run;
  std::string buffer;
  for (utf8proc_ssize_t at = 0; at < length;) {
    utf8proc_int32_t character = -1;
    const auto step = utf8proc_iterate(bytes + at, length - at, &character);
    at += step > 0 ? step : 1;
    if (step <= 0 || !is_word_character(character)) {
      run.tell(word, buffer);
      continue;
    }
    const bool han = han_pairs && is_han(character);
    if (han != run.han) run.tell(word, buffer);
    run.han = han;
    run.characters.push_back(utf8proc_tolower(character));
  }
  run.tell(word, buffer);
}

std::span<const std::string_view> english_stop_words() {
  static constexpr std::array<std::string_view, 139> words{
      "about",   "above",   "after",   "again",  "against", "all",        "also",  "am",        "an",    "and",
      "any",     "are",     "as",      "at",     "be",      "because",    "been",  "before",    "being", "below",
      "between", "both",    "but",     "by",     "can",     "cannot",     "could", "did",       "do",    "does",
      "doing",   "down",    "during",  "each",   "either",  "else",       "ever",  "every",     "few",   "for",
      "from",    "further", "had",     "has",    "have",    "having",     "he",    "her",       "here",  "hers",
      "herself", "him",     "himself", "his",    "how",     "however",    "if",    "in",        "into",  "is",
      "it",      "its",     "itself",  "just",   "may",     "me",         "might", "more",      "most",  "must",
      "my",      "myself",  "neither", "no",     "nor",     "not",        "now",   "of",        "off",   "on",
      "once",    "only",    "or",      "other",  "ought",   "our",        "ours",  "ourselves", "out",   "over",
      "own",     "same",    "shall",   "she",    "should",  "since",      "so",    "some",      "such",  "than",
      "that",    "the",     "their",   "theirs", "them",    "themselves", "then",  "there",     "these", "they",
      "this",    "those",   "through", "to",     "too",     "under",      "until", "up",        "upon",  "us",
      "very",    "was",     "we",      "were",   "what",    "when",       "where", "whether",   "which", "while",
      "who",     "whom",    "whose",   "why",    "will",    "with",       "would", "you",       "your"};
  return words;
}

TermMatrix::TermMatrix(const TextTerms& terms, std::size_t rows, const std::function<std::string(std::size_t)>& text_of)
    : rows_(rows) {
  std::unordered_map<std::string_view, std::int32_t> place;
  for (std::size_t i = 0; i < terms.terms.size(); ++i) place.emplace(terms.terms[i], static_cast<std::int32_t>(i));
  parallel_chunks(rows, 64, [&](std::size_t begin, std::size_t end, std::size_t) {
    std::unordered_map<std::int32_t, double> counts;
    for (std::size_t row = begin; row < end; ++row) {
      counts.clear();
      for_each_word(text_of(row), terms.han_pairs, [&](std::string_view word) {
        if (const auto found = place.find(word); found != place.end()) ++counts[found->second];
      });
      auto& entries = rows_[row];
      for (const auto& [term, count] : counts) entries.push_back({term, count});
      std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.term < b.term; });
      double squares = 0;
      for (auto& [term, value] : entries) {
        if (terms.sublinear) value = 1 + std::log(value);
        value *= terms.weights[static_cast<std::size_t>(term)];
        squares += value * value;
      }
      if (!terms.normalized) continue;
      for (auto& entry : entries) entry.value /= std::sqrt(squares);
    }
  });
}

double TermMatrix::value(std::size_t row, std::int32_t term) const {
  const auto& entries = rows_[row];
  const auto found = std::lower_bound(entries.begin(), entries.end(), term,
                                      [](const Entry& entry, std::int32_t wanted) { return entry.term < wanted; });
  return found != entries.end() && found->term == term ? found->value : 0;
}

}  // namespace gb
