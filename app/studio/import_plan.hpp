#pragma once

#include <QAbstractTableModel>
#include <string>
#include <vector>

#include "core/data/table_file.hpp"

namespace gb {

/// What a person decides of the columns of a table: edits of the "data" object of a document.
namespace import_plan {

/// The rule for a column among "anonymise"; null where there is none.
const Json* ruleOf(const Json& data, const std::string& column);
bool ignored(const Json& data, const std::string& column);
void setIgnored(Json& data, const std::string& column, bool ignored);
/// Empty: as it is found.
void setType(Json& data, const std::string& column, const std::string& type);
/// Null: the column stays as it is.
void setRule(Json& data, const std::string& column, const Json& rule);

/// Without what speaks of columns that are not there, and without fields that say nothing.
Json pruned(Json data, const std::vector<std::string>& columns);

/// "Mask, 2 and 3 characters stay": a rule in words.
QString ruleText(const Json& rule);

}  // namespace import_plan

/// The columns of a file that is to be imported: what they are and what becomes of them.
class ImportColumns : public QAbstractTableModel {
  Q_OBJECT
 public:
  using QAbstractTableModel::QAbstractTableModel;

  void set(const std::vector<std::string>& names, const Dataset& head, const Json& data);
  const std::vector<std::string>& names() const { return names_; }
  /// Of the column as it was read; -1 where it was not.
  int typeAt(int row) const { return rows_[static_cast<std::size_t>(row)].type; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct Row {
    QString name, use, anonymise;
    int type = -1;
    bool type_given = false, left_out = false;
  };
  std::vector<std::string> names_;
  std::vector<Row> rows_;
};

}  // namespace gb
