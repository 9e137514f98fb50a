#pragma once

#include <QString>
#include <QStringList>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/studio/run_fields.hpp"

namespace gb {

/// What somebody typed to find runs: words that must all occur ("iris cnn"), phrases ("\"first try\""), words of one
/// column ("tag:baseline", "state:stopped"), words that must not occur ("-kmeans"), and conditions on any metric or
/// setting ("accuracy>0.9", "learning_rate <= 0.01", "optimizer=adam").
class RunQuery {
 public:
  RunQuery() = default;
  explicit RunQuery(const QString& typed);

  bool empty() const { return words_.empty() && conditions_.empty(); }
  /// `text` is searchText() of the run.
  bool matches(const RunSummary& run, const QString& text) const;
  /// The names in conditions that none of these runs has a value for: likely misspelt.
  QStringList unknownNames(RunRefs runs) const;

  /// What words are looked for in, in lower case: name, algorithm, dataset, tags, notes and id.
  static QString searchText(const RunSummary& run);

 private:
  struct Word {
    QString column;  ///< "tag", or empty for all of them
    QString text;    ///< lower case
    bool excluded = false;
  };
  enum class Relation { less, at_most, equal, different, at_least, more };
  struct Condition {
    QString name;
    std::vector<std::string> keys;
    Relation relation = Relation::equal;
    QString text;
    std::optional<double> number;
  };
  void take(QString token);
  static bool holds(const Condition& condition, const RunSummary& run);

  std::vector<Word> words_;
  std::vector<Condition> conditions_;
};

/// What the run table lets through: the search and what is chosen beside it. Nothing chosen lets everything through.
struct RunFilter {
  QString typed;
  std::set<RunState> states;
  std::set<std::string> algorithms, datasets;
  bool starred = false;

  bool empty() const { return typed.trimmed().isEmpty() && !narrowed(); }
  /// Whether something beside the search is chosen.
  bool narrowed() const { return starred || !states.empty() || !algorithms.empty() || !datasets.empty(); }
  /// Whether everything but the search lets the run through.
  bool lets(const RunSummary& run) const;
};

}  // namespace gb
