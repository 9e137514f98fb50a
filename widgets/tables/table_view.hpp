#pragma once

#include <memory>

#include "widgets/view.hpp"

namespace gb {

/// Shows Table events.
class TableView : public View {
  Q_OBJECT
 public:
  explicit TableView(QWidget* parent = nullptr);
  ~TableView() override;

  QString title() const override;
  QString subtitle() const override;
  void show(const Event& event) override;
  Numbers numbers() const override;
  void paintTo(QPainter& painter, const QRectF& area) override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gb
