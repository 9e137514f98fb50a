#include "app/studio/canvas_page.hpp"

#include <QButtonGroup>
#include <QCheckBox>
#include <QColorDialog>
#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSlider>
#include <QStackedWidget>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/studio/drawing_tools.hpp"
#include "app/studio/error_text.hpp"
#include "app/studio/labels.hpp"
#include "app/studio/row_editor.hpp"
#include "app/studio/run_list_model.hpp"
#include "widgets/images/draw_canvas.hpp"
#include "widgets/plot/answer_bars.hpp"
#include "widgets/tables/copy_table.hpp"
#include "widgets/theme.hpp"

namespace gb {

namespace {

constexpr std::size_t occlusion_places = 14;  ///< along each side
constexpr std::size_t most_flip_columns = 60;

DrawCanvas::Picture pictureOf(const Dataset& dataset, std::int64_t row) {
  const ImageSet& images = *dataset.images();
  const std::uint8_t* begin = images.image(static_cast<std::size_t>(row));
  return {static_cast<int>(images.channels), static_cast<int>(images.height), static_cast<int>(images.width),
          std::vector<std::uint8_t>(begin, begin + images.pixels_each())};
}

std::vector<float> sharesOf(const Answers& answers) {
  if (answers.probabilities.rows() < 1) return {};
  return {answers.probabilities.data(), answers.probabilities.data() + answers.probabilities.cols()};
}

QString answerText(const Answers& answers) {
  if (!answers.values.empty()) return metricText(static_cast<double>(answers.values.front()));
  return answers.labels.empty() ? QString() : QString::fromStdString(answers.labels.front());
}

}  // namespace

CanvasPage::CanvasPage(QWidget* parent) : QWidget(parent) {
  setObjectName("canvas-page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(14, 10, 14, 10);
  layout->setSpacing(10);
  auto* head = new QHBoxLayout;
  head->setSpacing(10);
  auto* hint = new ElidingLabel;
  hint->setProperty("role", "secondary");
  hint_ = hint;
  take_ = new QPushButton(tr("Take the selected row"));
  take_->setObjectName("canvas-take");
  auto* back = new QPushButton(tr("Back to the run"));
  back->setObjectName("canvas-back");
  head->addWidget(roleLabel("title", tr("Try the model")));
  head->addWidget(hint_, 1);
  head->addWidget(take_);
  head->addWidget(back);
  layout->addLayout(head);

  auto* columns = new QHBoxLayout;
  columns->setSpacing(12);
  QVBoxLayout* left = nullptr;
  columns->addWidget(card(left), 3);
  editors_ = new QStackedWidget;
  auto* drawing = new QWidget;
  auto* drawn = new QVBoxLayout(drawing);
  drawn->setContentsMargins(0, 0, 0, 0);
  canvas_ = new DrawCanvas;
  tools_ = new DrawingTools(*canvas_);
  drawn->addWidget(canvas_, 1);
  drawn->addWidget(tools_);
  row_ = new RowEditor;
  editors_->addWidget(drawing);
  editors_->addWidget(row_);
  left->addWidget(editors_, 1);

  QVBoxLayout* right = nullptr;
  columns->addWidget(card(right), 2);
  right->addWidget(sectionLabel(tr("Answer")));
  answer_ = new QLabel;
  answer_->setObjectName("canvas-answer");
  answer_->setFont(themeFont(26, QFont::Bold));
  answer_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  answer_->setWordWrap(true);
  was_ = roleLabel("secondary", {});
  was_->setWordWrap(true);
  bars_ = new AnswerBars;
  explain_ = new QCheckBox(tr("Show what the answer rests on"));
  explain_->setObjectName("canvas-explain");
  explain_->setToolTip(
      tr("Each place is covered in turn (Zeiler, Fergus 2014): orange where the answer loses, blue where it gains"));
  explain_->setChecked(true);
  flips_head_ = sectionLabel(tr("Smallest single changes to another answer"));
  flips_ = new QTableWidget(0, 3);
  flips_->setObjectName("canvas-flips");
  flips_->setAccessibleName(tr("Smallest single changes to another answer"));
  flips_->setHorizontalHeaderLabels({tr("Feature"), tr("Change"), tr("Answer then")});
  flips_->verticalHeader()->hide();
  flips_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  flips_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  flips_->horizontalHeader()->setHighlightSections(false);
  flips_->setShowGrid(false);
  flips_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  flips_->setSelectionBehavior(QAbstractItemView::SelectRows);
  flips_->setTabKeyNavigation(false);
  makeCopyable(flips_);
  right->addWidget(answer_);
  right->addWidget(was_);
  right->addWidget(bars_);
  right->addWidget(explain_);
  right->addWidget(flips_head_);
  right->addWidget(flips_, 3);
  right->addStretch(1);
  layout->addLayout(columns, 1);

  connect(back, &QPushButton::clicked, this, &CanvasPage::backRequested);
  connect(take_, &QPushButton::clicked, this, [this] { startFrom(selected_ >= 0 ? selected_ : start_); });
  connect(canvas_, &DrawCanvas::painted, this, &CanvasPage::changed);
  connect(row_, &RowEditor::changed, this, &CanvasPage::changed);
  connect(explain_, &QCheckBox::toggled, this, [this] {
    canvas_->setHeat({});
    explain();
  });
  refreshWords();
}

void CanvasPage::setAsker(std::shared_ptr<const ModelAsker> asker) {
  if (asker_ == asker) return;
  asker_ = std::move(asker);
  asking_.forget();
  explaining_.forget();
  again_ = answered_ = waiting_ = false;
  before_.reset();
  answers_ = {};
  flips_->setRowCount(0);
  fresh_ = applies();
  if (isVisible()) begin();
}

void CanvasPage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  begin();
}

void CanvasPage::begin() {
  if (!std::exchange(fresh_, false)) return;
  const bool drawing = pictures();
  editors_->setCurrentIndex(drawing ? 0 : 1);
  explain_->setVisible(drawing);
  flips_head_->setVisible(!drawing);
  flips_->setVisible(!drawing);
  if (drawing)
    tools_->setColored(asker_->dataset->images()->channels >= 3);
  else
    row_->setColumns(*asker_->dataset, asker_->columns);
  startFrom(selected_ >= 0 ? selected_ : 0);
}

void CanvasPage::setSelected(std::int64_t row) {
  selected_ = row;
  refreshWords();
}

void CanvasPage::startFrom(std::int64_t row) {
  if (!asker_ || asker_->dataset->rows() == 0) return;
  start_ = std::clamp<std::int64_t>(row, 0, static_cast<std::int64_t>(asker_->dataset->rows()) - 1);
  before_.reset();
  if (pictures()) {
    auto picture = pictureOf(*asker_->dataset, start_);
    const Dataset single = single_picture(*asker_->dataset, picture.pixels);
    canvas_->setPicture(std::move(picture), medians_of(*single.images()));
  } else {
    row_->setRow(single_row(*asker_->dataset, start_));
  }
  refreshWords();
}

Dataset CanvasPage::question() const {
  return pictures() ? single_picture(*asker_->dataset, canvas_->picture().pixels) : row_->row();
}

void CanvasPage::changed() {
  if (!asker_) return;
  // What was found for the last answer is not this one's.
  explaining_.forget();
  canvas_->setHeat({});
  answered_ = false;
  if (waiting_)
    again_ = true;
  else
    askNow();
}

void CanvasPage::askNow() {
  again_ = false;
  waiting_ = true;
  asking_.run([asker = asker_, raw = question()] { return asker->ask(raw); },
              [this](const Answers& answers) {
                waiting_ = false;
                show(answers);
                if (again_) return askNow();
                answered_ = true;
                explain();
              },
              [this](const std::exception_ptr& error) {
                again_ = waiting_ = false;
                emit failed(errorText(error).sentence());
              });
}

void CanvasPage::show(const Answers& answers) {
  answers_ = answers;
  if (!before_) before_ = answers;
  QStringList names;
  for (const auto& name : answers.classes) names << QString::fromStdString(name);
  bars_->setVisible(answers.probabilities.rows() > 0);
  bars_->setAnswers(names, sharesOf(answers));
  bars_->setBefore(sharesOf(*before_));
  answer_->setText(answerText(answers));
  was_->setText(tr("%1 for row %2 as it is in the data", "an answer; which row")
                    .arg(answerText(*before_), QLocale().toString(qlonglong(start_))));
}

QString CanvasPage::answer() const {
  return answerText(answers_);
}

void CanvasPage::explain() {
  if (!asker_ || !answered_) return;
  if (pictures()) {
    const auto shares = sharesOf(answers_);
    if (!explain_->isChecked() || shares.empty()) {
      emit settled();
      return;
    }
    const auto best = static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
    explaining_.run(
        [asker = asker_, raw = question(), best] {
          const ImageSet& picture = *raw.images();
          const std::size_t side = std::max(picture.width, picture.height);
          const std::size_t stride = std::max<std::size_t>(1, (side + occlusion_places - 1) / occlusion_places);
          return occlusion(picture, best, asker->ask, 3 * stride, stride);
        },
        [this](const std::vector<float>& heat) {
          canvas_->setHeat(heat);
          emit settled();
        },
        [this](const std::exception_ptr& error) { emit failed(errorText(error).sentence()); });
    return;
  }
  auto columns = asker_->columns;
  if (columns.size() > most_flip_columns) columns.resize(most_flip_columns);
  explaining_.run([asker = asker_, raw = row_->row(),
                   columns] { return smallest_flips(*asker->dataset, raw, columns, asker->ask); },
                  [this](const std::vector<Flip>& flips) {
                    showFlips(flips);
                    emit settled();
                  },
                  [this](const std::exception_ptr& error) { emit failed(errorText(error).sentence()); });
}

void CanvasPage::showFlips(const std::vector<Flip>& flips) {
  const bool labels = !answers_.labels.empty();
  flips_head_->setText(!labels         ? tr("There is no other answer to turn to: this model gives numbers")
                       : flips.empty() ? tr("No single change leads to another answer")
                                       : tr("Smallest single changes to another answer"));
  flips_->setVisible(labels && !flips.empty());
  flips_->setRowCount(static_cast<int>(flips.size()));
  for (std::size_t i = 0; i < flips.size(); ++i) {
    const Flip& flip = flips[i];
    const QString from = flip.from.empty() ? tr("(missing)") : QString::fromStdString(flip.from);
    const QString change = from + QStringLiteral(" \u2192 ") + QString::fromStdString(flip.to);
    int column = 0;
    for (const QString& text : {QString::fromStdString(flip.column), change, QString::fromStdString(flip.becomes)}) {
      auto* item = new QTableWidgetItem(text);
      item->setToolTip(text);
      flips_->setItem(static_cast<int>(i), column++, item);
    }
  }
}

void CanvasPage::refreshWords() {
  const bool drawing = pictures();
  hint_->setText(drawing ? tr("Draw: the answer follows. Arrow keys move the pen, Space puts it down.")
                         : tr("Move a feature: the answer follows."));
  take_->setEnabled(applies());
  take_->setText(selected_ >= 0 ? tr("Take the selected row") : tr("Back to row %1").arg(start_));
}

}  // namespace gb
