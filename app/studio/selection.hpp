#pragma once

#include <QObject>
#include <QString>
#include <cstdint>
#include <vector>

namespace gb {

/// The one selection: dataset rows chosen anywhere are highlighted everywhere and listed in Inspect.
class Selection : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;

  const std::vector<std::int64_t>& rows() const { return rows_; }
  /// What was chosen, in words: "true 4, predicted 9".
  const QString& description() const { return description_; }
  bool empty() const { return rows_.empty(); }

  void set(std::vector<std::int64_t> rows, const QString& description);
  void clear() { set({}, {}); }

 signals:
  void changed();

 private:
  std::vector<std::int64_t> rows_;
  QString description_;
};

}  // namespace gb
