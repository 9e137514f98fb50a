#include "core/run/event_codec.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "core/base/error.hpp"
#include "core/train/checkpoint.hpp"

namespace gb {
namespace {

template <class T>
constexpr const char* type_name() {
  if constexpr (std::is_same_v<T, float>) return "F32";
  if constexpr (std::is_same_v<T, double>) return "F64";
  if constexpr (std::is_same_v<T, std::int64_t>) return "I64";
  if constexpr (std::is_same_v<T, std::int32_t>) return "I32";
  if constexpr (std::is_same_v<T, std::uint8_t>) return "U8";
}

template <class T>
void put(State& state, const std::string& name, const std::vector<T>& values) {
  StateArray array{name, type_name<T>(), {static_cast<std::int64_t>(values.size())}, {}};
  array.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  state.arrays.push_back(std::move(array));
}

[[noreturn]] void damaged(const std::string& what) {
  throw Error("A recorded snapshot is damaged: " + what);
}

/// The array of that name; `size` is what the event's dimensions ask for, nothing where any size will do.
template <class T>
std::vector<T> get(const State& state, const std::string& name, std::optional<std::size_t> size,
                   bool may_be_empty = false) {
  for (const auto& array : state.arrays) {
    if (array.name != name) continue;
    if (array.type != type_name<T>()) damaged(name + " has type " + array.type);
    std::vector<T> values(array.bytes.size() / sizeof(T));
    if (size && values.size() != *size && !(may_be_empty && values.empty())) damaged(name + " has a wrong size");
    if (!values.empty()) std::memcpy(values.data(), array.bytes.data(), values.size() * sizeof(T));
    return values;
  }
  damaged(name + " is missing");
}

std::size_t product(std::initializer_list<int> extents) {
  std::size_t size = 1;
  for (const int extent : extents) {
    if (extent < 0 || extent > 1 << 24) damaged("impossible dimensions");
    if (__builtin_mul_overflow(size, static_cast<std::size_t>(extent), &size)) damaged("impossible dimensions");
  }
  return size;
}

State encode(const Text& event, const SharedArrays&) {
  State state;
  state.header = {{"view", event.view}, {"text", event.text}};
  return state;
}

State encode(const Points& event, const SharedArrays& shared) {
  State state;
  state.header = {{"view", event.view},
                  {"title", event.title},
                  {"x_label", event.x_label},
                  {"y_label", event.y_label},
                  {"group_names", event.group_names}};
  state.header["xy"] = event.xy ? shared.keep_floats(event.xy) : -1;
  state.header["rows"] = event.rows ? shared.keep_rows(event.rows) : -1;
  put(state, "group", event.group);
  put(state, "centers", event.centers);
  put(state, "marked", event.marked);
  state.header["outlines"] = Json::array();
  std::vector<float> outlines;
  for (const Outline& outline : event.outlines) {
    state.header["outlines"].push_back(
        {{"group", outline.group}, {"dashed", outline.dashed}, {"size", outline.xy.size()}});
    outlines.insert(outlines.end(), outline.xy.begin(), outline.xy.end());
  }
  put(state, "outlines", outlines);
  if (event.region) {
    const Region& region = *event.region;
    state.header["region"] = {{"width", region.width}, {"height", region.height}, {"x_min", region.x_min},
                              {"x_max", region.x_max}, {"y_min", region.y_min},   {"y_max", region.y_max}};
    put(state, "region_group", region.group);
    put(state, "region_strength", region.strength);
  }
  return state;
}

State encode(const Matrix& event, const SharedArrays&) {
  State state;
  state.header = {{"view", event.view},
                  {"title", event.title},
                  {"part", event.part},
                  {"row_title", event.row_title},
                  {"column_title", event.column_title},
                  {"row_labels", event.row_labels},
                  {"column_labels", event.column_labels}};
  put(state, "values", event.values);
  put(state, "rows", event.rows);
  put(state, "cells", event.cells);
  return state;
}

State encode(const Images& event, const SharedArrays&) {
  State state;
  state.header = {{"view", event.view},         {"title", event.title},   {"count", event.count},
                  {"channels", event.channels}, {"height", event.height}, {"width", event.width},
                  {"captions", event.captions}};
  put(state, "pixels", event.pixels);
  put(state, "rows", event.rows);
  return state;
}

State encode(const Table& event, const SharedArrays&) {
  State state;
  state.header = {{"view", event.view}, {"title", event.title}, {"columns", event.columns}, {"rows", event.rows}};
  return state;
}

State encode(const Chart& event, const SharedArrays&) {
  State state;
  state.header = {{"view", event.view},       {"title", event.title},
                  {"part", event.part},       {"bars", event.kind == Chart::Kind::bars},
                  {"x_label", event.x_label}, {"y_label", event.y_label},
                  {"names", event.names},     {"lines", Json::array()}};
  for (std::size_t i = 0; i < event.lines.size(); ++i) {
    const Chart::Line& line = event.lines[i];
    state.header["lines"].push_back({{"name", line.name}, {"dashed", line.dashed}});
    put(state, "x" + std::to_string(i), line.x);
    put(state, "y" + std::to_string(i), line.y);
  }
  return state;
}

State encode(const Tree& event, const SharedArrays&) {
  State state;
  state.header = {
      {"view", event.view}, {"title", event.title}, {"heights", event.heights}, {"group_names", event.group_names}};
  std::vector<std::string> labels, details;
  std::vector<std::int32_t> parents, groups;
  std::vector<double> heights;
  std::vector<std::int64_t> rows;
  std::vector<float> purities;
  for (const Tree::Node& node : event.nodes) {
    labels.push_back(node.label);
    details.push_back(node.detail);
    parents.push_back(node.parent);
    groups.push_back(node.group);
    heights.push_back(node.height);
    rows.push_back(node.rows);
    purities.push_back(node.purity);
  }
  state.header["labels"] = std::move(labels);
  state.header["details"] = std::move(details);
  put(state, "parent", parents);
  put(state, "group", groups);
  put(state, "height", heights);
  put(state, "rows", rows);
  put(state, "purity", purities);
  return state;
}

Event decode_points(const State& state, const SharedArrays& shared) {
  const Json& header = state.header;
  Points event;
  event.view = header.at("view").get<std::string>();
  event.title = header.at("title").get<std::string>();
  event.step = state.step;
  event.x_label = header.at("x_label").get<std::string>();
  event.y_label = header.at("y_label").get<std::string>();
  event.group_names = header.at("group_names").get<std::vector<std::string>>();
  if (const auto number = header.at("xy").get<std::int64_t>(); number >= 0) event.xy = shared.find_floats(number);
  if (const auto number = header.at("rows").get<std::int64_t>(); number >= 0) event.rows = shared.find_rows(number);
  const std::size_t count = event.xy ? event.xy->size() / 2 : 0;
  if (event.rows && event.rows->size() != count) damaged("points and rows do not match");
  event.group = get<std::int32_t>(state, "group", count, true);
  event.centers = get<float>(state, "centers", {});
  // Snapshots of earlier versions have neither.
  if (header.contains("outlines")) {
    event.marked = get<std::uint8_t>(state, "marked", count, true);
    const auto values = get<float>(state, "outlines", {});
    std::size_t begin = 0;
    for (const Json& place : header["outlines"]) {
      const auto size = place.at("size").get<std::size_t>();
      if (size % 2 != 0 || size > values.size() - begin) damaged("an outline has a wrong size");
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(begin);
      event.outlines.push_back({place.at("group").get<std::int32_t>(),
                                place.at("dashed").get<bool>(),
                                {first, first + static_cast<std::ptrdiff_t>(size)}});
      begin += size;
    }
  }
  if (header.contains("region")) {
    const Json& place = header["region"];
    auto region = std::make_shared<Region>();
    region->width = place.at("width").get<int>();
    region->height = place.at("height").get<int>();
    region->x_min = place.at("x_min").get<float>();
    region->x_max = place.at("x_max").get<float>();
    region->y_min = place.at("y_min").get<float>();
    region->y_max = place.at("y_max").get<float>();
    const std::size_t cells = product({region->width, region->height});
    region->group = get<std::uint8_t>(state, "region_group", cells);
    region->strength = get<std::uint8_t>(state, "region_strength", cells, true);
    event.region = std::move(region);
  }
  return std::make_shared<const Points>(std::move(event));
}

Event decode_matrix(const State& state) {
  const Json& header = state.header;
  Matrix event;
  event.view = header.at("view").get<std::string>();
  event.title = header.at("title").get<std::string>();
  event.step = state.step;
  event.part = header.at("part").get<std::string>();
  event.row_title = header.at("row_title").get<std::string>();
  event.column_title = header.at("column_title").get<std::string>();
  event.row_labels = header.at("row_labels").get<std::vector<std::string>>();
  event.column_labels = header.at("column_labels").get<std::vector<std::string>>();
  event.values = get<double>(state, "values", event.row_labels.size() * event.column_labels.size());
  event.rows = get<std::int64_t>(state, "rows", {});
  event.cells = get<std::int32_t>(state, "cells", event.rows.size());
  for (const auto cell : event.cells)
    if (cell < 0 || static_cast<std::size_t>(cell) >= event.values.size()) damaged("a row stands in no cell");
  return std::make_shared<const Matrix>(std::move(event));
}

Event decode_images(const State& state) {
  const Json& header = state.header;
  Images event;
  event.view = header.at("view").get<std::string>();
  event.title = header.at("title").get<std::string>();
  event.step = state.step;
  event.count = header.at("count").get<int>();
  event.channels = header.at("channels").get<int>();
  event.height = header.at("height").get<int>();
  event.width = header.at("width").get<int>();
  event.captions = header.at("captions").get<std::vector<std::string>>();
  const std::size_t size = product({event.count, event.channels, event.height, event.width});
  event.pixels = get<std::uint8_t>(state, "pixels", size);
  event.rows = get<std::int64_t>(state, "rows", static_cast<std::size_t>(event.count), true);
  if (!event.captions.empty() && event.captions.size() != static_cast<std::size_t>(event.count))
    damaged("captions do not match");
  return std::make_shared<const Images>(std::move(event));
}

Event decode_table(const State& state) {
  const Json& header = state.header;
  Table event;
  event.view = header.at("view").get<std::string>();
  event.title = header.at("title").get<std::string>();
  event.step = state.step;
  event.columns = header.at("columns").get<std::vector<std::string>>();
  event.rows = header.at("rows").get<std::vector<std::vector<std::string>>>();
  return std::make_shared<const Table>(std::move(event));
}

Event decode_chart(const State& state) {
  const Json& header = state.header;
  Chart event;
  event.view = header.at("view").get<std::string>();
  event.title = header.at("title").get<std::string>();
  event.step = state.step;
  event.part = header.at("part").get<std::string>();
  event.kind = header.at("bars").get<bool>() ? Chart::Kind::bars : Chart::Kind::lines;
  event.x_label = header.at("x_label").get<std::string>();
  event.y_label = header.at("y_label").get<std::string>();
  event.names = header.at("names").get<std::vector<std::string>>();
  for (const Json& line : header.at("lines")) {
    const std::string number = std::to_string(event.lines.size());
    auto x = get<double>(state, "x" + number, {});
    auto y = get<double>(state, "y" + number, {});
    if (x.size() != y.size() && !(x.empty() && y.size() == event.names.size())) damaged("a line has a wrong size");
    event.lines.push_back(
        {line.at("name").get<std::string>(), line.at("dashed").get<bool>(), std::move(x), std::move(y)});
  }
  return std::make_shared<const Chart>(std::move(event));
}

Event decode_tree(const State& state) {
  const Json& header = state.header;
  Tree event;
  event.view = header.at("view").get<std::string>();
  event.title = header.at("title").get<std::string>();
  event.step = state.step;
  event.heights = header.at("heights").get<bool>();
  event.group_names = header.at("group_names").get<std::vector<std::string>>();
  const auto labels = header.at("labels").get<std::vector<std::string>>();
  const auto details = header.at("details").get<std::vector<std::string>>();
  const std::size_t count = labels.size();
  if (details.size() != count) damaged("labels and details do not match");
  const auto parents = get<std::int32_t>(state, "parent", count);
  const auto groups = get<std::int32_t>(state, "group", count);
  const auto heights = get<double>(state, "height", count);
  const auto rows = get<std::int64_t>(state, "rows", count);
  const auto purities = get<float>(state, "purity", count);
  for (std::size_t i = 0; i < count; ++i) {
    if (parents[i] < -1 || parents[i] >= static_cast<std::int64_t>(i)) damaged("a node stands before its parent");
    event.nodes.push_back({parents[i], labels[i], details[i], heights[i], rows[i], groups[i], purities[i]});
  }
  return std::make_shared<const Tree>(std::move(event));
}

}  // namespace

std::string compress(std::string_view bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                static_cast<uLong>(bytes.size()), Z_BEST_SPEED) != Z_OK)
    throw Error("There is not enough memory to compress " + std::to_string(bytes.size()) + " bytes");
  out.resize(size);
  return out;
}

std::string decompress(std::string_view bytes, std::size_t size) {
  // zlib reaches 1032:1 at most: what claims more lies, and is refused before the memory is taken.
  if (size / 1033 > bytes.size()) throw Error("Compressed data is damaged: it claims an impossible size");
  std::string out(size, '\0');
  uLongf got = static_cast<uLongf>(size);
  if (uncompress(reinterpret_cast<Bytef*>(out.data()), &got, reinterpret_cast<const Bytef*>(bytes.data()),
                 static_cast<uLong>(bytes.size())) != Z_OK ||
      got != size)
    throw Error("Compressed data is damaged");
  return out;
}

std::optional<SnapshotKey> snapshot_key(const Event& event) {
  return std::visit(
      [](const auto& value) -> std::optional<SnapshotKey> {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Text>) return SnapshotKey{"text", value.view, "", value.step};
        if constexpr (std::is_same_v<T, std::shared_ptr<const Points>>)
          return SnapshotKey{"points", value->view, "", value->step};
        if constexpr (std::is_same_v<T, std::shared_ptr<const Matrix>>)
          return SnapshotKey{"matrix", value->view, value->part, value->step};
        if constexpr (std::is_same_v<T, std::shared_ptr<const Images>>)
          return SnapshotKey{"images", value->view, "", value->step};
        // Reports of validation and test differ in their titles only.
        if constexpr (std::is_same_v<T, std::shared_ptr<const Table>>)
          return SnapshotKey{"table", value->view, value->title, value->step};
        if constexpr (std::is_same_v<T, std::shared_ptr<const Chart>>)
          return SnapshotKey{"chart", value->view, value->part, value->step};
        if constexpr (std::is_same_v<T, std::shared_ptr<const Tree>>)
          return SnapshotKey{"tree", value->view, "", value->step};
        return std::nullopt;
      },
      event);
}

std::string encode_event(const Event& event, const SharedArrays& shared) {
  const auto key = snapshot_key(event);
  if (!key) throw Error("This event is no snapshot");
  State state = std::visit(
      [&](const auto& value) -> State {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Text>)
          return encode(value, shared);
        else if constexpr (std::is_same_v<T, Scalar> || std::is_same_v<T, Progress> || std::is_same_v<T, Change>)
          return {};
        else
          return encode(*value, shared);
      },
      event);
  state.step = std::max<std::int64_t>(key->step, 0);
  state.header["kind"] = key->kind;
  return to_safetensors(state);
}

Event decode_event(std::string_view bytes, const SharedArrays& shared) {
  const State state = from_safetensors(bytes, "of a snapshot");
  try {
    const auto kind = state.header.at("kind").get<std::string>();
    if (kind == "text")
      return Text{state.header.at("view").get<std::string>(), state.step, state.header.at("text").get<std::string>()};
    if (kind == "points") return decode_points(state, shared);
    if (kind == "matrix") return decode_matrix(state);
    if (kind == "images") return decode_images(state);
    if (kind == "table") return decode_table(state);
    if (kind == "chart") return decode_chart(state);
    if (kind == "tree") return decode_tree(state);
    damaged("unknown kind " + kind.substr(0, 40));
  } catch (const Json::exception& error) {
    damaged(error.what());
  }
}

}  // namespace gb
