#include "app/studio/error_text.hpp"

#include <QCoreApplication>

#include "core/base/error.hpp"
#include "core/data/source.hpp"

namespace gb {

QString ErrorText::sentence() const {
  // Core's messages already name field and value; what is allowed is repeated only where they do not say it.
  if (message.isEmpty()) return message;
  QString said = message;
  said[0] = said[0].toUpper();
  if (!QStringLiteral(".!?").contains(said.back())) said += '.';
  if (allowed.isEmpty() || message.contains(allowed)) return said;
  return QCoreApplication::translate("ErrorText", "%1 Allowed: %2.").arg(said, allowed);
}

ErrorText errorText(const std::exception_ptr& error) {
  ErrorText text;
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled& problem) {
    text.message = QString::fromStdString(problem.what());
    text.cancelled = true;
  } catch (const Error& problem) {
    text.message = QString::fromStdString(problem.what());
    text.field = QString::fromStdString(problem.field());
    text.allowed = QString::fromStdString(problem.allowed());
  } catch (const std::bad_alloc&) {
    text.message = QCoreApplication::translate(
        "ErrorText", "There is not enough memory for this. Close other programs or use fewer rows.");
  } catch (const std::exception& problem) {
    text.message = QString::fromStdString(problem.what());
  }
  return text;
}

}  // namespace gb
