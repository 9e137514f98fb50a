#pragma once

#include <functional>

#include "core/base/table_text.hpp"
#include "widgets/view.hpp"

class QMenu;
class QTableView;

namespace gb {

/// As which a table goes onto the clipboard.
enum class TableNotation { spreadsheet, markdown, latex, csv };

/// For spreadsheets and mail programs as a table, for editors as text between tabs; of Markdown, LaTeX and CSV the
/// text itself.
void copyTable(const TextTable& table, TableNotation notation);

/// The numbers behind a view.
TextTable textTable(const View::Numbers& numbers);
/// What a person has selected (rows, or cells where those can be), with the columns' names; all of it where nothing is.
/// Hidden rows and columns stay out; columns stand as they are shown.
TextTable textTable(const QTableView& view);

/// A submenu that copies what `table` returns then; `title` is what it is called.
QMenu* addCopyMenu(QMenu* menu, const QString& title, std::function<TextTable()> table);

/// Ctrl+C copies the table, for views whose context menu is somebody else's.
void addCopyShortcut(QTableView* view);
/// The same with a context menu that copies it in any notation.
void makeCopyable(QTableView* view);

}  // namespace gb
