#include "app/cli/event_stream.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "app/cli/output.hpp"
#include "core/run/event_codec.hpp"

namespace gb::cli {
namespace {

constexpr std::chrono::milliseconds pause{100};
/// A view is told at most so often, and rarer the longer the run: some dozens of pictures, however long it takes.
constexpr double shortest_gap = 0.25;
constexpr double gaps_per_run = 40;

Json view_json(const char* kind, const auto& value) {
  return {{"event", kind}, {"view", value.view}, {"title", value.title}, {"step", value.step}};
}

Json points_json(const Points& points) {
  Json line = view_json("points", points);
  line["count"] = points.xy ? points.xy->size() / 2 : 0;
  line["x_label"] = points.x_label;
  line["y_label"] = points.y_label;
  line["groups"] = points.group_names;
  Json centers = Json::array();
  for (std::size_t i = 0; i + 1 < points.centers.size(); i += 2)
    centers.push_back({points.centers[i], points.centers[i + 1]});
  line["centers"] = std::move(centers);
  return line;
}

Json matrix_json(const Matrix& matrix) {
  Json line = view_json("matrix", matrix);
  line["part"] = matrix.part;
  line["rows"] = matrix.row_labels;
  line["columns"] = matrix.column_labels;
  line["values"] = matrix.values;
  return line;
}

Json images_json(const Images& images) {
  Json line = view_json("images", images);
  line["count"] = images.count;
  line["channels"] = images.channels;
  line["height"] = images.height;
  line["width"] = images.width;
  line["captions"] = images.captions;
  return line;
}

Json table_json(const Table& table) {
  Json line = view_json("log", table);
  line["message"] = table.title;
  line["columns"] = table.columns;
  line["rows"] = table.rows;
  return line;
}

Json chart_json(const Chart& chart) {
  Json line = view_json("log", chart);
  line["message"] = chart.title;
  line["part"] = chart.part;
  line["x_label"] = chart.x_label;
  line["y_label"] = chart.y_label;
  if (!chart.names.empty()) line["names"] = chart.names;
  line["lines"] = Json::array();
  for (const auto& each : chart.lines) line["lines"].push_back({{"name", each.name}, {"x", each.x}, {"y", each.y}});
  return line;
}

Json tree_json(const Tree& tree) {
  Json line = view_json("log", tree);
  line["message"] = tree.title;
  line["nodes"] = Json::array();
  for (const auto& node : tree.nodes)
    line["nodes"].push_back(
        {{"parent", node.parent}, {"label", node.label}, {"height", node.height}, {"rows", node.rows}});
  return line;
}

}  // namespace

EventStream::EventStream(bool json, Artifacts* artifacts, RunControl& control)
    : json_(json), artifacts_(artifacts), control_(control) {
  thread_ = std::thread([this] { work(); });
}

EventStream::~EventStream() {
  finish();
}

void EventStream::on_event(const Event& event) {
  queue_.push(event);
}

void EventStream::finish() {
  if (!thread_.joinable()) return;
  queue_.close();
  thread_.join();
  bar_.clear();
}

void EventStream::work() {
  std::vector<Event> events;
  for (bool open = true; open;) {
    open = queue_.take(events, pause);
    for (const auto& event : events) take(event);
    tell_views(!open);
    if (!events.empty()) bar_.refresh();
    if (!flush_output()) control_.stop();
  }
}

void EventStream::take(const Event& event) {
  if (const auto* scalar = std::get_if<Scalar>(&event)) {
    if (json_) tell_scalar(*scalar);
    if (scalar->series == "train/loss" || scalar->series == "train/inertia") bar_.show(scalar->series, scalar->value);
  } else if (const auto* progress = std::get_if<Progress>(&event)) {
    bar_.update(*progress);
  } else if (const auto* change = std::get_if<Change>(&event)) {
    if (json_)
      print_json({{"event", "log"},
                  {"step", change->step},
                  {"message", change->param + " was changed"},
                  {"param", change->param},
                  {"value", change->value}});
  } else if (const auto key = snapshot_key(event)) {
    auto& view = views_[{key->kind, key->view, key->part}];
    view.newest = event;
    view.waiting = true;
  }
}

void EventStream::tell_scalar(const Scalar& scalar) {
  auto& head = scalar_heads_[scalar.series];
  if (head.empty()) {
    head = Json{{"event", "scalar"}, {"series", scalar.series}}.dump(-1, ' ', false, Json::error_handler_t::replace);
    head.back() = ',';
  }
  std::array<char, 40> digits;
  std::string line = head + "\"step\":" + std::to_string(scalar.step) + ",\"value\":";
  if (std::isfinite(scalar.value))
    line.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), scalar.value).ptr);
  else
    line += "null";
  print_line(line + "}");
}

void EventStream::tell_views(bool all) {
  const auto now = Clock::now();
  const double age = std::chrono::duration<double>(now - started_).count();
  const auto gap = std::chrono::duration<double>(std::max(shortest_gap, age / gaps_per_run));
  for (auto& [key, view] : views_) {
    if (!view.waiting || (!all && now - view.told < gap)) continue;
    view.waiting = false;
    view.told = now;
    tell_view(view.newest);
  }
}

void EventStream::tell_view(const Event& event) {
  std::string file;
  if (artifacts_) {
    try {
      file = artifacts_->write_picture(event);
    } catch (const Error& error) {
      picture_error_ = error.what();
    }
  }
  if (!json_) return;
  Json line;
  if (const auto* text = std::get_if<Text>(&event))
    line = {{"event", "log"}, {"view", text->view}, {"step", text->step}, {"message", text->text}};
  if (const auto* points = std::get_if<std::shared_ptr<const Points>>(&event)) line = points_json(**points);
  if (const auto* matrix = std::get_if<std::shared_ptr<const Matrix>>(&event)) line = matrix_json(**matrix);
  if (const auto* images = std::get_if<std::shared_ptr<const Images>>(&event)) line = images_json(**images);
  if (const auto* table = std::get_if<std::shared_ptr<const Table>>(&event)) line = table_json(**table);
  if (const auto* chart = std::get_if<std::shared_ptr<const Chart>>(&event)) line = chart_json(**chart);
  if (const auto* tree = std::get_if<std::shared_ptr<const Tree>>(&event)) line = tree_json(**tree);
  if (!file.empty()) line["file"] = file;
  print_json(line);
}

}  // namespace gb::cli
