#pragma once

#include <QDialog>
#include <QTimer>
#include <atomic>
#include <filesystem>
#include <memory>

#include "app/studio/background.hpp"
#include "core/data/image_folder.hpp"

class QCheckBox;
class QLabel;
class QListWidget;
class QPushButton;
class QVBoxLayout;

namespace gb {

class ImageWall;
class ParameterForm;

/// How a folder of pictures is read: size, channels and background, before a sight of some of them; how many there are
/// of each class, what is left out and why. Files are looked at off the UI thread.
class FolderImportDialog : public QDialog {
  Q_OBJECT
 public:
  /// `data` is a source "image_folder"; relative paths start at `folder`.
  FolderImportDialog(const Json& data, const std::filesystem::path& folder, QWidget* parent = nullptr);
  ~FolderImportDialog() override;

  void offerNew(bool offered, bool chosen);
  bool startsAnew() const;
  /// The "data" object as it stands, without what says nothing.
  Json data() const;
  bool current() const { return current_; }
  ImageWall* wall() const { return wall_; }

 signals:
  void previewed();

 private:
  void requestPreview();
  void show(const ImageFolderPreview& preview);
  void tell(const QString& field, const QString& reason);

  Json data_;
  std::filesystem::path folder_;
  bool current_ = false;
  Background background_;
  QTimer soon_;
  std::shared_ptr<std::atomic<bool>> cancelled_;
  ParameterForm* form_;
  QLabel *facts_, *error_, *state_, *left_out_title_;
  ImageWall* wall_;
  QVBoxLayout* classes_;
  QListWidget* left_out_;
  QCheckBox* anew_;
  QPushButton* import_;
};

}  // namespace gb
