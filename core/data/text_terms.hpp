#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gb {

/// Calls `word` for every word of a UTF-8 text, in order and in lower case: runs of at least two letters, digits and
/// underscores of any script. With `han_pairs` a run of Chinese characters, which no space divides into words, gives
/// every pair of neighbours (or the one character that it is). What is no UTF-8 divides words.
void for_each_word(std::string_view text, bool han_pairs, const std::function<void(std::string_view)>& word);

/// The most frequent words of English that say nothing of what a text is about, sorted.
std::span<const std::string_view> english_stop_words();

/// How a text becomes one number per term (Salton, Buckley 1988). The number is how often the term occurs, or with
/// `sublinear` 1 + ln of that; times `weights`; with `normalized` the numbers of a text are divided by the root of the
/// sum of their squares. As scikit-learn's CountVectorizer and TfidfVectorizer.
struct TextTerms {
  std::vector<std::string> terms;  ///< sorted by bytes
  std::vector<double> weights;     ///< one per term: ln((1 + texts) / (1 + texts with it)) + 1, or 1
  bool sublinear = false;
  bool normalized = true;
  bool han_pairs = true;
};

/// The numbers of many texts; most are 0 and not stored.
class TermMatrix {
 public:
  /// `text_of(row)` for rows 0..rows-1, called from several threads.
  TermMatrix(const TextTerms& terms, std::size_t rows, const std::function<std::string(std::size_t)>& text_of);

  struct Entry {
    std::int32_t term;
    double value;
  };
  /// Ascending by term.
  std::span<const Entry> row(std::size_t row) const { return rows_[row]; }
  double value(std::size_t row, std::int32_t term) const;

 private:
  std::vector<std::vector<Entry>> rows_;
};

}  // namespace gb
