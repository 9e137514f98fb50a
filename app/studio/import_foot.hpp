#pragma once

#include <QCheckBox>
#include <QCoreApplication>
#include <QDialog>
#include <QHBoxLayout>
#include <QPushButton>

#include "app/studio/labels.hpp"

namespace gb {

/// The last line of a dialog that imports: whether a new experiment begins with it, how far the preview is, and the two
/// ways out.
struct ImportFoot {
  Q_DECLARE_TR_FUNCTIONS(ImportFoot)
 public:
  explicit ImportFoot(QDialog& dialog) {
    anew->setObjectName("import-anew");
    anew->hide();
    auto* cancel = new QPushButton(tr("Cancel"));
    cancel->setObjectName("import-cancel");
    import->setObjectName("import-go");
    import->setProperty("primary", true);
    import->setDefault(true);
    import->setEnabled(false);
    layout->addWidget(anew);
    layout->addSpacing(12);
    layout->addWidget(state, 1);
    layout->addWidget(cancel);
    layout->addWidget(import);
    QObject::connect(cancel, &QPushButton::clicked, &dialog, &QDialog::reject);
    QObject::connect(import, &QPushButton::clicked, &dialog, &QDialog::accept);
  }

  QHBoxLayout* layout = new QHBoxLayout;
  QCheckBox* anew = new QCheckBox(tr("Start a new experiment with it"));
  QLabel* state = roleLabel("secondary", {});
  QPushButton* import = new QPushButton(tr("Import"));
};

}  // namespace gb
