#pragma once

#include <utility>
#include <vector>

#include "widgets/view.hpp"

class QComboBox;
class QStackedLayout;

namespace gb {

/// Views that belong together in one place, one of them shown at a time: "weights/conv2d" and "weights/dense" are the
/// members "conv2d" and "dense" of the group "weights". Which one is shown is chosen with chooser(), which whoever
/// frames this view puts where there is room for it.
class GroupView : public View {
  Q_OBJECT
 public:
  explicit GroupView(const QString& group, QWidget* parent = nullptr);

  /// Group and member of a view by its name; the group is empty for a view that stands alone.
  static std::pair<QString, QString> partsOf(const QString& view);

  /// What all members are, for people: "Feature maps".
  QString groupTitle() const;
  QComboBox* chooser() const { return chooser_; }
  QStringList members() const;
  QString member() const;
  /// Shows this member, now or as soon as it comes.
  void setMember(const QString& member);
  /// The view of the member that is shown; null while there is none.
  View* current() const;
  /// The members there are go when the next ones come: they belong to an earlier run.
  void setLeftOver() { left_over_ = true; }

  /// That of the member that is shown; so are numbers and pictures.
  QString title() const override;
  QString subtitle() const override;
  void show(const Event& event) override;
  void highlightRows(const std::vector<std::int64_t>& rows) override;
  void markRows(std::int64_t row, const std::vector<std::int64_t>& rows) override;
  Numbers numbers() const override;
  void eachLine(const std::function<void(const QStringList&)>& take) const override;
  void paintTo(QPainter& painter, const QRectF& area) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Member {
    QString name;
    View* view;
  };
  View* viewOf(const QString& name, const Event& event);
  void choose(int index);

  QString group_;
  QComboBox* chooser_;
  QStackedLayout* stack_;
  std::vector<Member> members_;  ///< in the order of the chooser
  QString wanted_;               ///< chosen by a person; empty while nobody has
  std::vector<std::int64_t> highlighted_;
  bool left_over_ = false;
};

}  // namespace gb
