#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "core/data/training_rows.hpp"

// Texts to words.

namespace gb {
namespace {

/// What is known of one word after all training texts were read.
struct WordCount {
  std::size_t texts = 0;
  std::vector<double> by_class = {};  ///< how often it occurs in the texts of each class, where classes choose
};

using WordCounts = std::unordered_map<std::string, WordCount>;

WordCounts count_words(const StepFit& fit, const FrameColumn& column, const TextParams& params,
                       const TrainingAnswers* target) {
  std::unordered_set<std::string> stops(params.more_stop_words.begin(), params.more_stop_words.end());
  if (params.stop_words == StopWords::english)
    for (const auto word : english_stop_words()) stops.emplace(word);
  WordCounts counts;
  std::unordered_map<std::string, std::size_t> in_text;
  for (std::size_t row = 0; row < fit.rows.count(); ++row) {
    in_text.clear();
    for_each_word(fit.rows.text(column, row), params.chinese_pairs,
                  [&](std::string_view word) { ++in_text[std::string(word)]; });
    for (const auto& [word, times] : in_text) {
      if (stops.contains(word)) continue;
      auto& count = counts[word];
      ++count.texts;
      if (!target || target->codes[row] < 0) continue;
      count.by_class.resize(target->classes.size());
      count.by_class[static_cast<std::size_t>(target->codes[row])] += static_cast<double>(times);
    }
  }
  return counts;
}

/// The best words, as many as wanted; of equally good ones those that come first in the alphabet.
std::vector<std::string> best_words(const WordCounts& counts, const TextParams& params,
                                    const std::vector<double>& class_shares) {
  std::vector<std::pair<double, std::string>> scored;
  for (const auto& [word, count] : counts) {
    if (count.texts < static_cast<std::size_t>(params.min_rows)) continue;
    double score = static_cast<double>(count.texts);
    if (!class_shares.empty()) score = count.by_class.empty() ? 0 : chi_squared(count.by_class, class_shares);
    scored.emplace_back(-score, word);
  }
  std::sort(scored.begin(), scored.end());
  std::vector<std::string> words;
  for (std::size_t i = 0; i < scored.size() && i < static_cast<std::size_t>(params.terms); ++i)
    words.push_back(std::move(scored[i].second));
  std::sort(words.begin(), words.end());
  return words;
}

}  // namespace

FittedText fit_text(const StepFit& fit) {
  const auto& params = fit.step.as<TextParams>();
  const auto columns = fit.required(fit.texts(), "text columns");
  TrainingAnswers target;
  std::vector<double> class_shares;
  if (params.choose == TextChoice::chi2) {
    target = fit.rows.target(fit.step);
    if (!target.is_classes())
      throw ParamError(fit.step.path + ".choose is \"chi2\", which compares classes, but the target is a number",
                       fit.step.path + ".choose", "frequency, or a target of classes");
    class_shares.assign(target.classes.size(), 0);
    double known = 0;
    for (const auto code : target.codes) {
      if (code < 0) continue;
      ++class_shares[static_cast<std::size_t>(code)];
      ++known;
    }
    for (double& share : class_shares) share /= known;
  }
  const bool tfidf = params.weighting == TextWeighting::tfidf;
  FittedText fitted;
  NewNames names(fit.frame);
  for (const FrameColumn* column : columns) {
    const auto counts = count_words(fit, *column, params, class_shares.empty() ? nullptr : &target);
    FittedText::Encoding encoding;
    encoding.column = column->name;
    TextTerms& terms = encoding.terms;
    terms.terms = best_words(counts, params, class_shares);
    terms.sublinear = tfidf && params.sublinear;
    terms.normalized = tfidf;
    terms.han_pairs = params.chinese_pairs;
    if (terms.terms.empty())
      throw DataError("The texts of '" + column->name + "' hold no words for the step text (words of at least two " +
                          "letters that are no stop words, in at least " + std::to_string(params.min_rows) +
                          " training texts)",
                      column->name, "texts with words, or ignore the column");
    const auto texts = static_cast<double>(fit.rows.count());
    for (const auto& term : terms.terms) {
      const auto with = static_cast<double>(counts.at(term).texts);
      terms.weights.push_back(tfidf ? std::log((1 + texts) / (1 + with)) + 1 : 1);
      encoding.names.push_back(names.take(column->name + ":" + term));
    }
    fitted.encodings.push_back(std::move(encoding));
  }
  return fitted;
}

}  // namespace gb
